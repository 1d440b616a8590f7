"""An issue on its way to many readers in PostgreSQL, and senders that work on it at once."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from publisher.database.site_state import SiteStateStore
from publisher.delivery.audience_store import AudienceStore
from publisher.delivery.models import DeliveryState
from publisher.delivery.outcomes import DeliveryOutcome
from publisher.delivery.progress_store import ProgressStore
from publisher.newsletter.issue import IssueContent, IssueRecord, IssueState
from publisher.newsletter.store import IssueStore
from publisher.subscribers.models import Event, Subscriber, SubscriberState
from publisher.subscribers.store import SubscriberStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from publisher.database.database import Database
    from publisher.delivery.claim_store import ClaimStore
    from publisher.delivery.models import Candidate, Claim


NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LEASE = NOW + timedelta(minutes=10)


def send_to(state: Database, readers: int, issue_state: IssueState = IssueState.SENDING) -> int:
    """Put so many readers on the list and freeze an issue for them; give its number."""
    first = len(_readers(state))
    names = [f"reader{number}@example{number % 7}.org" for number in range(first, first + readers)]
    people = [Subscriber(name, name, SubscriberState.ACTIVE, NOW) for name in names]
    with state.transaction() as transaction:
        SubscriberStore(transaction).add_many(
            [(person, Event(NOW, "import", SubscriberState.ACTIVE, "test")) for person in people]
        )
        SiteStateStore(transaction).save_site_state(SiteStateStore(transaction).memory())
        key = IssueStore(transaction).add_issue(
            IssueRecord((), issue_state, "Words", NOW, queued_at=NOW),
            IssueContent("Words", "", "<p>", "words"),
        )
        AudienceStore(transaction).enqueue_everybody(key, NOW)
        AudienceStore(transaction).set_audience(key, AudienceStore(transaction).count_audience(key))
        transaction.queue_up(key)
    return key


def _readers(state: Database) -> list[Subscriber]:
    with state.reading() as transaction:
        return list(SubscriberStore(transaction).all_subscribers())


def candidates(
    store: ClaimStore, issue: int, state: DeliveryState = DeliveryState.QUEUED, most: int = 10_000
) -> list[Candidate]:
    """Return what may be claimed."""
    with store.ledger(writes=False) as ledger:
        return ledger.messages(issue, state, NOW, most=most)


def claim(store: ClaimStore, chosen: Iterable[Candidate], worker: str) -> list[Claim]:
    """Claim messages in a transaction."""
    with store.ledger() as ledger:
        return ledger.claim(
            {one.key: (one, f"<{one.key}@example.org>") for one in chosen}, worker, NOW, LEASE, 1e12
        )


def mark(store: ClaimStore, claims: Iterable[Claim], worker: str, state: DeliveryState) -> int:
    """Mark messages in a transaction."""
    with store.ledger() as ledger:
        return ledger.mark(
            [DeliveryOutcome(one, state, NOW, "said") for one in claims], worker, NOW
        )


def attempts(state: Database, issue: int) -> dict[int, int]:
    """Count each message's claims."""
    with state.reading() as transaction:
        return {
            row.key: row.attempts
            for row in ProgressStore(transaction).list_deliveries(issue=issue, most=100_000)
        }


def states(state: Database, issue: int) -> Counter[DeliveryState]:
    """Count an issue's messages by state."""
    with state.reading() as transaction:
        return Counter(ProgressStore(transaction).count_states(issue))


class AtOnce:
    """Runs functions in threads of their own, until told to end.

    What one of them raises is raised at the end.
    """

    def __init__(self, *works: Callable[[threading.Event], None]) -> None:
        self.ending = threading.Event()
        self._works, self._pool = works, ThreadPoolExecutor(len(works))

    def __enter__(self) -> Self:
        self._running = [self._pool.submit(work, self.ending) for work in self._works]
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        self.join()

    def join(self, seconds: float = 60.0) -> None:
        """Wait until all have ended."""
        _, working = wait(self._running, seconds)
        assert not working, "a thread does not end"
        for ended in self._running:
            ended.result()

    def is_busy(self) -> bool:
        """Return whether any goes on."""
        return not all(work.done() for work in self._running)
