"""The delivery loop: it alone claims and marks; lanes hand over.

::

    ledger --read ahead--> candidates --claim, committed--> lanes --attempt--> outcome --mark, with
    the next claim's commit--> ledger
                                                              |
                                                              +--> relay, or maildir

A row is claimed at most once for each idle lane, and the claim is committed before a lane sees it:
after a crash only claimed rows are in doubt. What an outcome means is decided in
:mod:`publisher.delivery.outcomes`, whose turn it is in :mod:`publisher.delivery.domain_limits`, how
fast it goes in :mod:`publisher.delivery.throttle`; issues begin and finish in
:mod:`publisher.issues.progress`.
"""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import structlog

from publisher.delivery.candidate_reader import CandidateReader
from publisher.delivery.connection_pool import ConnectionPool
from publisher.delivery.domain_limits import DomainLimits
from publisher.delivery.models import DeliveryState, SendFilter, SendStats
from publisher.delivery.outcomes import OnUncertain, outcome_of
from publisher.delivery.retry import DEFAULT
from publisher.delivery.throttle import Throttle
from publisher.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from publisher.config import Config
    from publisher.delivery.claim_store import ClaimStore
    from publisher.delivery.connection_pool import Attempt
    from publisher.delivery.environment import Housekeeping, SenderEnvironment
    from publisher.delivery.message_factory import MessageFactory
    from publisher.delivery.models import Candidate, Claim
    from publisher.delivery.outcomes import DeliveryOutcome


log = structlog.get_logger("publisher")

_HOUSEKEEPING = 30.0
_IDLE = 0.1
_ENDURE = 1.0
_WHOLE_LEASE = 0.9
"""Part of a lease within which an attempt ends: what is handed over has time to be marked before
somebody else takes it over."""


