"""Read what people type into forms: bounded, without control characters, never trusted."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from publisher.subscribers.models import Cadence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


_LONGEST_NAME = 100
_LONGEST_TAG = 80
_MOST_TAGS = 30
_LONGEST_LANGUAGE = 35
"""Characters of a tag (RFC 5646, 4.4.1)."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def plain(text: str, most: int = _LONGEST_NAME) -> str:
    """Return one line without control, format and surrogate characters."""
    kept = "".join(" " if character.isspace() else character for character in text)
    kept = "".join(
        character
        for character in kept
        if unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )
    return " ".join(kept.split())[:most].strip()


def tags(fields: Iterable[str]) -> tuple[str, ...]:
    """Return tags from fields that may hold several, separated by commas; each once."""
    found = (plain(part, _LONGEST_TAG) for field in fields for part in field.split(","))
    return tuple(dict.fromkeys(tag for tag in found if tag))[:_MOST_TAGS]


def cadence(text: str, default: Cadence = Cadence.EVERY_POST) -> Cadence:
    """Return the cadence a field names, else the default."""
    try:
        return Cadence(text.strip().lower().replace("-", " ").replace("_", " "))
    except ValueError:
        return default


def zone(text: str) -> str:
    """Return a time zone that exists, else nothing."""
    return text.strip() if text.strip() in available_timezones() else ""


def language(text: str) -> str:
    """Return a language tag, else nothing."""
    tag = text.strip()
    return tag if _LANGUAGE.fullmatch(tag) and len(tag) <= _LONGEST_LANGUAGE else ""


def next_page(text: str, origins: Collection[str]) -> str | None:
    """Return where to go afterwards, when it is on a configured origin."""
    if not text or re.search(r"[\x00-\x20\x7f\\]", text):
        return None
    try:
        parts = urlsplit(text)
        origin = f"{parts.scheme}://{parts.netloc}".lower()
    except ValueError:
        return None
    return text if origin in origins and "@" not in parts.netloc else None
