"""Reading ahead of what is sent: everything comes up, and nothing twice."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.delivery.candidate_reader import CandidateReader
from publisher.delivery.domain_limits import DomainLimits
from publisher.delivery.models import Candidate, DeliveryState, MessageKind, SendFilter

if TYPE_CHECKING:
    from collections.abc import Iterator


NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Ledger:
    """Letters and one issue's messages that wait; what was sent is gone."""

    def __init__(self, letters: int, messages: int) -> None:
        self.waiting = {
            n: MessageKind.TRANSACTIONAL if n <= letters else MessageKind.ISSUE
            for n in range(1, letters + messages + 1)
        }

    @contextmanager
    def open(self) -> Iterator[Ledger]:
        """Yield the ledger, which is this."""
        yield self

    def letters(self, _now: datetime, most: int) -> list[Candidate]:
        """Return letters, oldest first."""
        return [
            _candidate(n, kind)
            for n, kind in self.waiting.items()
            if kind is MessageKind.TRANSACTIONAL
        ][:most]

    def messages(
        self,
        _issue: int,
        state: DeliveryState,
        _now: datetime,
        *,
        after: int = 0,
        until: int = 2**62,
        most: int = 500,
    ) -> list[Candidate]:
        """Return messages that were never tried."""
        found = [
            _candidate(n, kind)
            for n, kind in self.waiting.items()
            if kind is MessageKind.ISSUE and after < n <= until
        ]
        return found[:most] if state is DeliveryState.QUEUED else []


def _candidate(number: int, kind: MessageKind) -> Candidate:
    return Candidate(
        number,
        kind,
        int(kind is MessageKind.ISSUE),
        f"reader{number}@example{number}.org",
        "",
        "",
        "",
        0,
        None,
    )


def test_letters_that_wait_for_their_turn_are_not_read_again_and_again() -> None:
    """One a second goes; a hundred letters cost a hundred turns, and then the issue comes at once.

    Seen to go round for ever: each second every waiting letter was read once more, and each copy
    cost a turn that claimed nothing.
    """
    ledger, seconds = Ledger(letters=100, messages=3), 0.0
    ahead = CandidateReader(
        ledger.open, SendFilter(), DomainLimits(1), lambda: NOW, lambda: seconds
    )
    ahead.follow([1])
    order = []
    while ledger.waiting:
        seconds += 2
        (chosen,) = ahead.choose(1)
        assert ledger.waiting.pop(chosen.key, None), f"{chosen.address} is chosen once more"
        order.append(chosen.key)
    assert order == list(range(1, 104))
    assert not ahead.choose(1)
