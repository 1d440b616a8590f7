"""Instants as the database keeps them: BIGINT microseconds UTC, never naive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(instant: datetime | None) -> int | None:
    """Return an instant as microseconds since the epoch.

    Raises:
        ValueError: It is naive: SQLite would drop its zone in silence.
    """
    if instant is None:
        return None
    if instant.tzinfo is None:
        raise ValueError(f"a naive instant reached the database: {instant!r}")
    return (instant - EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=1024)
def from_micros(micros: int | None) -> datetime | None:
    """Return the aware instant of microseconds since the epoch.

    It is the same object where it was asked for a moment ago, as most rows do.
    """
    return None if micros is None else EPOCH + timedelta(microseconds=micros)
