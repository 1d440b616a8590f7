"""What a subscriber's digest carries of what is due: decided over values, each post by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from publisher.digests.store import DueStore
from publisher.newsletter.audience import Matcher, terms_of
from publisher.newsletter.issue import IssueState
from publisher.newsletter.store import IssueStore
from publisher.posts.post_status import is_published
from publisher.posts.store import PostStore
from publisher.subscribers.models import SubscriberState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from publisher.database.connection import Transaction
    from publisher.digests.schedule import Due
    from publisher.newsletter.issue import IssueRecord
    from publisher.posts.records import PostRecord
    from publisher.subscribers.models import Reader


KEPT = timedelta(days=100)
"""How long a due post that cannot be carried waits for a later digest: three monthly ones."""

_BY_SLOT = attrgetter("at", "queued", "issue")
_GOES = frozenset({IssueState.QUEUED, IssueState.SENDING, IssueState.SENT, IssueState.WRITTEN})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is true of issues and posts when digests are made.

    Attributes:
        now: The instant.
        issues: By number.
        published: Posts that are published now.
        wants: Says whether a reader wants a post, as both are now.
    """

    now: datetime
    issues: Mapping[int, IssueRecord]
    published: Collection[int]
    wants: Callable[[int, Reader], bool]


class DigestSelection(NamedTuple):
    """What becomes of what is due to a reader; many readers share one.

    Attributes:
        posts: What their digest carries; nothing when no digest is made.
        carried: Issues whose due rows it carries.
        waiting: Issues whose due rows wait for a later digest.
        dropped: Issues whose due rows no digest will carry.
        slot: The due row whose digest this is: the last, because a long stop leaves one digest
            only.
        first: When the first of the carried issues was to go: before ``slot`` after a long stop.
    """

    posts: tuple[int, ...]
    carried: tuple[int, ...]
    waiting: tuple[int, ...]
    dropped: tuple[int, ...]
    slot: Due
    first: datetime


def select_posts(
    reader: Reader, dues: Collection[Due], had: Collection[int], circumstances: Circumstances
) -> DigestSelection:
    """Decide what a reader's digest carries.

    It carries a due post that is published now and still matches, whose issue was not cancelled,
    and that no delivery to this reader contains. What it cannot carry now waits: a post may be
    published again, an issue resumed, a tag come back. So does everything, when they had the digest
    of this period: none is sent twice.

    Args:
        reader: Who.
        dues: What is due to them now, at least one.
        had: Posts that a delivery to them contains.
        circumstances: Of issues and posts.
    """
    slot = max(dues, key=_BY_SLOT)
    posts: dict[int, None] = {}
    carried, waiting, dropped = [], [], []
    for due in dues:
        issue = circumstances.issues.get(due.issue)
        if (
            issue is None
            or issue.state is IssueState.CANCELLED
            # Whoever changed from every post to a digest has had it already.
            or issue.posts[0] in had
            or not _is_theirs(reader, due)
        ):
            dropped.append(due.issue)
        # A second digest of one period would come where clocks were set back or a reader changed to
        # and fro.
        elif slot.had:
            waiting.append(due.issue)
        elif _can_be_carried(reader, issue, circumstances):
            posts[issue.posts[0]] = None
            carried.append(due.issue)
        elif due.queued < circumstances.now - KEPT:
            dropped.append(due.issue)
        else:
            waiting.append(due.issue)
    first = min((due.at for due in dues if due.issue in carried), default=slot.at)
    return DigestSelection(
        tuple(posts), tuple(carried), tuple(waiting), tuple(dropped), slot, first
    )


def _is_theirs(reader: Reader, due: Due) -> bool:
    """Return whether a reader was there when an issue was queued: who comes back begins anew."""
    return reader.state is SubscriberState.ACTIVE and (
        reader.activated is None or reader.activated <= due.queued
    )


def _can_be_carried(reader: Reader, issue: IssueRecord, circumstances: Circumstances) -> bool:
    post = issue.posts[0]
    return (
        issue.state in _GOES
        and post in circumstances.published
        and circumstances.wants(post, reader)
    )


_REMEMBERED = 10_000
"""Decisions kept for readers to whom the same applies."""


class SelectionReader:
    """Chooses inside one transaction; what many readers share is looked up, and decided, once."""

    def __init__(self, transaction: Transaction, instant: datetime) -> None:
        self.transaction, self.instant = transaction, instant
        self._issues: dict[int, IssueRecord] = {}
        self._posts: dict[int, PostRecord] = {}
        self._published: set[int] = set()
        self._matchers: dict[int, Matcher] = {}
        self._contain: dict[int, set[int]] = {}
        self._circumstances = Circumstances(instant, self._issues, self._published, self._wants)
        self._chosen: dict[tuple[object, ...], DigestSelection] = {}

    def choices(self, readers: Sequence[int]) -> Iterator[tuple[Reader, DigestSelection]]:
        """Yield what becomes of what is due to each of these readers, when anything is."""
        dues = DueStore(self.transaction).ripe_dues(readers, self.instant)
        issues = {due.issue for mine in dues.values() for due in mine}
        self._look_up(issues)
        had = self._had(readers, issues)
        people = DueStore(self.transaction).readers(dues)
        if len(self._chosen) > _REMEMBERED:
            self._chosen.clear()
        for key, mine in dues.items():
            yield people[key], self._choose(people[key], mine, had.get(key, frozenset()))

    def _choose(self, reader: Reader, dues: Sequence[Due], had: frozenset[int]) -> DigestSelection:
        """Decide once for all readers to whom the same applies."""
        joined = (
            reader.activated
            if reader.activated is not None and reader.activated > dues[0].queued
            else None
        )
        # Most readers of a digest have the same dues and wishes: one decision serves thousands.
        same = (tuple(dues), had, reader.state, reader.wanted, reader.unwanted, joined)
        known = self._chosen.get(same)
        if known is None:
            known = self._chosen[same] = select_posts(reader, dues, had, self._circumstances)
        return known

    def newest_first(self, posts: Sequence[int]) -> tuple[int, ...]:
        """Return posts in the order a digest shows them."""
        return tuple(
            sorted(
                posts,
                key=lambda post: (self._posts[post].date or datetime.min.replace(tzinfo=UTC), post),
                reverse=True,
            )
        )

    def _look_up(self, issues: AbstractSet[int]) -> None:
        """Load what is not known yet of these issues and their posts."""
        found = [
            issue
            for key in sorted(issues - self._issues.keys())
            if (issue := IssueStore(self.transaction).issue(key)) is not None
        ]
        self._issues.update((issue.key, issue) for issue in found)
        rows = PostStore(self.transaction).records_of(
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
            self._contain[key] = DueStore(self.transaction).issues_with(key)

    def _had(self, readers: Sequence[int], issues: AbstractSet[int]) -> dict[int, frozenset[int]]:
        """Return the posts that deliveries to these readers contain, of those that are due.

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
            for reader, issue in DueStore(self.transaction).delivered(readers, min(contained)):
                if issue in contained:
                    had[reader] = had.get(reader, frozenset()) | contained[issue]
        return had

    def _wants(self, post: int, reader: Reader) -> bool:
        return self._matchers[post](reader)
