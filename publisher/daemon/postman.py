"""A thread that looks at requests to subscribe and delivers letters, woken when there are some."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import structlog

from publisher.errors import PublisherError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from publisher.pipeline.membership import Membership
    from publisher.pipeline.outbox import Outbox

log = structlog.get_logger("publisher")

_ANYWAY = 5.0
"""Seconds after which it looks without being woken: another process may have queued something."""


class Postman:
    """Does one round after another until stopped; a failing round is told once and tried again."""

    def __init__(
        self, membership: Membership, outbox: Outbox, now: Callable[[], datetime], is_older_copy: Callable[[], bool] = lambda: False
    ) -> None:
        self.membership, self.outbox, self._now, self._is_older_copy = membership, outbox, now, is_older_copy
        self._woken, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)
        self._told = ""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the message in hand."""
        self._ending.set()
        self._woken.set()
        self._thread.join()

    def wake(self) -> None:
        """Look now."""
        self._woken.set()

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self.work()
                self._told = ""
            except PublisherError as error:
                if error.message != self._told:
                    log.error("delivering failed", error=error.message, cure=error.cure)  # noqa: TRY400 - for the operator
                self._told = error.message
            self._woken.wait(_ANYWAY)
            self._woken.clear()

    def work(self) -> None:
        """Look at every request and deliver every letter that is due; nothing, while an older copy waits for a round to deal with it."""
        if self._is_older_copy():
            return
        while self.membership.settle(self._now()) and not self._ending.is_set():
            pass
        while self.outbox.deliver(self._now()) and not self._ending.is_set():
            pass
