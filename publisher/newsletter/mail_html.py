"""Bound a post's safe HTML for mail.

All of it fits a phone and can be read on light and dark, headings come below the title.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree
from lxml import html as lxml_html

from publisher.markup.highlight import CODE_GROUND, CODE_STYLE
from publisher.newsletter.colours import drop_colours, keep_readable
from publisher.newsletter.image_widths import fit_picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement


_CODE = f"{CODE_STYLE};overflow-x:auto;overflow-wrap:anywhere;word-break:break-word"
_LINK_IN_CODE = "color:#79c0ff;text-decoration:underline"
_RENAMED = {"h1": "h2", "details": "div", "summary": "p"}
_COLOURED = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "figcaption"})
"""Elements whose colours are meant for the sheet; in code they would not be read."""


def unmeasured(*_asked: object) -> None:
    """Know no picture's width."""


def mail_safe(content: str, width_of: Callable[[str], int | None] = unmeasured) -> str:
    """Return safe HTML that fits a mail.

    No picture is wider than the column, none without ``alt`` and a numeric width. Code is set as a
    fenced block whatever it came from, tables scroll where a client can, and colours go, but those
    that can be read in code.

    Args:
        content: Safe HTML with absolute addresses.
        width_of: Returns the width in pixels of a local picture by its address, or None.
    """
    if not content.strip():
        return ""
    root = lxml_html.fragment_fromstring(content, create_parent="div")
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        element.attrib.pop("id", None)
        element.tag = _RENAMED.get(element.tag, element.tag)
        if element.tag == "img":
            fit_picture(element, width_of)
        elif element.tag == "pre":
            element.set("style", _CODE)
        elif any(True for _ in element.iterancestors("pre")):
            _in_code(element)
        else:
            drop_colours(element)
    _unnest(root)
    for table in root.xpath("//table[not(ancestor::table)]"):
        _let_scroll(table)
    inside: str = lxml_html.tostring(root, encoding="unicode")
    return inside.removeprefix("<div>").removesuffix("</div>").strip()


def _in_code(element: HtmlElement) -> None:
    if element.tag == "a":
        element.set("style", _LINK_IN_CODE)
    else:
        element.tag = "div" if element.tag in _COLOURED else element.tag
        keep_readable(element, CODE_GROUND)


def _unnest(root: HtmlElement) -> None:
    """Unwrap links inside links, which no mail client shows alike."""
    for inner in root.xpath("//a//a"):
        inner.drop_tag()


def _let_scroll(table: HtmlElement) -> None:
    """Wrap a table in a box that scrolls sideways."""
    box = etree.Element("div", {"class": "scrolls", "style": "overflow-x:auto"})
    box.tail, table.tail = table.tail, None
    table.addprevious(box)
    box.append(table)
