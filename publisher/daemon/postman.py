"""A thread that looks at requests to subscribe and sends what is due, woken when there is something."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import structlog

from publisher.errors import PublisherError
from publisher.pipeline.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from publisher.mailroom import Mailroom
    from publisher.pipeline.dispatching import Finished

log = structlog.get_logger("publisher")

_ANYWAY = 5.0
"""Seconds after which it looks without being woken: another process may have queued something."""


class Postman:
    """Does one round after another until stopped; a failing round is told once and tried again.

    Args:
        room: What works on subscribers and mail.
        now: The clock.
        is_older_copy: Whether an older copy of the state waits for a round to deal with it: until then nothing is sent.
        scope: What may be sent by now.
        finished: Told of issues whose last message is done.
        oversee: What is looked after each time besides; gives issues that are done.
    """

    def __init__(
        self,
        room: Mailroom,
        now: Callable[[], datetime],
        is_older_copy: Callable[[], bool] = lambda: False,
        scope: Callable[[], Scope] = lambda: Scope(issues=False),
        finished: Callable[[Sequence[Finished]], None] = lambda _issues: None,
        oversee: Callable[[datetime], Sequence[Finished]] = lambda _now: (),
    ) -> None:
        self.room, self._now, self._is_older_copy, self._scope, self._finished = room, now, is_older_copy, scope, finished
        self._oversee = oversee
        self._woken, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)
        self._told = ""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the messages in hand."""
        self._ending.set()
        self._woken.set()
        self._thread.join()
        self.room.sender.close()

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
                    log.error("sending failed", error=error.message, cure=error.cure)  # noqa: TRY400 - for the operator
                self._told = error.message
            self._woken.wait(_ANYWAY)
            self._woken.clear()

    def work(self) -> None:
        """Look at every request and send all that is due; nothing, while an older copy waits for a round to deal with it."""
        if self._is_older_copy():
            return
        while self.room.membership.settle(self._now()) and not self._ending.is_set():
            pass
        overseen = self._oversee(self._now())
        tally = self.room.sender.run(self._scope(), self._ending.is_set)
        if overseen or tally.finished:
            self._finished([*overseen, *tally.finished])
