"""Subscribers, what happened to them, requests not yet looked at, and whom to forget."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, func, insert, select, update

from publisher.database import schema
from publisher.database.connection import EngineSql, insert_rows
from publisher.database.instants import to_micros
from publisher.subscribers.email_address import AddressError, check_address
from publisher.subscribers.models import (
    Cadence,
    Event,
    Preferences,
    Signup,
    Subscriber,
    SubscriberState,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from publisher.database.connection import Transaction


_BATCH = 500
_PAGE = 2000


class SubscriberStore:
    """The tables of subscribers, inside one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.connection = transaction.connection

    def subscriber(self, *, folded: str = "", public: str = "", key: int = 0) -> Subscriber | None:
        """Return one subscriber by folded address, by public name, or by number.

        None when there is none.
        """
        table = schema.subscribers
        where = (
            table.c.folded == folded
            if folded
            else table.c.public == public
            if public
            else table.c.id == key
        )
        row = self.connection.execute(select(table).where(where)).one_or_none()
        return None if row is None else _subscriber(row)

    def subscribers_by_folded(self, folded: Collection[str]) -> dict[str, Subscriber]:
        """Return those of these addresses that are on the list."""
        table, found = schema.subscribers, {}
        wanted = list(folded)
        for start in range(0, len(wanted), _BATCH):
            for row in self.connection.execute(
                select(table).where(table.c.folded.in_(wanted[start : start + _BATCH]))
            ):
                found[row.folded] = _subscriber(row)
        return found

    def all_subscribers(self, state: SubscriberState | None = None) -> Iterator[Subscriber]:
        """Yield the list in the order people came, a page in memory at a time."""
        table = schema.subscribers
        # As an expression: by the index of states every page would sort all that follow it.
        yield from page_of_subscribers(
            self.connection,
            table.c.id > 0 if state is None else func.coalesce(table.c.state, "") == str(state),
        )

    def count_subscribers(self) -> dict[SubscriberState, int]:
        """Count the list by state."""
        table = schema.subscribers
        rows = self.connection.execute(select(table.c.state, func.count()).group_by(table.c.state))
        counted = {SubscriberState(state): count for state, count in rows}
        return {state: counted.get(state, 0) for state in SubscriberState}

    def add_subscriber(self, subscriber: Subscriber, event: Event) -> Subscriber:
        """Add a row with its first event and return it with number and public name."""
        made = replace(subscriber, public=secrets.token_hex(16))
        result = self.connection.execute(insert(schema.subscribers).values(_columns(made)))
        assert result.inserted_primary_key is not None
        made = replace(made, key=result.inserted_primary_key[0])
        self.add_event(made.key, event)
        return made

    def update_subscriber(self, subscriber: Subscriber, event: Event) -> None:
        """Write a row again, with the event that changed it."""
        table = schema.subscribers
        self.connection.execute(
            update(table).where(table.c.id == subscriber.key).values(_columns(subscriber))
        )
        self.add_event(subscriber.key, event)

    def add_event(self, key: int, event: Event) -> None:
        """Keep what happened."""
        self.connection.execute(insert(schema.subscriber_events).values(_event_columns(key, event)))

    def add_many(self, rows: Sequence[tuple[Subscriber, Event]]) -> None:
        """Add many rows at once, each with its first event."""
        if not rows:
            return
        first = (
            self.connection.execute(select(func.max(schema.subscribers.c.id))).scalar() or 0
        ) + 1
        people = [
            (first + n, secrets.token_hex(16), *_values(person))
            for n, (person, _) in enumerate(rows)
        ]
        insert_rows(EngineSql(self.connection), "subscribers", ("id", "public", *_COLUMNS), people)
        events = [
            (first + n, to_micros(e.at), e.what, str(e.state), e.source, e.network, e.wording)
            for n, (_, e) in enumerate(rows)
        ]
        columns = ("subscriber_id", "at", "what", "state", "source", "network", "wording")
        insert_rows(EngineSql(self.connection), "subscriber_events", columns, events)
        if self.connection.dialect.name == "postgresql":
            self.connection.exec_driver_sql(
                "SELECT setval('subscribers_id_seq', (SELECT max(id) FROM subscribers))"
            )

    def events(self, key: int) -> list[Event]:
        """Return what happened to a subscriber, oldest first."""
        table = schema.subscriber_events
        rows = self.connection.execute(
            select(table).where(table.c.subscriber_id == key).order_by(table.c.id)
        )
        return [
            Event(
                row.at, row.what, SubscriberState(row.state), row.source, row.network, row.wording
            )
            for row in rows
        ]

    def delete_subscriber(self, key: int) -> None:
        """Delete a row, its events with it."""
        self.connection.execute(
            delete(schema.subscriber_events).where(schema.subscriber_events.c.subscriber_id == key)
        )
        self.connection.execute(delete(schema.subscribers).where(schema.subscribers.c.id == key))

    def forget(self, fingerprint: str, at: datetime) -> None:
        """Remember that an address must not come back by an import."""
        self.unforget([fingerprint])
        self.connection.execute(insert(schema.forgotten).values(fingerprint=fingerprint, at=at))

    def unforget(self, fingerprints: Collection[str]) -> None:
        """Allow an address to come back: its owner confirmed it."""
        self.connection.execute(
            delete(schema.forgotten).where(schema.forgotten.c.fingerprint.in_(list(fingerprints)))
        )

    def all_forgotten(self) -> set[str]:
        """Return the fingerprints of everybody who must not come back."""
        return set(self.connection.execute(select(schema.forgotten.c.fingerprint)).scalars())

    def add_signup(self, signup: Signup) -> None:
        """Keep a request; everybody's request is kept the same way, known or not."""
        values = {
            "address": signup.address, "name": signup.name, "cadence": str(signup.cadence),
            "wanted": json.dumps(signup.wanted),
            "at": signup.at, "source": signup.source, "network": signup.network,
            "wording": signup.wording,
        }  # fmt: skip
        self.connection.execute(insert(schema.signups).values(values))

    def take_signups(self, most: int) -> list[Signup]:
        """Return the oldest requests and delete them, in this transaction."""
        table = schema.signups
        rows = self.connection.execute(select(table).order_by(table.c.id).limit(most)).all()
        if rows:
            self.connection.execute(delete(table).where(table.c.id.in_([row.id for row in rows])))
        return [
            Signup(
                row.address,
                row.at,
                row.source,
                row.network,
                row.wording,
                row.name,
                Cadence(row.cadence),
                tuple(json.loads(row.wanted)),
            )
            for row in rows
        ]

    def drop_signups(self, folded: str) -> None:
        """Delete the requests of an address that were not looked at yet.

        Each would lead to one more message.
        """
        table = schema.signups
        rows = self.connection.execute(select(table.c.id, table.c.address)).all()
        keys = [row.id for row in rows if _folded(row.address) == folded]
        if keys:
            self.connection.execute(delete(table).where(table.c.id.in_(keys)))


