"""One ``run`` at a time.

A lock file beside SQLite, an advisory lock in PostgreSQL on a connection of its own.

The connection is the lock: it ends with the process, and where the machine or the network ends,
both sides notice within seconds.
"""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING, Self

from publisher.database.errors import sudo_line
from publisher.errors import StateBusyError, StateError
from publisher.system.private_files import open_private

if TYPE_CHECKING:
    from types import TracebackType

    from publisher.database.advisory_lock import AdvisoryLock
    from publisher.database.database import Database


_STEP = 0.1


class RunLock:
    """Held by the one process that scans, announces and schedules.

    Released when the process ends, however it ends.
    """

    def __init__(self, state: Database, wait: float = 0.0) -> None:
        """Take the lock.

        Args:
            state: The state to hold.
            wait: Seconds to wait for another holder to finish.

        Raises:
            StateBusyError: Another process holds it.
            StateError: The lock file cannot be written, or the database does not answer.
        """
        self._lock: AdvisoryLock | _LockFile = (
            _advisory_lock(state, wait) if state.url else _LockFile(state, wait)
        )

    def is_held(self) -> bool:
        """Return whether it is still ours.

        With PostgreSQL a lost connection is a lost lock, for good.
        """
        return self._lock.is_held()

    def release(self) -> None:
        """Release the lock to the next process."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def _advisory_lock(state: Database, wait: float) -> AdvisoryLock:
    from publisher.database.advisory_lock import AdvisoryLock  # noqa: PLC0415

    return AdvisoryLock(state, wait)


class _LockFile:
    """A lock of the file system."""

    def __init__(self, state: Database, wait: float) -> None:
        path = state.folder / "run.lock"
        try:
            self._descriptor = open_private(path, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise StateError(
                f"{path} cannot be opened: {error.strerror}.", cure=sudo_line(path)
            ) from error
        deadline = time.monotonic() + wait
        while not self._try():
            if time.monotonic() >= deadline:
                holder = os.pread(self._descriptor, 20, 0).strip()
                os.close(self._descriptor)
                raise StateBusyError.held_by(int(holder) if holder.isdigit() else None)
            time.sleep(_STEP)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def _try(self) -> bool:
        try:
            # flock, not a file with a number in it: the system lets go of it however the process
            # ends.
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def is_held(self) -> bool:
        """Return True: this lock ends with the process."""
        return True

    def release(self) -> None:
        """Release the lock to the next process."""
        os.close(self._descriptor)
