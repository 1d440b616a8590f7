"""The state as the rest of the program sees it: transactions on the tables, an identity."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from publisher.database.connection import EngineSql, SqliteSql, Transaction
from publisher.database.errors import explained
from publisher.database.sqlite import FILE_NAME, SqliteFile
from publisher.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from publisher.database.sqlite import Driver


_WRITERS = 0x50554253
"""Advisory lock that makes PostgreSQL's writers wait for each other, as SQLite's do."""
_AWAKE = "60s"
"""A writer that falls asleep for so long in the middle of a transaction loses it: others wait for
the lock."""
_TAKE_TURN = (
    f"SELECT set_config('idle_in_transaction_session_timeout', '{_AWAKE}', true),"
    f" pg_advisory_xact_lock({_WRITERS})"
)


class Database:
    """One site's database.

    SQLAlchemy is loaded when somebody needs more than the catalogue and the issues.

    Attributes:
        folder: The state folder.
        url: Address of a PostgreSQL database; empty for SQLite in the folder.
        tell_workers: Tells workers, where there are any, that messages of an issue wait, in the
            transaction that queued them.
    """

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder, self.url = folder, url
        self.tell_workers: Callable[[Connection, int], None] | None = None
        self._file = SqliteFile(folder) if not url else None
        self._engine: Engine | None = None
        self._identity: str | None = None
        self._opened: int | None = None

    @classmethod
    def open(cls, folder: Path, url: str = "") -> Database:
        """Open the database, making and migrating it as needed.

        Args:
            folder: The state folder.
            url: Address of a PostgreSQL database; empty for SQLite in the folder.

        Raises:
            StateError: The state folder cannot be made, or the database cannot be used; see
                :func:`publisher.database.engine.open_engine`.
        """
        state = cls(folder, url)
        try:
            with explained(state.shown):
                is_current = state._file is not None and state._file.is_current()
            if not is_current:
                state.migrate()
        except BaseException:
            state.close()
            raise
        if not url:
            _take_owner(folder)
            state._opened = _inode(folder / FILE_NAME)
        return state

    @cached_property
    def shown(self) -> str:
        """The database for people, without its password."""
        if not self.url:
            return str(self.folder / FILE_NAME)
        from publisher.database.engine import shown  # noqa: PLC0415

        return shown(self.folder, self.url)

    @property
    def engine(self) -> Engine:
        """The database as SQLAlchemy has it; opened, and migrated, for the first who needs it."""
        if self._engine is None:
            from publisher.database.engine import open_engine  # noqa: PLC0415

            self._engine = open_engine(self.folder, self.url)
        return self._engine

    def migrate(self) -> None:
        """Bring an older database up to today's tables.

        Raises:
            StateError: It cannot be used; see :func:`publisher.database.engine.open_engine`.
        """
        self.engine.dispose()

    def close(self) -> None:
        """Close every connection."""
        if self._engine is not None:
            self._engine.dispose()
        if self._file is not None:
            self._file.close()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Yield a transaction that reads the database as it is at one instant."""
        with explained(self.shown), self._connect() as connection:
            yield Transaction(EngineSql(connection), lambda: connection)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Yield a transaction that writes: one writer at a time, all or nothing."""
        with explained(self.shown), self._connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                if self.url:
                    connection.exec_driver_sql(_TAKE_TURN)
                yield Transaction(EngineSql(connection), lambda: connection, self.tell_workers)

    def reading_core(self) -> AbstractContextManager[Transaction]:
        """Yield a transaction that reads, without SQLAlchemy where no store asks for it."""
        return self._core(self._file.reading()) if self._file is not None else self.reading()

    def writing_core(self) -> AbstractContextManager[Transaction]:
        """Yield a transaction that writes, without SQLAlchemy where no store asks for it."""
        return (
            self._core(self._file.transaction()) if self._file is not None else self.transaction()
        )

    @contextmanager
    def _core(self, opened: AbstractContextManager[Driver]) -> Iterator[Transaction]:
        self._check_file()
        with explained(self.shown), opened as driver:
            made = Transaction(SqliteSql(driver), lambda: _lend(driver), self.tell_workers)
            try:
                yield made
            finally:
                made.close()

    def _connect(self) -> Connection:
        self._check_file()
        return self.engine.connect()

    def _check_file(self) -> None:
        """Refuse another file than the one that was opened.

        One that was deleted can still be written, and all of it would be lost.
        """
        if self._opened is not None and _inode(self.folder / FILE_NAME) != self._opened:
            found = f"{self.folder / FILE_NAME} was deleted or replaced while it was in use."
            raise StateError(
                found,
                cure="Stop the program, bring the database or a backup back, and start it again.",
            )

    def identity(self) -> str:
        """Return what the database server calls this database; empty for SQLite."""
        if not self.url:
            return ""
        if self._identity is None:
            from publisher.database.engine import identity_of  # noqa: PLC0415

            with explained(self.shown), self._connect() as connection:
                self._identity = identity_of(connection)
        return self._identity


def _lend(driver: Driver) -> Connection:
    from publisher.database.engine import lend  # noqa: PLC0415

    return lend(driver)


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _take_owner(folder: Path) -> None:
    """Hand files made as root to the folder's owner, so that the daemon's user can open them."""
    if os.geteuid() != 0:
        return
    info = folder.stat()
    for name in (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"):
        path = folder / name
        if path.exists() and path.stat().st_uid != info.st_uid:
            os.chown(path, info.st_uid, info.st_gid)
