"""Batches as Procrastinate's jobs.

Deferred in the transaction of the messages they are about, worked on anywhere.

What is written goes through Procrastinate's own functions; what is read comes from its tables.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any

import structlog
from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from psycopg import Error as PsycopgError
from sqlalchemy import text

from publisher.database.engine import PATIENCE
from publisher.database.errors import explained
from publisher.delivery.workers.batches import Batch, QueueStatus
from publisher.delivery.workers.store import batches_of

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine


log = structlog.get_logger("publisher")

QUEUE = "publisher"
TASK = "publisher.send"
BEAT = 1.0
"""Seconds between two signs of life of a worker."""
SILENCE = 5.0
"""Seconds without a sign of life after which a worker counts as gone, and its job as nobody's."""

_TICK = 0.2
_AGAIN = 3
_ALREADY = """
SELECT id, queueing_lock, COALESCE(scheduled_at > now(), false) AS later FROM procrastinate_jobs
WHERE status = 'todo' AND queue_name = :queue AND queueing_lock = ANY(:locks) FOR UPDATE SKIP LOCKED
"""
"""Until the transaction ends no worker takes these; what one is taking now is passed over, and gets
another job."""
_KNOWN = (
    "SELECT args FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queue_name = :queue"
)
_STATUS = """
SELECT count(*) FILTER (WHERE status = 'todo'
                          AND (scheduled_at IS NULL OR scheduled_at <= now())) AS waiting,
       count(*) FILTER (WHERE status = 'todo' AND scheduled_at > now()) AS later,
       count(*) FILTER (WHERE status = 'doing') AS running,
       (SELECT count(*) FROM procrastinate_workers
        WHERE last_heartbeat > now() - make_interval(secs => :silence)) AS workers
FROM procrastinate_jobs WHERE queue_name = :queue
"""


