"""What a person does with an issue that was queued: pause, resume, cancel, retry.

And with single messages: look, resolve.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.database.site_state import SiteStateStore
from publisher.delivery.models import DeliveryState
from publisher.delivery.outcomes import ISSUE_CANCELLED
from publisher.delivery.progress_store import ProgressStore
from publisher.errors import NotFoundError, UsageError
from publisher.newsletter.issue import HoldReason, IssueState
from publisher.newsletter.store import IssueStore

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from publisher.database.connection import Transaction
    from publisher.database.database import Database
    from publisher.delivery.models import Delivery
    from publisher.newsletter.issue import IssueRecord


_GOING = frozenset({IssueState.QUEUED, IssueState.SENDING})
_FROZEN = frozenset({*_GOING, IssueState.PAUSED})
_BEGUN = frozenset({*_FROZEN, IssueState.SENT, IssueState.WRITTEN})


class SendControls:
    """Every call is one transaction, and acts before the next message is claimed."""

    def __init__(self, state: Database) -> None:
        self.state = state

    def pause(self, key: int) -> IssueRecord:
        """Stop an issue until :meth:`resume`.

        Raises:
            NotFoundError: There is no such issue.
            UsageError: It is not being sent.
        """
        with self.state.transaction() as transaction:
            issue = self._find(
                transaction,
                key,
                _GOING,
                "Only an issue that is queued or being sent can be paused.",
            )
            return self._write(
                transaction, replace(issue, state=IssueState.PAUSED, reason=HoldReason.BY_HAND)
            )

    def resume(self, key: int) -> IssueRecord:
        """Resume a paused issue.

        Raises:
            NotFoundError: There is no such issue.
            UsageError: It is not paused.
        """
        with self.state.transaction() as transaction:
            issue = self._find(
                transaction, key, {IssueState.PAUSED}, "Only a paused issue can go on."
            )
            transaction.queue_up(key)
            return self._write(transaction, replace(issue, state=IssueState.QUEUED, reason=None))

    def cancel(self, key: int, now: datetime) -> tuple[IssueRecord, int]:
        """End an issue for good; return it, and how many messages were cancelled.

        Raises:
            NotFoundError: There is no such issue.
            UsageError: It is not under way.
        """
        with self.state.transaction() as transaction:
            issue = self._find(
                transaction,
                key,
                _FROZEN,
                "Discard one that is held or waiting; one that was sent cannot be called back.",
            )
            cancelled = ProgressStore(transaction).cancel_issue(key, ISSUE_CANCELLED, now)
            return (
                self._write(transaction, replace(issue, state=IssueState.CANCELLED, reason=None)),
                cancelled,
            )

    def retry(self, key: int, now: datetime, *, sends: bool) -> tuple[IssueRecord, int]:
        """Queue the messages again of readers who did not get theirs.

        Return the issue, and how many there are.

        Those are the failed ones and, where mail is sent now, those only written to a maildir. What
        is in doubt stays so.

        Raises:
            NotFoundError: There is no such issue.
            UsageError: It was never queued, or everybody got it.
        """
        states = {DeliveryState.FAILED, *({DeliveryState.WRITTEN} if sends else ())}
        with self.state.transaction() as transaction:
            issue = self._find(
                transaction, key, _BEGUN, "Release it first: nobody was to get it yet."
            )
            count = ProgressStore(transaction).requeue(key, states, now)
            if not count:
                raise UsageError(
                    f"Nobody is left who did not get issue {key}.",
                    cure=f"See: publisher deliveries list --issue {key}",
                )
            if issue.state is not IssueState.PAUSED:
                transaction.queue_up(key)
                issue = self._write(transaction, replace(issue, state=IssueState.QUEUED))
            return issue, count

    def counts(self, key: int) -> Mapping[DeliveryState, int]:
        """Count an issue's messages by state."""
        with self.state.reading() as transaction:
            return ProgressStore(transaction).count_states(key)

    def deliveries(
        self, *, issue: int, states: Collection[DeliveryState], address: str, most: int
    ) -> list[Delivery]:
        """Return rows of the ledger, newest first."""
        with self.state.reading() as transaction:
            return ProgressStore(transaction).list_deliveries(
                issue=issue, states=states, address=address, most=most
            )

    def delivery(self, key: int) -> Delivery:
        """Return one row of the ledger.

        Raises:
            NotFoundError: There is none.
        """
        with self.state.reading() as transaction:
            found = ProgressStore(transaction).delivery(key)
        if found is None:
            raise NotFoundError(
                f"There is no delivery {key}.", cure="'publisher deliveries list' shows them."
            )
        return found

    def resolve(self, keys: Sequence[int], outcome: DeliveryState, now: datetime) -> int:
        """Return what became of messages in doubt; return how many were.

        Args:
            keys: Numbers of the rows.
            outcome: Sent, failed, or deferred: then they are sent again.
            now: Aware.

        Raises:
            NotFoundError: There is no such message.
            UsageError: One is not in doubt.
        """
        for key in keys:
            found = self.delivery(key)
            if found.state is not DeliveryState.UNKNOWN:
                raise UsageError(
                    f"Delivery {key} is {found.state}, not in doubt.",
                    cure="Only what is unknown can be resolved.",
                )
        return self._resolve(dict.fromkeys(keys, outcome), "resolved by hand", now)

    def resolve_from(
        self,
        accepted: Callable[[Sequence[str]], Mapping[str, str]],
        now: datetime,
        most: int = 100_000,
    ) -> tuple[int, int]:
        """Resolve messages in doubt by a log: what it has was sent, the rest is sent again.

        Return how many of each there are.

        Args:
            accepted: Gives, of these Message-IDs, those the log says were accepted.
            now: Aware.
            most: How many are looked up.
        """
        doubtful = self.deliveries(issue=0, states=(DeliveryState.UNKNOWN,), address="", most=most)
        found = accepted([delivery.message_id for delivery in doubtful])
        sent = {
            delivery.key: DeliveryState.SENT
            for delivery in doubtful
            if delivery.message_id in found
        }
        again = {
            delivery.key: DeliveryState.DEFERRED
            for delivery in doubtful
            if delivery.message_id not in found
        }
        return self._resolve(sent, "in the mail log", now), self._resolve(
            again, "not in the mail log", now
        )

    def _resolve(self, outcomes: Mapping[int, DeliveryState], words: str, now: datetime) -> int:
        count, again = 0, set()
        with self.state.transaction() as transaction:
            for key, state in outcomes.items():
                count += ProgressStore(transaction).resolve([key], state, words, now)
                delivery = ProgressStore(transaction).delivery(key)
                issue = (
                    IssueStore(transaction).issue(delivery.issue)
                    if delivery is not None and delivery.issue
                    else None
                )
                if (
                    delivery is None
                    or delivery.state is not DeliveryState.DEFERRED
                    or issue is None
                ):
                    continue
                again.add(issue.key)
                if issue.state in {IssueState.SENT, IssueState.WRITTEN}:
                    self._write(transaction, replace(issue, state=IssueState.QUEUED))
            for key in sorted(again):
                transaction.queue_up(key)
        return count

    @staticmethod
    def _find(
        transaction: Transaction, key: int, states: Collection[IssueState], cure: str
    ) -> IssueRecord:
        issue = IssueStore(transaction).issue(key)
        if issue is None:
            raise NotFoundError(
                f"There is no issue {key}.", cure="'publisher issues list' shows them."
            )
        if issue.state not in states:
            raise UsageError(f"Issue {key} is {issue.state}.", cure=cure)
        return issue

    @staticmethod
    def _write(transaction: Transaction, issue: IssueRecord) -> IssueRecord:
        IssueStore(transaction).update_issues([issue])
        SiteStateStore(transaction).increment_revision()
        return issue
