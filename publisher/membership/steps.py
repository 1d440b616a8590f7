"""The steps that change a subscriber, each with its proof and the mail that belongs to it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from publisher.delivery.models import DeliveryState
from publisher.delivery.store import DeliveryStore
from publisher.digests.schedule import SlotPlanner
from publisher.digests.store import DueStore
from publisher.mail.transactional import TransactionalMail
from publisher.subscribers.models import Cadence, Event, Preferences, Subscriber, SubscriberState
from publisher.subscribers.states import StateChange, move
from publisher.subscribers.store import SubscriberStore
from publisher.subscribers.tokens import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from publisher.config import Config
    from publisher.database.connection import Transaction
    from publisher.database.database import Database
    from publisher.mail.transactional import TransactionalMailer
    from publisher.subscribers.tokens import Keyring


CONFIRM_WITHIN = timedelta(days=30)
"""How long the link in a confirm mail works."""

_COUNTED = (
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.DEFERRED,
    DeliveryState.UNKNOWN,
)
"""Confirm mails that count towards the limit; those only written to a maildir reached nobody."""


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """Where a step came from: kept as proof.

    Attributes:
        source: ``web form``, ``mail client``, ``command line``, ...
        network: Address of the caller; empty for commands.
        wording: What was shown, or how consent was given.
    """

    source: str
    network: str = ""
    wording: str = ""


class MembershipSteps:
    """One step each, inside the caller's transaction."""

    def __init__(
        self, config: Config, state: Database, keyring: Keyring, letters: TransactionalMailer
    ) -> None:
        self.config, self.state, self.keyring, self.letters = config, state, keyring, letters

    @contextmanager
    def _of(
        self, purpose: Purpose, token: str, now: datetime
    ) -> Iterator[tuple[Transaction, Subscriber | None]]:
        with self.state.transaction() as transaction:
            yield transaction, self._owner(transaction, purpose, token, now)

    def _owner(
        self, transaction: Transaction, purpose: Purpose, token: str, now: datetime
    ) -> Subscriber | None:
        read = self.keyring.read(purpose, token)
        if read is None or (purpose is Purpose.CONFIRM and now - read.issued > CONFIRM_WITHIN):
            return None
        return SubscriberStore(transaction).subscriber(public=read.subject)

    def _ask_to_confirm(
        self, transaction: Transaction, subscriber: Subscriber, now: datetime
    ) -> None:
        """Queue a confirm mail.

        An address gets one a day, and only so many until somebody clicks in one.
        """
        clicks = [
            event.at
            for event in SubscriberStore(transaction).events(subscriber.key)
            if event.what == StateChange.CONFIRM
        ]
        sent = DeliveryStore(transaction).count_letters(
            subscriber.key, TransactionalMail.CONFIRM, _COUNTED, clicks[-1] if clicks else None
        )
        if sent < self.config.limits.confirm_mails:
            self.letters.write(transaction, subscriber, TransactionalMail.CONFIRM, now)

    def _activate(
        self,
        transaction: Transaction,
        subscriber: Subscriber,
        step: StateChange,
        now: datetime,
        origin: RequestOrigin,
    ) -> Subscriber:
        active = replace(subscriber, state=SubscriberState.ACTIVE, activated=now)
        SubscriberStore(transaction).update_subscriber(
            active, self._event(step, active.state, now, origin)
        )
        self.letters.write(transaction, active, TransactionalMail.WELCOME, now)
        return active

    def _choose(
        self,
        transaction: Transaction,
        subscriber: Subscriber,
        chosen: Preferences,
        now: datetime,
        origin: RequestOrigin,
    ) -> Subscriber:
        if chosen == subscriber.preferences:
            return subscriber
        changed, before = replace(subscriber, preferences=chosen), subscriber.preferences
        SubscriberStore(transaction).update_subscriber(
            changed,
            Event(now, "preferences", changed.state, origin.source, origin.network, origin.wording),
        )
        moved = (chosen.cadence, chosen.zone) != (before.cadence, before.zone)
        if moved and chosen.cadence is not Cadence.EVERY_POST:
            # Who wants every post from now on gets what is due as one last digest, at the old time.
            DueStore(transaction).replan_reader(
                changed.key,
                chosen.cadence,
                SlotPlanner(self.config, now).slot(chosen.cadence, chosen.zone),
                now,
            )
        return changed

    def _leave(
        self,
        transaction: Transaction,
        subscriber: Subscriber,
        step: StateChange,
        now: datetime,
        origin: RequestOrigin,
    ) -> Subscriber:
        state = move(subscriber.state, step)
        if state is subscriber.state:
            return subscriber
        gone = replace(subscriber, state=state)
        SubscriberStore(transaction).update_subscriber(gone, self._event(step, state, now, origin))
        DeliveryStore(transaction).cancel_deliveries(gone.key, "unsubscribed", now)
        if subscriber.state is SubscriberState.ACTIVE:
            self.letters.write(transaction, gone, TransactionalMail.GOODBYE, now)
        return gone

    @staticmethod
    def _event(
        step: StateChange, state: SubscriberState, now: datetime, origin: RequestOrigin
    ) -> Event:
        return Event(now, str(step), state, origin.source, origin.network, origin.wording)
