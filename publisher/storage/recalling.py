"""What a round asks the ledger before it takes a frozen issue back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, String, cast, select, update

from publisher.delivery import DeliveryState, Kind
from publisher.storage import schema
from publisher.storage.issues import hold_still
from publisher.storage.sql import EngineSql

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

_UNSENT = (str(DeliveryState.QUEUED), str(DeliveryState.DEFERRED), str(DeliveryState.SENDING))
_TABLE = schema.deliveries


class RecallTables:
    """The ledger as recalling needs it, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def hold_still(self, issue: int) -> None:
        """Let no message of an issue be claimed while this transaction lasts.

        Wait for claims that are being made (PostgreSQL).
        """
        hold_still(EngineSql(self.connection), issue)

    def is_unsent(self, issue: int) -> bool:
        """Say whether messages of an issue wait, or are being handed over."""
        return self._has(_TABLE.c.issue_id == issue, _TABLE.c.state.in_(_UNSENT))

    def was_attempted(self, issue: int) -> bool:
        """Say whether any message of an issue was ever claimed."""
        return self._has(_TABLE.c.issue_id == issue, _TABLE.c.attempts > 0)

    def _has(self, *where: ColumnElement[bool]) -> bool:
        return (
            self.connection.execute(select(_TABLE.c.id).where(*where).limit(1)).scalar() is not None
        )

    def cancel_letters(self, reason: str, now: datetime) -> int:
        """Cancel every letter that waits or is being handed over; give how many.

        Their keys become free, so that people can ask again.
        """
        mine = (_TABLE.c.kind == str(Kind.TRANSACTIONAL)) & _TABLE.c.state.in_(_UNSENT)
        freed = _TABLE.c.dedup_key + f":{reason}:" + cast(_TABLE.c.id, String)
        values = {
            "state": str(DeliveryState.CANCELLED),
            "reason": reason,
            "dedup_key": freed,
            "changed": now,
        }
        self.connection.execute(
            select(_TABLE.c.id).where(mine).order_by(_TABLE.c.id).with_for_update()
        )
        return self.connection.execute(update(_TABLE).where(mine).values(**values)).rowcount
