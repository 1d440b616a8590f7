"""Every table of one site inside one transaction; one method for each need, no decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from publisher.storage.audience import AudienceTables
from publisher.storage.batches import BatchTables
from publisher.storage.catalogue import CatalogueTables
from publisher.storage.deliveries import DeliveryTables
from publisher.storage.dispatch import DispatchTables
from publisher.storage.dues import DueTables
from publisher.storage.issues import IssueTables
from publisher.storage.recalling import RecallTables
from publisher.storage.sql import EngineSql
from publisher.storage.subscribers import SubscriberTables

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
