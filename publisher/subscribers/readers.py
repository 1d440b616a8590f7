"""Subscribers as audiences and digests need them.

Many at a time, without what only a person's page shows.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, bindparam

from publisher.database.connection import numbers
from publisher.database.instants import from_micros
from publisher.subscribers.models import Cadence, Reader, SubscriberState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sqlalchemy import Column, ColumnElement, Connection


_PAGE = 2000
_COLUMNS = "SELECT id, state, cadence, wanted, unwanted, zone, language, activated FROM subscribers"
_STATES = {str(state): state for state in SubscriberState}
_CADENCES = {str(cadence): cadence for cadence in Cadence}


def particular_readers(connection: Connection) -> Iterator[list[Reader]]:
    """Yield the active subscribers who read digests or chose topics.

    A page of them is in memory at a time.

    It is one query, not one a page: no index gives them in the order of their numbers. The caller
    may write other tables meanwhile.
    """
    sql = (
        f"{_COLUMNS} WHERE state = 'active' AND (cadence <> 'every post' OR wanted <> '[]' OR"
        " unwanted <> '[]')"
    )
    rows = connection.exec_driver_sql(
        sql, execution_options={"stream_results": True, "yield_per": _PAGE}
    )
    for page in rows.partitions(_PAGE):
        yield _readers(page)


def readers_by_key(connection: Connection, keys: Collection[int]) -> dict[int, Reader]:
    """Return these rows by number."""
    return {
        reader.key: reader
        for reader in _readers(
            connection.exec_driver_sql(f"{_COLUMNS} WHERE id IN ({numbers(keys)})").all()
        )
    }


def among(column: Column[int], keys: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a column is one of these numbers, written into the SQL as well."""
    return column.in_(
        bindparam("keys", list(keys), Integer, unique=True, expanding=True, literal_execute=True)
    )


def _readers(rows: Iterable[Any]) -> list[Reader]:
    return [
        Reader(
            key,
            _STATES[state],
            _CADENCES[cadence],
            _names(wanted),
            _names(unwanted),
            zone,
            language,
            from_micros(activated),
        )
        for key, state, cadence, wanted, unwanted, zone, language, activated in rows
    ]


@lru_cache(maxsize=10_000)
def _names(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
