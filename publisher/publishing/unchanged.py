"""The round in which nothing happened, or nothing but that a few files changed.

It is seen without a row of the catalogue as a whole.

Most rounds of a daemon are of the first kind. What is asked here is what
:func:`publisher.publishing.decisions.decide.decide` would come to: every file is as it was when it
was last decided about, and nothing that waits for an instant or for somebody is waiting. What
became of changed files is for :mod:`publisher.publishing.edits` to say.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from publisher.database.site_state import SiteStateStore
from publisher.feeds.models import FeedsReport
from publisher.newsletter.issue import IssueState
from publisher.newsletter.store import IssueStore
from publisher.posts.models import FileKind
from publisher.posts.store import PostStore
from publisher.publishing.decisions.safeguards import counts_after
from publisher.publishing.edits import MOST
from publisher.publishing.report import Report, posts_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from publisher.database.connection import Transaction
    from publisher.database.site_state import SiteState
    from publisher.issues.models import Settings
    from publisher.posts.scan import FolderScan
    from publisher.system.files import FileStat


UNFINISHED = (IssueState.WAITING, IssueState.QUEUED, IssueState.SENDING, IssueState.PAUSED)
"""Issues of which time may make something else."""


def is_unchanged(memory: SiteState, settings: Settings, now: datetime) -> bool:
    """Return whether nothing but a file can make this round differ from the last one."""
    return (
        memory.scanned
        and not settings.restored
        and not settings.accept_deletions
        and not settings.accept_clock
        and not settings.accept_hidden
        and (memory.reading, memory.posts, memory.identity)
        == (settings.reading, settings.posts, settings.identity)
        and memory.latest is not None
        and memory.latest <= now
        and (memory.next_due is None or now < memory.next_due)
    )


class UnchangedCheck(NamedTuple):
    """What the rows tell of a folder in which no file came or went.

    While no row and no file differs from one in which nothing happened, another round of the same
    process compares none.

    Attributes:
        counter: Of the database's memory.
        stats: Of the folder's files, by path.
        posts: How many of them are posts.
        changed: Paths of the few that are not as they were decided about.
        report: What the round comes to where there are none.
    """

    counter: int
    stats: Mapping[str, FileStat]
    posts: int
    changed: Sequence[str]
    report: Report


def check_unchanged(
    transaction: Transaction,
    memory: SiteState,
    scan: FolderScan,
    feeds: FeedsReport,
    last: UnchangedCheck | None,
) -> UnchangedCheck | None:
    """Compare the catalogue with the folder; None when more happened than that a few files changed.

    Args:
        transaction: The round's transaction.
        memory: What was calm, see :func:`is_unchanged`.
        scan: The folder.
        feeds: The feeds, which are up to date.
        last: The last round, where nothing happened in it.
    """
    if (
        not scan.readable
        or scan.problems
        or SiteStateStore(transaction).memory() != memory
        # Their time may have come although no file changed.
        or IssueStore(transaction).issues(UNFINISHED)
    ):
        return None
    if last is None or (last.counter, last.stats) != (memory.counter, scan.stats):
        last = _compare(transaction, memory, scan)
    return (
        last._replace(report=replace(last.report, feeds=feeds, next_due=memory.next_due))
        if last is not None
        else None
    )


def remember_round(
    transaction: Transaction, memory: SiteState, glance: UnchangedCheck, now: datetime
) -> None:
    """Remember that a round took place in which nothing happened."""
    SiteStateStore(transaction).save_site_state(
        replace(
            memory,
            latest=now,
            stopped="",
            counts=counts_after(memory, now, glance.posts, accepted=False),
        )
    )


def _compare(
    transaction: Transaction, memory: SiteState, scan: FolderScan
) -> UnchangedCheck | None:
    """Compare every row with its file.

    None where there are not as many of them, or too many differ.
    """
    counts: Counter[str] = Counter()
    posts = seen = 0
    changed: list[str] = []
    stats = scan.stats
    for path, size, mtime, inode, is_decided, is_post, kind, known_as in PostStore(
        transaction
    ).living_rows():
        if not is_decided or stats.get(path) != (size, mtime, int(inode)):
            changed.append(path)
            # Past a few, reading all rows at once is cheaper than asking for single ones.
            if len(changed) > MOST:
                return None
        seen += 1
        posts += is_post
        counts["invalid" if kind == FileKind.INVALID else known_as] += 1
    # A file that is new has no row yet: its absence shows only in the count.
    if seen != len(stats):
        return None
    problems = tuple(dict.fromkeys(PostStore(transaction).living_problems()))
    return UnchangedCheck(
        memory.counter,
        stats,
        posts,
        changed,
        Report(posts_json(counts), FeedsReport(), (), problems, 0.0),
    )
