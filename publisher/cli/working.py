"""``publisher worker``: send issues that ``publisher run`` queued, on any number of machines."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import structlog

from publisher.app import now, open_worker
from publisher.cli.printing import config_to_start
from publisher.system.garbage import collect_steadily
from publisher.system.health import AFTER_A_FAULT, Health
from publisher.system.logging import configure_logs
from publisher.system.systemd import Notifier

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from publisher.delivery.workers.batches import Batch
    from publisher.issues.batch_worker import BatchWorker

log = structlog.get_logger("publisher")

_END_WITHIN = 60.0
"""Seconds that the messages in hand may take after SIGTERM; what a relay has not answered by then
is in doubt."""


def work(given: Path | None) -> int:
    """Send until stopped; return the exit status."""
    config = config_to_start(given)
    configure_logs(config.log.format, config.log.level)
    ending = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ending.set())
    signal.signal(
        signal.SIGHUP,
        lambda *_: log.warning("a worker reads its configuration when it starts: restart it"),
    )
    health = Health(now)
    worker, queue = open_worker(config, ending, now, health)
    notifier = Notifier(os.environ)
    watch = _Watch(notifier, ending, health)
    collect_steadily()
    notifier.ready("Waiting for batches")
    log.info("working", worker=worker.sender.around.worker)
    while not ending.is_set():
        with health.minding("looking for batches"):
            queue.work(_telling(worker, notifier, health), ending, watch.tick)
        ending.wait(AFTER_A_FAULT)
    worker.sender.close()
    log.info("stopped")
    return 0


def _telling(worker: BatchWorker, notifier: Notifier, health: Health) -> Callable[[Batch], None]:
    """Work on batches, and say what became of each."""

    def send(batch: Batch) -> None:
        notifier.status(f"Sending {batch.name}")
        try:
            stats = worker.work(batch)
        except BaseException as error:
            # Raised again: the queue then gives the batch to somebody else, or here once more.
            health.failed("sending", error)
            raise
        finally:
            notifier.status("Waiting for batches")
        health.worked("sending")
        if stats is not None:
            log.info(
                "batch",
                batch=batch.name,
                sent=stats.handed,
                failed=stats.failed,
                deferred=stats.deferred,
                in_doubt=stats.doubtful,
            )

    return send


class _Watch:
    """Feeds the watchdog, and sees that an end comes."""

    def __init__(self, notifier: Notifier, ending: threading.Event, health: Health) -> None:
        self._notifier, self._ending, self._health = notifier, ending, health
        self._alive_at = float("-inf")
        self._leaves_at: float | None = None

    def tick(self) -> None:
        """Check the time."""
        now = time.monotonic()
        if now - self._alive_at >= (self._notifier.watchdog_interval or _END_WITHIN):
            self._alive_at = now
            if self._health.feeds_watchdog():
                self._notifier.alive()
        if not self._ending.is_set():
            return
        if self._leaves_at is None:
            self._leaves_at = now + _END_WITHIN
            self._notifier.stopping()
            log.info("stopping after the messages in hand")
        elif now > self._leaves_at:
            log.error("the messages in hand took too long; leaving them")
            os._exit(1)
