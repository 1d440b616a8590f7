"""Many rows at once, as tuples: SQLAlchemy's own way makes a dict of every row and asks each column's type about each value."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

T = TypeVar("T")

BATCH = 500
"""Rows in memory, or values in one statement, at a time."""


def insert_rows(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
    """Insert rows.

    Args:
        connection: In a transaction.
        table: Its name; names are our own, never somebody's input.
        columns: In the order of the values.
        rows: Values as the driver takes them: numbers, texts, bytes, None.
    """
    _run(connection, f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({_marks(connection, columns)})", rows)  # noqa: S608 - our names


def replace_rows(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
    """Insert rows, or write those anew whose first column is there already; see :func:`insert_rows`."""
    key, *others = columns
    news = ", ".join(f"{name} = excluded.{name}" for name in others)
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({_marks(connection, columns)}) ON CONFLICT ({key}) DO UPDATE SET {news}"  # noqa: S608 - our names
    _run(connection, sql, rows)


def update_rows(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
    """Write rows anew; the last column says which. See :func:`insert_rows`."""
    mark = _marks(connection, columns[:1])
    news = ", ".join(f"{name} = {mark}" for name in columns[:-1])
    _run(connection, f"UPDATE {table} SET {news} WHERE {columns[-1]} = {mark}", rows)  # noqa: S608 - our names


def _marks(connection: Connection, columns: Sequence[str]) -> str:
    return ", ".join(["%s" if connection.dialect.name == "postgresql" else "?"] * len(columns))


def _run(connection: Connection, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
    for batch in batches(rows):
        connection.exec_driver_sql(sql, batch)


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    """Give items some at a time."""
    left = iter(items)
    while batch := list(islice(left, BATCH)):
        yield batch
