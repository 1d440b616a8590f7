"""The posts that a feed document shows, newest first."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from publisher.feeds.archives import archive_pages
from publisher.posts.terms import fold_term

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from publisher.posts.records import PostRecord


_EMPTY_SINCE = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FeedSelection:
    """Posts that documents of every format show.

    Attributes:
        records: Newest first.
        updated: The newest of their own.
        fingerprint: Changes when what is shown of them does.
    """

    records: tuple[PostRecord, ...]
    updated: datetime
    fingerprint: str

    @classmethod
    def of(cls, records: Sequence[PostRecord]) -> FeedSelection:
        """Choose these."""
        shown = "\n".join(
            [
                f"{r.feed_id}\0{r.date and r.date.timestamp()}\0"
                f"{r.updated and r.updated.timestamp()}\0{r.facts and r.facts.entry}"
                for r in records
            ]
        )
        updated = max(
            (record.updated for record in records if record.updated), default=_EMPTY_SINCE
        )
        return cls(
            tuple(records),
            updated,
            hashlib.sha256(shown.encode("utf-8", "surrogatepass")).hexdigest(),
        )


def newest_first(records: Iterable[PostRecord]) -> list[PostRecord]:
    """Sort by date, then path; undated ones of a first run last.

    Three sorts without a key of Python's own cost a fifth of one with.
    """
    found = sorted(records, key=attrgetter("path"))
    found.sort(key=attrgetter("date"), reverse=True)
    found.sort(key=attrgetter("sort_last"))
    return found


def select(
    records: Sequence[PostRecord], start: int, stop: int, only: Sequence[int] | None
) -> FeedSelection | None:
    """Return the posts between two places; None where ``only`` names none of these."""
    is_asked_for = only is None or any(start <= place < stop for place in only)
    return FeedSelection.of(records[start:stop]) if is_asked_for else None


def select_archives(
    records: Sequence[PostRecord], size: int, only: Sequence[int] | None
) -> list[FeedSelection | None]:
    """Choose for each archive document, oldest first.

    Records and what is chosen of them are newest first.
    """
    count = len(records)
    return [
        select(records, count - page.stop, count - page.start, only)
        for page in archive_pages(count, size)
    ]


def folded_terms(record: PostRecord) -> set[tuple[str, str]]:
    """Return a row's terms as they are compared."""
    return {(kind, fold_term(name)) for kind, name in terms_of(record)}


def terms_of(record: PostRecord) -> tuple[tuple[str, str], ...]:
    """Return a row's terms as written: ``(kind, name)``."""
    return record.facts.terms if record.facts is not None else ()
