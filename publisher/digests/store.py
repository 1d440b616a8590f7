"""What digests will carry, and which digests everybody had."""

from __future__ import annotations

from array import array
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, insert, literal, select, update

from publisher.database import schema
from publisher.database.connection import numbers
from publisher.database.instants import EPOCH, to_micros
from publisher.delivery.models import DeliveryState
from publisher.digests.schedule import Due
from publisher.subscribers.models import Cadence
from publisher.subscribers.readers import among, readers_by_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from publisher.database.connection import Transaction
    from publisher.digests.schedule import Slot
    from publisher.subscribers.models import Reader


_PAGE = 2000
_CADENCES = {str(cadence): cadence for cadence in Cadence}
_NOT_HAD = ", ".join(f"'{state}'" for state in (DeliveryState.CANCELLED, DeliveryState.SKIPPED))
_RIPE = """
SELECT d.subscriber_id, d.issue_id, d.cadence, d.queued, d.at, d.period, p.period
FROM due d LEFT JOIN digest_periods p
  ON p.subscriber_id = d.subscriber_id AND p.cadence = d.cadence AND p.period = d.period
WHERE d.at <= {now} AND d.subscriber_id IN ({readers})
ORDER BY d.subscriber_id, d.queued, d.issue_id
"""
_DELIVERED = """
SELECT subscriber_id, issue_id FROM deliveries
WHERE subscriber_id IN ({readers}) AND issue_id >= {first} AND state NOT IN ({not_had})
"""


class DueStore:
    """The tables of digests, inside one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.connection = transaction.connection

    def add_dues(
        self, issue: int, readers: Collection[int], cadence: Cadence, slot: Slot, now: datetime
    ) -> None:
        """Add an issue to the next digest of these readers."""
        table, key = schema.due, schema.subscribers.c.id
        same = {
            "issue_id": issue,
            "cadence": str(cadence),
            "queued": now,
            "at": slot.instant,
            "period": slot.period,
        }
        values = [literal(value, table.c[name].type) for name, value in same.items()]
        chosen = select(key, *values).where(among(key, readers))
        self.connection.execute(insert(table).from_select(["subscriber_id", *same], chosen))

    def next_digest(self) -> datetime | None:
        """Return when the next digest goes, or None when nothing is due."""
        found: datetime | None = self.connection.execute(select(func.min(schema.due.c.at))).scalar()
        return found

    def ripe_readers(self, now: datetime) -> Sequence[int]:
        """Return the numbers of those whose digest goes now, eight bytes each."""
        # No DISTINCT: SQLite would read the whole table for it, in the order of readers.
        rows = self.connection.execute(
            select(schema.due.c.subscriber_id).where(schema.due.c.at <= now)
        )
        return array("q", sorted(set(rows.scalars())))

    def readers(self, keys: Collection[int]) -> dict[int, Reader]:
        """Return these subscribers, whatever their state."""
        return readers_by_key(self.connection, keys)

    def ripe_dues(self, readers: Collection[int], now: datetime) -> dict[int, list[Due]]:
        """Return what is due to each of these readers now, in the order of queueing."""
        found: dict[int, list[Due]] = {}
        rows = self.connection.exec_driver_sql(
            _RIPE.format(now=to_micros(now), readers=numbers(readers))
        ).all()
        for reader, issue, cadence, queued, at, period, had in rows:
            due = Due(
                issue, _CADENCES[cadence], _instant(queued), _instant(at), period, had is not None
            )
            found.setdefault(reader, []).append(due)
        return found

    def issues_with(self, post: int) -> set[int]:
        """Return the issues that contain a post."""
        table = schema.issue_posts
        return set(
            self.connection.execute(
                select(table.c.issue_id).where(table.c.post_id == post)
            ).scalars()
        )

    def delivered(self, readers: Collection[int], first: int) -> list[tuple[int, int]]:
        """Return reader and issue of every delivery to these readers from issue ``first`` on.

        Those that nothing can send any more are left out.

        A failed one counts: ``issues retry`` may still send it.
        """
        sql = _DELIVERED.format(readers=numbers(readers), first=int(first), not_had=_NOT_HAD)
        return [(reader, issue) for reader, issue in self.connection.exec_driver_sql(sql).all()]

    def keep_period(
        self, issue: int, readers: Collection[int], cadence: Cadence, period: str
    ) -> None:
        """Remember that these readers have their digest of a period: nobody gets a second one."""
        table, key = schema.digest_periods, schema.subscribers.c.id
        same = {"cadence": str(cadence), "period": period, "issue_id": issue}
        values = [literal(value, table.c[name].type) for name, value in same.items()]
        chosen = select(key, *values).where(among(key, readers))
        self.connection.execute(insert(table).from_select(["subscriber_id", *same], chosen))

    def drop_dues(self, readers: Collection[int], issues: Collection[int]) -> None:
        """Forget what was carried, and what no digest will carry."""
        self.connection.execute(
            delete(schema.due).where(_of(readers), schema.due.c.issue_id.in_(issues))
        )

    def put_off(
        self, readers: Collection[int], issues: Collection[int], cadence: Cadence, slot: Slot
    ) -> None:
        """Postpone to a later digest what could not be carried now."""
        values = {"cadence": str(cadence), "at": slot.instant, "period": slot.period}
        self.connection.execute(
            update(schema.due)
            .where(_of(readers), schema.due.c.issue_id.in_(issues))
            .values(**values)
        )

    def replan_reader(self, subscriber: int, cadence: Cadence, slot: Slot, now: datetime) -> None:
        """Move what is due to a reader, and whose time has not come yet, to their next digest."""
        values = {"cadence": str(cadence), "at": slot.instant, "period": slot.period}
        self.connection.execute(
            update(schema.due).where(_of([subscriber]), schema.due.c.at > now).values(**values)
        )

    def replan_everybody(self, plan: Callable[[Cadence, str], Slot], now: datetime) -> None:
        """Plan every digest whose time has not come yet again, for cadence and zone."""
        table = schema.due
        mine = (
            (table.c.subscriber_id == bindparam("reader"))
            & (table.c.cadence == bindparam("often"))
            & (table.c.at > now)
        )
        moved = update(table).where(mine).values(at=bindparam("instant"), period=bindparam("name"))
        for page in self._planned(now):
            slots = [
                (key, cadence, plan(cadence, zone))
                for key, zone in page
                for cadence in Cadence
                if cadence is not Cadence.EVERY_POST
            ]
            rows = [
                {"reader": key, "often": str(cadence), "instant": slot.instant, "name": slot.period}
                for key, cadence, slot in slots
            ]
            self.connection.execute(moved, rows)

    def _planned(self, now: datetime) -> Iterator[Sequence[tuple[int, str]]]:
        due, people, last = schema.due, schema.subscribers, 0
        planned = (
            select(due.c.subscriber_id, people.c.zone)
            .join(people, people.c.id == due.c.subscriber_id)
            .where(due.c.at > now)
        )
        while True:
            page = (
                planned.where(due.c.subscriber_id > last)
                .distinct()
                .order_by(due.c.subscriber_id)
                .limit(_PAGE)
            )
            rows = [(key, zone) for key, zone in self.connection.execute(page)]
            if rows:
                yield rows
            if len(rows) < _PAGE:
                return
            last = rows[-1][0]


def _of(readers: Collection[int]) -> ColumnElement[bool]:
    return among(schema.due.c.subscriber_id, readers)


@lru_cache(maxsize=10_000)
def _instant(micros: int) -> datetime:
    """Return an instant; the same few stand in many rows."""
    return EPOCH + timedelta(microseconds=micros)