def _folded(address: str) -> str:
    try:
        return check_address(address).folded
    except AddressError:
        return ""


def page_of_subscribers(connection: Connection, where: ColumnElement[bool]) -> Iterator[Subscriber]:
    """Yield rows in the order people came, a page in memory at a time."""
    table, last = schema.subscribers, 0
    while True:
        rows = connection.execute(
            select(table).where(where, table.c.id > last).order_by(table.c.id).limit(_PAGE)
        ).all()
        yield from map(_subscriber, rows)
        if len(rows) < _PAGE:
            return
        last = rows[-1].id


_COLUMNS = (
    "address", "folded", "state", "suppressed", "cadence", "wanted", "unwanted", "zone", "language",
    "name", "created", "activated",
)  # fmt: skip


def _columns(subscriber: Subscriber) -> dict[str, Any]:
    values = dict(zip(_COLUMNS, _values(subscriber), strict=True))
    return {
        **values,
        "public": subscriber.public,
        "created": subscriber.created,
        "activated": subscriber.activated,
    }


def _values(subscriber: Subscriber) -> tuple[object, ...]:
    chosen = subscriber.preferences
    return (
        subscriber.address,
        subscriber.folded,
        str(subscriber.state),
        subscriber.suppressed,
        str(chosen.cadence),
        _names(chosen.wanted),
        _names(chosen.unwanted),
        chosen.zone,
        chosen.language,
        chosen.name,
        to_micros(subscriber.created),
        to_micros(subscriber.activated),
    )


def _names(names: Sequence[str]) -> str:
    return json.dumps(names, ensure_ascii=False) if names else "[]"


def _event_columns(key: int, event: Event) -> dict[str, Any]:
    return {
        "subscriber_id": key, "at": event.at, "what": event.what, "state": str(event.state),
        "source": event.source,
        "network": event.network, "wording": event.wording,
    }  # fmt: skip


def _subscriber(row: Any) -> Subscriber:
    chosen = Preferences(
        Cadence(row.cadence),
        tuple(json.loads(row.wanted)),
        tuple(json.loads(row.unwanted)),
        row.zone,
        row.language,
        row.name,
    )
    return Subscriber(
        row.address,
        row.folded,
        SubscriberState(row.state),
        row.created,
        chosen,
        row.id,
        row.public,
        row.activated,
        suppressed=bool(row.suppressed),
    )
