"""Read the ledger ahead, and choose whose turn it is."""

from __future__ import annotations

from collections import OrderedDict
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from publisher.delivery.models import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime

    from publisher.delivery.domain_limits import DomainLimits
    from publisher.delivery.models import Candidate, SendFilter


# Reading costs a query whatever it finds; more would only grow stale while it waits.
_AHEAD = 500
_LOOK_AGAIN = 1.0
"""Seconds between two looks for letters and for messages whose time to be tried again came."""


class Readable(Protocol):
    """What may be claimed, inside one transaction."""

    def letters(self, now: datetime, most: int) -> list[Candidate]: ...
    def messages(
        self,
        issue: int,
        state: DeliveryState,
        now: datetime,
        *,
        after: int = ...,
        until: int = ...,
        most: int = ...,
    ) -> list[Candidate]: ...


class CandidateReader:
    """Candidates in the order in which they may go.

    Attributes:
        scope: What is sent.
        domains: How many connections each domain holds.
    """

    def __init__(
        self,
        open_claims: Callable[[], AbstractContextManager[Readable]],
        scope: SendFilter,
        domains: DomainLimits,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._open_ledger = open_claims
        self.scope = scope
        self.domains = domains
        self._now = now
        self._monotonic = monotonic
        self._ahead: OrderedDict[int, Candidate] = OrderedDict()
        self._last: dict[int, int] = {}
        self._looked_at = self._empty_at = float("-inf")
        domains.clear()

    def follow(self, issues: Iterable[int]) -> None:
        """Read these issues from now on."""
        self._last = {issue: self._last.get(issue, self.scope.after) for issue in issues}

    def rewind(self) -> None:
        """Read from the beginning again.

        Something may have been passed over while its issue was paused.
        """
        self._last = dict.fromkeys(self._last, self.scope.after)
        self._looked_at = self._empty_at = float("-inf")

    def is_waiting(self) -> bool:
        """Return whether something was read that has not gone yet."""
        return bool(self._ahead) or self.domains.count_aside > 0

    def choose(self, room: int) -> list[Candidate]:
        """Choose at most ``room`` messages, none of a domain that holds its share already."""
        chosen: dict[int, Candidate] = {}
        if room <= 0:
            return []
        taken: dict[str, int] = {}
        # What waited goes first, or a large provider's readers would come last for ever.
        for candidate in chain(self.domains.from_aside(taken), self._candidates()):
            if candidate.key in chosen:
                continue
            if not self.domains.may_go(candidate.domain, taken.get(candidate.domain, 0)):
                self.domains.put_aside(candidate)
                continue
            taken[candidate.domain] = taken.get(candidate.domain, 0) + 1
            chosen[candidate.key] = candidate
            if len(chosen) == room:
                break
        return list(chosen.values())

    def _candidates(self) -> Iterator[Candidate]:
        while True:
            if self._monotonic() - self._looked_at >= _LOOK_AGAIN:
                self._looked_at = self._monotonic()
                self._read_due()
            if not self._ahead and not self._read_queued():
                return
            yield self._ahead.popitem(last=False)[1]

    def _read_due(self) -> None:
        """Read letters, and messages to be tried again: they go before what was read ahead."""
        scope, now, found = self.scope, self._now(), []
        with self._open_ledger() as ledger:
            if scope.letters:
                found += ledger.letters(now, _AHEAD)
            for issue in self._last:
                found += ledger.messages(
                    issue,
                    DeliveryState.DEFERRED,
                    now,
                    after=scope.after,
                    until=scope.until,
                    most=_AHEAD,
                )
        # What was read a second ago and waits for its turn is not read again: it would go round for
        # ever.
        for candidate in reversed(found):
            if candidate.key not in self._ahead and not self.domains.holds(candidate):
                self._ahead[candidate.key] = candidate
                self._ahead.move_to_end(candidate.key, last=False)

    def _read_queued(self) -> bool:
        """Read the next messages that were never tried.

        Return False when there are none, or too many are put aside.
        """
        # A list that is one domain's would otherwise be read whole into memory.
        if self.domains.is_full() or self._monotonic() - self._empty_at < _LOOK_AGAIN:
            return False
        with self._open_ledger() as ledger:
            for issue, last in self._last.items():
                rows = ledger.messages(
                    issue,
                    DeliveryState.QUEUED,
                    self._now(),
                    after=last,
                    until=self.scope.until,
                    most=_AHEAD,
                )
                if rows:
                    self._last[issue] = rows[-1].key
                    self._ahead.update((row.key, row) for row in rows)
                    return True
        self._empty_at = self._monotonic()
        return False
