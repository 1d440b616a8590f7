"""The state as the rest of the program sees it: transactions on the tables, an identity, a lock."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

from publisher.storage.engine import FILE_NAME, identity_of, open_engine, shown
from publisher.storage.errors import explained
from publisher.storage.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

_WRITERS = 0x50554253
"""Advisory lock that makes PostgreSQL's writers wait for each other, as SQLite's do."""


class State:
    """One site's database.

    Attributes:
        folder: The state folder.
        url: Address of a PostgreSQL database; empty for SQLite in the folder.
    """

    def __init__(self, engine: Engine, folder: Path, url: str) -> None:
        self.engine, self.folder, self.url = engine, folder, url
        self._identity: str | None = None

    @classmethod
    def open(cls, folder: Path, url: str = "") -> State:
        """Open the database, making and migrating it as needed.

        Raises:
            StateError: It cannot be used; see :func:`publisher.storage.engine.open_engine`.
        """
        state = cls(open_engine(folder, url), folder, url)
        if not url:
            _take_owner(folder)
        return state

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Tables]:
        """Give the tables for reading, as they are at one instant."""
        with explained(shown(self.folder, self.url)), self.engine.connect() as connection:
            yield Tables(connection)

    @contextmanager
    def transaction(self) -> Iterator[Tables]:
        """Give the tables for writing: one writer at a time, all or nothing."""
        with explained(shown(self.folder, self.url)), self.engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                if self.url:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _WRITERS})
                yield Tables(connection)

    def identity(self) -> str:
        """Give what the database server calls this database; empty for SQLite."""
        if self._identity is None:
            with explained(shown(self.folder, self.url)), self.engine.connect() as connection:
                self._identity = identity_of(connection)
        return self._identity


def _take_owner(folder: Path) -> None:
    """Give files made as root to the folder's owner, so that the daemon's user can open them."""
    if os.geteuid() != 0:
        return
    info = folder.stat()
    for name in (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"):
        path = folder / name
        if path.exists() and path.stat().st_uid != info.st_uid:
            os.chown(path, info.st_uid, info.st_gid)
