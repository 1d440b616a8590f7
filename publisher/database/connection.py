"""Plain SQL on one connection, with ``?`` for values: what a round of the folder runs.

It needs no more than the driver. SQLAlchemy takes a quarter of a second to load, which is most of a
round in which nothing happened; it also makes a dict of every row and asks each column's type about
each value.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy import Connection


T = TypeVar("T")

BATCH = 500
"""Rows in memory, or values in one statement, at a time."""


class Sql(Protocol):
    """A connection in a transaction; values are what drivers take: numbers, texts, bytes, None."""

    @property
    def is_postgres(self) -> bool:
        """Return whether it is PostgreSQL, else SQLite."""
        ...

    def run(self, statement: str, values: Sequence[object] = ()) -> Iterable[Any]:
        """Run a statement and return its rows as tuples."""
        ...

    def run_many(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Run a statement once for each row of values."""


class SqliteSql:
    """The driver's own connection."""

    is_postgres = False

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver

    def run(self, statement: str, values: Sequence[object] = ()) -> Iterable[Any]:
        """Run a statement and return its rows."""
        return self._driver.execute(statement, values)

    def run_many(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Run a statement once for each row of values."""
        self._driver.executemany(statement, rows)


class EngineSql:
    """A connection of SQLAlchemy's, to either database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.is_postgres = connection.dialect.name == "postgresql"

    def run(self, statement: str, values: Sequence[object] = ()) -> Iterable[Any]:
        """Run a statement and return its rows."""
        result = self._connection.exec_driver_sql(self._marked(statement), tuple(values) or None)
        return iter(result) if result.returns_rows else ()

    def run_many(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Run a statement once for each row of values."""
        self._connection.exec_driver_sql(self._marked(statement), list(rows))

    def _marked(self, statement: str) -> str:
        return statement.replace("?", "%s") if self.is_postgres else statement


class Transaction:
    """One transaction of the database; each package's store is made over it.

    Attributes:
        sql: Plain SQL.
    """

    def __init__(
        self,
        sql: Sql,
        connect: Callable[[], Connection],
        tell_workers: Callable[[Connection, int], None] | None = None,
    ) -> None:
        self.sql, self._connect, self._tell_workers = sql, connect, tell_workers
        self._connection: Connection | None = None

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's connection, in the same transaction; made for the first who needs it."""
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def queue_up(self, issue: int) -> None:
        """Notify workers, where there are any, that messages of an issue wait."""
        if self._tell_workers is not None:
            self._tell_workers(self.connection, issue)

    def close(self) -> None:
        """Close what was made for who needed it."""
        if self._connection is not None:
            self._connection.close()


def marks(values: Sequence[object]) -> str:
    """Return a question mark for each value."""
    return ", ".join("?" * len(values))


def numbers(keys: Iterable[int]) -> str:
    """Write numbers of rows into SQL: thousands of parameters cost more than the query."""
    return ",".join([str(int(key)) for key in keys]) or "NULL"


def value_of(rows: Iterable[Any]) -> Any:
    """Return the first value of the first row, or None."""
    # All of them are taken: a statement that is not finished keeps its transaction from being
    # committed.
    return next((row[0] for row in list(rows)), None)


def insert_rows(
    sql: Sql, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> None:
    """Insert rows.

    Args:
        sql: In a transaction.
        table: Its name; names are our own, never somebody's input.
        columns: In the order of the values.
        rows: Their values.
    """
    # Our names
    names = ", ".join(columns)
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks(columns)})"
    _run(sql, statement, rows)


def replace_rows(
    sql: Sql, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> None:
    """Insert rows, or write those anew whose first column is there already.

    See :func:`insert_rows`.
    """
    key, *others = columns
    news = ", ".join(f"{name} = excluded.{name}" for name in others)
    # Our names
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks(columns)})"
        f" ON CONFLICT ({key}) DO UPDATE SET {news}"
    )
    _run(sql, statement, rows)


def update_rows(
    sql: Sql, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> None:
    """Write rows anew; the last column says which. See :func:`insert_rows`."""
    news = ", ".join(f"{name} = ?" for name in columns[:-1])
    _run(sql, f"UPDATE {table} SET {news} WHERE {columns[-1]} = ?", rows)


def _run(sql: Sql, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
    for batch in batches(rows):
        sql.run_many(statement, batch)


def batches(items: Iterable[T], most: int = BATCH) -> Iterator[list[T]]:
    """Yield items some at a time."""
    left = iter(items)
    while batch := list(islice(left, most)):
        yield batch
