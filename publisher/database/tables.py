"""Every table of one site inside one transaction; one method for each need, no decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from publisher.database.connection import EngineSql
from publisher.delivery.audience_store import AudienceTables, RecallTables
from publisher.delivery.progress_store import ProgressStore
from publisher.delivery.store import DeliveryStore
from publisher.delivery.workers.store import BatchTables
from publisher.digests.store import DueStore
from publisher.newsletter.store import IssueStore
from publisher.posts.store import PostStore
from publisher.subscribers.store import SubscriberStore

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Tables(
    PostStore,
    IssueStore,
    SubscriberStore,
    DeliveryStore,
    AudienceTables,
    DueStore,
    ProgressStore,
    RecallTables,
    BatchTables,
):
    """Catalogue, issues, subscribers and the ledger."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.sql = connection, EngineSql(connection)

    def whole(self) -> Self:
        """Return these tables: nothing is missing."""
        return self
