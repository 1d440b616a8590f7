"""What the program remembers of a site beside its posts."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.database.connection import insert_rows, replace_rows, update_rows
from publisher.database.instants import from_micros, to_micros
from publisher.errors import ForeignStateError, Level, Problem
from publisher.system.restore_mark import RestoreMark

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.config import Config
    from publisher.database.connection import Transaction
    from publisher.database.database import Database
    from publisher.system.restore_mark import RestoreMarkFile


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

    @property
    def mark(self) -> RestoreMark:
        """What stands beside the newsletters once this is committed."""
        return RestoreMark(self.instance, self.counter)


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
    # A server's database may serve a machine that has no newsletters folder yet; a file of SQLite
    # stands beside its mark.
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
        # NTP steps a clock by seconds, virtual machines by minutes: nobody is to be told of that.
        return memory.latest, None
    found = (
        f"The clock says {now:%Y-%m-%d %H:%M} UTC, but it has already been"
        f" {memory.latest:%Y-%m-%d %H:%M} UTC."
    )
    cure = "Set the clock right; if it is right now, run 'publisher build --accept-clock'."
    return memory.latest, Problem("", None, Level.WARNING, found, cure)


RESTORED_NOTE = "restored"
"""The note that says until when another copy of this database may have sent what this one holds."""

_INSTANTS = ("latest", "next_due")


class SiteStateStore:
    """What is remembered of the site, and notes for any part of the program."""

    def __init__(self, transaction: Transaction) -> None:
        self.sql = transaction.sql

    def memory(self) -> SiteState:
        """Return what the program remembers of the site; a new database gets its name here."""
        value: dict[str, Any] = {
            name: json.loads(text) for name, text in self.sql.run("SELECT name, value FROM memory")
        }
        if not value:
            # The name tells a database that was made anew from an older copy of this one.
            return SiteState(instance=secrets.token_hex(16))
        for name in _INSTANTS:
            value[name] = from_micros(value.get(name))
        value["counts"] = tuple((from_micros(at), count) for at, count in value.get("counts", ()))
        return SiteState(
            **{name: item for name, item in value.items() if name in SiteState.__dataclass_fields__}
        )

    def save_site_state(self, memory: SiteState) -> None:
        """Write what changed of the memory."""
        stored = dict(self.sql.run("SELECT name, value FROM memory"))
        rows = []
        for name in SiteState.__dataclass_fields__:
            value = getattr(memory, name)
            if name in _INSTANTS:
                value = to_micros(value)
            elif name == "counts":
                value = [(to_micros(at), count) for at, count in value]
            text = json.dumps(value)
            # A round in which nothing happened writes a row or two of them.
            if stored.get(name) != text:
                rows.append((name, text))
        replace_rows(self.sql, "memory", ("name", "value"), rows)

    def increment_revision(self) -> None:
        """Count a change of an announcement or an issue; the mark follows after the commit."""
        update_rows(
            self.sql,
            "memory",
            ("value", "name"),
            [(json.dumps(self.memory().counter + 1), "counter")],
        )

    def note(self, name: str) -> str:
        """Return a remembered text, or nothing."""
        rows = list(self.sql.run("SELECT value FROM notes WHERE name = ?", (name,)))
        return str(rows[0][0]) if rows else ""

    def save_note(self, name: str, value: str) -> None:
        """Remember a text; an empty one is forgotten."""
        self.sql.run("DELETE FROM notes WHERE name = ?", (name,))
        if value:
            insert_rows(self.sql, "notes", ("name", "value"), [(name, value)])


def write_mark(database: Database, mark_file: RestoreMarkFile) -> None:
    """Write how far the database is beside the newsletters, after a commit."""
    with database.reading_core() as transaction:
        state = SiteStateStore(transaction).memory()
    mark_file.write(state.mark)


def claim(database: Database, config: Config) -> None:
    """Remember which configuration this state belongs to.

    Raises:
        ForeignStateError: It belongs to another one, which still exists.
    """
    mine = str(config.path)
    with database.reading_core() as transaction:
        memory = SiteStateStore(transaction).memory()
    if memory.config_path == mine:
        return
    if memory.config_path and Path(memory.config_path).exists():
        raise ForeignStateError(
            f"The state in {config.state_folder} belongs to {memory.config_path}.",
            cure=(
                "Give each configuration its own [state] folder, [output] public and [output]"
                " newsletters."
            ),
        )
    with database.writing_core() as transaction:
        SiteStateStore(transaction).save_site_state(replace(memory, config_path=mine))


def is_older_copy(state: Database, mark_file: RestoreMarkFile | None) -> bool:
    """Return whether this is an older copy that no round has dealt with yet.

    Until then nothing of it is to be sent.

    The mark is read first: written after each commit, it is never ahead of a database that is read
    after it.
    """
    mark = mark_file.read() if mark_file is not None else None
    with state.reading_core() as transaction:
        memory = SiteStateStore(transaction).memory()
    return is_restored(memory, mark, state.identity())


def notice_copy(state: Database, mark_file: RestoreMarkFile) -> None:
    """Write down, before anything is changed, that this is an older copy.

    A mark of this very database would hide it from the next round.

    Whoever opens a site does this; a database is put back while nobody has it open.
    """
    if not is_older_copy(state, mark_file):
        return
    with state.writing_core() as transaction:
        SiteStateStore(transaction).save_site_state(
            replace(SiteStateStore(transaction).memory(), is_copy=True)
        )