class JobQueue:
    """Jobs in the database of the ledger.

    Attributes:
        sends_here: It does not: workers do.
    """

    sends_here = False

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine, self._where = engine, where
        self._app = self._make_app()

    def _make_app(self) -> App:
        _, address = self._engine.dialect.create_connect_args(self._engine.url)
        return App(
            connector=PsycopgConnector(kwargs={**PATIENCE, **address}, min_size=1, max_size=3)
        )

    def queue_up(self, connection: Connection, issue: int) -> None:
        """Notify workers, in this transaction, that messages of an issue wait."""
        self.defer(connection, batches_of(connection, issue))

    def defer(self, connection: Connection, batches: Sequence[Batch]) -> None:
        """Defer jobs for batches in a transaction.

        Where it commits, they are worked on; where it does not, nobody heard of them.

        A job that would look at one of them later is replaced.
        """
        locks = {_lock(batch): batch for batch in batches}
        for row in connection.execute(text(_ALREADY), {"queue": QUEUE, "locks": list(locks)}).all():
            if row.later:
                self._app.job_manager.cancel_job_by_id(
                    row.id, delete_job=True, connection=connection.connection.driver_connection
                )
            else:
                locks.pop(row.queueing_lock)
        self._insert(connection, list(locks.values()), None)

    def follow(self, batch: Batch, at: datetime) -> None:
        """Defer a job for a batch until then, unless one waits anyway."""
        with explained(self._where), self._engine.begin() as connection:
            self._insert(connection, [batch], at)

    def known(self) -> set[Batch]:
        """Return the batches that have a job."""
        with explained(self._where), self._engine.connect() as connection:
            return {
                Batch(**args)
                for args in connection.execute(text(_KNOWN), {"queue": QUEUE}).scalars()
            }

    def status(self) -> QueueStatus | None:
        """Return how the queue is."""
        with explained(self._where), self._engine.connect() as connection:
            row = connection.execute(text(_STATUS), {"queue": QUEUE, "silence": SILENCE}).one()
        return QueueStatus(row.waiting, row.later, row.running, row.workers)

    def work(
        self, send: Callable[[Batch], object], ending: threading.Event, tick: Callable[[], None]
    ) -> None:
        """Run jobs until told to end; the one in hand is finished first.

        Args:
            send: Works on a batch, in a thread of its own; what it raises makes the job be done
                again.
            ending: Once set, no further job is begun.
            tick: Called several times a second.
        """
        logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
        told = False
        while not ending.is_set():
            try:
                asyncio.run(self._work(send, ending, tick))
                told = False
            except (ConnectorException, PsycopgError, OSError) as error:
                if not told:
                    # For the operator
                    log.error(  # noqa: TRY400
                        "the queue cannot be used; trying again",
                        error=_words(error),
                    )
                told = True
            ending.wait(0 if ending.is_set() else _AGAIN)

    async def _work(
        self, send: Callable[[Batch], object], ending: threading.Event, tick: Callable[[], None]
    ) -> None:
        app = self._make_app()

        @app.task(name=TASK, queue=QUEUE, retry=RetryStrategy(wait=int(SILENCE)))
        def work(issue: int, after: int, until: int) -> None:
            send(Batch(issue, after, until))

        asyncio.get_running_loop().set_exception_handler(_tell)
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    queues=[QUEUE],
                    install_signal_handlers=False,
                    delete_jobs="always",
                    fetch_job_polling_interval=2 * BEAT,
                    update_heartbeat_interval=BEAT,
                    stalled_worker_timeout=SILENCE,
                )
            )
            looked_at = float("-inf")
            while not ending.is_set() and not worker.done():
                tick()
                await asyncio.wait({worker}, timeout=_TICK)
                if time.monotonic() - looked_at >= 2 * BEAT:
                    looked_at = time.monotonic()
                    await _revive(app)
            worker.cancel()
            while not worker.done():
                tick()
                await asyncio.wait({worker}, timeout=_TICK)
            with contextlib.suppress(asyncio.CancelledError):
                await worker

    def _insert(
        self, connection: Connection, batches: Sequence[Batch], at: datetime | None
    ) -> None:
        """Add jobs.

        Where another transaction adds one of them in this very moment, its job is as good.
        """
        if not batches or self._put(connection, batches, at):
            return
        for batch in batches:
            self._put(connection, [batch], at)

    def _put(self, connection: Connection, batches: Iterable[Batch], at: datetime | None) -> bool:
        jobs = [
            Job(
                queue=QUEUE,
                task_name=TASK,
                lock=None,
                queueing_lock=_lock(batch),
                task_kwargs={"issue": batch.issue, "after": batch.after, "until": batch.until},
                scheduled_at=at,
            )
            for batch in batches
        ]
        try:
            with connection.begin_nested():
                self._app.job_manager.batch_defer_jobs(
                    jobs, connection=connection.connection.driver_connection
                )
        except AlreadyEnqueued:
            return False
        return True


async def _revive(app: App) -> None:
    """Retry jobs of workers that are gone elsewhere."""
    stalled: Iterable[Job] = ()
    with contextlib.suppress(ConnectorException, PsycopgError):
        stalled = await app.job_manager.get_stalled_jobs(
            queue=QUEUE, seconds_since_heartbeat=SILENCE
        )
    for job in stalled:
        # Other workers look too: whoever is second finds it retried already.
        with contextlib.suppress(ConnectorException, PsycopgError):
            try:
                await app.job_manager.retry_job(job)
            except UniqueViolation:
                # Another job is about the same batch already.
                await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
            log.info("a batch of a worker that is gone is queued again", **job.task_kwargs)


def _tell(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what went wrong beside the work.

    Mostly that a job was given to others while this process was asleep.
    """
    error = context.get("exception")
    log.warning(
        "the queue did not take a word",
        said=_words(error) if error is not None else context["message"],
    )


def _lock(batch: Batch) -> str:
    return f"{QUEUE}:{batch.name}"


def _words(error: BaseException) -> str:
    """Return the first line of what the driver said."""
    said: Any = error.__cause__ or error
    return str(said).strip().partition("\n")[0]
