"""Widths of pictures in mail.

Each has a number, because Word (Outlook for Windows) knows no ``max-width``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement


COLUMN = 536
"""Pixels: the sheet's 600 less 32 on either side."""

_NARROWEST = 40
_PERCENT = 100
_INDENTED = {"ul": 24, "ol": 24, "blockquote": 23, "dd": 20}
_WIDTH = re.compile(r"([0-9]{1,5})(px|%)?;?")
_BORDER = "height:auto;vertical-align:middle;border:0;border-radius:4px"
NATURAL = "natural"
"""Class of pictures whose size nobody told: the style block lets them be as wide as they are."""


def fit_picture(image: HtmlElement, width_of: Callable[[str], int | None]) -> None:
    """Set ``alt``, a numeric width that its place holds, and shrinking styles on a picture.

    What its own style says counts, else its ``width``, else the local file's, bounded by its
    ``max-width``. One that nobody knows takes the whole column where a client knows no style block,
    and is as wide as it is where one does.

    Args:
        image: Changed in place; its address is absolute.
        width_of: Returns the width in pixels of a local picture by its address, or None.
    """
    image.set("alt", image.get("alt", ""))
    image.attrib.pop("height", None)
    room = _room(image)
    width = _pixels(image.get("style", "").removeprefix("width:"), room)
    width = width or _pixels(image.get("width", ""), room) or width_of(image.get("src", ""))
    most = _pixels(image.attrib.pop("data-max-width", ""), room)
    width = min(width, most) if width and most else width or most
    shown = min(width or room, room)
    image.set("width", str(shown))
    image.set("style", f"width:100%;max-width:{shown}px;{_BORDER}")
    if width is None:
        image.set("class", NATURAL)


def _pixels(written: str, room: int) -> int | None:
    """Return a width of safe HTML in pixels, or None; ``%`` is of the room that the picture has."""
    found = _WIDTH.fullmatch(written)
    number = int(found[1]) if found else 0
    return (room * number // _PERCENT if found and found[2] == "%" else number) or None


def _room(image: HtmlElement) -> int:
    """Return how many pixels a picture's place is wide on a screen.

    Lists and quotations are set in, cells share a row.
    """
    room = COLUMN
    for ancestor in image.iterancestors():
        room -= _INDENTED.get(ancestor.tag, 0)
        if ancestor.tag in {"td", "th"}:
            room //= max(1, len(ancestor.getparent()))
    return max(room, _NARROWEST)
