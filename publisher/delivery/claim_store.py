"""The ledger on one connection that stays open, for claims and outcomes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from publisher.database.errors import explained
from publisher.delivery.claims import ClaimTables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.pool import PoolProxiedConnection

    from publisher.database.database import Database


_AWAKE = 5000
"""Milliseconds between two statements of a transaction, after which PostgreSQL undoes it."""


class ClaimStore:
    """The ledger on one connection that stays open; used by one thread at a time.

    SQLAlchemy opens the connection; what runs on it is the driver's own cursor.
    """

    def __init__(self, database: Database) -> None:
        self._engine, self._where = database.engine, database.shown
        self._postgres = self._engine.dialect.name == "postgresql"
        self._connection: PoolProxiedConnection | None = None

    @contextmanager
    def ledger(self, *, writes: bool = True) -> Iterator[ClaimTables]:
        """Return the ledger inside one transaction.

        Args:
            writes: In SQLite, take the right to write at once.

        Raises:
            StateError: The database cannot be used; the connection is made anew next time.
        """
        errors = self._engine.dialect.loaded_dbapi.Error
        with explained(self._where):
            try:
                connection = self._connection = self._connection or self._connect()
                cursor = connection.cursor()
                if writes and not self._postgres:
                    cursor.execute("BEGIN IMMEDIATE")
                yield ClaimTables(cursor, postgres=self._postgres)
                connection.commit()
            except errors as error:
                self.close()
                raise OperationalError("the ledger", None, error) from error
            except BaseException:
                self.close()
                raise

    def _connect(self) -> PoolProxiedConnection:
        connection = self._engine.raw_connection()
        if self._postgres:
            # Whoever falls asleep in the middle must not keep its rows from those who take over.
            connection.cursor().execute(f"SET idle_in_transaction_session_timeout = {_AWAKE}")
            connection.commit()
        return connection

    def close(self) -> None:
        """Return the connection up; what was not committed is undone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
