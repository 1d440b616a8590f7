"""How people come onto the list, choose and leave.

The order of the steps, each change with its proof.

::

    request --> signups --settle()--> pending + confirm mail --confirm()--> active + welcome mail
                                                               change()     leave() + goodbye mail

A request is only kept; what becomes of it is decided out of the caller's sight, so that known and
unknown addresses get the same answer in the same time.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from publisher.delivery.models import Delivery, DeliveryState
from publisher.delivery.outcomes import FORGOTTEN
from publisher.digests.schedule import SlotPlanner
from publisher.mail.transactional import TransactionalMail
from publisher.subscribers.email_address import check_address
from publisher.subscribers.models import Cadence, Event, Preferences, Subscriber, SubscriberState
from publisher.subscribers.states import StateChange, is_away_by_file, move
from publisher.subscribers.tokens import Purpose

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from publisher.config import Config
    from publisher.digests.schedule import Slot
    from publisher.mail.transactional import TransactionalMailer
    from publisher.subscribers.models import Signup
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


class MemberTables(Protocol):
    """The tables of subscribers and of the ledger, inside one transaction."""

    def subscriber(
        self, *, folded: str = "", public: str = "", key: int = 0
    ) -> Subscriber | None: ...
    def add_subscriber(self, subscriber: Subscriber, event: Event) -> Subscriber: ...
    def update_subscriber(self, subscriber: Subscriber, event: Event) -> None: ...
    def delete_subscriber(self, key: int) -> None: ...
    def events(self, key: int) -> list[Event]: ...
    def add_signup(self, signup: Signup) -> None: ...
    def take_signups(self, most: int) -> list[Signup]: ...
    def drop_signups(self, folded: str) -> None: ...
    def forget(self, fingerprint: str, at: datetime) -> None: ...
    def unforget(self, fingerprints: Collection[str]) -> None: ...
    def count_letters(
        self, subscriber: int, what: str, states: Collection[DeliveryState], since: datetime | None
    ) -> int: ...
    def cancel_deliveries(
        self, subscriber: int, reason: str, now: datetime, *, forget: bool = False
    ) -> None: ...
    def add_delivery(self, delivery: Delivery) -> bool: ...
    def replan_reader(
        self, subscriber: int, cadence: Cadence, slot: Slot, now: datetime
    ) -> None: ...


class MemberState(Protocol):
    """The database, as membership needs it."""

    def reading(self) -> AbstractContextManager[MemberTables]: ...
    def transaction(self) -> AbstractContextManager[MemberTables]: ...


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


class MembershipService:
    """Subscribe, confirm, choose, leave; every call is one transaction."""

    def __init__(
        self, config: Config, state: MemberState, keyring: Keyring, letters: TransactionalMailer
    ) -> None:
        self.config, self.state, self.keyring, self.letters = config, state, keyring, letters

    def ask(self, signup: Signup) -> None:
        """Keep a request to subscribe; nothing is looked up."""
        with self.state.transaction() as tables:
            tables.add_signup(signup)

    def process_requests(self, now: datetime, most: int = 200) -> int:
        """Look at the requests that came in and queue what each needs.

        Return how many there were.
        """
        with self.state.transaction() as tables:
            signups = tables.take_signups(most)
            for signup in signups:
                self._settle(tables, signup, now)
        return len(signups)

    def subscriber(self, purpose: Purpose, token: str, now: datetime) -> Subscriber | None:
        """Give whom a token belongs to, or None when it is not good for this purpose (any more)."""
        with self.state.reading() as tables:
            return self._owner(tables, purpose, token, now)

    def confirm(self, token: str, now: datetime, origin: RequestOrigin) -> Subscriber | None:
        """Make active whom a confirm token belongs to; None when the token is not good."""
        with self._of(Purpose.CONFIRM, token, now) as (tables, subscriber):
            if subscriber is None or subscriber.state is SubscriberState.ACTIVE:
                return subscriber
            tables.unforget(self.keyring.fingerprints(subscriber.folded))
            return self._activate(
                tables, replace(subscriber, suppressed=False), StateChange.CONFIRM, now, origin
            )

    def change(
        self, token: str, preferences: Preferences, now: datetime, origin: RequestOrigin
    ) -> Subscriber | None:
        """Change what a subscriber chose; None when the token is not good."""
        with self._of(Purpose.PREFERENCES, token, now) as (tables, subscriber):
            return subscriber and self._choose(tables, subscriber, preferences, now, origin)

    def less_often(
        self, token: str, preferences: Preferences, now: datetime, origin: RequestOrigin
    ) -> Subscriber | None:
        """Change what somebody gets who came to leave; None when the token is not good."""
        with self._of(Purpose.UNSUBSCRIBE, token, now) as (tables, subscriber):
            return subscriber and self._choose(tables, subscriber, preferences, now, origin)

    def leave(self, token: str, now: datetime, origin: RequestOrigin) -> Subscriber | None:
        """Unsubscribe whom a token belongs to, at once and however often it is asked.

        None when the token is not good.
        """
        with self._of(Purpose.UNSUBSCRIBE, token, now) as (tables, subscriber):
            return subscriber and self._leave(
                tables, subscriber, StateChange.UNSUBSCRIBE, now, origin
            )

    def add(
        self, address: str, preferences: Preferences, now: datetime, origin: RequestOrigin
    ) -> Subscriber:
        """Add somebody by hand.

        They are active when the operator says how consent was given, else they get a confirm mail.

        Raises:
            AddressError: The address is none.
        """
        checked = check_address(address)
        with self.state.transaction() as tables:
            known = tables.subscriber(folded=checked.folded)
            step = (
                StateChange.ADD
                if origin.wording or not self.config.subscribers.confirm
                else StateChange.SUBSCRIBE
            )
            if known is None:
                state = SubscriberState.PENDING
                fresh = Subscriber(checked.typed, checked.folded, state, now, preferences)
                known = tables.add_subscriber(
                    fresh, self._event(StateChange.SUBSCRIBE, state, now, origin)
                )
            if step is StateChange.SUBSCRIBE:
                if known.state is not SubscriberState.ACTIVE:
                    self._ask_to_confirm(tables, known, now)
                return known
            # Who is away only by an imported file never left here: the operator, who has their
            # consent, knows better.
            before = None if is_away_by_file(known, tables.events(known.key)) else known.state
            if move(before, step) is not SubscriberState.ACTIVE:
                return known
            tables.unforget(self.keyring.fingerprints(known.folded))
            return (
                known
                if known.state is SubscriberState.ACTIVE
                else self._activate(tables, known, step, now, origin)
            )

    def suppress(self, address: str, now: datetime, origin: RequestOrigin) -> Subscriber:
        """Unsubscribe an address by the operator's word; no import lifts it, nor any file.

        Raises:
            AddressError: The address is none.
        """
        checked = check_address(address)
        with self.state.transaction() as tables:
            tables.drop_signups(checked.folded)
            known = tables.subscriber(folded=checked.folded)
            if known is None:
                fresh = Subscriber(
                    checked.typed,
                    checked.folded,
                    SubscriberState.UNSUBSCRIBED,
                    now,
                    suppressed=True,
                )
                return tables.add_subscriber(
                    fresh, self._event(StateChange.SUPPRESS, fresh.state, now, origin)
                )
            gone = replace(known, suppressed=True, state=move(known.state, StateChange.SUPPRESS))
            tables.update_subscriber(
                gone, self._event(StateChange.SUPPRESS, gone.state, now, origin)
            )
            tables.cancel_deliveries(gone.key, "suppressed", now)
            return gone

    def remove(self, subscriber: Subscriber, now: datetime) -> None:
        """Delete somebody's row and history; what waits for them is cancelled.

        A later import may bring them back.
        """
        with self.state.transaction() as tables:
            tables.drop_signups(subscriber.folded)
            tables.cancel_deliveries(subscriber.key, "removed", now, forget=True)
            tables.delete_subscriber(subscriber.key)

    def forget(self, address: str, now: datetime) -> bool:
        """Erase a person, and keep a keyed hash so that no import brings them back.

        False when they were not known.

        Raises:
            AddressError: The address is none.
        """
        checked = check_address(address)
        with self.state.transaction() as tables:
            tables.drop_signups(checked.folded)
            known = tables.subscriber(folded=checked.folded)
            if known is not None:
                tables.cancel_deliveries(known.key, FORGOTTEN, now, forget=True)
                tables.delete_subscriber(known.key)
            tables.forget(self.keyring.fingerprint(checked.folded), now)
        return known is not None

    @contextmanager
    def _of(
        self, purpose: Purpose, token: str, now: datetime
    ) -> Iterator[tuple[MemberTables, Subscriber | None]]:
        with self.state.transaction() as tables:
            yield tables, self._owner(tables, purpose, token, now)

    def _owner(
        self, tables: MemberTables, purpose: Purpose, token: str, now: datetime
    ) -> Subscriber | None:
        read = self.keyring.read(purpose, token)
        if read is None or (purpose is Purpose.CONFIRM and now - read.issued > CONFIRM_WITHIN):
            return None
        return tables.subscriber(public=read.subject)

    def _settle(self, tables: MemberTables, signup: Signup, now: datetime) -> None:
        origin = RequestOrigin(signup.source, signup.network, signup.wording)
        checked = check_address(signup.address)
        known = tables.subscriber(folded=checked.folded)
        if known is not None and known.state is SubscriberState.ACTIVE:
            self.letters.write(tables, known, TransactionalMail.ALREADY, now)
            return
        if known is None:
            fresh = Subscriber(
                checked.typed,
                checked.folded,
                SubscriberState.PENDING,
                now,
                _chosen(Preferences(), signup),
            )
            known = tables.add_subscriber(
                fresh, self._event(StateChange.SUBSCRIBE, fresh.state, now, origin)
            )
        else:
            # A stranger may type an address that left: nothing that its owner chose is changed by
            # that.
            chosen = (
                _chosen(known.preferences, signup)
                if known.state is SubscriberState.PENDING
                else known.preferences
            )
            known = replace(known, preferences=chosen)
            tables.update_subscriber(
                known, self._event(StateChange.SUBSCRIBE, known.state, now, origin)
            )
        if self.config.subscribers.confirm or known.state is not SubscriberState.PENDING:
            self._ask_to_confirm(tables, known, now)
        else:
            self._activate(tables, known, StateChange.CONFIRM, now, origin)

    def _ask_to_confirm(self, tables: MemberTables, subscriber: Subscriber, now: datetime) -> None:
        """Queue a confirm mail.

        An address gets one a day, and only so many until somebody clicks in one.
        """
        clicks = [
            event.at for event in tables.events(subscriber.key) if event.what == StateChange.CONFIRM
        ]
        sent = tables.count_letters(
            subscriber.key, TransactionalMail.CONFIRM, _COUNTED, clicks[-1] if clicks else None
        )
        if sent < self.config.limits.confirm_mails:
            self.letters.write(tables, subscriber, TransactionalMail.CONFIRM, now)

    def _activate(
        self,
        tables: MemberTables,
        subscriber: Subscriber,
        step: StateChange,
        now: datetime,
        origin: RequestOrigin,
    ) -> Subscriber:
        active = replace(subscriber, state=SubscriberState.ACTIVE, activated=now)
        tables.update_subscriber(active, self._event(step, active.state, now, origin))
        self.letters.write(tables, active, TransactionalMail.WELCOME, now)
        return active

    def _choose(
        self,
        tables: MemberTables,
        subscriber: Subscriber,
        chosen: Preferences,
        now: datetime,
        origin: RequestOrigin,
    ) -> Subscriber:
        if chosen == subscriber.preferences:
            return subscriber
        changed, before = replace(subscriber, preferences=chosen), subscriber.preferences
        tables.update_subscriber(
            changed,
            Event(now, "preferences", changed.state, origin.source, origin.network, origin.wording),
        )
        moved = (chosen.cadence, chosen.zone) != (before.cadence, before.zone)
        if moved and chosen.cadence is not Cadence.EVERY_POST:
            # Who wants every post from now on gets what is due as one last digest, at the old time.
            tables.replan_reader(
                changed.key,
                chosen.cadence,
                SlotPlanner(self.config, now).slot(chosen.cadence, chosen.zone),
                now,
            )
        return changed

    def _leave(
        self,
        tables: MemberTables,
        subscriber: Subscriber,
        step: StateChange,
        now: datetime,
        origin: RequestOrigin,
    ) -> Subscriber:
        state = move(subscriber.state, step)
        if state is subscriber.state:
            return subscriber
        gone = replace(subscriber, state=state)
        tables.update_subscriber(gone, self._event(step, state, now, origin))
        tables.cancel_deliveries(gone.key, "unsubscribed", now)
        if subscriber.state is SubscriberState.ACTIVE:
            self.letters.write(tables, gone, TransactionalMail.GOODBYE, now)
        return gone

    @staticmethod
    def _event(
        step: StateChange, state: SubscriberState, now: datetime, origin: RequestOrigin
    ) -> Event:
        return Event(now, str(step), state, origin.source, origin.network, origin.wording)


def _chosen(before: Preferences, signup: Signup) -> Preferences:
    """Return what a request chose; an empty field changes nothing that was chosen before."""
    name, wanted = signup.name or before.name, signup.wanted or before.wanted
    return replace(before, cadence=signup.cadence, name=name, wanted=wanted)
