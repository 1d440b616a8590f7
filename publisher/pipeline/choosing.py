"""Look up what a choice of due posts depends on, many readers at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.changes import is_published
from publisher.delivery.audience import Matcher, terms_of
from publisher.delivery.carrying import Circumstances, choose

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from publisher.catalogue import IssueRecord, Record
    from publisher.delivery.audience import Reader
    from publisher.delivery.carrying import Choice
    from publisher.delivery.digests import Due
    from publisher.pipeline.site import Tables


_REMEMBERED = 10_000
"""Decisions kept for readers to whom the same applies."""


class Chooser:
    """Chooses inside one transaction; what many readers share is looked up, and decided, once."""

    def __init__(self, tables: Tables, instant: datetime) -> None:
        self.tables, self.instant = tables, instant
        self._issues: dict[int, IssueRecord] = {}
        self._posts: dict[int, Record] = {}
        self._published: set[int] = set()
        self._matchers: dict[int, Matcher] = {}
        self._contain: dict[int, set[int]] = {}
        self._circumstances = Circumstances(instant, self._issues, self._published, self._wants)
        self._chosen: dict[tuple[object, ...], Choice] = {}

    def choices(self, readers: Sequence[int]) -> Iterator[tuple[Reader, Choice]]:
        """Give what becomes of what is due to each of these readers, when anything is."""
        dues = self.tables.ripe_dues(readers, self.instant)
        issues = {due.issue for mine in dues.values() for due in mine}
        self._look_up(issues)
        had = self._had(readers, issues)
        people = self.tables.readers(dues)
        if len(self._chosen) > _REMEMBERED:
            self._chosen.clear()
        for key, mine in dues.items():
            yield people[key], self._choose(people[key], mine, had.get(key, frozenset()))

    def _choose(self, reader: Reader, dues: Sequence[Due], had: frozenset[int]) -> Choice:
        """Decide once for all readers to whom the same applies."""
        joined = (
            reader.activated
            if reader.activated is not None and reader.activated > dues[0].queued
            else None
        )
        same = (tuple(dues), had, reader.state, reader.wanted, reader.unwanted, joined)
        known = self._chosen.get(same)
        if known is None:
            known = self._chosen[same] = choose(reader, dues, had, self._circumstances)
        return known

    def newest_first(self, posts: Sequence[int]) -> tuple[int, ...]:
        """Give posts in the order a digest shows them."""
        return tuple(
            sorted(
                posts,
                key=lambda post: (self._posts[post].date or datetime.min.replace(tzinfo=UTC), post),
                reverse=True,
            )
        )

    def _look_up(self, issues: AbstractSet[int]) -> None:
        """Learn what is not known yet of these issues and their posts."""
        found = [
            issue
            for key in sorted(issues - self._issues.keys())
            if (issue := self.tables.issue(key)) is not None
        ]
        self._issues.update((issue.key, issue) for issue in found)
        rows = self.tables.records_of(
            {post for issue in found for post in issue.posts} - self._posts.keys()
        )
        self._posts.update(rows)
        self._published.update(
            key
            for key, row in rows.items()
            if is_published(row, self.instant) and not (row.facts and row.facts.doubt)
        )
        for key, row in rows.items():
            self._matchers[key] = Matcher(terms_of(row))
            self._contain[key] = self.tables.issues_with(key)

    def _had(self, readers: Sequence[int], issues: AbstractSet[int]) -> dict[int, frozenset[int]]:
        """Give the posts that deliveries to these readers contain, of those that are due.

        Only issues from the first that contains one of them on are looked at: a reader's deliveries
        of years do not matter.
        """
        posts = {post for key in issues if key in self._issues for post in self._issues[key].posts}
        contained: dict[int, frozenset[int]] = {}
        for post in posts & self._contain.keys():
            for issue in self._contain[post]:
                contained[issue] = contained.get(issue, frozenset()) | {post}
        had: dict[int, frozenset[int]] = {}
        if contained:
            for reader, issue in self.tables.delivered(readers, min(contained)):
                if issue in contained:
                    had[reader] = had.get(reader, frozenset()) | contained[issue]
        return had

    def _wants(self, post: int, reader: Reader) -> bool:
        return self._matchers[post](reader)
