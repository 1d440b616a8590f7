"""Where messages wait, by batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from publisher.database import schema
from publisher.delivery.workers.batches import SIZE, Batch
from publisher.newsletter.issue import IssueState

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.database.connection import Transaction


_TABLE, _ISSUES = schema.deliveries, schema.issues
_WAITS = _TABLE.c.state.in_(("queued", "deferred"))
_GOES = _ISSUES.c.state.in_((str(IssueState.QUEUED), str(IssueState.SENDING)))
_PLACE = _TABLE.c.id // SIZE


def batches_of(connection: Connection, issue: int) -> list[Batch]:
    """Return the batches that an issue's waiting messages are in."""
    places = select(_PLACE).where(_TABLE.c.issue_id == issue, _WAITS).distinct()
    return [Batch.at(issue, place) for place in sorted(connection.execute(places).scalars())]


class BatchStore:
    """The ledger by batches, inside one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.connection = transaction.connection

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
