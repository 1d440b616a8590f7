"""Whose turn it is to scan, announce and schedule.

With PostgreSQL a second ``run`` stands by and takes over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from publisher.database.locks import RunLock
from publisher.errors import StateBusyError, StateError

if TYPE_CHECKING:
    import threading

    from publisher.database.database import Database
    from publisher.system.systemd import Notifier


log = structlog.get_logger("publisher")

_AGAIN = 1.0
"""Seconds between two attempts to take over."""


class Leadership:
    """The right to scan, announce and schedule one site.

    Attributes:
        stood_by: Somebody else had it when this process asked for it.
    """

    def __init__(self, state: Database, notifier: Notifier) -> None:
        self._state, self._notifier = state, notifier
        self._lock: RunLock | None = None
        self.stood_by = False

    def take(self, ending: threading.Event) -> bool:
        """Take it, with PostgreSQL as soon as nobody else has it; False when told to end before.

        Raises:
            StateBusyError: Somebody has it, and the state is SQLite.
            StateError: The state cannot be used, and never could.
        """
        told = ""
        while not ending.is_set():
            try:
                self._lock = RunLock(self._state)
            except StateError as error:
                # With a file another run is a mistake to be told; with a server it is the one that
                # works while this one stands by.
                if not self._state.url or not (isinstance(error, StateBusyError) or self.stood_by):
                    raise
                if error.message != told:
                    log.info("standing by", why=error.message)
                told, self.stood_by = error.message, True
            else:
                return True
            self._notifier.ready("Standing by: another run has the state")
            self._notifier.alive()
            ending.wait(_AGAIN)
        return False

    def is_held(self) -> bool:
        """Return whether it is still this process's."""
        if self._lock is not None and self._lock.is_held():
            return True
        log.error("the connection that holds the state is lost; another run may have it by now")
        self.stood_by = True
        return False

    def release(self) -> None:
        """Release the lock to the next process."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
