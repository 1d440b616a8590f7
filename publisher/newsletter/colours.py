"""Colours that authors wrote: dropped in mail, but in code, which stands on its own dark ground.

A post's ``color: #000`` was meant for the white page it was written on; on a dark sheet it has a
contrast of 1.2.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

_LINEAR = 0.04045
"""Up to this an sRGB channel is linear (IEC 61966-2-1)."""
READABLE = 4.5
"""Contrast of text (WCAG 2.2, 1.4.3)."""

_HEX = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_COLOURS = frozenset({"color", "background-color"})


def contrast(colour: str, ground: str) -> float:
    """Return the contrast of two colours written ``#rgb`` or ``#rrggbb`` (WCAG 2.2), from 1 to 21.

    Raises:
        ValueError: One of them is written otherwise.
    """
    light, dark = sorted((_luminance(colour), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    if not _HEX.fullmatch(colour):
        raise ValueError(f"{colour} is no colour written #rgb or #rrggbb")
    digits = colour[1:] if len(colour) > len("#rgb") else "".join(2 * digit for digit in colour[1:])
    red, green, blue = (_linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= _LINEAR else ((channel + 0.055) / 1.055) ** 2.4


def drop_colours(element: HtmlElement) -> None:
    """Take colours out of an element's style."""
    _keep(
        element, [(name, value) for name, value in _declarations(element) if name not in _COLOURS]
    )


def keep_readable(element: HtmlElement, ground: str) -> None:
    """Take out grounds, and colours that cannot be read on this one."""
    _keep(
        element,
        [
            (name, value)
            for name, value in _declarations(element)
            if name != "background-color" and (name != "color" or _is_readable(value, ground))
        ],
    )


def _is_readable(colour: str, ground: str) -> bool:
    try:
        return contrast(colour, ground) >= READABLE
    except ValueError:
        return False


def _declarations(element: HtmlElement) -> Iterator[tuple[str, str]]:
    """Yield the declarations of a style that the allow-list let through.

    It holds no strings and no functions.
    """
    for declaration in element.get("style", "").split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            yield name.strip().lower(), value.strip()


def _keep(element: HtmlElement, declarations: list[tuple[str, str]]) -> None:
    if declarations:
        element.set("style", ";".join(f"{name}:{value}" for name, value in declarations))
    else:
        element.attrib.pop("style", None)
