"""The life of the daemon in the main thread: signals, the watchdog, the end."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog

from publisher.errors import PublisherError
from publisher.system.garbage import collect_steadily

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from publisher.daemon.control_socket import ControlServer
    from publisher.daemon.file_watcher import FileWatcher
    from publisher.daemon.leadership import Leadership
    from publisher.daemon.scheduler import Scheduler
    from publisher.system.health import Health
    from publisher.system.systemd import Notifier

log = structlog.get_logger("publisher")

END_WITHIN = 60.0
"""Seconds the step in hand may take after SIGTERM: a relay that has a whole message may need so
long to answer."""

_LOOK = 2.0
"""Seconds between two looks whether it is still this process's turn."""

_LONGEST_ROUND = 900.0
"""Seconds after which a round counts as stuck and the watchdog is no longer fed."""


class Part(Protocol):
    """Something that runs beside the rounds: the web side, the postman."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True)
class Machinery:
    """What one reading of the configuration sets in motion."""

    jobs: Scheduler
    watcher: FileWatcher
    control: ControlServer
    health: Health
    others: tuple[Part, ...] = ()

    def start(self) -> None:
        """Start every part."""
        self.jobs.start()
        self.watcher.start()
        self.control.start()
        for part in self.others:
            part.start()

    def stop(self) -> None:
        """End after the step in hand; nothing new is begun."""
        for part in reversed(self.others):
            part.stop()
        self.control.stop()
        self.watcher.stop()
        self.jobs.stop()


class Service:
    """Runs jobs and a watcher while it is this process's turn, until a signal ends it.

    SIGHUP makes them anew from the configuration.

    Attributes:
        notifier: Tells systemd.

    Args:
        make: Reads the configuration and makes the machinery; raises PublisherError where it is
            wrong.
        make_again: Makes it from the configuration that worked last.
        turn: Waited for first; lost, everything stops until it comes again.
        monotonic: A clock that never goes back.
        notifier: Tells systemd.
    """

    def __init__(
        self,
        make: Callable[[], Machinery],
        make_again: Callable[[], Machinery],
        *,
        turn: Leadership,
        monotonic: Callable[[], float],
        notifier: Notifier,
    ) -> None:
        self._make = make
        self._make_again = make_again
        self._turn = turn
        self._monotonic = monotonic
        self.notifier = notifier
        self._ending = threading.Event()
        self._reload = threading.Event()
        self._woken = threading.Event()

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; return the exit status."""
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._signalled)
        collect_steadily()
        while self._turn.take(self._ending):
            try:
                self._watch(self._made() if self._turn.stood_by else self._make())
            finally:
                self._turn.release()
        self.notifier.stopping()
        log.info("stopped")
        return 0

    def _watch(self, machinery: Machinery) -> None:
        """Work until told to end, or until it is somebody else's turn."""
        self._reload.clear()
        machinery.start()
        self._feed_until_first_round(machinery)
        self.notifier.ready("Watching")
        log.info("watching", folder=str(machinery.watcher.folder), mode=machinery.watcher.mode)
        while not self._ending.is_set() and self._turn.is_held():
            self._woken.wait(min(self.notifier.watchdog_interval or _LOOK, _LOOK))
            self._woken.clear()
            if self._reload.is_set():
                self._reload.clear()
                machinery = self._reloaded(machinery)
            with machinery.health.minding("heeding the clock"):
                machinery.jobs.heed_clock()
            self._feed(machinery)
        self._end(machinery)

    def _made(self) -> Machinery:
        """Read the configuration again; a wrong one is reported and the old one stays."""
        try:
            fresh = self._make()
        except PublisherError as error:
            # For the operator
            log.error(  # noqa: TRY400
                "the configuration was not taken over",
                error=error.message,
                cure=error.cure,
            )
            return self._make_again()
        log.info("configuration reread")
        return fresh

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        (self._reload if number == signal.SIGHUP else self._ending).set()
        self._woken.set()

    def _feed_until_first_round(self, machinery: Machinery) -> None:
        while not machinery.jobs.first_round.wait(1.0) and not self._ending.is_set():
            self._feed(machinery)

    def _feed(self, machinery: Machinery) -> None:
        """Feed the watchdog, unless a round is stuck, or what failed did not work since."""
        busy = machinery.jobs.busy_since
        is_stuck = busy is not None and self._monotonic() - busy >= _LONGEST_ROUND
        if not is_stuck and machinery.health.feeds_watchdog():
            self.notifier.alive()

    def _reloaded(self, machinery: Machinery) -> Machinery:
        """Work with what the configuration says by now."""
        self.notifier.reloading()
        machinery.stop()
        fresh = self._made()
        fresh.start()
        self.notifier.ready("Watching")
        return fresh

    def _end(self, machinery: Machinery) -> None:
        """Stop working, within a time."""
        if self._ending.is_set():
            self.notifier.stopping()
        log.info("stopping after the step in hand")
        alarm = threading.Timer(END_WITHIN, self._give_up)
        alarm.daemon = True
        alarm.start()
        machinery.stop()
        alarm.cancel()

    @staticmethod
    def _give_up() -> None:
        """Leave although a round still runs: it is all or nothing, and the next start goes on."""
        log.error("the step in hand took too long; leaving it")
        os._exit(1)
