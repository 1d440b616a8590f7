"""What the program remembers of a site beside its posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.system.restore_mark import RestoreMark


@dataclass(frozen=True, slots=True)
class SiteState:
    """What the program remembers of the site as a whole.

    Attributes:
        instance: Random name of this database, also in the mark.
        counter: Grows with every change of an announcement or an issue.
        scanned: True once a scan into this database was completed.
        latest: The latest ``now`` any round was given.
        reading: Fingerprint of what decides how a file is read; another one means reading all
            again.
        posts: Fingerprint of ``[posts]`` and the program's version.
        counts: ``(instant, posts)`` of the good scans of the last hour, oldest first.
        feeds_dirty: True while the feeds on disk may lag behind the catalogue.
        feeds_fingerprint: Of the settings and the program the feeds were last written with.
        identity: What the database server calls this database (PostgreSQL); empty for SQLite.
        config_path: The configuration file this state belongs to.
        next_due: When something changes by itself next; None when nothing does.
        stopped: Why the last round decided nothing, for people; empty when it decided.
        is_copy: This is an older copy, and no whole round has dealt with that yet: ``publisher
            backup`` says so in the copy it makes.
    """

    instance: str
    counter: int = 0
    scanned: bool = False
    latest: datetime | None = None
    reading: str = ""
    posts: str = ""
    counts: tuple[tuple[datetime, int], ...] = ()
    feeds_dirty: bool = True
    feeds_fingerprint: str = ""
    identity: str = ""
    config_path: str = ""
    next_due: datetime | None = None
    is_copy: bool = False
    stopped: str = ""


CLOCK_TOLERANCE = timedelta(minutes=5)
"""A clock this far behind the latest instant is a wobble; further behind it was set back."""


def is_restored(memory: SiteState, mark: RestoreMark | None, identity: str) -> bool:
    """Return whether an older copy of the database came back (rule "restored").

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


def instant_of(
    memory: SiteState, now: datetime, *, accept_clock: bool
) -> tuple[datetime, Problem | None]:
    """Return the instant to decide with, and the problem where the clock was set back.

    It is the rule "clock".

    Feeds never un-publish because a clock was set back: decisions go on with the latest instant
    known.
    """
    if memory.latest is None or accept_clock or now >= memory.latest:
        return now, None
    if memory.latest - now <= CLOCK_TOLERANCE:
        return memory.latest, None
    found = (
        f"The clock says {now:%Y-%m-%d %H:%M} UTC, but it has already been"
        f" {memory.latest:%Y-%m-%d %H:%M} UTC."
    )
    cure = "Set the clock right; if it is right now, run 'publisher build --accept-clock'."
    return memory.latest, Problem("", None, Level.WARNING, found, cure)


RESTORED_NOTE = "restored"
"""The note that says until when another copy of this database may have sent what this one holds."""
