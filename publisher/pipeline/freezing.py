"""Freeze an issue's audience in the transaction that queues it: nobody who comes or changes later gets another one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from publisher.delivery.audience import matches, terms_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from publisher.catalogue import IssueRecord, Record
    from publisher.subscribers import Subscriber

_BATCH = 1000


class AudienceTables(Protocol):
    """The list and the ledger, inside one transaction."""

    def freeze_everybody(self, issue: int, now: datetime) -> None: ...
    def particular_subscribers(self) -> Iterator[Subscriber]: ...
    def freeze_for(self, issue: int, people: Sequence[Subscriber], now: datetime) -> None: ...
    def count_audience(self, issue: int) -> int: ...
    def set_audience(self, issue: int, count: int) -> None: ...


def freeze(tables: AudienceTables, issue: int, terms: Collection[str], now: datetime) -> int:
    """Queue a message for each subscriber who wants every post and matches, and a due row for each digest reader who does.

    Args:
        tables: The transaction that queues the issue.
        issue: Its number.
        terms: Folded tags and categories of its post.
        now: The instant of queueing.

    Returns:
        How many messages there are: the count that sending is checked against.
    """
    tables.freeze_everybody(issue, now)
    batch: list[Subscriber] = []
    for person in tables.particular_subscribers():
        if matches(person.preferences, terms):
            batch.append(person)
        if len(batch) == _BATCH:
            tables.freeze_for(issue, batch, now)
            batch = []
    tables.freeze_for(issue, batch, now)
    count = tables.count_audience(issue)
    tables.set_audience(issue, count)
    return count


def freeze_issue(tables: AudienceTables, issue: IssueRecord, record: Record, *, now: datetime) -> IssueRecord:
    """Freeze the audience of the issue of one post, and give it with its count."""
    return replace(issue, audience=freeze(tables, issue.key, terms_of(record), now))
