"""The ledger: one row for each message to one recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from publisher.delivery import Delivery, DeliveryState, Kind
from publisher.storage import codec, schema

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

_WAITING = (str(DeliveryState.QUEUED), str(DeliveryState.DEFERRED))


class DeliveryTables:
    """The table of deliveries, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def add_delivery(self, delivery: Delivery) -> bool:
        """Queue a message; False when one with its ``dedup_key`` was queued before."""
        table = schema.deliveries
        known = self.connection.execute(select(table.c.id).where(table.c.dedup_key == delivery.dedup_key)).scalar()
        if known is not None:
            return False
        self.connection.execute(insert(table).values(_columns(delivery)))
        return True

    def claim_deliveries(self, kind: Kind, worker: str, now: datetime, lease: datetime, most: int) -> list[Delivery]:
        """Claim messages that are due; the claim is committed before anything is sent, and again when a lease ran out."""
        table = schema.deliveries
        lost = and_(table.c.state == str(DeliveryState.SENDING), table.c.lease < now)
        due = or_(and_(table.c.state.in_(_WAITING), table.c.due <= now), lost)
        rows = self.connection.execute(
            select(table).where(table.c.kind == str(kind), due).order_by(table.c.due, table.c.id).limit(most)
        ).all()
        claimed = []
        for row in rows:
            attempted = row.attempted or now
            values = {"state": str(DeliveryState.SENDING), "worker": worker, "lease": lease, "attempts": row.attempts + 1}
            self.connection.execute(update(table).where(table.c.id == row.id).values(**values, attempted=attempted, changed=now))
            claimed.append(_delivery(row, worker=worker, lease=lease, attempts=row.attempts + 1, attempted=attempted))
        return claimed

    def finish_delivery(
        self, delivery: Delivery, state: DeliveryState, now: datetime, reply: str = "", due: datetime | None = None
    ) -> bool:
        """Mark a claimed message; False when the claim is no longer ours, and nothing is marked then."""
        table = schema.deliveries
        mine = and_(table.c.id == delivery.key, table.c.worker == delivery.worker, table.c.state == str(DeliveryState.SENDING))
        values = {"state": str(state), "changed": now, "reply": reply, "lease": None, "due": due or delivery.due}
        return bool(self.connection.execute(update(table).where(mine, table.c.attempts == delivery.attempts).values(**values)).rowcount)

    def deliveries_of(self, subscriber: int) -> list[Delivery]:
        """Give a subscriber's messages, oldest first."""
        table = schema.deliveries
        rows = self.connection.execute(select(table).where(table.c.subscriber_id == subscriber).order_by(table.c.id))
        return [_delivery(row) for row in rows]

    def count_deliveries(self) -> dict[tuple[Kind, DeliveryState], int]:
        """Count the ledger by kind and state."""
        table = schema.deliveries
        rows = self.connection.execute(select(table.c.kind, table.c.state, func.count()).group_by(table.c.kind, table.c.state))
        return {(Kind(kind), DeliveryState(state)): count for kind, state, count in rows}

    def count_letters(self, subscriber: int, what: str, states: Collection[DeliveryState], since: datetime | None) -> int:
        """Count somebody's transactional messages of one sort (``confirm``) in these states."""
        table = schema.deliveries
        query = select(func.count()).where(table.c.subscriber_id == subscriber, table.c.dedup_key.startswith(f"{what}:"))
        query = query.where(table.c.state.in_([str(state) for state in states]))
        return self.connection.execute(query if since is None else query.where(table.c.queued > since)).scalar() or 0

    def cancel_deliveries(self, subscriber: int, reason: str, now: datetime, *, forget: bool = False) -> None:
        """Cancel what waits for a subscriber; with ``forget`` their address leaves every row."""
        table = schema.deliveries
        values = {"state": str(DeliveryState.CANCELLED), "reason": reason, "changed": now}
        mine = table.c.subscriber_id == subscriber
        self.connection.execute(update(table).where(mine, table.c.state.in_(_WAITING)).values(**values))
        self.connection.execute(delete(schema.due).where(schema.due.c.subscriber_id == subscriber))
        if forget:
            self.connection.execute(update(table).where(mine).values(address=None, content=None, subscriber_id=None))


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
        "content": codec.dump_content(delivery.content) if delivery.content is not None else None,
    }


def _delivery(row: Any, **changes: Any) -> Delivery:
    values = {
        "kind": Kind(row.kind),
        "dedup_key": row.dedup_key,
        "address": row.address,
        "message_id": row.message_id,
        "queued": row.queued,
        "due": row.due,
        "changed": row.changed,
        "key": row.id,
        "issue": row.issue_id,
        "subscriber": row.subscriber_id,
        "state": DeliveryState(row.state),
        "reason": row.reason,
        "attempts": row.attempts,
        "worker": row.worker,
        "lease": row.lease,
        "attempted": row.attempted,
        "reply": row.reply,
        "content": codec.load_content(row.content) if row.content is not None else None,
    }
    return Delivery(**{**values, **changes})
