"""The ledger: one row for each message to one recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, cast, delete, func, insert, select, update

from publisher.database import schema
from publisher.delivery.departures import without_address
from publisher.delivery.models import Delivery, DeliveryState, MessageKind
from publisher.newsletter.columns import dump_content, load_content

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from publisher.database.connection import Transaction


_WAITING = (str(DeliveryState.QUEUED), str(DeliveryState.DEFERRED))
_UNDECIDED = (str(DeliveryState.SENDING), str(DeliveryState.UNKNOWN))


class DeliveryStore:
    """The table of deliveries, inside one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.connection = transaction.connection

    def add_delivery(self, delivery: Delivery) -> bool:
        """Queue a message; False when one with its ``dedup_key`` was queued before."""
        table = schema.deliveries
        known = self.connection.execute(
            select(table.c.id).where(table.c.dedup_key == delivery.dedup_key)
        ).scalar()
        if known is not None:
            return False
        self.connection.execute(insert(table).values(_columns(delivery)))
        return True

    def deliveries_of(self, subscriber: int) -> list[Delivery]:
        """Return a subscriber's messages, oldest first."""
        table = schema.deliveries
        rows = self.connection.execute(
            select(table).where(table.c.subscriber_id == subscriber).order_by(table.c.id)
        )
        return [delivery_of(row) for row in rows]

    def count_deliveries(self) -> dict[tuple[MessageKind, DeliveryState], int]:
        """Count the ledger by kind and state."""
        table = schema.deliveries
        rows = self.connection.execute(
            select(table.c.kind, table.c.state, func.count()).group_by(table.c.kind, table.c.state)
        )
        return {(MessageKind(kind), DeliveryState(state)): count for kind, state, count in rows}

    def count_letters(
        self, subscriber: int, what: str, states: Collection[DeliveryState], since: datetime | None
    ) -> int:
        """Count somebody's transactional messages of one sort (``confirm``) in these states."""
        table = schema.deliveries
        query = select(func.count()).where(
            table.c.subscriber_id == subscriber, table.c.dedup_key.startswith(f"{what}:")
        )
        query = query.where(table.c.state.in_([str(state) for state in states]))
        return (
            self.connection.execute(
                query if since is None else query.where(table.c.queued > since)
            ).scalar()
            or 0
        )

    def cancel_deliveries(
        self, subscriber: int, reason: str, now: datetime, *, forget: bool = False
    ) -> None:
        """Cancel what waits for a subscriber; with ``forget`` their address leaves every row.

        What is in hand or in doubt keeps its state and has the reason: it is never put off
        (:mod:`publisher.delivery.departures`). It is locked too (PostgreSQL): a message that is put
        off in this very moment either waits already and is cancelled, or is put off after this
        transaction, and sees the reason.
        """
        table = schema.deliveries
        values = {"state": str(DeliveryState.CANCELLED), "reason": reason, "changed": now}
        mine = table.c.subscriber_id == subscriber
        open_ones = table.c.state.in_((*_WAITING, *_UNDECIDED))
        self.connection.execute(
            select(table.c.id).where(mine, open_ones).order_by(table.c.id).with_for_update()
        )
        self.connection.execute(
            update(table).where(mine, table.c.state.in_(_WAITING)).values(**values)
        )
        self.connection.execute(
            update(table).where(mine, table.c.state.in_(_UNDECIDED)).values(reason=reason)
        )
        self.connection.execute(delete(schema.due).where(schema.due.c.subscriber_id == subscriber))
        if forget:
            self._unname(subscriber, reason)

    def _unname(self, subscriber: int, reason: str) -> None:
        """Take somebody's address out of their messages, and out of what the relay said about it.

        Their ``dedup_key`` is free again: SQLite gives the number of the last subscriber to the
        next one.
        """
        table = schema.deliveries
        mine = table.c.subscriber_id == subscriber
        for row in self.connection.execute(
            select(table.c.id, table.c.address, table.c.reply).where(mine, table.c.reply != "")
        ).all():
            reply = without_address(row.reply, row.address)
            if reply != row.reply:
                self.connection.execute(
                    update(table).where(table.c.id == row.id).values(reply=reply)
                )
        freed = table.c.dedup_key + f":{reason}:" + cast(table.c.id, String)
        self.connection.execute(
            update(table)
            .where(mine)
            .values(address=None, content=None, subscriber_id=None, dedup_key=freed)
        )


def _columns(delivery: Delivery) -> dict[str, Any]:
    return {
        "kind": str(delivery.kind),
        "issue_id": delivery.issue,
        "subscriber_id": delivery.subscriber,
        "address": delivery.address,
        "state": str(delivery.state),
        "reason": delivery.reason,
        "dedup_key": delivery.dedup_key,
        "message_id": delivery.message_id,
        "attempts": delivery.attempts,
        "worker": delivery.worker,
        "lease": delivery.lease,
        "queued": delivery.queued,
        "attempted": delivery.attempted,
        "due": delivery.due,
        "changed": delivery.changed,
        "reply": delivery.reply,
        "content": dump_content(delivery.content) if delivery.content is not None else None,
    }


def delivery_of(row: Any) -> Delivery:
    """Return a row of the ledger as a value."""
    return Delivery(
        kind=MessageKind(row.kind),
        dedup_key=row.dedup_key,
        address=row.address,
        message_id=row.message_id,
        queued=row.queued,
        due=row.due,
        changed=row.changed,
        key=row.id,
        issue=row.issue_id,
        subscriber=row.subscriber_id,
        state=DeliveryState(row.state),
        reason=row.reason,
        attempts=row.attempts,
        worker=row.worker,
        lease=row.lease,
        attempted=row.attempted,
        reply=row.reply,
        content=load_content(row.content) if row.content is not None else None,
    )
