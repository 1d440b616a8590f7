"""The lock of one ``run`` in PostgreSQL.

Of a session that does nothing else, and ends with the process, the machine or the network.
"""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from publisher.database.errors import explained
from publisher.errors import StateBusyError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from publisher.database.database import Database


_NAME = 0x50554252
_STEP = 0.1
_LONGEST_NAME = 63
"""Bytes of an ``application_name``."""

_OURS = {
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 6000,
    "connect_timeout": 5,
}
"""What this side does to notice that the server is gone (libpq; seconds, and milliseconds for the
last but one)."""
_THEIRS = (
    "tcp_keepalives_idle = 3",
    "tcp_keepalives_interval = 1",
    "tcp_keepalives_count = 3",
    "tcp_user_timeout = 6000",
)
"""What the server does to notice that this side is gone, and to let the next one in."""
_HOLDER = """
SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = :name AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class AdvisoryLock:
    """A lock of a PostgreSQL session that does nothing else."""

    def __init__(self, state: Database, wait: float) -> None:
        self._where = state.shown
        with explained(self._where):
            self._connection = _connect(state)
            try:
                self._take(time.monotonic() + wait)
            except BaseException:
                self.release()
                raise

    def _take(self, deadline: float) -> None:
        while not self._connection.execute(
            text("SELECT pg_try_advisory_lock(:name)"), {"name": _NAME}
        ).scalar():
            if time.monotonic() >= deadline:
                raise StateBusyError.held_by(
                    None, self._connection.execute(text(_HOLDER), {"name": _NAME}).scalar() or ""
                )
            time.sleep(_STEP)

    def is_held(self) -> bool:
        """Ask the server; no answer within seconds is an answer too."""
        if self._connection.closed or self._connection.invalidated:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            self.release()
            return False
        return True

    def release(self) -> None:
        """Release the lock, which goes with the connection."""
        if not self._connection.closed:
            self._connection.invalidate()
            self._connection.close()


def _connect(state: Database) -> Connection:
    name = f"publisher, process {os.getpid()} on {socket.gethostname()}"[:_LONGEST_NAME]
    engine = create_engine(
        state.engine.url,
        # A connection of its own: one that comes back from a pool would keep the lock, or lose it
        # with somebody else's error.
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={**_OURS, "application_name": name},
    )
    connection = engine.connect()
    for setting in _THEIRS:
        connection.execute(text(f"SET {setting}"))
    return connection
