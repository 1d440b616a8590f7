"""One ``run`` at a time: a lock file beside SQLite, an advisory lock in PostgreSQL on a connection of its own.

The connection is the lock: it ends with the process, and where the machine or the network ends, both sides notice within seconds.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from typing import TYPE_CHECKING, Protocol, Self

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from publisher.errors import StateBusyError, StateError
from publisher.storage.engine import shown
from publisher.storage.errors import explained, sudo_line

if TYPE_CHECKING:
    from types import TracebackType

    from sqlalchemy import Connection

    from publisher.storage.state import State

_NAME = 0x50554252
_STEP = 0.1
_LONGEST_NAME = 63
"""Bytes of an ``application_name``."""

_OURS = {"keepalives_idle": 3, "keepalives_interval": 1, "keepalives_count": 3, "tcp_user_timeout": 6000, "connect_timeout": 5}
"""What this side does to notice that the server is gone (libpq; seconds, and milliseconds for the last but one)."""
_THEIRS = ("tcp_keepalives_idle = 3", "tcp_keepalives_interval = 1", "tcp_keepalives_count = 3", "tcp_user_timeout = 6000")
"""What the server does to notice that this side is gone, and to let the next one in."""
_HOLDER = """
SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = :name AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class _Held(Protocol):
    """A lock that is held."""

    def is_held(self) -> bool: ...
    def release(self) -> None: ...


class RunLock:
    """Held by the one process that scans, announces and schedules; released when the process ends, however it ends."""

    def __init__(self, state: State, wait: float = 0.0) -> None:
        """Take the lock.

        Args:
            state: The state to hold.
            wait: Seconds to wait for another holder to finish.

        Raises:
            StateBusyError: Another process holds it.
            StateError: The lock file cannot be written, or the database does not answer.
        """
        self._lock: _Held = _AdvisoryLock(state, wait) if state.url else _LockFile(state, wait)

    def is_held(self) -> bool:
        """Say whether it is still ours: with PostgreSQL a lost connection is a lost lock, for good."""
        return self._lock.is_held()

    def release(self) -> None:
        """Let the next one in."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()


class _LockFile:
    """A lock of the file system."""

    def __init__(self, state: State, wait: float) -> None:
        path = state.folder / "run.lock"
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StateError(f"{path} cannot be opened: {error.strerror}.", cure=sudo_line(path)) from error
        deadline = time.monotonic() + wait
        while not self._try():
            if time.monotonic() >= deadline:
                holder = os.pread(self._descriptor, 20, 0).strip()
                os.close(self._descriptor)
                raise _busy(int(holder) if holder.isdigit() else None)
            time.sleep(_STEP)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def is_held(self) -> bool:
        """Say yes: it ends with the process."""
        return True

    def release(self) -> None:
        """Let the next one in."""
        os.close(self._descriptor)


class _AdvisoryLock:
    """A lock of a PostgreSQL session that does nothing else."""

    def __init__(self, state: State, wait: float) -> None:
        self._where = shown(state.folder, state.url)
        with explained(self._where):
            self._connection = _connect(state)
            try:
                self._take(time.monotonic() + wait)
            except BaseException:
                self.release()
                raise

    def _take(self, deadline: float) -> None:
        while not self._connection.execute(text("SELECT pg_try_advisory_lock(:name)"), {"name": _NAME}).scalar():
            if time.monotonic() >= deadline:
                raise _busy(None, self._connection.execute(text(_HOLDER), {"name": _NAME}).scalar() or "")
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
        """Let the next one in: the lock goes with the connection."""
        if not self._connection.closed:
            self._connection.invalidate()
            self._connection.close()


def _connect(state: State) -> Connection:
    name = f"publisher, process {os.getpid()} on {socket.gethostname()}"[:_LONGEST_NAME]
    engine = create_engine(
        state.engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={**_OURS, "application_name": name}
    )
    connection = engine.connect()
    for setting in _THEIRS:
        connection.execute(text(f"SET {setting}"))
    return connection


def _busy(holder: int | None, who: str = "") -> StateBusyError:
    who = f"process {holder}" if holder else who or "another process"
    cure = f"Stop it first (kill {holder}), or use the other commands beside it." if holder else "Stop it first."
    return StateBusyError(f"Another 'publisher run' holds this state: {who}.", holder=holder, cure=cure)
