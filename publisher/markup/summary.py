"""Summaries: the text before ``<!--more-->``, else the first paragraph that has words, cut at a word."""

from __future__ import annotations

import re

from lxml import html as lxml_html

LONGEST = 280
MORE = re.compile(r"<!--\s*more\b.*?-->", re.IGNORECASE | re.DOTALL)
_WHITE = re.compile(r"[ \t\r\n\f\v]+")
_PARAGRAPHS = ("p", "li", "blockquote", "td", "h2", "h3", "dd")


def summary_of(markup: str) -> str:
    """Give the first paragraph of safe HTML that has words, as plain text of at most ``LONGEST`` characters."""
    if not markup.strip():
        return ""
    root = lxml_html.fragment_fromstring(markup, create_parent="div")
    for tag in _PARAGRAPHS:
        for element in root.iter(tag):
            text = text_of(element)
            if re.search(r"\w", text) and not (tag == "p" and element.getparent().tag in {"figure", "figcaption"}):
                return cut(text)
    return cut(text_of(root))


def text_of(element: object) -> str:
    """Give an element's text in one line; no-break spaces stay."""
    for skipped in element.xpath(".//pre|.//figcaption|.//sup[contains(@class,'footnote')]"):  # type: ignore[attr-defined]
        skipped.text = ""
    return _WHITE.sub(" ", "".join(element.itertext())).strip(" ")  # type: ignore[attr-defined]


def cut(text: str) -> str:
    """Cut a text at a word."""
    if len(text) <= LONGEST:
        return text
    short = text[: LONGEST - 1]
    return (short.rpartition(" ")[0] or short).rstrip(" ,;:\u2013\u2014-") + "…"
