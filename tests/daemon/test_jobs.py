"""When rounds happen: never two at once, and none is lost."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from publisher.daemon.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Done:
    """What a round gives back."""

    next_due: datetime | None = None
    look_again: bool = False


def _started(publish_once: Callable[[], Done]) -> Jobs:
    jobs = Jobs(
        publish_once,
        interval=timedelta(hours=1),
        settle=timedelta(0),
        now=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
    )
    jobs.start()
    return jobs


def test_what_is_asked_for_during_a_round_leads_to_exactly_one_more() -> None:
    """A file that changes while the folder is being read: the round in hand may have missed it, the next one does not."""
    began, go_on = threading.Semaphore(0), threading.Semaphore(0)

    def publish_once() -> Done:
        began.release()
        go_on.acquire()
        return Done()

    jobs = _started(publish_once)
    for _ in range(3):
        assert began.acquire(timeout=10), "no round begins"
        for _ in range(5):
            jobs.request()
            time.sleep(0.01)
        go_on.release()
    assert began.acquire(timeout=10), "no round begins"
    go_on.release()
    assert not began.acquire(timeout=0.3), "one more than was asked for"
    jobs.stop()


def test_what_is_more_than_an_edit_is_looked_at_whole_when_it_had_time_to_end() -> None:
    """One round for a checkout of many files that takes a moment, and none in its middle.

    The defence is the pause in ``Jobs._plan`` (seen to fail where a whole round follows an edit's at once).
    """
    done = threading.Event()
    began: list[float] = []

    def publish_once() -> Done:
        began.append(time.monotonic())
        done.set()
        return Done()

    jobs = _started(publish_once)
    assert done.wait(10), "no round begins"
    done.clear()
    first = time.monotonic()
    for number in range(5):
        jobs.request([f"post-{number}.md"])
        time.sleep(0.01)
    last = time.monotonic()
    assert done.wait(10), "no whole round follows"
    time.sleep(0.3)
    jobs.stop()
    assert len(began) == 2
    assert began[1] > last > first


def test_stopping_in_the_middle_of_a_round_ends_after_it() -> None:
    """The round plans the next look while it is being waited for; neither waits for the other, and nothing follows.

    Seen to hang for ever with APScheduler's own ``shutdown(wait=True)``.
    """
    began, go_on, rounds = threading.Event(), threading.Event(), []

    def publish_once() -> Done:
        rounds.append(1)
        began.set()
        go_on.wait(10)
        return Done(look_again=True)

    jobs = _started(publish_once)
    assert began.wait(10), "no round begins"
    jobs.request()
    stopping = threading.Thread(target=jobs.stop, daemon=True)
    stopping.start()
    time.sleep(0.1)
    assert stopping.is_alive(), "it did not wait for the round in hand"
    go_on.set()
    stopping.join(10)
    assert not stopping.is_alive(), "it does not end"
    assert rounds == [1]
