"""SQLite in the state folder by its driver alone.

Opened and made without SQLAlchemy, which a round of the folder does not need.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.database.connection import value_of
from publisher.database.errors import sudo_line
from publisher.database.migrations import HEAD
from publisher.errors import StateError
from publisher.system.private_files import make_private, make_private_folder, tighten

if TYPE_CHECKING:
    from collections.abc import Iterator


FILE_NAME = "publisher.db"
APPLICATION_ID = 0x50554253
"""SQLite's ``application_id`` of our files ("PUBS")."""
TIMEOUT = 30.0
"""Seconds to wait for another writer."""
_PRAGMAS = (
    "journal_mode=WAL",
    # WAL with NORMAL may lose the last commits in a power failure: a message marked as sent would
    # go out twice.
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={TIMEOUT * 1000:.0f}",
)
_SCHEMA = Path(__file__).with_name("schema.sql")
"""Every table of a new database; written from ``schema.py`` by ``make docs``."""


class Driver(sqlite3.Connection):
    """A connection whose transactions begin and end by SQL.

    Whoever else is lent it cannot end one.
    """

    def commit(self) -> None:
        """Leave the transaction to its owner."""

    def rollback(self) -> None:
        """Leave the transaction to its owner."""


class SqliteFile:
    """The database of one state folder; its connections are kept for the next who needs one."""

    def __init__(self, folder: Path) -> None:
        """Make the folder and the file, which are their owner's alone.

        Raises:
            StateError: They cannot be made, or the database may not be written.
        """
        try:
            make_private_folder(folder)
        except OSError as error:
            raise StateError(
                f"The state folder {folder} cannot be made: {error.strerror}.",
                cure=sudo_line(folder),
            ) from error
        self.path = folder / FILE_NAME
        if self.path.exists() and not os.access(self.path, os.W_OK):
            raise StateError(f"{self.path} may not be written.", cure=sudo_line(self.path))
        self._keep_private()
        self._idle: list[Driver] = []

    def _keep_private(self) -> None:
        """Make the file before SQLite does, which leaves it to the umask.

        Its journal is made with the file's own mode.
        """
        try:
            make_private(self.path)
        except OSError as error:
            raise StateError(
                f"{self.path} cannot be made: {error.strerror}.", cure=sudo_line(self.path)
            ) from error
        for ending in ("-wal", "-shm"):
            tighten(self.path.with_name(FILE_NAME + ending))

    def is_current(self) -> bool:
        """Return whether the database is one of ours as it is today; a new one is made so."""
        with self.reading() as driver:
            version = _version(driver)
        if version != "":
            return version == HEAD
        with self.transaction() as driver:
            # Another process may have been first.
            if _version(driver) == "":
                for statement in _SCHEMA.read_text("utf-8").split(";\n"):
                    driver.execute(statement)
                driver.execute("INSERT INTO alembic_version (version_num) VALUES (?)", (HEAD,))
                driver.execute(f"PRAGMA application_id={APPLICATION_ID}")
        return True

    @contextmanager
    def reading(self) -> Iterator[Driver]:
        """Yield a connection that sees the database as it is at one instant."""
        with self._connection("BEGIN") as driver:
            yield driver

    @contextmanager
    def transaction(self) -> Iterator[Driver]:
        """Yield a connection that is alone in writing, all or nothing.

        A lock that is taken later could fail in the middle.
        """
        # A lock that is taken later fails at once with SQLITE_BUSY, whatever the timeout says.
        with self._connection("BEGIN IMMEDIATE") as driver:
            yield driver

    @contextmanager
    def _connection(self, begin: str) -> Iterator[Driver]:
        driver = self._idle.pop() if self._idle else self._connect()
        try:
            driver.execute(begin)
            yield driver
            driver.execute("COMMIT")
        except BaseException:
            driver.close()
            raise
        self._idle.append(driver)

    def _connect(self) -> Driver:
        driver = sqlite3.connect(
            self.path,
            timeout=TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
            factory=Driver,
        )
        try:
            configure(driver)
        except BaseException:
            driver.close()
            raise
        return driver

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()


def configure(driver: sqlite3.Connection) -> None:
    """Set how a connection is to work."""
    driver.isolation_level = None
    for pragma in _PRAGMAS:
        driver.execute(f"PRAGMA {pragma}")


def _version(driver: sqlite3.Connection) -> str | None:
    """Return the revision of our tables.

    It is empty where there is no table at all, None where they are somebody else's.
    """
    tables = {
        name for (name,) in driver.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    if not {"alembic_version", "posts", "issues", "memory"} <= tables:
        return None if tables else ""
    found: str | None = value_of(driver.execute("SELECT version_num FROM alembic_version"))
    return found