class Sender:
    """Sends what is due, until nothing is; one call after another, from one thread."""

    def __init__(
        self,
        config: Config,
        store: ClaimStore,
        messages: MessageFactory,
        progress: Housekeeping,
        surroundings: SenderEnvironment,
    ) -> None:
        self.config, self.store, self.messages = config, store, messages
        self.progress, self.around = progress, surroundings
        self._on_uncertain = OnUncertain(config.delivery.on_uncertain)
        self._lanes: ConnectionPool | None = None
        self._domains = DomainLimits(1)
        self._owed: list[DeliveryOutcome] = []
        self._kept_house_at = float("-inf")
        self._spread = 0.0
        # What a commit costs decides how long it is worth waiting for more to be done.
        self._commit_seconds = 0.001

    def run(
        self,
        scope: SendFilter | None = None,
        stopping: Callable[[], bool] = lambda: False,
        progress: Callable[[SendStats], None] = lambda _tally: None,
    ) -> SendStats:
        """Send what is due now, and return what was done.

        Args:
            scope: What to send; everything when absent.
            stopping: Asked before each claim; once true, what is in hand is finished and nothing
                more claimed.
            progress: Told after each commit.

        Raises:
            StateError: The database cannot be used. What was handed over and cannot be marked is
                marked by the next call, as long as its claim holds; afterwards it is in doubt.
        """
        lanes, stats = self._open(), SendStats()
        with self.around.together(lanes.threads):
            self._send(lanes, self._begin(scope or SendFilter()), stats, stopping, progress)
        stats.finished += self.progress.finish(self.around.now())
        stats.pause, stats.day_is_full = self._throttle.pause, self._throttle.day_is_full
        return stats

    def _send(
        self,
        lanes: ConnectionPool,
        ahead: CandidateReader,
        stats: SendStats,
        stopping: Callable[[], bool],
        progress: Callable[[SendStats], None],
    ) -> None:
        """Claim, hand over and mark until nothing is due."""
        throttle = self._throttle
        is_sure = False
        while True:
            self._keep_house(ahead, stats)
            # Owed at once: were what is read next not to be read, nobody would know any more what
            # was handed over.
            self._owe(lanes.collect(self._patience(lanes, ahead), self._commit_seconds / 2), stats)
            room = (
                0
                if stopping()
                else throttle.room(lanes.busy, self.around.now(), self.around.monotonic())
            )
            chosen = ahead.choose(room)
            if chosen or self._owed:
                claims = self._commit(chosen)
                for claim in claims:
                    self._domains.begin(claim.candidate.domain)
                    lanes.hand(claim)
                is_sure = is_sure and not claims
                progress(stats)
            elif not lanes.busy:
                if (
                    ahead.is_waiting()
                    and not stopping()
                    and not throttle.is_closed(self.around.now())
                ):
                    self.around.wait(throttle.wait())
                elif is_sure or stopping():
                    break
                else:
                    is_sure = True
                    ahead.rewind()

    def close(self) -> None:
        """Finish what is in hand and say goodbye to the relay."""
        if self._lanes is not None:
            self._lanes.close()
            self._lanes = None
        self.store.close()

    def _open(self) -> ConnectionPool:
        if self._lanes is None:
            transports = self.around.transports()
            smtp = self.config.smtp
            limits = (smtp.per_second, smtp.per_day) if self.config.sends else (0.0, 0)
            self._domains = DomainLimits(len(transports))
            self._throttle = Throttle(len(transports), *limits, self.around.monotonic())
            self._lanes = ConnectionPool(
                transports, self.messages.envelope, self.around.monotonic, self.around.faults
            )
        return self._lanes

    def _begin(self, scope: SendFilter) -> CandidateReader:
        self._kept_house_at = float("-inf")
        with self.store.ledger(writes=False) as ledger:
            self._throttle.read(ledger)
        return CandidateReader(
            partial(self.store.ledger, writes=False),
            scope,
            self._domains,
            self.around.now,
            self.around.monotonic,
        )

    def _keep_house(self, ahead: CandidateReader, stats: SendStats) -> None:
        """Run what is done now and then.

        Take over what others left, look up what is in doubt, begin and finish issues.
        """
        if self.around.monotonic() - self._kept_house_at < _HOUSEKEEPING:
            return
        self._kept_house_at = self.around.monotonic()
        now = self.around.now()
        self.progress.take_over(self.around, self._on_uncertain, now)
        if ahead.scope.issues:
            self.messages.forget()
            stats.finished += [*self.progress.begin(now), *self.progress.finish(now)]
            ahead.follow(self.progress.under_way(ahead.scope.issue))

    def _patience(self, lanes: ConnectionPool, ahead: CandidateReader) -> float:
        """Wait for a message in hand; only a moment while some lanes have none and could."""
        if self._owed or not lanes.busy:
            return 0.0
        if self._throttle.is_full(lanes.busy):
            return _ENDURE
        return self._commit_seconds / 2 if ahead.is_waiting() else _IDLE

    def _owe(self, attempts: Sequence[Attempt], stats: SendStats) -> None:
        now = self.around.now()
        for attempt in attempts:
            self._owed.append(self._judge(attempt, now, stats))

    def _commit(self, chosen: Sequence[Candidate]) -> list[Claim]:
        """Mark what is owed and claim what was chosen, in one transaction."""
        now, began = self.around.now(), self.around.monotonic()
        if self._throttle.is_closed(now):
            chosen = ()
        lease = self.config.delivery.lease
        until = began + lease.total_seconds() * _WHOLE_LEASE
        wanted = {
            candidate.key: (candidate, self.messages.message_id(candidate)) for candidate in chosen
        }
        try:
            with self.store.ledger() as ledger:
                ledger.mark(self._owed, self.around.worker, now)
                wanted = dict(
                    islice(wanted.items(), self._throttle.share(ledger, len(wanted), now))
                )
                claims = ledger.claim(wanted, self.around.worker, now, now + lease, until)
                self._throttle.write(
                    ledger, len(claims), sum(not mark.counts_as_attempt for mark in self._owed), now
                )
        except StateError as error:
            self._wait_for_database(error)
            return []
        self._commit_seconds = 0.9 * self._commit_seconds + 0.1 * (self.around.monotonic() - began)
        self._owed.clear()
        self._throttle.take(len(claims))
        if chosen and not claims:
            # Something was paused, cancelled or taken by somebody else; what is read ahead may be
            # full of it.
            self._kept_house_at = min(
                self._kept_house_at, self.around.monotonic() - _HOUSEKEEPING + _ENDURE
            )
        return claims

    def _wait_for_database(self, error: StateError) -> None:
        """Wait for the database while something is owed to it whose claim still holds."""
        if not self._owed or max(mark.claim.until for mark in self._owed) < self.around.monotonic():
            self._owed.clear()
            raise error
        log.error(
            "what was sent cannot be marked yet",
            error=error.message,
            cure=error.cure,
            messages=len(self._owed),
        )
        self.around.wait(_ENDURE)

    def _judge(self, attempt: Attempt, now: datetime, stats: SendStats) -> DeliveryOutcome:
        claim = attempt.claim
        self._domains.end(claim.candidate.domain, attempt.seconds)
        self._throttle.learn(attempt.outcome, attempt.began, now, self.around.monotonic())
        # The golden ratio spreads retries evenly without a source of chance.
        self._spread = (self._spread + 0.618034) % 1.0
        mark = outcome_of(
            claim,
            attempt.outcome,
            self.around.accepted,
            DEFAULT,
            self._on_uncertain,
            now,
            self._spread,
        )
        if mark.state is self.around.accepted:
            stats.handed += 1
        elif mark.state is DeliveryState.FAILED:
            stats.failed += 1
        elif mark.state is DeliveryState.DEFERRED and mark.counts_as_attempt:
            stats.deferred += 1
        elif mark.state is DeliveryState.UNKNOWN:
            stats.doubtful += 1
        return mark
