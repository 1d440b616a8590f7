"""Freeze an issue's audience in the transaction that queues it.

Nobody who comes or changes later gets another one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from publisher.digests.schedule import SlotPlanner
from publisher.newsletter.audience import Matcher, terms_of
from publisher.subscribers.models import Cadence

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from publisher.config import Config
    from publisher.digests.schedule import Slot
    from publisher.newsletter.issue import IssueRecord
    from publisher.posts.records import PostRecord
    from publisher.subscribers.models import Reader


class AudienceTables(Protocol):
    """The list and the ledger, inside one transaction."""

    def enqueue_everybody(self, issue: int, now: datetime) -> None: ...
    def particular_readers(self) -> Iterator[list[Reader]]: ...
    def enqueue_for(self, issue: int, readers: Collection[int], now: datetime) -> None: ...
    def add_dues(
        self, issue: int, readers: Collection[int], cadence: Cadence, slot: Slot, now: datetime
    ) -> None: ...
    def count_audience(self, issue: int) -> int: ...
    def set_audience(self, issue: int, count: int) -> None: ...
    def queue_up(self, issue: int) -> None: ...


def enqueue_issue(
    tables: AudienceTables, config: Config, issue: IssueRecord, record: PostRecord, *, now: datetime
) -> IssueRecord:
    """Queue messages for subscribers of every post who match, and due rows for digest readers.

    Args:
        tables: The transaction that queues the issue.
        config: Says when digests go.
        issue: Of one post.
        record: That post.
        now: The instant of queueing.

    Returns:
        The issue with its audience: how many messages there are, the count that sending is checked
        against.
    """
    wants, planner = Matcher(terms_of(record)), SlotPlanner(config, now)
    tables.enqueue_everybody(issue.key, now)
    for page in tables.particular_readers():
        kinds: dict[tuple[Cadence, str], list[int]] = {}
        for reader in page:
            if wants(reader):
                kinds.setdefault(
                    (
                        reader.cadence,
                        reader.zone if reader.cadence is not Cadence.EVERY_POST else "",
                    ),
                    [],
                ).append(reader.key)
        for (cadence, zone), readers in kinds.items():
            if cadence is Cadence.EVERY_POST:
                tables.enqueue_for(issue.key, readers, now)
            else:
                tables.add_dues(issue.key, readers, cadence, planner.slot(cadence, zone), now)
    count = tables.count_audience(issue.key)
    tables.set_audience(issue.key, count)
    tables.queue_up(issue.key)
    return replace(issue, audience=count)
