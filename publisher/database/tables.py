"""Every table of one site inside one transaction; one method for each need, no decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from publisher.database.connection import EngineSql
from publisher.delivery.audience_store import AudienceTables, RecallTables
from publisher.delivery.progress_store import DispatchTables
from publisher.delivery.store import DeliveryTables
from publisher.delivery.workers.store import BatchTables
from publisher.digests.store import DueTables
from publisher.newsletter.store import IssueTables
from publisher.posts.store import CatalogueTables
from publisher.subscribers.store import SubscriberTables

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Tables(
    CatalogueTables,
    IssueTables,
    SubscriberTables,
    DeliveryTables,
    AudienceTables,
    DueTables,
    DispatchTables,
    RecallTables,
    BatchTables,
):
    """Catalogue, issues, subscribers and the ledger."""

    def __init__(self, connection: Connection) -> None:
        self.connection, self.sql = connection, EngineSql(connection)

    def whole(self) -> Self:
        """Give these tables: nothing is missing."""
        return self
