"""Single front matter values: lists of names, flags, authors, enclosures."""

from __future__ import annotations

import json
import mimetypes
import re
from datetime import date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from publisher.posts.models import Author, Enclosure
from publisher.posts.titles import plain_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


_MAILBOX = re.compile(
    r"(?P<name>[^<>]*)<(?P<email>[^<>@\s]+@[^<>@\s]+)>|(?P<plain>[^<>@\s]+@[^<>@\s.]+\.[^<>@\s]+)"
)


def as_list(value: object, *, split: str = "") -> list[object]:
    """Return a value as a list; a string is cut at any character of ``split``."""
    if value is None or value == "":
        return []
    if isinstance(value, list | tuple):
        return list(value)
    # Jekyll, Pelican and people write lists as one string.
    if isinstance(value, str) and split:
        return [part for part in re.split(f"[{re.escape(split)}]", value) if part.strip()]
    return [value]


def as_names(values: Iterable[object]) -> tuple[str, ...]:
    """Return terms as written, one line each, without repetition."""
    names: dict[str, str] = {}
    for value in values:
        name = plain_line(
            value.get("name") or value.get("title") or "" if isinstance(value, dict) else value
        )
        if name and not isinstance(value, list):
            names.setdefault(name.casefold(), name)
    return tuple(names.values())


def as_text(value: object) -> str | None:
    """Return a scalar as one line, the first of a list; None when there is nothing."""
    if isinstance(value, list):
        value = value[0] if value else None
    if value is None or isinstance(value, dict | bool):
        return None
    return plain_line(value) or None


def as_authors(value: object) -> tuple[Author, ...]:
    """Return authors of a string, a mapping, or a list of either, without repetition."""
    found: dict[str, Author] = {}
    for author in _authors(value):
        if author.name:
            found.setdefault(author.name.casefold(), author)
    return tuple(found.values())


def _authors(value: object) -> Iterator[Author]:
    if isinstance(value, list):
        for item in value:
            yield from _authors(item)
    elif isinstance(value, dict):
        fields = {str(key).lower(): as_text(item) for key, item in value.items()}
        name = fields.get("name") or fields.get("display_name") or fields.get("nickname") or ""
        yield Author(name, fields.get("email"), fields.get("url") or fields.get("website"))
    elif value is not None and not isinstance(value, bool):
        text = plain_line(value)
        match = _MAILBOX.fullmatch(text)
        if match is None:
            yield Author(text)
        else:
            email = match["email"] or match["plain"]
            yield Author((match["name"] or "").strip() or email.partition("@")[0], email)


def as_enclosures(
    value: object, page: str, size_of: Callable[[str], int | None]
) -> tuple[tuple[Enclosure, ...], tuple[str, ...]]:
    r"""Return enclosures, and the addresses whose length is unknown.

    They are written as WordPress does (``url\nlength\nmime``), as mappings or as plain addresses.

    Args:
        value: The front matter value.
        page: The post's address, for relative ones.
        size_of: Gives the size of a local file by the address as written, or None.
    """
    found: dict[str, Enclosure] = {}
    unknown = []
    for item in as_list(value):
        address, length, kind = _enclosure(item)
        if not address:
            continue
        url = urljoin(page, address)
        # An enclosure must have a length (RSS 2.0), and a wrong one breaks podcast clients: unknown
        # ones are left out and named.
        size = length or size_of(address)
        media = kind or mimetypes.guess_type(urlsplit(url).path)[0] or "application/octet-stream"
        if size:
            found.setdefault(url, Enclosure(url, size, media))
        else:
            unknown.append(address)
    return tuple(found.values()), tuple(unknown)


def _enclosure(item: object) -> tuple[str, int, str]:
    if isinstance(item, dict):
        fields: Mapping[str, object] = {str(key).lower(): value for key, value in item.items()}
        address = as_text(fields.get("url") or fields.get("href") or fields.get("src")) or ""
        return (
            address,
            _length(fields.get("length") or fields.get("size")),
            as_text(fields.get("type") or fields.get("mime")) or "",
        )
    lines = [line.strip() for line in str(item).split("\n") if line.strip()]
    address = lines[0] if lines else ""
    kind = "".join(lines[2:3])
    return (
        address if not re.search(r"\s", address) else "",
        _length(lines[1] if len(lines) > 1 else 0),
        kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind) else "",
    )


def _length(value: object) -> int:
    text = str(value).strip()
    return int(text) if re.fullmatch(r"\d{1,15}", text) else 0


def as_json(value: object) -> object:
    """Return a value as JSON has it: dates as text, and what JSON has no word for as one line."""
    try:
        return json.loads(json.dumps(value, default=_as_text))
    except (TypeError, ValueError, RecursionError):
        return plain_line(value)[:1000]


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
