"""Several senders, people who leave and people who pause at once, on a real PostgreSQL.

Nobody waits for ever, nothing is claimed twice.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from publisher.database.database import Database
from publisher.delivery.claim_store import ClaimStore
from publisher.delivery.models import DeliveryState
from publisher.delivery.progress_store import ProgressStore
from publisher.delivery.store import DeliveryStore
from publisher.delivery.throttle import DAY_NOTE, Throttle
from publisher.issues.outgoing import SendControls
from publisher.newsletter.issue import IssueState
from publisher.subscribers.models import Event, SubscriberState
from publisher.subscribers.store import SubscriberStore
from tests.delivery.concurrent_senders import (
    NOW,
    AtOnce,
    attempts,
    candidates,
    claim,
    mark,
    send_to,
    states,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from publisher.delivery.models import Claim, Delivery


QUEUED, SENDING, SENT, DEFERRED = (
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.DEFERRED,
)


@pytest.fixture
def state(postgres_url: str, tmp_path: Path) -> Iterator[Database]:
    """A fresh state on PostgreSQL."""
    opened = Database.open(tmp_path / "state", postgres_url)
    yield opened
    opened.close()


def leave(state: Database, subscriber: int) -> None:
    """Unsubscribe somebody, as the web side does; back when it is answered."""
    with state.transaction() as transaction:
        person = SubscriberStore(transaction).subscriber(key=subscriber)
        assert person is not None
        SubscriberStore(transaction).update_subscriber(
            replace(person, state=SubscriberState.UNSUBSCRIBED),
            Event(NOW, "leave", SubscriberState.UNSUBSCRIBED, "test"),
        )
        DeliveryStore(transaction).cancel_deliveries(subscriber, "unsubscribed", NOW)


def test_a_message_is_claimed_by_one_sender_whoever_asks_at_the_same_time(state: Database) -> None:
    """Four senders want the same messages in different orders.

    Each message goes to one, and no two senders wait for each other.
    """
    issue = send_to(state, 1200)
    got: list[int] = []
    start = threading.Barrier(4)

    def work(number: int, _ending: threading.Event) -> None:
        store, order = ClaimStore(state), random.Random(number)
        wanted = candidates(store, issue)
        for first in range(0, len(wanted), 40):
            some = wanted[first : first + 40]
            order.shuffle(some)
            start.wait()
            got.extend(one.candidate.key for one in claim(store, some, f"sender {number}"))
        store.close()

    with AtOnce(*(partial(work, number) for number in range(4))) as senders:
        senders.join()
    assert sorted(got) == sorted(attempts(state, issue))
    assert set(attempts(state, issue).values()) == {1}
    assert states(state, issue) == {SENDING: 1200}


def test_marks_and_take_overs_at_the_same_time_settle_each_message_once(state: Database) -> None:
    """A sender that slept past its lease marks while others take its claims over.

    Each message is one or the other, and none waits.
    """
    issue = send_to(state, 200)
    store, late = ClaimStore(state), NOW + timedelta(hours=1)
    claims = claim(store, candidates(store, issue), "sleeper")
    assert len(claims) == 200
    marked: list[int] = []
    taken: list[int] = []

    def wake(_ending: threading.Event) -> None:
        marked.extend(
            mark(store, reversed(claims[first - 5 : first]), "sleeper", SENT)
            for first in range(200, 0, -5)
        )

    def take_over(ending: threading.Event) -> None:
        while not ending.is_set():
            with state.transaction() as transaction:
                taken.append(ProgressStore(transaction).take_over([], DEFERRED, late, late))

    with AtOnce(wake, take_over, take_over):
        time.sleep(0.5)
    store.close()
    assert sum(marked) + sum(taken) == 200
    assert states(state, issue) == {
        name: count for name, count in {SENT: sum(marked), DEFERRED: sum(taken)}.items() if count
    }


def test_a_message_being_put_off_waits_for_its_reader_who_leaves(state: Database) -> None:
    """The one way past the answer to an unsubscribe.

    Sent again because it was put off in that very moment. It is skipped.
    """
    issue = send_to(state, 1)
    first, second = ClaimStore(state), ClaimStore(state)
    claims = claim(first, candidates(first, issue), "first")
    (row,) = _rows(state, issue)
    put_off = AtOnce(lambda _: (mark(first, claims, "first", DEFERRED), None)[1])
    with state.transaction() as transaction:
        person = SubscriberStore(transaction).subscriber(key=row.subscriber or 0)
        assert person is not None
        SubscriberStore(transaction).update_subscriber(
            replace(person, state=SubscriberState.UNSUBSCRIBED),
            Event(NOW, "leave", SubscriberState.UNSUBSCRIBED, "test"),
        )
        DeliveryStore(transaction).cancel_deliveries(person.key, "unsubscribed", NOW)
        with put_off:
            time.sleep(0.3)
            assert put_off.is_busy(), "it was put off while its reader left"
            assert not candidates(second, issue, DEFERRED)
            put_off.ending.set()
            transaction.connection.commit()
    waiting = candidates(second, issue, DEFERRED)
    assert not claim(second, waiting, "second")
    assert states(state, issue) == {DeliveryState.SKIPPED: 1}
    first.close()
    second.close()


def test_nothing_is_claimed_for_somebody_after_the_answer_to_their_unsubscribe(
    state: Database,
) -> None:
    """Three senders put all off and claim it again, while one reader after another leaves."""
    issue = send_to(state, 60)
    answered: dict[int, int] = {}

    def work(number: int, ending: threading.Event) -> None:
        store, worker = ClaimStore(state), f"sender {number}"
        while not ending.is_set():
            for name in (QUEUED, DEFERRED):
                for one in _some(store, issue, name, number):
                    mark(store, one, worker, DEFERRED)
        store.close()

    with AtOnce(*(partial(work, number) for number in range(3))):
        for row in _rows(state, issue)[:40]:
            leave(state, row.subscriber or 0)
            answered[row.key] = attempts(state, issue)[row.key]
        time.sleep(0.3)
    after = attempts(state, issue)
    assert {key: after[key] for key in answered} == answered
    assert any(after[key] > 1 for key in after), "senders were at work"


@pytest.mark.parametrize("what", ["pause", "cancel"])
def test_nothing_of_an_issue_is_claimed_after_the_answer_to_a_pause_or_a_cancellation(
    state: Database, what: str
) -> None:
    """Four senders claim as fast as they can.

    The answer comes soon all the same, and then no message is claimed any more.
    """
    outgoing = SendControls(state)
    issues = [send_to(state, 40) for _ in range(3)]

    def work(number: int, ending: threading.Event) -> None:
        store, worker = ClaimStore(state), f"sender {number}"
        while not ending.is_set():
            for issue in issues:
                for name in (QUEUED, DEFERRED):
                    for one in _some(store, issue, name, number):
                        mark(store, one, worker, DEFERRED)
        store.close()

    waits, before = [], {}
    with AtOnce(*(partial(work, number) for number in range(4))):
        time.sleep(0.3)
        for issue in issues:
            began = time.monotonic()
            assert (
                outgoing.pause(issue).state is IssueState.PAUSED
                if what == "pause"
                else outgoing.cancel(issue, NOW)
            )
            waits.append(time.monotonic() - began)
            before[issue] = attempts(state, issue)
        time.sleep(0.3)
    assert {issue: attempts(state, issue) for issue in issues} == before
    assert all(sum(counts.values()) > 40 for counts in before.values()), "senders were at work"
    assert max(waits) < 5


def test_what_a_day_has_room_for_is_shared(state: Database) -> None:
    """Two senders ask at once for the last five: they get four and one, whoever comes first."""
    first, second = ClaimStore(state), ClaimStore(state)
    throttles = [Throttle(4, 0, 10, 0.0) for _ in range(2)]
    with first.ledger() as ledger:
        throttles[0].write(ledger, 5, 0, NOW)
    shares: list[int] = []

    def ask(store: ClaimStore, throttle: Throttle) -> None:
        with store.ledger() as ledger:
            share = throttle.share(ledger, 4, NOW)
            throttle.write(ledger, share, 0, NOW)
            time.sleep(0.2)
            shares.append(share)

    with AtOnce(lambda _ending: ask(second, throttles[1])) as other:
        ask(first, throttles[0])
        other.join()
    assert sorted(shares) == [1, 4]
    with first.ledger() as ledger:
        counts = ledger.note(DAY_NOTE).strip("{}").partition(":")[2:]
        assert sum(int(count) for count in counts) == 10
    first.close()
    second.close()


def _some(store: ClaimStore, issue: int, name: DeliveryState, number: int) -> Iterator[list[Claim]]:
    """Claim a few messages, not the same as the others' first."""
    found = candidates(store, issue, name, 24)
    chosen = (found[number * 5 :] + found)[:6]
    if chosen:
        yield claim(store, {one.key: one for one in chosen}.values(), f"sender {number}")


def _rows(state: Database, issue: int) -> list[Delivery]:
    with state.reading() as transaction:
        return ProgressStore(transaction).list_deliveries(issue=issue, most=10_000)
