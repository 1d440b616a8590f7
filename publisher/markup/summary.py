"""Summaries: the text before ``<!--more-->``, else the first paragraph that has words.

They are cut at a word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import html as lxml_html

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

LONGEST = 280
MORE = re.compile(r"<!--\s*more\b[^<]*?-->", re.IGNORECASE)
_WHITE = re.compile(r"[ \t\r\n\f\v]+")
_UNSAID = frozenset({"pre", "figcaption"})
_PARAGRAPHS = ("p", "li", "blockquote", "td", "h2", "h3", "dd")


def summary_of(markup: str) -> str:
    """Return the first paragraph of safe HTML that has words.

    It is plain text of at most ``LONGEST`` characters.
    """
    if not markup.strip():
        return ""
    root = lxml_html.fragment_fromstring(markup, create_parent="div")
    for tag in _PARAGRAPHS:
        for element in root.iter(tag):
            text = text_of(element)
            if re.search(r"\w", text) and not (
                tag == "p" and element.getparent().tag in {"figure", "figcaption"}
            ):
                return cut(text)
    return cut(text_of(root) or _WHITE.sub(" ", "".join(root.itertext())).strip(" "))


def text_of(element: HtmlElement) -> str:
    """Return an element's text in one line, without code blocks, captions and footnote marks.

    No-break spaces stay.
    """
    if any(around.tag in _UNSAID for around in element.iterancestors()):
        return ""
    return _WHITE.sub(" ", "".join(_said(element))).strip(" ")


def _said(element: HtmlElement) -> Iterator[str]:
    if element.tag in _UNSAID or not isinstance(element.tag, str) or _is_footnote_mark(element):
        return
    yield element.text or ""
    for child in element:
        yield from _said(child)
        yield child.tail or ""


def _is_footnote_mark(element: HtmlElement) -> bool:
    links = element.iterchildren("a") if element.tag == "sup" else ()
    return any(mark in link.get("href", "") for link in links for mark in ("#fn", "#footnote"))


def cut(text: str) -> str:
    """Cut a text at a word."""
    if len(text) <= LONGEST:
        return text
    short = text[: LONGEST - 1]
    return (short.rpartition(" ")[0] or short).rstrip(" ,;:\u2013\u2014-") + "…"
