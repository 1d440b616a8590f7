"""Whose turn it is: one slow domain never holds every connection."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from publisher.delivery.models import Candidate


_SLOW = 1.0
"""Seconds an attempt may take before its domain counts as slow."""

_MOST_ASIDE = 20_000


class DomainLimits:
    """How many connections each recipient domain holds, and how long its attempts take.

    A domain may hold half of the connections until an attempt showed how fast it is, all of them
    while it is fast, a quarter while it is slow: whatever it does, others go on.

    Attributes:
        count_aside: Number of messages that wait for their domain.
    """

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._busy: dict[str, int] = {}
        self._seconds: dict[str, float] = {}
        self._aside: dict[str, deque[Candidate]] = {}
        self._keys: set[int] = set()

    @property
    def count_aside(self) -> int:
        """Number of messages that wait for their domain."""
        return len(self._keys)

    def may_go(self, domain: str, besides: int = 0) -> bool:
        """Check whether one more message to a domain may go, besides those chosen just now."""
        seconds = self._seconds.get(domain)
        # A slow provider must not hold every connection while others could go; an unknown one gets
        # half until it is known.
        share = 2 if seconds is None else 1 if seconds < _SLOW else 4
        return self._busy.get(domain, 0) + besides < max(1, self._connections // share)

    def begin(self, domain: str) -> None:
        """Count a message that is handed over."""
        self._busy[domain] = self._busy.get(domain, 0) + 1

    def end(self, domain: str, seconds: float) -> None:
        """Count a message that is done, and how long it took."""
        left = self._busy.get(domain, 0) - 1
        if left > 0:
            self._busy[domain] = left
        else:
            self._busy.pop(domain, None)
        before = self._seconds.get(domain)
        # A moving mean: one greylisted greeting makes nobody slow for the whole issue.
        self._seconds[domain] = seconds if before is None else 0.7 * before + 0.3 * seconds

    def put_aside(self, candidate: Candidate) -> None:
        """Keep a message until its domain has a connection free."""
        if candidate.key not in self._keys:
            self._aside.setdefault(candidate.domain, deque()).append(candidate)
            self._keys.add(candidate.key)

    def holds(self, candidate: Candidate) -> bool:
        """Return whether a message is put aside."""
        return candidate.key in self._keys

    def is_full(self) -> bool:
        """Return whether so much is put aside that no more should be read."""
        return len(self._keys) >= _MOST_ASIDE

    def from_aside(self, taken: Mapping[str, int]) -> Iterator[Candidate]:
        """Yield what was put aside and may go now, besides what is ``taken`` just now."""
        for domain in list(self._aside):
            waiting = self._aside[domain]
            while waiting and self.may_go(domain, taken.get(domain, 0)):
                candidate = waiting.popleft()
                self._keys.discard(candidate.key)
                yield candidate
            if not waiting:
                del self._aside[domain]

    def clear(self) -> None:
        """Forget what was put aside: it is read again."""
        self._aside.clear()
        self._keys.clear()
