"""What is looked at before anything is decided: an older copy of the state, the clock, a folder that vanished."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from publisher.changes.model import CLOCK_TOLERANCE
from publisher.models import Level, Problem

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.catalogue import Mark, Memory

_COUNTS_KEPT = timedelta(hours=1)
_LEAST_LARGEST = 5


def is_restored(memory: Memory, mark: Mark | None, identity: str) -> bool:
    """Say whether an older copy of the database came back (rule "restored").

    Args:
        memory: The database's own memory.
        mark: What ``newsletters/.mark`` says; None when it is missing.
        identity: What the database server calls this database now; empty for SQLite.
    """
    if not memory.scanned:
        return False
    if memory.is_copy or memory.identity != identity:
        return True
    if mark is None:
        return not identity
    return mark.instance != memory.instance or mark.counter > memory.counter


def instant_of(memory: Memory, now: datetime, *, accept_clock: bool) -> tuple[datetime, Problem | None]:
    """Give the instant to decide with and, when the clock was set back, the problem that says so (rule "clock").

    Feeds never un-publish because a clock was set back: decisions go on with the latest instant known.
    """
    if memory.latest is None or accept_clock or now >= memory.latest:
        return now, None
    if memory.latest - now <= CLOCK_TOLERANCE:
        return memory.latest, None
    found = f"The clock says {now:%Y-%m-%d %H:%M} UTC, but it has already been {memory.latest:%Y-%m-%d %H:%M} UTC."
    cure = "Set the clock right; if it is right now, run 'publisher build --accept-clock'."
    return memory.latest, Problem("", None, Level.WARNING, found, cure)


def lost_too_much(memory: Memory, posts: int) -> Problem | None:
    """Say whether more than half of the posts vanished: an unmounted or emptied folder, not a deletion.

    Args:
        memory: Knows the counts of the good scans of the last hour.
        posts: How many posts are there now.
    """
    if not memory.counts:
        return None
    last = memory.counts[-1][1]
    largest = max(count for _, count in memory.counts)
    before = largest if largest >= _LEAST_LARGEST else last
    if posts * 2 >= max(before, last):
        return None
    # Without the posts that are left: it is one problem, told once, while they go one by one.
    found = f"The posts folder has lost more than half of its {max(before, last)} posts: nothing is deleted, the feeds stay as they are."
    cure = "Bring the files back; if they were meant to go, run 'publisher build --accept-deletions'."
    return Problem("", None, Level.ERROR, found, cure)


def counts_after(memory: Memory, instant: datetime, posts: int, *, accepted: bool) -> tuple[tuple[datetime, int], ...]:
    """Remember the counts of the good scans of the hour before this one, one for each minute and change."""
    if accepted:
        return ((instant, posts),)
    kept = [(at, count) for at, count in memory.counts if instant - at <= _COUNTS_KEPT]
    if len(kept) > 1 and kept[-1][1] == posts and kept[-2][1] == posts:
        kept.pop()
    return (*kept, (instant, posts))
