"""The state as the rest of the program sees it: transactions on the tables, an identity, a lock."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

from publisher.errors import StateError
from publisher.storage.engine import FILE_NAME, identity_of, open_engine, shown
from publisher.storage.errors import explained
from publisher.storage.ledger import LedgerStore
from publisher.storage.queue import EmbeddedQueue, open_queue
from publisher.storage.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from publisher.storage.queue import BatchQueue

_WRITERS = 0x50554253
"""Advisory lock that makes PostgreSQL's writers wait for each other, as SQLite's do."""
_AWAKE = "60s"
"""A writer that falls asleep for so long in the middle of a transaction loses it: others wait for the lock."""
_TAKE_TURN = text("SELECT set_config('idle_in_transaction_session_timeout', :awake, true), pg_advisory_xact_lock(:name)")


class State:
    """One site's database.

    Attributes:
        folder: The state folder.
        url: Address of a PostgreSQL database; empty for SQLite in the folder.
        queue: Is told of messages that wait, in the transaction that queued them.
    """

    def __init__(self, engine: Engine, folder: Path, url: str, queue: BatchQueue | None = None) -> None:
        self.engine, self.folder, self.url, self.queue = engine, folder, url, queue or EmbeddedQueue()
        self._identity: str | None = None
        self._opened = None if url else _inode(folder / FILE_NAME)

    @classmethod
    def open(cls, folder: Path, url: str = "", queue: str = "embedded") -> State:
        """Open the database, making and migrating it as needed.

        Args:
            folder: The state folder.
            url: Address of a PostgreSQL database; empty for SQLite in the folder.
            queue: ``delivery.queue``.

        Raises:
            StateError: It cannot be used; see :func:`publisher.storage.engine.open_engine`.
        """
        engine = open_engine(folder, url)
        try:
            state = cls(engine, folder, url, open_queue(queue, engine, shown(folder, url)))
        except BaseException:
            engine.dispose()
            raise
        if not url:
            _take_owner(folder)
        return state

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Tables]:
        """Give the tables for reading, as they are at one instant."""
        with explained(shown(self.folder, self.url)), self._connect() as connection:
            yield Tables(connection)

    @contextmanager
    def transaction(self) -> Iterator[Tables]:
        """Give the tables for writing: one writer at a time, all or nothing."""
        with explained(shown(self.folder, self.url)), self._connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                if self.url:
                    connection.execute(_TAKE_TURN, {"name": _WRITERS, "awake": _AWAKE})
                tables = Tables(connection)
                tables.queue = self.queue
                yield tables

    def _connect(self) -> Connection:
        """Give a connection to the file that was opened: one that was deleted can still be written, and all of it would be lost."""
        if self._opened is not None and _inode(self.folder / FILE_NAME) != self._opened:
            found = f"{self.folder / FILE_NAME} was deleted or replaced while it was in use."
            raise StateError(found, cure="Stop the program, bring the database or a backup back, and start it again.")
        return self.engine.connect()

    def open_ledger(self) -> LedgerStore:
        """Give the ledger for claiming and marking, on a connection of its own."""
        return LedgerStore(self.engine, shown(self.folder, self.url))

    def identity(self) -> str:
        """Give what the database server calls this database; empty for SQLite."""
        if self._identity is None:
            with explained(shown(self.folder, self.url)), self._connect() as connection:
                self._identity = identity_of(connection)
        return self._identity


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _take_owner(folder: Path) -> None:
    """Give files made as root to the folder's owner, so that the daemon's user can open them."""
    if os.geteuid() != 0:
        return
    info = folder.stat()
    for name in (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"):
        path = folder / name
        if path.exists() and path.stat().st_uid != info.st_uid:
            os.chown(path, info.st_uid, info.st_gid)
