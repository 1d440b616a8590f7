"""How people come onto the list, choose and leave.

The order of the steps, each change with its proof.

::

    request --> signups --settle()--> pending + confirm mail --confirm()--> active + welcome mail
                                                               change()     leave() + goodbye mail

A request is only kept; what becomes of it is decided out of the caller's sight, so that known and
unknown addresses get the same answer in the same time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.delivery.outcomes import FORGOTTEN
from publisher.delivery.store import DeliveryStore
from publisher.mail.transactional import TransactionalMail
from publisher.subscribers.email_address import check_address
from publisher.subscribers.models import Preferences, Subscriber, SubscriberState
from publisher.subscribers.states import StateChange, is_away_by_file, move
from publisher.subscribers.store import SubscriberStore
from publisher.subscribers.tokens import Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.database.connection import Transaction
    from publisher.subscribers.models import Signup


from publisher.membership.steps import MembershipSteps, RequestOrigin


class MembershipService(MembershipSteps):
    """Subscribe, confirm, choose, leave; every call is one transaction."""

    def ask(self, signup: Signup) -> None:
        """Keep a request to subscribe; nothing is looked up."""
        with self.state.transaction() as transaction:
            SubscriberStore(transaction).add_signup(signup)

    def process_requests(self, now: datetime, most: int = 200) -> int:
        """Process the requests that came in and queue what each needs.

        Return how many there were.
        """
        with self.state.transaction() as transaction:
            signups = SubscriberStore(transaction).take_signups(most)
            for signup in signups:
                self._settle(transaction, signup, now)
        return len(signups)

    def subscriber(self, purpose: Purpose, token: str, now: datetime) -> Subscriber | None:
        """Return whom a token belongs to, or None when it is not good for this (any more)."""
        with self.state.reading() as transaction:
            return self._owner(transaction, purpose, token, now)

    def confirm(self, token: str, now: datetime, origin: RequestOrigin) -> Subscriber | None:
        """Make active whom a confirm token belongs to; None when the token is not good."""
        with self._of(Purpose.CONFIRM, token, now) as (transaction, subscriber):
            if subscriber is None or subscriber.state is SubscriberState.ACTIVE:
                return subscriber
            SubscriberStore(transaction).unforget(self.keyring.fingerprints(subscriber.folded))
            return self._activate(
                transaction, replace(subscriber, suppressed=False), StateChange.CONFIRM, now, origin
            )

    def change(
        self, token: str, preferences: Preferences, now: datetime, origin: RequestOrigin
    ) -> Subscriber | None:
        """Change what a subscriber chose; None when the token is not good."""
        with self._of(Purpose.PREFERENCES, token, now) as (transaction, subscriber):
            return subscriber and self._choose(transaction, subscriber, preferences, now, origin)

    def less_often(
        self, token: str, preferences: Preferences, now: datetime, origin: RequestOrigin
    ) -> Subscriber | None:
        """Change what somebody gets who came to leave; None when the token is not good."""
        with self._of(Purpose.UNSUBSCRIBE, token, now) as (transaction, subscriber):
            return subscriber and self._choose(transaction, subscriber, preferences, now, origin)

    def leave(self, token: str, now: datetime, origin: RequestOrigin) -> Subscriber | None:
        """Unsubscribe whom a token belongs to, at once and however often it is asked.

        None when the token is not good.
        """
        with self._of(Purpose.UNSUBSCRIBE, token, now) as (transaction, subscriber):
            return subscriber and self._leave(
                transaction, subscriber, StateChange.UNSUBSCRIBE, now, origin
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
        with self.state.transaction() as transaction:
            known = SubscriberStore(transaction).subscriber(folded=checked.folded)
            step = (
                StateChange.ADD
                if origin.wording or not self.config.subscribers.confirm
                else StateChange.SUBSCRIBE
            )
            if known is None:
                state = SubscriberState.PENDING
                fresh = Subscriber(checked.typed, checked.folded, state, now, preferences)
                known = SubscriberStore(transaction).add_subscriber(
                    fresh, self._event(StateChange.SUBSCRIBE, state, now, origin)
                )
            if step is StateChange.SUBSCRIBE:
                if known.state is not SubscriberState.ACTIVE:
                    self._ask_to_confirm(transaction, known, now)
                return known
            # Who is away only by an imported file never left here: the operator, who has their
            # consent, knows better.
            before = (
                None
                if is_away_by_file(known, SubscriberStore(transaction).events(known.key))
                else known.state
            )
            if move(before, step) is not SubscriberState.ACTIVE:
                return known
            SubscriberStore(transaction).unforget(self.keyring.fingerprints(known.folded))
            return (
                known
                if known.state is SubscriberState.ACTIVE
                else self._activate(transaction, known, step, now, origin)
            )

    def suppress(self, address: str, now: datetime, origin: RequestOrigin) -> Subscriber:
        """Unsubscribe an address by the operator's word; no import lifts it, nor any file.

        Raises:
            AddressError: The address is none.
        """
        checked = check_address(address)
        with self.state.transaction() as transaction:
            SubscriberStore(transaction).drop_signups(checked.folded)
            known = SubscriberStore(transaction).subscriber(folded=checked.folded)
            if known is None:
                fresh = Subscriber(
                    checked.typed,
                    checked.folded,
                    SubscriberState.UNSUBSCRIBED,
                    now,
                    suppressed=True,
                )
                return SubscriberStore(transaction).add_subscriber(
                    fresh, self._event(StateChange.SUPPRESS, fresh.state, now, origin)
                )
            gone = replace(known, suppressed=True, state=move(known.state, StateChange.SUPPRESS))
            SubscriberStore(transaction).update_subscriber(
                gone, self._event(StateChange.SUPPRESS, gone.state, now, origin)
            )
            DeliveryStore(transaction).cancel_deliveries(gone.key, "suppressed", now)
            return gone

    def remove(self, subscriber: Subscriber, now: datetime) -> None:
        """Delete somebody's row and history; what waits for them is cancelled.

        A later import may bring them back.
        """
        with self.state.transaction() as transaction:
            SubscriberStore(transaction).drop_signups(subscriber.folded)
            DeliveryStore(transaction).cancel_deliveries(
                subscriber.key, "removed", now, forget=True
            )
            SubscriberStore(transaction).delete_subscriber(subscriber.key)

    def forget(self, address: str, now: datetime) -> bool:
        """Erase a person, and keep a keyed hash so that no import brings them back.

        False when they were not known.

        Raises:
            AddressError: The address is none.
        """
        checked = check_address(address)
        with self.state.transaction() as transaction:
            SubscriberStore(transaction).drop_signups(checked.folded)
            known = SubscriberStore(transaction).subscriber(folded=checked.folded)
            if known is not None:
                DeliveryStore(transaction).cancel_deliveries(known.key, FORGOTTEN, now, forget=True)
                SubscriberStore(transaction).delete_subscriber(known.key)
            SubscriberStore(transaction).forget(self.keyring.fingerprint(checked.folded), now)
        return known is not None

    def _settle(self, transaction: Transaction, signup: Signup, now: datetime) -> None:
        origin = RequestOrigin(signup.source, signup.network, signup.wording)
        checked = check_address(signup.address)
        known = SubscriberStore(transaction).subscriber(folded=checked.folded)
        if known is not None and known.state is SubscriberState.ACTIVE:
            self.letters.write(transaction, known, TransactionalMail.ALREADY, now)
            return
        if known is None:
            fresh = Subscriber(
                checked.typed,
                checked.folded,
                SubscriberState.PENDING,
                now,
                _chosen(Preferences(), signup),
            )
            known = SubscriberStore(transaction).add_subscriber(
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
            SubscriberStore(transaction).update_subscriber(
                known, self._event(StateChange.SUBSCRIBE, known.state, now, origin)
            )
        if self.config.subscribers.confirm or known.state is not SubscriberState.PENDING:
            self._ask_to_confirm(transaction, known, now)
        else:
            self._activate(transaction, known, StateChange.CONFIRM, now, origin)


def _chosen(before: Preferences, signup: Signup) -> Preferences:
    """Return what a request chose; an empty field changes nothing that was chosen before."""
    name, wanted = signup.name or before.name, signup.wanted or before.wanted
    return replace(before, cadence=signup.cadence, name=name, wanted=wanted)
