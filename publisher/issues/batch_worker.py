"""Issues sent by workers: what one does with a batch, and what ``run`` looks after beside them.

::

    freezing --queue_up(), same transaction--> jobs --any worker--> BatchWorker.work(batch) -->
    Sender.run(rows of the batch)
                                                ^                        | +--- follow(batch, at)
                                                --+--- what was put off, or could not go |
                          Overseer.oversee() ---+--- messages that are due and have no job

The ledger is the truth and a job says where to look: one that is done twice finds nothing left, one
that is lost is found by what waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from publisher.database.site_state import is_older_copy
from publisher.delivery.audience_store import AudienceStore
from publisher.delivery.models import SendFilter
from publisher.delivery.workers.batches import follow_up
from publisher.delivery.workers.store import BatchStore
from publisher.issues.models import Settings
from publisher.issues.restore_guard import FROZEN, why_recalled
from publisher.newsletter.issue import IssueState
from publisher.newsletter.store import IssueStore

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from publisher.database.database import Database
    from publisher.delivery.environment import SenderEnvironment
    from publisher.delivery.models import Finished, SendStats
    from publisher.delivery.outcomes import OnUncertain
    from publisher.delivery.sender import Sender
    from publisher.delivery.workers.batches import Batch
    from publisher.delivery.workers.queue import BatchQueue
    from publisher.issues.progress import IssueProgress


log = structlog.get_logger("publisher")

_SWEEP = 5.0
"""Seconds between two looks for what workers left."""
_MARK = 30.0
"""Seconds after which the mark is brought up to date while issues are being sent."""
_LONGEST_REST = 60.0
"""Seconds after which a worker whose relay takes nothing looks at the queue again."""


class Keeper:
    """A worker's part of the housekeeping: claims of processes that ended.

    Issues are finished by ``run``, which tells of it.
    """

    def __init__(self, dispatcher: IssueProgress, monotonic: Callable[[], float]) -> None:
        self.dispatcher, self._monotonic = dispatcher, monotonic
        self._looked_at = float("-inf")

    def take_over(
        self, others: SenderEnvironment, on_uncertain: OnUncertain, now: datetime
    ) -> None:
        """Settle claims of processes that ended, now and then: ``run`` does it too."""
        if self._monotonic() - self._looked_at >= _SWEEP:
            self._looked_at = self._monotonic()
            self.dispatcher.take_over(others, on_uncertain, now)

    def begin(self, now: datetime) -> Sequence[Finished]:
        """Leave other issues alone."""
        del now
        return ()

    def finish(self, now: datetime) -> Sequence[Finished]:
        """Leave it to ``run``."""
        del now
        return ()

    def under_way(self, only: int = 0) -> list[int]:
        """Return the issue when it is being sent."""
        with self.dispatcher.state.reading() as transaction:
            return [
                issue.key
                for issue in IssueStore(transaction).issues((IssueState.SENDING,))
                if issue.key == only
            ]


@dataclass
class BatchWorker:
    """Works on batches, one after another.

    Attributes:
        sender: Sends; its housekeeping is a :class:`Keeper`'s.
        dispatcher: Begins issues.
        state: The database.
        queue: Is told when to look again.
        max_age: ``newsletter.max_age``.
        ending: Once set, what is in hand is finished and nothing more claimed.
    """

    sender: Sender
    dispatcher: IssueProgress
    state: Database
    queue: BatchQueue
    max_age: timedelta
    ending: threading.Event

    def work(self, batch: Batch) -> SendStats | None:
        """Send what is due of a batch; return what was done, or None when nothing of it may go.

        Raises:
            StateError: The database cannot be used.
        """
        now = self.sender.around.now()
        if not self._may_go(batch.issue, now):
            return None
        self.dispatcher.begin(now, only=batch.issue)
        stats = self.sender.run(
            SendFilter(letters=False, issue=batch.issue, after=batch.after, until=batch.until),
            self.ending.is_set,
        )
        now = self.sender.around.now()
        pause = stats.pause.again if stats.pause is not None else None
        with self.state.reading() as transaction:
            earliest = BatchStore(transaction).next_due(batch)
        at = follow_up(
            now, earliest, pause=pause, day_is_full=stats.day_is_full, stopping=self.ending.is_set()
        )
        if at is not None:
            self.queue.follow(batch, at)
        if pause is not None or stats.day_is_full:
            # Other batches would fare no better, and each would be put off in turn.
            self.ending.wait(
                min(max((pause - now).total_seconds(), 0.0), _LONGEST_REST)
                if pause is not None
                else _LONGEST_REST
            )
        return stats

    def _may_go(self, key: int, now: datetime) -> bool:
        """Check whether an issue is under way, and nothing that ``run`` must look at first.

        That would be an older copy of the database, or a long stop.
        """
        restored = is_older_copy(self.state, None)
        with self.state.reading() as transaction:
            issue = IssueStore(transaction).issue(key)
            if issue is None or issue.state not in FROZEN:
                return False
            why = why_recalled(issue, Settings(max_age=self.max_age, restored=restored), now)
            if why is None or (not restored and AudienceStore(transaction).was_attempted(key)):
                return True
        log.warning("an issue waits for 'publisher run'", issue=key, reason=str(why))
        return False


class Overseer:
    """What ``run`` looks after while workers send: begins issues, and finds what they left."""

    def __init__(
        self,
        dispatcher: IssueProgress,
        state: Database,
        queue: BatchQueue,
        monotonic: Callable[[], float],
    ) -> None:
        self.dispatcher = dispatcher
        self.state = state
        self.queue = queue
        self._monotonic = monotonic
        self._swept_at = self._marked_at = float("-inf")

    def oversee(self, now: datetime) -> Sequence[Finished]:
        """Run what is to be done now; return the issues that had no message to send."""
        done, moment = self.dispatcher.begin(now), self._monotonic()
        if moment - self._marked_at >= _MARK:
            self._marked_at = moment
            self.dispatcher.under_way()
        if moment - self._swept_at >= _SWEEP:
            self._swept_at = moment
            self.sweep(now)
        return done

    def sweep(self, now: datetime) -> int:
        """Return a job to each batch that is due and has none; return how many there were.

        While jobs wait nobody looks for lost ones: there is enough to do, and on a long list
        looking is not free.
        """
        status = self.queue.status()
        if status is None or status.waiting:
            return 0
        with self.state.reading() as transaction:
            due = BatchStore(transaction).due_batches(now)
        known = self.queue.known() if due else set()
        lost = [batch for batch in due if batch not in known]
        for batch in lost:
            self.queue.follow(batch, now)
        if lost:
            log.info("batches without a job are queued again", batches=len(lost))
        return len(lost)
