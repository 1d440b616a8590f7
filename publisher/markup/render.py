"""``render``: the order of the steps from a body as written to safe HTML."""

from __future__ import annotations

import re

from publisher.markup import embeds, markdown, rst
from publisher.markup.clean import clean
from publisher.markup.highlight import highlight
from publisher.markup.shortcodes import Shortcodes
from publisher.markup.summary import MORE, cut, summary_of, text_of
from publisher.models import Level, Markup, Problem, Rendered

RENDERER = "1"
"""Changes when the same body would render differently: it keys the cache of rendered bodies."""

_IMAGE = re.compile(r"<img\b[^>]*?\bsrc=\"([^\"]+)\"")
_PELICAN = re.compile(r"\{(?:filename|static|attach)\}/?|\|filename\|/?")
_DEEPEST = 200


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
    if _too_deep(body):
        found = f"The body is nested more than {_DEEPEST} deep; it is shown as plain text."
        problems.append(Problem(path, body_line, Level.ERROR, found, "Close what was opened; write less deeply."))
        return Rendered(highlight(body[:100_000], ""), cut(" ".join(body[:500].split())), (), tuple(problems))
    more = MORE.search(body)
    html = _to_html(body, markup, path, body_line, problems)
    html = clean(embeds.replace_embeds(html), base_url)
    summary = summary_of(html)
    if more is not None and body[: more.start()].strip():
        teaser = clean(embeds.replace_embeds(_to_html(body[: more.start()], markup, path, body_line, [])), base_url)
        summary = _whole_text(teaser) or summary
    images = tuple(dict.fromkeys(_unescape(match) for match in _IMAGE.findall(html)))
    return Rendered(html, summary, images, tuple(problems))


def _to_html(body: str, markup: Markup, path: str, line: int, problems: list[Problem]) -> str:
    if markup is Markup.RST:
        html, found = rst.to_html(body, path, line)
        problems += found
        return html
    shortcodes = Shortcodes(path, line)
    text = shortcodes.replace(body)
    problems += shortcodes.problems
    text = _PELICAN.sub("/", text) if "filename" in text or "{static}" in text or "{attach}" in text else text
    return text if markup is Markup.HTML else markdown.to_html(text, highlight)


def _whole_text(html: str) -> str:
    from lxml import html as lxml_html  # noqa: PLC0415 - only posts with a teaser need it

    if not html.strip():
        return ""
    return cut(text_of(lxml_html.fragment_fromstring(html, create_parent="div")))


def _too_deep(body: str) -> bool:
    """Say whether a body nests so deeply that parsers give up: quotes in one line, or elements never closed."""
    quotes = max((len(run) for run in re.findall(r"^(?:[ \t]{0,3}>)+", body, re.MULTILINE)), default=0)
    if quotes > _DEEPEST * 2:
        return True
    depth = deepest = 0
    for match in re.finditer(r"<(/?)(?:div|blockquote|span|ul|ol|table|section|b|i|em|strong|font)\b", body):
        depth += -1 if match[1] else 1
        deepest = max(deepest, depth)
    return deepest > _DEEPEST


def _unescape(text: str) -> str:
    return text.replace("&amp;", "&")
