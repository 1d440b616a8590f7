"""``render``: the order of the steps from a body as written to safe HTML."""

from __future__ import annotations

import re
from html import unescape

from publisher.markup import markdown, rst
from publisher.markup.clean import clean, too_deep, without_illegal
from publisher.markup.dialects import pelican_links, plain_markdown
from publisher.markup.embeds import replace_embeds
from publisher.markup.highlight import highlight
from publisher.markup.protection import Protection
from publisher.markup.shortcodes import Shortcodes
from publisher.markup.summary import MORE, cut, summary_of, text_of
from publisher.models import Level, Markup, Problem, Rendered

_IMAGE = re.compile(r"<img\b[^>]*?\bsrc=\"([^\"]+)\"")
_QUOTES = re.compile(r"^(?:[ \t]{0,3}>){40}", re.MULTILINE)
_CODE = re.compile(
    r"<pre\b[^<>]*>\s*<code\b[^<>]*?\bclass=[\"'](?:language-|lang-|brush:\s*)?([\w+#-]+)[^<>]*>([^<]*)</code>\s*</pre>", re.IGNORECASE
)
_SHOWN_OF_REFUSED = 100_000


def render(body: str, markup: Markup, *, base_url: str, path: str = "", body_line: int = 1) -> Rendered:
    """Render a body.

    Args:
        body: As written, LF line ends.
        markup: Its language.
        base_url: Address of the post's page; relative addresses are joined to it.
        path: Of the file, for problems.
        body_line: 1-based line of the file on which the body starts.

    Returns:
        Safe, absolute, well-formed HTML, whatever the body was.
    """
    problems: list[Problem] = []
    body = without_illegal(body)
    quoted = markup is Markup.MARKDOWN and _QUOTES.search(body)
    written = None if quoted else _to_html(body, markup, path, body_line, problems)
    if written is None or too_deep(written):
        return _plain(body, path, body_line, problems)
    html = clean(written, base_url)
    if too_deep(html):
        return _plain(body, path, body_line, problems)
    summary = _teaser(body, markup, base_url) or summary_of(html)
    images = tuple(dict.fromkeys(unescape(match) for match in _IMAGE.findall(html)))
    return Rendered(html, summary, images, tuple(problems))


def _plain(body: str, path: str, line: int, problems: list[Problem]) -> Rendered:
    """Show a body that nests too deeply, or that its parser refused, as plain text."""
    if not any(problem.level is Level.ERROR for problem in problems):
        found = "The body is nested hundreds of levels deep; it is shown as plain text."
        problems = [*problems, Problem(path, line, Level.ERROR, found, "Close what was opened; write less deeply.")]
    text = body[:_SHOWN_OF_REFUSED]
    return Rendered(highlight(text, "").strip(), cut(" ".join(text[:1000].split())), (), tuple(problems))


def _to_html(body: str, markup: Markup, path: str, line: int, problems: list[Problem]) -> str | None:
    """Give HTML that is not safe yet, or nothing where the parser refused the body (and said so)."""
    if markup is Markup.RST:
        html, found = rst.to_html(body, path, line, highlight)
        problems += found
        return html if html is None else replace_embeds(html)
    protection, shortcodes = Protection(markdown=markup is Markup.MARKDOWN), Shortcodes(path, line)
    text = shortcodes.replace(protection.take_out(body))
    problems += shortcodes.problems
    text = pelican_links(text)
    if markup is Markup.HTML:
        html = protection.bring_back(text)
    else:
        html = markdown.to_html(protection.bring_back(plain_markdown(text)), highlight)
    return replace_embeds(_CODE.sub(lambda match: highlight(unescape(match[2]), match[1]), html))


def _teaser(body: str, markup: Markup, base_url: str) -> str:
    """Give the text before ``<!--more-->``, or nothing."""
    more = MORE.search(body)
    if more is None or not body[: more.start()].strip():
        return ""
    html = _to_html(body[: more.start()], markup, "", 1, [])
    return "" if html is None or too_deep(html) else _whole_text(clean(html, base_url))


def _whole_text(html: str) -> str:
    from lxml import html as lxml_html  # noqa: PLC0415 - only posts with a teaser need it

    if not html.strip():
        return ""
    return cut(text_of(lxml_html.fragment_fromstring(html, create_parent="div")))
