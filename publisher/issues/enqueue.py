"""Freeze an issue's audience in the transaction that queues it.

Nobody who comes or changes later gets another one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.delivery.audience_store import AudienceStore
from publisher.digests.schedule import SlotPlanner
from publisher.digests.store import DueStore
from publisher.newsletter.audience import Matcher, terms_of
from publisher.subscribers.models import Cadence

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.config import Config
    from publisher.database.connection import Transaction
    from publisher.newsletter.issue import IssueRecord
    from publisher.posts.records import PostRecord


def enqueue_issue(
    transaction: Transaction,
    config: Config,
    issue: IssueRecord,
    record: PostRecord,
    *,
    now: datetime,
) -> IssueRecord:
    """Queue messages for subscribers of every post who match, and due rows for digest readers.

    Args:
        transaction: The transaction that queues the issue.
        config: Says when digests go.
        issue: Of one post.
        record: That post.
        now: The instant of queueing.

    Returns:
        The issue with its audience: how many messages there are, the count that sending is checked
        against.
    """
    wants, planner = Matcher(terms_of(record)), SlotPlanner(config, now)
    # One statement for those who want every post of any topic, mostly everybody; only the others
    # are matched one by one.
    AudienceStore(transaction).enqueue_everybody(issue.key, now)
    for page in AudienceStore(transaction).particular_readers():
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
                AudienceStore(transaction).enqueue_for(issue.key, readers, now)
            else:
                DueStore(transaction).add_dues(
                    issue.key, readers, cadence, planner.slot(cadence, zone), now
                )
    # Counted, not summed up: the ledger is what sending is checked against.
    count = AudienceStore(transaction).count_audience(issue.key)
    AudienceStore(transaction).set_audience(issue.key, count)
    # In the same transaction: workers hear of nothing that is rolled back.
    transaction.queue_up(issue.key)
    return replace(issue, audience=count)
