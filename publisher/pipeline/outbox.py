"""Deliver what is queued: claim and commit, hand over to the transport, mark."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from publisher.delivery import Delivery, DeliveryState, Kind
from publisher.newsletter.message import HeaderError, build_letter
from publisher.newsletter.model import Composition
from publisher.subscribers.addresses import envelope_address

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from publisher.config import Config
    from publisher.pipeline.letters import LetterWriter

LEASE = timedelta(minutes=5)
"""How long a claim holds; after that another process takes the message over."""


class Claims(Protocol):
    """The ledger, inside one transaction."""

    def claim_deliveries(self, kind: Kind, worker: str, now: datetime, lease: datetime, most: int) -> list[Delivery]: ...
    def finish_delivery(
        self, delivery: Delivery, state: DeliveryState, now: datetime, reply: str = "", due: datetime | None = None
    ) -> bool: ...


class LedgerState(Protocol):
    """The database, as delivering needs it."""

    def transaction(self) -> AbstractContextManager[Claims]: ...


class Transport(Protocol):
    """Where messages are handed over; writing the same message again makes no second one."""

    def write(self, message_id: str, data: bytes) -> str: ...


class Outbox:
    """Delivers letters one by one; safe beside other processes that do the same."""

    def __init__(self, config: Config, state: LedgerState, transport: Transport, letters: LetterWriter, worker: str) -> None:
        self.config, self.state, self.transport, self.letters, self.worker = config, state, transport, letters, worker

    def deliver(self, now: datetime, most: int = 50) -> int:
        """Deliver what is due; give how many messages were handed over.

        Raises:
            OutputError: The transport cannot be written; what was claimed is claimed again when its lease ran out.
        """
        with self.state.transaction() as tables:
            claimed = tables.claim_deliveries(Kind.TRANSACTIONAL, self.worker, now, now + LEASE, most)
        for delivery in claimed:
            state, reply = self._hand_over(delivery)
            with self.state.transaction() as tables:
                tables.finish_delivery(delivery, state, now, reply)
        return len(claimed)

    def _hand_over(self, delivery: Delivery) -> tuple[DeliveryState, str]:
        if delivery.address is None or delivery.content is None:
            return DeliveryState.CANCELLED, ""
        content = delivery.content
        try:
            data = build_letter(
                Composition(content.subject, content.preheader, content.html, content.text),
                self.letters.letterhead(),
                recipient=envelope_address(delivery.address),
                date=(delivery.attempted or delivery.queued).astimezone(self.config.zone).replace(microsecond=0),
                message_id=delivery.message_id,
            )
        except HeaderError as error:
            return DeliveryState.FAILED, str(error)
        return DeliveryState.WRITTEN, self.transport.write(delivery.message_id, data)
