"""Who works on queued messages.

The process that runs anyway, or any number of workers that are told by jobs.

Only this package knows the difference: everybody else queues rows of the ledger up and works on
batches of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from publisher.errors import StateError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from publisher.database.database import Database
    from publisher.delivery.workers.batches import Batch, QueueStatus


class BatchQueue(Protocol):
    """Remembers which batches are to be worked on.

    Attributes:
        sends_here: The process that scans and schedules sends issues too.
    """

    sends_here: bool

    def queue_up(self, connection: Connection, issue: int) -> None:
        """Remember the batches of an issue in the transaction that queued its messages."""

    def follow(self, batch: Batch, at: datetime) -> None:
        """Remember to look at a batch then."""

    def known(self) -> set[Batch]:
        """Return the batches that are remembered or worked on."""
        ...

    def status(self) -> QueueStatus | None:
        """Return how the queue is; nothing where there is none."""
        ...

    def work(
        self, send: Callable[[Batch], object], ending: threading.Event, tick: Callable[[], None]
    ) -> None:
        """Work on batches until told to end."""


class EmbeddedQueue:
    """Remembers nothing: the one process that sends finds what is due in the ledger itself.

    Attributes:
        sends_here: It does.
    """

    sends_here = True

    def queue_up(self, connection: Connection, issue: int) -> None:
        """Notify nobody: the process that queues also sends."""

    def follow(self, batch: Batch, at: datetime) -> None:
        """Notify nobody: the process that queues also sends."""

    def known(self) -> set[Batch]:
        """Return none."""
        return set()

    def status(self) -> QueueStatus | None:
        """Return nothing: there is no queue."""
        return None

    def work(
        self, send: Callable[[Batch], object], ending: threading.Event, tick: Callable[[], None]
    ) -> None:
        """Return at once: there is never a batch."""


def open_queue(name: str, database: Database) -> BatchQueue:
    """Return the queue that the configuration names; the database tells it of what is queued.

    Args:
        name: ``delivery.queue``.
        database: Where messages and jobs are.

    Raises:
        StateError: Procrastinate is not installed, its tables are an older version's, or this is
            not PostgreSQL.
    """
    if name == "embedded":
        return EmbeddedQueue()
    if database.engine.dialect.name != "postgresql":
        raise StateError(
            "Several machines need PostgreSQL.",
            cure="Set state.url, or delivery.queue = 'embedded'.",
        )
    try:
        from publisher.delivery.workers.procrastinate import JobQueue  # noqa: PLC0415
        from publisher.delivery.workers.procrastinate_schema import prepare  # noqa: PLC0415
    except ImportError as error:
        raise StateError(
            "delivery.queue = 'procrastinate' needs Procrastinate.",
            cure="pip install 'publisher[postgres]'.",
        ) from error
    prepare(database.engine, database.shown)
    queue = JobQueue(database.engine, database.shown)
    database.tell_workers = queue.queue_up
    return queue
