"""``render``: the order of the steps from a body as written to safe HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import NamedTuple

from publisher.errors import Level, Problem
from publisher.markup import markdown, rst
from publisher.markup.comment_syntaxes import MDX
from publisher.markup.dialect_syntax import pelican_links, plain_markdown
from publisher.markup.embeds import replace_embeds
from publisher.markup.highlight import highlight
from publisher.markup.models import Markup, Rendered
from publisher.markup.opaque_ranges import without_comments
from publisher.markup.protection import Protection
from publisher.markup.sanitize import clean, too_deep, without_illegal
from publisher.markup.shortcodes import Shortcodes
from publisher.markup.summary import MORE, cut, summary_of, text_of

_IMAGE = re.compile(r"<img\b[^<>]*? src=\"([^\"<>]+)\"")
_QUOTES = re.compile(r"^(?:[ \t]{0,3}>){40}", re.MULTILINE)
_CODE = re.compile(r"<pre\b[^<>]*>\s*<code\b([^<>]*)>([^<]*)</code>\s*</pre>", re.IGNORECASE)
_CLASS = re.compile(r"\bclass=[\"'](?:language-|lang-|brush:\s*)?([\w+#-]+)", re.IGNORECASE)
_SHOWN_OF_REFUSED = 100_000
_MOST_AMPERSANDS = 200_000
"""The cleaner's time grows with their square: 400,000 take two seconds, a million twelve."""


def render(
    body: str,
    markup: Markup,
    *,
    base_url: str,
    path: str = "",
    body_line: int = 1,
    native: frozenset[str] | None = None,
) -> Rendered:
    """Render a body.

    Args:
        body: As written, LF line ends.
        markup: Its language.
        base_url: Address of the post's page; relative addresses are joined to it.
        path: Of the file, for problems; its ending tells MDX.
        body_line: 1-based line of the file on which the body starts.
        native: Comments that the post's dialect knows, by their names in
            :data:`publisher.markup.comment_syntaxes.SYNTAXES`; None where the dialect is
            unknown. It decides what is a comment where that could be text.

    Returns:
        Safe, absolute, well-formed HTML, whatever the body was. No comment of any dialect is in it.
    """
    source = _Source(
        without_illegal(body),
        markup,
        path,
        body_line,
        MDX if path.lower().endswith(".mdx") else native,
    )
    problems: list[Problem] = []
    prepared = source.prepared(problems)
    # Asked before parsing: nested quotes cost the parser time in proportion to depth times length.
    quoted = markup is Markup.MARKDOWN and _QUOTES.search(prepared.text)
    written = None if quoted else source.to_html(prepared, problems)
    if written is None or too_deep(written):
        return source.plain(problems)
    if written.count("&") > _MOST_AMPERSANDS:
        return source.plain(
            problems,
            "The body has hundreds of thousands of ampersands",
            "Leave them out, or split the post",
        )
    html = clean(written, base_url)
    if too_deep(html):
        return source.plain(problems)
    # The author's own cut comes first, as in WordPress, Jekyll and Hugo.
    summary = source.teaser(prepared, base_url) or summary_of(html)
    images = tuple(dict.fromkeys(unescape(match) for match in _IMAGE.findall(html)))
    return Rendered(html, summary, images, tuple(problems))


class _Prepared(NamedTuple):
    """A body without its comments, and with placeholders for what stays as written."""

    text: str
    protection: Protection


@dataclass(frozen=True)
class _Source:
    body: str
    markup: Markup
    path: str
    line: int
    native: frozenset[str] | None

    def prepared(self, problems: list[Problem]) -> _Prepared:
        """Return the body without its comments; docutils finds its own."""
        protection = Protection(self.markup is Markup.MARKDOWN, self.native)
        if self.markup is Markup.RST:
            return _Prepared(self.body, protection)
        text = protection.take_out(self.body)
        for lines in protection.unclosed:
            found = "A comment begins here and is never closed; what follows is hidden with it."
            problems.append(
                Problem(
                    self.path,
                    self.line + lines,
                    Level.WARNING,
                    found,
                    "Close it, or write its opening as code.",
                )
            )
        return _Prepared(text, protection)

    def to_html(self, prepared: _Prepared, problems: list[Problem]) -> str | None:
        """Return HTML that is not safe yet, or nothing where the parser refused and said so."""
        if self.markup is Markup.RST:
            html, found = rst.to_html(prepared.text, self.path, self.line, highlight)
            problems += found
            return html if html is None else replace_embeds(html)
        shortcodes = Shortcodes(self.path, self.line)
        text = pelican_links(shortcodes.replace(prepared.text))
        problems += shortcodes.problems
        if self.markup is Markup.HTML:
            html = prepared.protection.bring_back(text)
        else:
            html = markdown.to_html(prepared.protection.bring_back(plain_markdown(text)), highlight)
        return replace_embeds(_CODE.sub(_highlighted, html))

    def teaser(self, prepared: _Prepared, base_url: str) -> str:
        """Return the text before ``<!--more-->``, or nothing."""
        more = MORE.search(prepared.text)
        if more is None or not prepared.text[: more.start()].strip():
            return ""
        html = self.to_html(prepared._replace(text=prepared.text[: more.start()]), [])
        return "" if html is None or too_deep(html) else _whole_text(clean(html, base_url))

    def plain(
        self,
        problems: list[Problem],
        found: str = "The body is nested hundreds of levels deep",
        cure: str = "Close what was opened; write less deeply",
    ) -> Rendered:
        """Show a body as plain text without its comments.

        It nests too deeply, or its parser refused it.
        """
        if not any(problem.level is Level.ERROR for problem in problems):
            found = f"{found}; it is shown as plain text."
            problems = [*problems, Problem(self.path, self.line, Level.ERROR, found, f"{cure}.")]
        if self.markup is Markup.RST:
            text = rst.without_comments(self.body)
        else:
            text = without_comments(
                self.body, markdown=self.markup is Markup.MARKDOWN, native=self.native
            )
        text = text[:_SHOWN_OF_REFUSED]
        return Rendered(
            highlight(text, "").strip(), cut(" ".join(text[:1000].split())), (), tuple(problems)
        )


def _highlighted(match: re.Match[str]) -> str:
    language = _CLASS.search(match[1])
    return highlight(unescape(match[2]), language[1]) if language else match[0]


def _whole_text(html: str) -> str:
    from lxml import html as lxml_html  # noqa: PLC0415 - only posts with a teaser need it

    if not html.strip():
        return ""
    return cut(text_of(lxml_html.fragment_fromstring(html, create_parent="div")))
