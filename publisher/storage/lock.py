"""One ``run`` at a time: a lock file beside SQLite, an advisory lock in PostgreSQL."""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING, Self

from sqlalchemy import text

from publisher.errors import StateBusyError, StateError
from publisher.storage.errors import sudo_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from publisher.storage.state import State

_NAME = 0x50554252
_STEP = 0.1


class RunLock:
    """Held by the one process that scans, announces and schedules; released when the process ends, however it ends."""

    def __init__(self, state: State, wait: float = 0.0) -> None:
        """Take the lock.

        Args:
            state: The state to hold.
            wait: Seconds to wait for another holder to finish.

        Raises:
            StateBusyError: Another process holds it.
            StateError: The lock file cannot be written.
        """
        self._release: Callable[[], None] = _postgres(state, wait) if state.url else _file(state, wait)

    def release(self) -> None:
        """Let the next one in."""
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()


def _busy(holder: int | None) -> StateBusyError:
    who = f"process {holder}" if holder else "another process"
    cure = f"Stop it first (kill {holder}), or use the other commands beside it." if holder else "Stop it first."
    return StateBusyError(f"Another 'publisher run' holds this state: {who}.", holder=holder, cure=cure)


def _file(state: State, wait: float) -> Callable[[], None]:
    path = state.folder / "run.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StateError(f"{path} cannot be opened: {error.strerror}.", cure=sudo_line(path)) from error
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = os.pread(descriptor, 20, 0).strip()
                os.close(descriptor)
                raise _busy(int(holder) if holder.isdigit() else None) from None
            time.sleep(_STEP)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return lambda: os.close(descriptor)


def _postgres(state: State, wait: float) -> Callable[[], None]:
    connection = state.engine.connect()
    deadline = time.monotonic() + wait
    query = text("SELECT pg_try_advisory_lock(:name)")
    while not connection.execute(query, {"name": _NAME}).scalar():
        connection.commit()
        if time.monotonic() >= deadline:
            connection.close()
            raise _busy(None)
        time.sleep(_STEP)
    connection.commit()

    def release() -> None:
        connection.execute(text("SELECT pg_advisory_unlock(:name)"), {"name": _NAME})
        connection.close()

    return release
