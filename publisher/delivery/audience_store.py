"""Freeze audiences, and take them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, cast, delete, func, insert, literal, select, update

from publisher.database import schema
from publisher.delivery.models import DeliveryState, MessageKind
from publisher.newsletter.store import hold_still
from publisher.subscribers.models import Cadence, SubscriberState
from publisher.subscribers.readers import among, particular_readers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from publisher.database.connection import Transaction
    from publisher.subscribers.models import Reader


_UNSENT = (str(DeliveryState.QUEUED), str(DeliveryState.DEFERRED), str(DeliveryState.SENDING))
_TABLE = schema.deliveries


class AudienceStore:
    """The tables of audiences and digests, inside one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.connection = transaction.connection
        self.sql = transaction.sql

    def enqueue_everybody(self, issue: int, now: datetime) -> None:
        """Queue a message for each active subscriber who wants every post, whatever it is about."""
        people = schema.subscribers
        everything = (people.c.wanted == "[]") & (people.c.unwanted == "[]")
        self._freeze(
            issue,
            (people.c.state == str(SubscriberState.ACTIVE))
            & (people.c.cadence == str(Cadence.EVERY_POST))
            & everything,
            now,
        )

    def enqueue_for(self, issue: int, readers: Collection[int], now: datetime) -> None:
        """Queue a message for each of these."""
        if readers:
            self._freeze(issue, among(schema.subscribers.c.id, readers), now)

    def _freeze(self, issue: int, where: ColumnElement[bool], now: datetime) -> None:
        people, table = schema.subscribers, schema.deliveries
        key = literal(f"issue:{issue}:", String) + cast(people.c.id, String)
        same = {
            "kind": str(MessageKind.ISSUE),
            "issue_id": issue,
            "state": str(DeliveryState.QUEUED),
            "attempts": 0,
        }
        same |= dict.fromkeys(("queued", "due", "changed"), now) | dict.fromkeys(
            ("reason", "message_id", "worker", "reply"), ""
        )
        values: dict[str, ColumnElement[Any]] = {
            name: literal(value, table.c[name].type) for name, value in same.items()
        }
        values |= {"subscriber_id": people.c.id, "address": people.c.address, "dedup_key": key}
        chosen = select(*values.values()).where(where).order_by(people.c.id)
        self.connection.execute(insert(table).from_select(list(values), chosen))

    def particular_readers(self) -> Iterator[list[Reader]]:
        """Yield pages of the other active subscribers, who read digests or chose topics."""
        yield from particular_readers(self.connection)

    def count_audience(self, issue: int) -> int:
        """Count an issue's deliveries."""
        table = schema.deliveries
        return (
            self.connection.execute(select(func.count()).where(table.c.issue_id == issue)).scalar()
            or 0
        )

    def withdraw_deliveries(self, issue: int) -> bool:
        """Take back a queued issue's deliveries and due rows.

        Return False, and do nothing, when any was attempted.
        """
        table = schema.deliveries
        if (
            self.connection.execute(
                select(table.c.id).where(table.c.issue_id == issue, table.c.attempts > 0).limit(1)
            ).scalar()
            is not None
        ):
            return False
        self.connection.execute(delete(table).where(table.c.issue_id == issue))
        self.connection.execute(delete(schema.due).where(schema.due.c.issue_id == issue))
        return True

    def set_audience(self, issue: int, count: int) -> None:
        """Keep how many deliveries an issue was frozen with."""
        self.connection.execute(
            update(schema.issues).where(schema.issues.c.id == issue).values(audience=count)
        )

    def hold_still(self, issue: int) -> None:
        """Keep messages of an issue from being claimed while this transaction lasts.

        Wait for claims that are being made (PostgreSQL).
        """
        hold_still(self.sql, issue)

    def is_unsent(self, issue: int) -> bool:
        """Return whether messages of an issue wait, or are being handed over."""
        return self._has(_TABLE.c.issue_id == issue, _TABLE.c.state.in_(_UNSENT))

    def was_attempted(self, issue: int) -> bool:
        """Return whether any message of an issue was ever claimed."""
        return self._has(_TABLE.c.issue_id == issue, _TABLE.c.attempts > 0)

    def _has(self, *where: ColumnElement[bool]) -> bool:
        return (
            self.connection.execute(select(_TABLE.c.id).where(*where).limit(1)).scalar() is not None
        )

    def cancel_transactional(self, reason: str, now: datetime) -> int:
        """Cancel every letter that waits or is being handed over; return how many.

        Their keys become free, so that people can ask again.
        """
        mine = (_TABLE.c.kind == str(MessageKind.TRANSACTIONAL)) & _TABLE.c.state.in_(_UNSENT)
        freed = _TABLE.c.dedup_key + f":{reason}:" + cast(_TABLE.c.id, String)
        values = {
            "state": str(DeliveryState.CANCELLED),
            "reason": reason,
            "dedup_key": freed,
            "changed": now,
        }
        self.connection.execute(
            select(_TABLE.c.id).where(mine).order_by(_TABLE.c.id).with_for_update()
        )
        return self.connection.execute(update(_TABLE).where(mine).values(**values)).rowcount
