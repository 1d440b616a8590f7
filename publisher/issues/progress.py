"""Begin and finish issues, and settle what other processes left in doubt.

Short transactions beside the delivery loop.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from publisher.database.site_state import SiteStateStore, write_mark
from publisher.delivery.models import DeliveryState, Finished
from publisher.delivery.outcomes import FORGOTTEN, ISSUE_CANCELLED, LOG_SETTLES, OnUncertain
from publisher.delivery.progress_store import ProgressStore
from publisher.errors import PublisherError
from publisher.newsletter.issue import HoldReason, IssueState
from publisher.newsletter.store import IssueStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from publisher.database.connection import Transaction
    from publisher.database.database import Database
    from publisher.delivery.environment import SenderEnvironment
    from publisher.mail.operator_alerts import OperatorAlerts
    from publisher.newsletter.issue import IssueRecord
    from publisher.system.restore_mark import RestoreMarkFile


log = structlog.get_logger("publisher")

_LOOKED_UP = 500


class IssueProgress:
    """Begins and finishes the issues of one site."""

    def __init__(
        self, state: Database, operator: OperatorAlerts, mark_file: RestoreMarkFile | None
    ) -> None:
        self.state, self.operator, self.mark_file = state, operator, mark_file
        self._told, self._has_skipped_nobodys = "", False

    def begin(self, now: datetime, only: int = 0) -> list[Finished]:
        """Begin queued issues whose messages are as many as were frozen.

        Return those that have none and are finished.
        """
        with self.state.reading() as transaction:
            if not any(
                only in {0, issue.key}
                for issue in IssueStore(transaction).issues((IssueState.QUEUED,))
            ):
                return []
        with self.state.transaction() as transaction:
            issues = [
                issue
                for issue in IssueStore(transaction).issues((IssueState.QUEUED,))
                if only in {0, issue.key}
            ]
            done = [self._begin(transaction, issue, now) for issue in issues]
        self.mark()
        return [finished for finished in done if finished is not None]

    def under_way(self, only: int = 0) -> list[int]:
        """Return the issues that are being sent, oldest first.

        The mark is written each time there are some: a copy of the database that was made before is
        then known to be older.
        """
        with self.state.reading() as transaction:
            found = [
                issue.key
                for issue in IssueStore(transaction).issues((IssueState.SENDING,))
                if only in {0, issue.key}
            ]
        if found:
            with self.state.transaction() as transaction:
                SiteStateStore(transaction).increment_revision()
            self.mark()
        return found

    def mark(self) -> None:
        """Write how far the database is beside the newsletters, where these are here."""
        if self.mark_file is not None:
            write_mark(self.state, self.mark_file)

    def finish(self, now: datetime) -> list[Finished]:
        """Finish issues whose messages are all done, and verify that none was lost on the way.

        What was in hand when its issue was cancelled, and was put off, is cancelled too.
        """
        self._skip_nobodys(now)
        with self.state.reading() as transaction:
            candidates = {
                issue.key
                for issue in IssueStore(transaction).issues((IssueState.SENDING,))
                if not ProgressStore(transaction).is_open(issue.key)
            }
            over = ProgressStore(transaction).leftovers()
        if over:
            with self.state.transaction() as transaction:
                ProgressStore(transaction).cancel_messages(over, ISSUE_CANCELLED, now)
        if not candidates:
            return []
        with self.state.transaction() as transaction:
            issues = [
                issue
                for issue in IssueStore(transaction).issues((IssueState.SENDING,))
                if issue.key in candidates and not ProgressStore(transaction).is_open(issue.key)
            ]
            done = [self._finish(transaction, issue, now) for issue in issues]
        self.mark()
        return [finished for finished in done if finished is not None]

    def _skip_nobodys(self, now: datetime) -> None:
        """Skip, once, what version 0.1.0 put off although its reader had been forgotten.

        Nothing puts such a message off any more.
        """
        if self._has_skipped_nobodys:
            return
        with self.state.reading() as transaction:
            found = ProgressStore(transaction).nobodys()
        if found:
            with self.state.transaction() as transaction:
                ProgressStore(transaction).skip_messages(found, FORGOTTEN, now)
        self._has_skipped_nobodys = True

    def take_over(
        self, others: SenderEnvironment, on_uncertain: OnUncertain, now: datetime
    ) -> None:
        """Settle claims of processes that ended or slept too long, and look up what is in doubt.

        A maildir takes a message twice without having it twice: what was to be written there is
        written again.
        """
        # Writing a file again replaces it, so a maildir never needs a person's judgement.
        policy = OnUncertain.RESEND if others.accepted is DeliveryState.WRITTEN else on_uncertain
        with self.state.reading() as transaction:
            workers = ProgressStore(transaction).workers()
        if workers:
            dead = {
                worker for worker in workers if worker != others.worker and others.is_dead(worker)
            }
            state = (
                DeliveryState.DEFERRED if policy is OnUncertain.RESEND else DeliveryState.UNKNOWN
            )
            due = now + LOG_SETTLES if policy is OnUncertain.RECONCILE else now
            with self.state.transaction() as transaction:
                lost = ProgressStore(transaction).take_over(dead, state, now, due)
            if lost:
                log.warning(
                    "messages of a process that ended were in doubt",
                    messages=lost,
                    they_are=str(policy),
                )
        if policy is OnUncertain.RECONCILE:
            self._look_up(others, now)

    def _look_up(self, others: SenderEnvironment, now: datetime) -> None:
        """Ask the relay's log about messages in doubt.

        What it took is sent, what it did not is sent again.
        """
        with self.state.reading() as transaction:
            doubtful = ProgressStore(transaction).in_doubt(now, _LOOKED_UP)
        if not doubtful:
            return
        try:
            found = others.accepted_by_log([message_id for _, message_id in doubtful])
        except PublisherError as error:
            if error.message != self._told:
                # For the operator
                log.error(  # noqa: TRY400
                    "messages in doubt wait",
                    error=error.message,
                    cure=error.cure,
                )
            self._told = error.message
            return
        self._told = ""
        with self.state.transaction() as transaction:
            for key, message_id in doubtful:
                taken = found.get(message_id)
                if taken is not None:
                    ProgressStore(transaction).resolve([key], DeliveryState.SENT, taken, now)
                elif ProgressStore(transaction).resolve(
                    [key], DeliveryState.DEFERRED, "the relay's log does not have it", now
                ):
                    self._go_on(transaction, key)

    @staticmethod
    def _go_on(transaction: Transaction, key: int) -> None:
        """Reopen an issue that was finished while a message of it was in doubt."""
        delivery = ProgressStore(transaction).delivery(key)
        if (
            delivery is None
            or delivery.issue is None
            or delivery.state is not DeliveryState.DEFERRED
        ):
            return
        issue = IssueStore(transaction).issue(delivery.issue)
        if issue is not None and issue.state in {IssueState.SENT, IssueState.WRITTEN}:
            IssueStore(transaction).update_issues([replace(issue, state=IssueState.QUEUED)])
            SiteStateStore(transaction).increment_revision()

    def _begin(
        self, transaction: Transaction, issue: IssueRecord, now: datetime
    ) -> Finished | None:
        counts = ProgressStore(transaction).count_states(issue.key)
        if not self._adds_up(transaction, issue, counts, now):
            return None
        if not counts:
            return self._end(transaction, issue, counts, now)
        IssueStore(transaction).update_issues([replace(issue, state=IssueState.SENDING)])
        SiteStateStore(transaction).increment_revision()
        return None

    def _finish(
        self, transaction: Transaction, issue: IssueRecord, now: datetime
    ) -> Finished | None:
        counts = ProgressStore(transaction).count_states(issue.key)
        return (
            self._end(transaction, issue, counts, now)
            if self._adds_up(transaction, issue, counts, now)
            else None
        )

    def _adds_up(
        self,
        transaction: Transaction,
        issue: IssueRecord,
        counts: Mapping[DeliveryState, int],
        now: datetime,
    ) -> bool:
        """Return whether an issue has the messages it was frozen with.

        One that has not is paused and told of.
        """
        there, frozen = sum(counts.values()), issue.audience or 0
        # Every row was frozen in one transaction: another number means that something outside wrote
        # here, and sending on could miss or double people.
        if there == frozen:
            return True
        why = f"It was frozen with {frozen:,} messages and has {there:,}."
        log.error(
            "the messages of an issue do not add up", issue=issue.key, frozen=frozen, there=there
        )
        paused = replace(issue, state=IssueState.PAUSED, reason=HoldReason.COUNTS)
        IssueStore(transaction).update_issues([paused])
        SiteStateStore(transaction).increment_revision()
        self.operator.paused(transaction, paused, why, now)
        return False

    def _end(
        self,
        transaction: Transaction,
        issue: IssueRecord,
        counts: Mapping[DeliveryState, int],
        now: datetime,
    ) -> Finished:
        # Sent beats written: where both are, [smtp] was added while the issue was under way.
        written = counts.get(DeliveryState.WRITTEN, 0) and not counts.get(DeliveryState.SENT, 0)
        done = replace(issue, state=IssueState.WRITTEN if written else IssueState.SENT)
        IssueStore(transaction).update_issues([done])
        SiteStateStore(transaction).increment_revision()
        self.operator.finished(transaction, done, counts, now)
        return Finished(done, counts)
