"""The life of the daemon in the main thread: signals, the watchdog, the end."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import structlog

from publisher.errors import PublisherError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from publisher.daemon.jobs import Jobs
    from publisher.daemon.watching import Watcher
    from publisher.notify import Notifier

log = structlog.get_logger("publisher")

END_WITHIN = 10.0
"""Seconds the step in hand may take after SIGTERM."""

_LONGEST_ROUND = 900.0
"""Seconds after which a round counts as stuck and the watchdog is no longer fed."""


class Service:
    """Runs jobs and a watcher until a signal ends it; SIGHUP makes them anew from the configuration.

    Attributes:
        notifier: Tells systemd.
    """

    def __init__(self, make: Callable[[], tuple[Jobs, Watcher]], *, monotonic: Callable[[], float], notifier: Notifier) -> None:
        self._make, self._monotonic, self.notifier = make, monotonic, notifier
        self._ending = threading.Event()
        self._reload = threading.Event()
        self._woken = threading.Event()

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; give the exit status."""
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._signalled)
        jobs, watcher = self._make()
        self._begin(jobs, watcher)
        self._feed_until_first_round(jobs)
        self.notifier.ready("Watching")
        log.info("watching", folder=str(watcher.folder), mode=watcher.mode)
        while not self._ending.is_set():
            self._woken.wait(self.notifier.watchdog_interval)
            self._woken.clear()
            if self._reload.is_set():
                self._reload.clear()
                jobs, watcher = self._reloaded(jobs, watcher)
            self._feed(jobs)
        return self._end(jobs, watcher)

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        (self._reload if number == signal.SIGHUP else self._ending).set()
        self._woken.set()

    @staticmethod
    def _begin(jobs: Jobs, watcher: Watcher) -> None:
        jobs.start()
        watcher.start()

    def _feed_until_first_round(self, jobs: Jobs) -> None:
        while not jobs.first_round.wait(1.0) and not self._ending.is_set():
            self._feed(jobs)

    def _feed(self, jobs: Jobs) -> None:
        """Feed the watchdog, unless a round is stuck."""
        busy = jobs.busy_since
        if busy is None or self._monotonic() - busy < _LONGEST_ROUND:
            self.notifier.alive()

    def _reloaded(self, jobs: Jobs, watcher: Watcher) -> tuple[Jobs, Watcher]:
        """Read the configuration again; a wrong one is reported and the old one stays."""
        self.notifier.reloading()
        try:
            fresh = self._make()
        except PublisherError as error:
            log.error("the configuration was not taken over", error=error.message, cure=error.cure)  # noqa: TRY400 - the same
            fresh = (jobs, watcher)
        else:
            watcher.stop()
            jobs.stop()
            self._begin(*fresh)
            log.info("configuration reread")
        self.notifier.ready("Watching")
        return fresh

    def _end(self, jobs: Jobs, watcher: Watcher) -> int:
        self.notifier.stopping()
        log.info("stopping after the step in hand")
        alarm = threading.Timer(END_WITHIN, self._give_up)
        alarm.daemon = True
        alarm.start()
        watcher.stop()
        jobs.stop()
        alarm.cancel()
        log.info("stopped")
        return 0

    @staticmethod
    def _give_up() -> None:
        """Leave although a round still runs: it is all or nothing, and the next start goes on."""
        log.error("the step in hand took too long; leaving it")
        os._exit(1)
