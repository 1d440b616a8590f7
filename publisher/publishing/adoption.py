"""Ids and dates of an earlier feed, and which posts they belong to; pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.errors import UsageError
from publisher.posts.records import Adopted

if TYPE_CHECKING:
    from time import struct_time


def entries_of(feed: bytes) -> list[Adopted]:
    """Read the entries of an RSS or Atom feed.

    Raises:
        UsageError: It is no feed, or has no entries.
    """
    import feedparser  # noqa: PLC0415 - only adopting needs it

    parsed = feedparser.parse(feed)
    if not parsed.entries:
        raise UsageError(
            "This is no RSS or Atom feed with entries.",
            cure="Name the feed itself, not the page about it.",
        )
    return [
        Adopted(
            str(entry.get("link", "")),
            str(entry.get("title", "")),
            identifier,
            _instant(entry.get("published_parsed")),
        )
        for entry in parsed.entries
        if (identifier := str(entry.get("id") or entry.get("link") or ""))
    ]


def _instant(value: struct_time | None) -> datetime | None:
    try:
        return datetime(*value[:6], tzinfo=UTC) if value is not None else None
    except ValueError:
        return None  # feedparser takes the year 0 for one
