"""HTML to honest plain text: everything the HTML says, links as footnotes, code as it is.

Why not html2text or inscriptis: docs/decisions/003-html-to-text.md, with what was measured.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field

from lxml import html as lxml_html

WIDTH = 72
_BLOCKS = frozenset([
    "p", "div", "ul", "ol", "dl", "li", "dt", "dd", "blockquote", "pre", "table", "tr", "h1", "h2",
    "h3", "h4", "h5", "h6", "hr",
    "figure", "figcaption", "section", "caption", "thead", "tbody", "tfoot", "details", "summary",
])  # fmt: skip
_ROWS = frozenset({"thead", "tbody", "tfoot"})
_WHITE = re.compile(r"[ \t\r\n\f\v]+")


@dataclass
class _Text:
    links: dict[str, int] = field(default_factory=dict)

    def number(self, href: str) -> int:
        return self.links.setdefault(href, len(self.links) + 1)

    def blocks(self, element: lxml_html.HtmlElement) -> list[str]:
        """Return an element's blocks, one text each, without outer blank lines."""
        found: list[str] = []
        line = self._piece(element.text)
        for child in element:
            if isinstance(child.tag, str) and child.tag in _BLOCKS:
                found += self._paragraph(line)
                found += self._block(child)
                line = ""
            elif isinstance(child.tag, str):
                line += self.inline(child)
            line += self._piece(child.tail)
        return found + self._paragraph(line)

    @staticmethod
    def _piece(text: str | None) -> str:
        return _WHITE.sub(" ", text) if text else ""

    @staticmethod
    def _paragraph(line: str) -> list[str]:
        lines = [_wrap(part) for part in line.split("\n") if part.strip(" ")]
        return ["\n".join(lines)] if lines else []

    def inline(self, element: lxml_html.HtmlElement) -> str:
        """Return running text; a line break is a newline."""
        if element.tag == "br":
            return "\n"
        if element.tag == "img":
            return str(element.get("alt", ""))
        inside = self._piece(element.text)
        for child in element:
            if isinstance(child.tag, str):
                blocky = child.tag in _BLOCKS
                inside += "\n".join(["", *self.blocks(child), ""]) if blocky else self.inline(child)
            inside += self._piece(child.tail)
        href = element.get("href", "") if element.tag == "a" else ""
        if not href or inside.strip() == href:
            return inside
        return f"{inside.rstrip(' ')} [{self.number(href)}]{' ' if inside.endswith(' ') else ''}"

    def _block(self, element: lxml_html.HtmlElement) -> list[str]:
        tag = element.tag
        if tag == "pre":
            return [textwrap.indent(element.text_content().strip("\n"), "    ")]
        if tag == "hr":
            return ["* * *"]
        if tag in {"ul", "ol"}:
            return self._list(element)
        if tag == "table":
            return self._table(element)
        inside = self.blocks(element)
        if re.fullmatch(r"h[1-6]", tag) and inside:
            rule = "=" if tag in {"h1", "h2"} else "-"
            return [
                "\n".join(
                    [*inside, rule * min(max(len(line) for line in inside[-1].split("\n")), WIDTH)]
                )
            ]
        if tag == "blockquote":
            quoted = "\n\n".join(inside)
            return (
                ["\n".join(f"> {line}".rstrip() for line in quoted.split("\n"))] if inside else []
            )
        return inside

    def _list(self, element: lxml_html.HtmlElement) -> list[str]:
        start = (
            int(element.get("start", "1")) if element.get("start", "1").lstrip("-").isdigit() else 1
        )
        lines = []
        items = [child for child in element if child.tag == "li"]
        for number, item in enumerate(items, start=start):
            mark = f"{number}. " if element.tag == "ol" else "- "
            inside = (
                "\n\n".join(self.blocks(item))
                if any(child.tag == "p" for child in item)
                else "\n".join(self.blocks(item))
            )
            lines.append(mark + textwrap.indent(inside, " " * len(mark)).lstrip(" "))
        return ["\n".join(lines)] if lines else []

    def _table(self, element: lxml_html.HtmlElement) -> list[str]:
        own = [
            row
            for part in element
            for row in ([part] if part.tag == "tr" else part if part.tag in _ROWS else ())
        ]
        rows = [
            [
                " ".join(self.blocks(cell)).replace("\n", " ")
                for cell in row
                if cell.tag in {"td", "th"}
            ]
            for row in own
        ]
        captions = [
            text for caption in element if caption.tag == "caption" for text in self.blocks(caption)
        ]
        lines = [" | ".join(row) for row in rows if row]
        return [*captions, *(["\n".join(lines)] if lines else [])]


def _wrap(text: str) -> str:
    return (
        textwrap.fill(
            text.strip(" "),
            WIDTH,
            break_long_words=False,
            break_on_hyphens=False,
            expand_tabs=False,
        )
        or text
    )


def html_to_text(html: str) -> str:
    """Return safe HTML as plain text; links are numbered, their addresses stand at the end."""
    if not html.strip():
        return ""
    text = _Text()
    blocks = text.blocks(lxml_html.fragment_fromstring(html, create_parent="div"))
    if text.links:
        blocks.append("\n".join(f"[{number}] {href}" for href, number in text.links.items()))
    return "\n\n".join(blocks)
