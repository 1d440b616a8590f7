"""Bound a post's safe HTML for mail: pictures fit, headings come below the title, ids go."""

from __future__ import annotations

import re

from lxml import html as lxml_html

_PICTURE = "max-width:100%;height:auto;border:0;border-radius:4px"


def mail_safe(content: str) -> str:
    """Give safe HTML that fits a mail: no picture wider than the column, none without ``alt``."""
    if not content.strip():
        return ""
    root = lxml_html.fragment_fromstring(content, create_parent="div")
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        element.attrib.pop("id", None)
        if element.tag == "img":
            _bound(element)
        elif element.tag == "h1":
            element.tag = "h2"
        elif element.tag == "details":
            element.tag = "div"
        elif element.tag == "summary":
            element.tag = "p"
    _unnest(root)
    inside: str = lxml_html.tostring(root, encoding="unicode")
    return inside.removeprefix("<div>").removesuffix("</div>").strip()


def _bound(image: lxml_html.HtmlElement) -> None:
    image.set("alt", image.get("alt", ""))
    width = image.get("width", "")
    image.attrib.pop("height", None)
    if not re.fullmatch(r"\d+", width) or int(width) > 536:  # noqa: PLR2004 - the column's width in pixels
        image.attrib.pop("width", None)
    image.set("style", _PICTURE)


def _unnest(root: lxml_html.HtmlElement) -> None:
    """Unwrap links inside links, which no mail client shows alike."""
    for inner in root.xpath("//a//a"):
        inner.drop_tag()
