"""What the decisions take and give."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime, tzinfo

    from publisher.catalogue import Adopted, Facts, IssueRecord, Memory, Record
    from publisher.models import FileStat, Problem, Reading

BURST_WINDOW = timedelta(minutes=10)
"""News of this long counts together; a post lost this recently may still be the one that was
renamed."""

CLOCK_TOLERANCE = timedelta(minutes=5)
"""A clock this far behind the latest instant is a wobble; further behind it was set back."""

GRACE_LIMIT = timedelta(hours=1)
"""Edits restart an issue's grace period for this long in all."""

PAGE_AGAIN = timedelta(minutes=1)
"""A page that is not up is asked for again after this."""

PAGE_LIMIT = timedelta(hours=24)
"""An issue waits this long for its post's page, counted from the beginning of its grace; then a
person must look."""

NOT_WANTED = "newsletter: false"
NOT_INCLUDED = "not in newsletter.include"
EXCLUDED = "in newsletter.exclude"
DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Look:
    """One file as it was looked at in this round: it is new, changed, or not yet decided.

    Attributes:
        stat: Of the bytes that were read.
        source_hash: SHA-256 (hex) of those bytes.
        reading: What they were.
        facts: Of the post; None unless ``reading`` is one.
        quiet: The file was left alone long enough to be decided.
        source: Gives post and body as the catalogue keeps them; None unless ``reading`` is a post.
    """

    stat: FileStat
    source_hash: str
    reading: Reading
    facts: Facts | None
    quiet: bool
    source: Callable[[], tuple[bytes, bytes]] | None = None


@dataclass(frozen=True, slots=True)
class Sightings:
    """What the posts folder shows.

    Attributes:
        present: Paths that are there.
        looks: Those of them that were read in this round.
        folder_problem: The folder is missing or cannot be read.
    """

    present: frozenset[str]
    looks: Mapping[str, Look]
    folder_problem: Problem | None = None


class Bodies(Protocol):
    """Gives bodies, where two posts are compared by more than facts."""

    def seen(self, look: Look) -> str:
        """Give the body of a post that was read in this round."""
        ...

    def kept(self, keys: Collection[int]) -> Mapping[int, str]:
        """Give the bodies of rows as the catalogue keeps them, by number of row, where it does."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """What of the configuration, the command and the surroundings the decisions depend on.

    Attributes:
        max_age: ``newsletter.max_age``.
        burst: ``newsletter.burst``.
        delay: ``newsletter.delay``.
        include: Folded terms of ``newsletter.include``; empty for all.
        exclude: Folded terms of ``newsletter.exclude``.
        manual: ``newsletter.approval = "manual"``.
        one_shot: No daemon is there to wait: queue at once.
        may_come: Posts that are missing may be on their way: look again before anything is said of
            it.
        page_origin: Where the site's pages are (:func:`publisher.origin.origin_of`), when issues
            wait for them; else empty.
        pages_up: Of the pages that were asked for in this round, by address, whether they are up.
        restored: An older copy of the database came back.
        mark_counter: How far the database was that wrote ``newsletters/.mark``.
        identity: What the database server calls the database now.
        reading: Fingerprint of what decides how files are read.
        posts: Fingerprint of ``[posts]`` and the program's version.
        adopted: Entries of an earlier feed.
        accept_deletions: The operator says that what vanished was meant to.
        accept_clock: The operator says that the clock is right.
        accept_hidden: The operator says that what a new version or setting takes out of the feeds
            is meant to go.
        zone: Of the site.
    """

    max_age: timedelta = timedelta(days=7)
    burst: int = 5
    delay: timedelta = timedelta(minutes=5)
    include: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    manual: bool = False
    one_shot: bool = False
    may_come: bool = False
    page_origin: str = ""
    pages_up: Mapping[str, bool] = field(default_factory=dict)
    restored: bool = False
    mark_counter: int = 0
    identity: str = ""
    reading: str = ""
    posts: str = ""
    adopted: tuple[Adopted, ...] = ()
    accept_deletions: bool = False
    accept_clock: bool = False
    accept_hidden: bool = False
    zone: tzinfo = UTC


@dataclass(frozen=True, slots=True)
class IssueOrder:
    """An issue to make, to move to another state, or to compose again because its post was edited.

    Attributes:
        path: Where its post is (or was, when it is cancelled).
        issue: The issue as it is to be; ``key`` is 0 and ``posts`` is empty when it is to be made.
            Its ``entry`` says what it was composed from: where that is not its post's any more, it
            is to be composed again.
    """

    path: str
    issue: IssueRecord


@dataclass(frozen=True, slots=True)
class Changes:
    """What a round decided.

    Attributes:
        instant: The instant the decisions used: never before an earlier round's.
        memory: The site's memory as it is to be.
        records: Rows to write; ``key`` is 0 for new ones.
        merged: Rows that gave way to another, by number: the number of the row that takes over all
            that refers to them.
        orders: Issues to make, move or compose again; at most one order for each issue.
        pages: Addresses of the pages for want of which an issue is not queued.
        problems: What people must know of this round; problems of single files are in their
            records.
        feeds_changed: Something a feed shows changed.
        look_again: A file was not quiet yet, or posts that are missing may be on their way.
        next_due: The next instant at which something changes by itself.
        stopped: Nothing was decided, because the folder is missing or lost too much.
    """

    instant: datetime
    memory: Memory
    records: tuple[Record, ...] = ()
    merged: Mapping[int, int] = field(default_factory=dict)
    orders: tuple[IssueOrder, ...] = ()
    pages: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    feeds_changed: bool = False
    look_again: bool = False
    next_due: datetime | None = None
    stopped: bool = False
