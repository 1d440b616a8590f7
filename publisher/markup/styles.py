"""The allow-list of styles: what authors' ``style`` attributes may say in a feed and in a mail."""

from __future__ import annotations

import re

TEXT = frozenset(
    {"background-color", "color", "font-family", "font-size", "font-style", "font-weight",
    "line-height", "padding",
     "text-decoration", "white-space"}
)  # fmt: skip
PICTURE = frozenset({"width", "max-width"})

_LONGEST = 1000
_NAME = re.compile(r"[a-z-]+")
_VALUE = re.compile(r"[#\w., %-]+")
_HEX = re.compile(r"#[0-9A-Fa-f]{3,8}")
_WIDTH = re.compile(
    r"([0-9]{1,5})(?:\.[0-9]{0,9})?(px|%)(?:\s*!important)?", re.IGNORECASE | re.ASCII
)
_BOUNDED = re.compile(
    r'(<img(?: [a-z-]+="[^"]*")*?)'
    r' style="(?:(width:[0-9]+(?:px|%));?)?max-width:([0-9]+(?:px|%));?"'
)
_WHOLE = 100


def text_style(style: str) -> str | None:
    """Return the declarations of a style to keep, or None where it has none, or is not harmless.

    Colours other than hexadecimal ones are not told from addresses and functions cheaply, and break
    dark mails.
    """
    pairs = _declarations(style)
    if not all(_NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in pairs):
        return None
    kept = [(name, value) for name, value in pairs if name in TEXT]
    colours = [value for name, value in kept if name in {"color", "background-color"}]
    if not all(_HEX.fullmatch(value) for value in colours):
        return None
    return ";".join(f"{name}:{value}" for name, value in kept) or None


def picture_style(style: str) -> str | None:
    """Return a picture's ``width`` and ``max-width`` in whole pixels or percent, or None.

    The last declaration of each counts, as in CSS. Other units, functions, nothing, and a
    ``max-width`` of the whole place say no number.
    """
    told: dict[str, str] = {}
    for name, value in _declarations(style):
        found = _WIDTH.fullmatch(value) if name.lower() in PICTURE else None
        if found and int(found[1]):
            told[name.lower()] = f"{int(found[1])}{found[2].lower()}"
    most = told.get("max-width", "")
    if most.endswith("%") and int(most[:-1]) >= _WHOLE:
        del told["max-width"]
    kept = (f"{name}:{told[name]}" for name in ("width", "max-width") if name in told)
    return ";".join(kept) or None


def bound(value: str) -> str | None:
    """Return the value of a ``data-max-width``, or None where it is none of ours."""
    return value if re.fullmatch(r"[1-9][0-9]{0,4}(?:px|%)", value, re.ASCII) else None


def bounds_as_data(markup: str) -> str:
    """Return cleaned HTML in which a picture's ``max-width`` is a ``data-max-width``.

    The W3C feed validator (``checkStyle``) warns of every ``max-width`` and of no ``data-``.
    """
    return _BOUNDED.sub(_as_data, markup)


def _as_data(match: re.Match[str]) -> str:
    style = f' style="{match[2]}"' if match[2] else ""
    return f'{match[1]}{style} data-max-width="{match[3]}"'


def _declarations(style: str) -> list[tuple[str, str]]:
    """Return names and values; none of a style that is longer than any an author writes."""
    if len(style) > _LONGEST:
        return []
    parts = (part.partition(":") for part in style.split(";") if part.strip())
    return [(name.strip(), value.strip()) for name, _, value in parts]
