"""The instants that feeds show: distinct, minted once, kept for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from publisher.posts.feed_ids import mint_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from publisher.posts.records import Adopted, PostRecord, PostSummary


class Instants:
    """Whole seconds in use; :meth:`take` gives the first free one from an instant on.

    Where the search for an instant ended is remembered, so that a thousand posts of one day cost a
    thousand steps.
    """

    def __init__(self, taken: Iterable[datetime] = (), *, step: int = 1) -> None:
        self._taken = set(taken)
        self._next: dict[datetime, datetime] = {}
        self._step = timedelta(seconds=step)

    def take(self, instant: datetime) -> datetime:
        """Take the first free second from ``instant`` on (backwards where ``step`` is negative)."""
        start = instant.astimezone(UTC).replace(microsecond=0)
        candidate = self._next.get(start, start)
        while candidate in self._taken:
            candidate += self._step
        self._taken.add(candidate)
        self._next[start] = candidate + self._step
        return candidate


def updates_of(records: Iterable[PostRecord]) -> Instants:
    """Return the ``updated`` instants that are taken."""
    return Instants(record.updated for record in records if record.updated)


class FeedDates:
    """Give published rows their feed id and their distinct instants, once, in path order."""

    def __init__(
        self,
        records: Iterable[PostRecord],
        adopted: tuple[Adopted, ...],
        instant: datetime,
        *,
        first_run: bool,
        updates: Instants | None = None,
    ) -> None:
        """Collect what is taken.

        Args:
            records: Every row.
            adopted: Entries whose ids and dates posts take over.
            instant: Of the round.
            first_run: Undated posts are dated backwards.
            updates: Where those of these rows are known already.
        """
        self._given = updates
        self._known = list(records)
        self._adopted = adopted
        self._instant = instant
        self._undated = Instants(self._taken_dates(), step=-1) if first_run else None

    @cached_property
    def _ids(self) -> set[str]:
        return {record.feed_id for record in self._known if record.feed_id}

    @cached_property
    def _dates(self) -> Instants:
        return Instants(self._taken_dates())

    @cached_property
    def _updates(self) -> Instants:
        return self._given if self._given is not None else updates_of(self._known)

    def _taken_dates(self) -> Iterator[datetime]:
        return (record.date for record in self._known if record.date)

    def date(self, old: PostRecord | None, row: PostRecord) -> PostRecord:
        """Mint what is missing, and move what the source moved.

        That is its date, or ``updated`` when its words changed.

        ``updated`` follows the hash of the source, not of the output, so that a new renderer moves
        nothing.
        """
        facts = row.facts
        if facts is None:
            return row
        before = old.facts if old is not None else None
        moved = row.date is None or before is None or before.published != facts.published
        feed_id = row.feed_id if row.feed_id is not None else self._mint(facts)
        date, sort_last = self._place(row, facts.published) if moved else (row.date, row.sort_last)
        assert date is not None
        updated = self._updated(old, row, facts, date, moved=moved)
        return row._replace(feed_id=feed_id, date=date, sort_last=sort_last, updated=updated)

    def _mint(self, facts: PostSummary) -> str:
        minted = mint_id(facts, self._adopted, self._ids)
        self._ids.add(minted)
        return minted

    def _place(self, row: PostRecord, published: datetime | None) -> tuple[datetime, bool]:
        """Return the date, and whether the row is sorted last."""
        if published is not None:
            return self._dates.take(published), False
        if row.date is not None:
            return row.date, row.sort_last
        if self._undated is not None:
            return self._undated.take(self._instant), True
        return self._dates.take(row.first_seen), row.sort_last

    def _updated(
        self,
        old: PostRecord | None,
        row: PostRecord,
        facts: PostSummary,
        date: datetime,
        *,
        moved: bool,
    ) -> datetime:
        before = old.facts if old is not None and old.updated is not None else None
        if before is None or old is None:
            wanted = facts.modified or date
        elif facts.modified != before.modified and facts.modified is not None:
            wanted = facts.modified
        elif (
            facts.modified is None
            and facts.words != before.words
            and row.source_hash != old.source_hash
        ):
            wanted = self._instant
        elif moved and old.updated == old.date:
            wanted = date
        else:
            wanted = row.updated or date
        wanted = max(wanted, date)
        return wanted if wanted == row.updated else self._updates.take(wanted)
