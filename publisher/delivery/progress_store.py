"""What sending needs of the ledger now and then.

Issues to begin and to finish, messages in doubt, what a person asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, or_, select, update

from publisher.database import schema
from publisher.delivery.departures import put_back
from publisher.delivery.models import DeliveryState, MessageKind
from publisher.delivery.outcomes import WAITS
from publisher.delivery.store import delivery_of
from publisher.newsletter.columns import load_content
from publisher.newsletter.store import hold_still
from publisher.subscribers.models import SubscriberState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from publisher.database.connection import Transaction
    from publisher.delivery.models import Delivery
    from publisher.newsletter.issue import IssueContent


_OPEN = (str(DeliveryState.QUEUED), str(DeliveryState.DEFERRED), str(DeliveryState.SENDING))
_TABLE = schema.deliveries


class ProgressStore:
    """The ledger as a whole, inside one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.connection = transaction.connection
        self.sql = transaction.sql

    def count_states(self, issue: int) -> dict[DeliveryState, int]:
        """Count an issue's messages by state."""
        rows = self.connection.execute(
            select(_TABLE.c.state, func.count())
            .where(_TABLE.c.issue_id == issue)
            .group_by(_TABLE.c.state)
        )
        return {DeliveryState(state): count for state, count in rows}

    def workers(self) -> set[str]:
        """Return everybody who holds a claim."""
        return set(
            self.connection.execute(
                select(_TABLE.c.worker).where(_TABLE.c.state == "sending").distinct()
            ).scalars()
        )

    def take_over(
        self, dead: Collection[str], state: DeliveryState, now: datetime, due: datetime
    ) -> int:
        """Take back claims whose time ran out, or whose worker is dead; return how many there were.

        What its worker is marking in this very moment is left alone (PostgreSQL).
        """
        lost = or_(_TABLE.c.lease < now, _TABLE.c.worker.in_(list(dead)))
        values = {
            "due": due, "changed": now, "lease": None, "worker": "",
            "reply": "the process that sent it ended, or was asleep for too long",
        } | put_back(state)  # fmt: skip
        mine = (
            select(_TABLE.c.id)
            .where(_TABLE.c.state == "sending", lost)
            .order_by(_TABLE.c.id)
            .with_for_update(skip_locked=True)
        )
        keys = list(self.connection.execute(mine).scalars())
        if keys:
            self.connection.execute(update(_TABLE).where(_TABLE.c.id.in_(keys)).values(**values))
        return len(keys)

    def in_doubt(self, now: datetime, most: int) -> list[tuple[int, str]]:
        """Return messages in doubt that may be looked up by now: row and Message-ID."""
        ripe = and_(_TABLE.c.state == str(DeliveryState.UNKNOWN), _TABLE.c.due <= now)
        rows = self.connection.execute(
            select(_TABLE.c.id, _TABLE.c.message_id).where(ripe).order_by(_TABLE.c.id).limit(most)
        )
        return [(row.id, row.message_id) for row in rows]

    def resolve(
        self, keys: Collection[int], state: DeliveryState, reply: str, now: datetime
    ) -> int:
        """Return what became of messages in doubt; return how many were.

        Sent, failed, or deferred: that sends them again, but to nobody who left meanwhile.
        """
        values = {"reply": reply, "due": now, "changed": now} | put_back(state)
        mine = and_(_TABLE.c.id.in_(list(keys)), _TABLE.c.state == "unknown")
        return self.connection.execute(update(_TABLE).where(mine).values(**values)).rowcount

    def next_attempt(self) -> datetime | None:
        """Return when the next message that waits may go, or None when none waits.

        Those of paused and cancelled issues do not.
        """
        going = select(schema.issues.c.id).where(schema.issues.c.state.in_(("queued", "sending")))
        letter = and_(
            _TABLE.c.state.in_(("queued", "deferred")),
            _TABLE.c.kind == str(MessageKind.TRANSACTIONAL),
        )
        waiting = or_(letter, and_(_TABLE.c.state == "deferred", _TABLE.c.issue_id.in_(going)))
        found: datetime | None = self.connection.execute(
            select(func.min(_TABLE.c.due)).where(waiting)
        ).scalar()
        return found

    def letter_content(self, key: int) -> IssueContent | None:
        """Return what a letter says."""
        data = self.connection.execute(select(_TABLE.c.content).where(_TABLE.c.id == key)).scalar()
        return load_content(data) if data is not None else None

    def cancel_issue(self, issue: int, reason: str, now: datetime) -> int:
        """Cancel an issue's messages that were not handed over; return how many."""
        values = {"state": str(DeliveryState.CANCELLED), "reason": reason, "changed": now}
        mine = and_(_TABLE.c.issue_id == issue, _TABLE.c.state.in_(("queued", "deferred")))
        hold_still(self.sql, issue)
        self.connection.execute(delete(schema.due).where(schema.due.c.issue_id == issue))
        return self.connection.execute(update(_TABLE).where(mine).values(**values)).rowcount

    def leftovers(self) -> list[int]:
        """Return messages that were in hand when their issue was cancelled, and were put off."""
        over = select(schema.issues.c.id).where(schema.issues.c.state == "cancelled")
        mine = and_(
            _TABLE.c.state == "deferred",
            _TABLE.c.kind == str(MessageKind.ISSUE),
            _TABLE.c.issue_id.in_(over),
        )
        return list(self.connection.execute(select(_TABLE.c.id).where(mine)).scalars())

    def nobodys(self) -> list[int]:
        """Return messages that wait without an address.

        Version 0.1.0 put off what was in hand when its reader was forgotten.
        """
        waits = _TABLE.c.state.in_([str(state) for state in WAITS])
        return list(
            self.connection.execute(
                select(_TABLE.c.id).where(waits, _TABLE.c.address.is_(None))
            ).scalars()
        )

    def skip_messages(self, keys: Collection[int], reason: str, now: datetime) -> None:
        """Skip messages that wait and have no address."""
        values = {"state": str(DeliveryState.SKIPPED), "reason": reason, "changed": now}
        self.connection.execute(
            update(_TABLE)
            .where(_TABLE.c.id.in_(list(keys)), _TABLE.c.address.is_(None))
            .values(**values)
        )

    def cancel_messages(self, keys: Collection[int], reason: str, now: datetime) -> None:
        """Cancel messages that wait to be tried again."""
        values = {"state": str(DeliveryState.CANCELLED), "reason": reason, "changed": now}
        self.connection.execute(
            update(_TABLE)
            .where(_TABLE.c.id.in_(list(keys)), _TABLE.c.state == "deferred")
            .values(**values)
        )

    def requeue(self, issue: int, states: Collection[DeliveryState], now: datetime) -> int:
        """Queue messages again that did not arrive, of readers who still want mail.

        Return how many.
        """
        wants = select(schema.subscribers.c.id).where(
            schema.subscribers.c.state == str(SubscriberState.ACTIVE)
        )
        mine = and_(
            _TABLE.c.issue_id == issue,
            _TABLE.c.state.in_([str(state) for state in states]),
            _TABLE.c.subscriber_id.in_(wants),
        )
        values = {
            "state": str(DeliveryState.QUEUED), "due": now, "changed": now, "attempts": 0,
            "attempted": None, "reason": "", "reply": "",
            "worker": "", "lease": None,
        }  # fmt: skip
        return self.connection.execute(update(_TABLE).where(mine).values(**values)).rowcount

    def count_open(self, issue: int) -> int:
        """Count an issue's messages that wait or are under way."""
        mine = and_(_TABLE.c.issue_id == issue, _TABLE.c.state.in_(_OPEN))
        return self.connection.execute(select(func.count()).where(mine)).scalar() or 0

    def is_open(self, issue: int) -> bool:
        """Return whether messages of an issue wait or are under way."""
        mine = and_(_TABLE.c.issue_id == issue, _TABLE.c.state.in_(_OPEN))
        return (
            self.connection.execute(select(_TABLE.c.id).where(mine).limit(1)).scalar() is not None
        )

    def list_deliveries(
        self,
        *,
        issue: int = 0,
        states: Collection[DeliveryState] = (),
        address: str = "",
        kind: MessageKind | None = None,
        most: int = 100,
    ) -> list[Delivery]:
        """Return rows of the ledger, newest first."""
        where: list[ColumnElement[bool]] = []
        if issue:
            where.append(_TABLE.c.issue_id == issue)
        if states:
            where.append(_TABLE.c.state.in_([str(state) for state in states]))
        if address:
            where.append(func.lower(_TABLE.c.address) == address.lower())
        if kind is not None:
            where.append(_TABLE.c.kind == str(kind))
        rows = self.connection.execute(
            select(_TABLE).where(*where).order_by(_TABLE.c.id.desc()).limit(most)
        )
        return [delivery_of(row) for row in rows]

    def delivery(self, key: int) -> Delivery | None:
        """Return one row of the ledger, or None."""
        row = self.connection.execute(select(_TABLE).where(_TABLE.c.id == key)).one_or_none()
        return None if row is None else delivery_of(row)
