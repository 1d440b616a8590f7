"""The round in which nothing happened: seen without reading a file, or a row of the catalogue as a whole.

Most rounds of a daemon are such a round. What is asked here is what :func:`publisher.changes.decide` would come to: every file is as it was
when it was last decided about, and nothing that waits for an instant or for somebody is waiting.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.changes import counts_after
from publisher.models import IssueState, Kind
from publisher.pipeline.report import Report, posts_json

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.catalogue import Memory
    from publisher.changes import Settings
    from publisher.pipeline.looking import FolderScan
    from publisher.pipeline.report import FeedsReport
    from publisher.pipeline.site import CoreTables

UNFINISHED = (IssueState.WAITING, IssueState.QUEUED, IssueState.SENDING, IssueState.PAUSED)
"""Issues of which time may make something else."""


def is_calm(memory: Memory, settings: Settings, now: datetime) -> bool:
    """Say whether nothing but a file can make this round differ from the last one."""
    return (
        memory.scanned
        and not settings.restored
        and not settings.accept_deletions
        and not settings.accept_clock
        and (memory.reading, memory.posts, memory.identity) == (settings.reading, settings.posts, settings.identity)
        and memory.latest is not None
        and memory.latest <= now
        and (memory.next_due is None or now < memory.next_due)
    )


def report_unchanged(tables: CoreTables, memory: Memory, scan: FolderScan, feeds: FeedsReport, now: datetime) -> Report | None:
    """Give the report of a round in which nothing happened, and remember that it took place; None when something did.

    Args:
        tables: The round's transaction.
        memory: What was calm, see :func:`is_calm`.
        scan: The folder.
        feeds: The feeds, which are up to date.
        now: Aware, not before the last round.
    """
    if not scan.readable or scan.problems or tables.memory() != memory or tables.issues(UNFINISHED):
        return None
    counts: Counter[str] = Counter()
    posts = seen = 0
    stats = scan.stats
    for path, size, mtime, inode, is_decided, is_post, kind, known_as in tables.living_rows():
        if not is_decided or stats.get(path) != (size, mtime, int(inode)):
            return None
        seen += 1
        posts += is_post
        counts["invalid" if kind == Kind.INVALID else known_as] += 1
    if seen != len(scan.stats):
        return None
    problems = tables.living_problems()
    tables.save_memory(replace(memory, latest=now, counts=counts_after(memory, now, posts, accepted=False)))
    return Report(posts_json(counts), feeds, (), tuple(dict.fromkeys(problems)), 0.0, next_due=memory.next_due)
