"""Where messages wait, by batches.

And the queue that is told of them in the transaction that queued them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from publisher.database import schema
from publisher.delivery.workers.batches import SIZE, Batch
from publisher.delivery.workers.queue import EmbeddedQueue
from publisher.newsletter.issue import IssueState

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.delivery.workers.queue import BatchQueue


_TABLE, _ISSUES = schema.deliveries, schema.issues
_WAITS = _TABLE.c.state.in_(("queued", "deferred"))
_GOES = _ISSUES.c.state.in_((str(IssueState.QUEUED), str(IssueState.SENDING)))
_PLACE = _TABLE.c.id // SIZE


class BatchTables:
    """The ledger by batches, inside one transaction.

    Attributes:
        queue: Is told of messages that wait.
    """

    queue: BatchQueue = EmbeddedQueue()

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def queue_up(self, issue: int) -> None:
        """Tell the queue, in this transaction, that messages of an issue wait."""
        if self.queue.sends_here:
            return
        places = select(_PLACE).where(_TABLE.c.issue_id == issue, _WAITS).distinct()
        self.queue.defer(
            self.connection,
            [Batch.at(issue, place) for place in sorted(self.connection.execute(places).scalars())],
        )

    def due_batches(self, now: datetime) -> list[Batch]:
        """Return the batches that hold messages which may go by now."""
        found = select(_TABLE.c.issue_id, _PLACE).join(_ISSUES, _ISSUES.c.id == _TABLE.c.issue_id)
        rows = self.connection.execute(found.where(_GOES, _WAITS, _TABLE.c.due <= now).distinct())
        return sorted(
            (Batch.at(issue, place) for issue, place in rows),
            key=lambda batch: (batch.issue, batch.after),
        )

    def next_due(self, batch: Batch) -> datetime | None:
        """Return when the first message of a batch that waits may go, or None when none waits."""
        mine = (
            (_TABLE.c.issue_id == batch.issue)
            & (_TABLE.c.id > batch.after)
            & (_TABLE.c.id <= batch.until)
        )
        query = (
            select(func.min(_TABLE.c.due))
            .join(_ISSUES, _ISSUES.c.id == _TABLE.c.issue_id)
            .where(mine, _WAITS, _GOES)
        )
        found: datetime | None = self.connection.execute(query).scalar()
        return found
