"""Freeze audiences, and keep what digests will carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, insert, select, text, update

from publisher.delivery import DeliveryState
from publisher.storage import schema
from publisher.storage.schema import to_micros
from publisher.storage.subscribers import page_of_subscribers
from publisher.subscribers import Cadence, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from publisher.subscribers import Subscriber

_EVERYBODY = """
INSERT INTO deliveries (kind, issue_id, subscriber_id, address, state, reason, dedup_key, message_id, attempts, worker, queued, due,
                        changed, reply)
SELECT 'issue', :issue, id, address, 'queued', '', 'issue:' || :issue || ':' || id, '', 0, '', :now, :now, :now, ''
FROM subscribers WHERE state = 'active' AND cadence = 'every post' AND wanted = '[]' AND unwanted = '[]'
"""
_EVERYBODY_DUE = """
INSERT INTO due (issue_id, subscriber_id, cadence, queued)
SELECT :issue, id, cadence, :now
FROM subscribers WHERE state = 'active' AND cadence <> 'every post' AND wanted = '[]' AND unwanted = '[]'
"""
_ROW = """
INSERT INTO deliveries (kind, issue_id, subscriber_id, address, state, reason, dedup_key, message_id, attempts, worker, queued, due,
                        changed, reply)
VALUES ('issue', :issue, :subscriber, :address, 'queued', '', :dedup, '', 0, '', :now, :now, :now, '')
"""


@dataclass(frozen=True, slots=True)
class Due:
    """Something a subscriber's next digest may carry."""

    issue: int
    subscriber: int
    cadence: Cadence
    queued: datetime


class AudienceTables:
    """The tables of audiences and digests, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def freeze_everybody(self, issue: int, now: datetime) -> None:
        """Queue a message for each active subscriber without topics, and a due row for each such digest reader."""
        values = {"issue": issue, "now": to_micros(now)}
        everybody, due = _EVERYBODY, _EVERYBODY_DUE
        if self.connection.dialect.name == "postgresql":
            everybody = everybody.replace("'issue:' || :issue ||", "'issue:' || CAST(:issue AS TEXT) ||").replace(
                "'issue', :issue, id", "'issue', CAST(:issue AS BIGINT), id"
            )
            everybody = everybody.replace(":now", "CAST(:now AS BIGINT)")
            due = due.replace("SELECT :issue, id, cadence, :now", "SELECT CAST(:issue AS BIGINT), id, cadence, CAST(:now AS BIGINT)")
        self.connection.execute(text(everybody), values)
        self.connection.execute(text(due), values)

    def particular_subscribers(self) -> Iterator[Subscriber]:
        """Go through the active subscribers who chose topics."""
        table = schema.subscribers
        chosen = (table.c.wanted != "[]") | (table.c.unwanted != "[]")
        yield from page_of_subscribers(self.connection, (table.c.state == str(State.ACTIVE)) & chosen)

    def freeze_for(self, issue: int, people: Sequence[Subscriber], now: datetime) -> None:
        """Queue a message, or a due row, for each of these."""
        self.freeze_digest(issue, [person for person in people if person.preferences.cadence is Cadence.EVERY_POST], now)
        dues = [
            {"issue_id": issue, "subscriber_id": person.key, "cadence": str(person.preferences.cadence), "queued": now}
            for person in people
            if person.preferences.cadence is not Cadence.EVERY_POST
        ]
        if dues:
            self.connection.execute(insert(schema.due), dues)

    def freeze_digest(self, issue: int, people: Sequence[Subscriber], now: datetime) -> None:
        """Queue a message for each of these."""
        at = to_micros(now)
        rows = [
            {"issue": issue, "subscriber": person.key, "address": person.address, "dedup": f"issue:{issue}:{person.key}", "now": at}
            for person in people
        ]
        if rows:
            self.connection.execute(text(_ROW), rows)

    def count_audience(self, issue: int) -> int:
        """Count an issue's deliveries."""
        table = schema.deliveries
        return self.connection.execute(select(func.count()).where(table.c.issue_id == issue)).scalar() or 0

    def withdraw_deliveries(self, issue: int) -> bool:
        """Take back a queued issue's deliveries and due rows; False, and nothing done, when any was attempted."""
        table = schema.deliveries
        if self.connection.execute(select(table.c.id).where(table.c.issue_id == issue, table.c.attempts > 0).limit(1)).scalar() is not None:
            return False
        self.connection.execute(delete(table).where(table.c.issue_id == issue))
        self.connection.execute(delete(schema.due).where(schema.due.c.issue_id == issue))
        return True

    def dues(self) -> list[Due]:
        """Give everything digests may carry."""
        table = schema.due
        rows = self.connection.execute(select(table).order_by(table.c.queued, table.c.issue_id))
        return [Due(row.issue_id, row.subscriber_id, Cadence(row.cadence), row.queued) for row in rows]

    def drop_dues(self, subscriber: int, issues: Collection[int] | None = None) -> None:
        """Forget what somebody's digest would have carried."""
        table = schema.due
        query = delete(table).where(table.c.subscriber_id == subscriber)
        self.connection.execute(query if issues is None else query.where(table.c.issue_id.in_(list(issues))))

    def drop_dues_of_issue(self, issue: int) -> None:
        """Forget an issue that was cancelled."""
        self.connection.execute(delete(schema.due).where(schema.due.c.issue_id == issue))

    def had_period(self, subscriber: int, cadence: Cadence, period: str) -> bool:
        """Say whether somebody had their digest of a period."""
        table = schema.digest_periods
        mine = (table.c.subscriber_id == subscriber) & (table.c.cadence == str(cadence)) & (table.c.period == period)
        return self.connection.execute(select(table.c.issue_id).where(mine)).scalar() is not None

    def keep_period(self, subscriber: int, cadence: Cadence, period: str, issue: int) -> None:
        """Remember that somebody has their digest of a period."""
        values = {"subscriber_id": subscriber, "cadence": str(cadence), "period": period, "issue_id": issue}
        self.connection.execute(insert(schema.digest_periods).values(values))

    def posts_delivered(self, subscriber: int, posts: Collection[int]) -> set[int]:
        """Give those of these posts that some delivery to this subscriber contains, unless it was cancelled or failed unsent."""
        deliveries, contents = schema.deliveries, schema.issue_posts
        gone = [str(DeliveryState.CANCELLED), str(DeliveryState.SKIPPED)]
        query = (
            select(contents.c.post_id)
            .join(deliveries, deliveries.c.issue_id == contents.c.issue_id)
            .where(deliveries.c.subscriber_id == subscriber, contents.c.post_id.in_(list(posts)), deliveries.c.state.not_in(gone))
        )
        return set(self.connection.execute(query).scalars())

    def set_audience(self, issue: int, count: int) -> None:
        """Keep how many deliveries an issue was frozen with."""
        self.connection.execute(update(schema.issues).where(schema.issues.c.id == issue).values(audience=count))

    def note(self, name: str) -> str:
        """Give a remembered text, or nothing."""
        return self.connection.execute(select(schema.notes.c.value).where(schema.notes.c.name == name)).scalar() or ""

    def save_note(self, name: str, value: str) -> None:
        """Remember a text."""
        self.connection.execute(delete(schema.notes).where(schema.notes.c.name == name))
        if value:
            self.connection.execute(insert(schema.notes).values(name=name, value=value))
