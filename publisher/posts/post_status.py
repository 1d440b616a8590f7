"""What a post is at an instant: published, draft, scheduled or expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.posts.models import FileKind
from publisher.posts.records import KnownAs, PostRecord, PostSummary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


def status_at(row: PostRecord, instant: datetime) -> KnownAs:
    """Return what a row is at an instant.

    It is a status, or ignored, or invalid where there never was a good version.

    What does not read stays what it was; its last good version is never published anew.
    """
    if row.kind is FileKind.IGNORED:
        return KnownAs.IGNORED
    if row.facts is None:
        return KnownAs.INVALID
    status = _by_facts(row, row.facts, instant)
    is_new = (
        row.kind is FileKind.INVALID
        and status is KnownAs.PUBLISHED
        and row.known_as not in {KnownAs.PUBLISHED, KnownAs.UNKNOWN}
    )
    return row.known_as if is_new else status


def _by_facts(row: PostRecord, facts: PostSummary, instant: datetime) -> KnownAs:
    if facts.draft:
        return KnownAs.DRAFT
    if facts.expires is not None and facts.expires <= instant:
        return KnownAs.EXPIRED
    if (facts.released or row.first_seen) > instant:
        return KnownAs.SCHEDULED
    return KnownAs.PUBLISHED


def is_published(row: PostRecord, instant: datetime) -> bool:
    """Return whether the row's file is there and published at an instant."""
    return row.gone_at is None and status_at(row, instant) is KnownAs.PUBLISHED


def is_visible(row: PostRecord, instant: datetime) -> bool:
    """Return whether feeds show the row at an instant."""
    return row.facts is not None and row.facts.feed and is_published(row, instant)


def do_feeds_change(
    rows: Iterable[PostRecord],
    changed: Iterable[PostRecord],
    old: Mapping[int, PostRecord],
    before: datetime | None,
    instant: datetime,
) -> bool:
    """Return whether a feed shows something else than after the last round.

    Args:
        rows: Of the files that are there.
        changed: Those, and those of files that went, which are not as they were.
        old: Every row as it was, by number.
        before: The last round's instant.
        instant: This round's.
    """
    for row in changed:
        was = old.get(row.key)
        shown_before = was is not None and before is not None and is_visible(was, before)
        if shown_before or is_visible(row, instant):
            return True
    return before is not None and any(
        is_visible(row, before) != is_visible(row, instant) for row in rows
    )


def next_change(row: PostRecord, instant: datetime) -> datetime | None:
    """Return when the row's status changes by itself, or None."""
    if (
        row.facts is None
        or row.gone_at is not None
        or row.kind is FileKind.IGNORED
        or row.facts.draft
    ):
        return None
    coming = [
        at for at in (row.facts.released, row.facts.expires) if at is not None and at > instant
    ]
    return min(coming, default=None)
