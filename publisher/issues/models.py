"""What an issue is to become, and what that depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from publisher.newsletter.issue import IssueRecord
    from publisher.posts.records import Adopted


GRACE_LIMIT = timedelta(hours=1)
"""Edits restart an issue's grace period for this long in all."""

PAGE_AGAIN = timedelta(minutes=1)
"""A page that is not up is asked for again after this."""

NOT_WANTED = "newsletter: false"
NOT_INCLUDED = "not in newsletter.include"
EXCLUDED = "in newsletter.exclude"
DISCARDED = "discarded"


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
        page_origin: Where the site's pages are (:func:`publisher.system.urls.origin_of`), when
            issues wait for them; else empty.
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
