"""When rounds happen.

APScheduler with one worker, so that rounds never overlap and none is lost.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from publisher.system.health import Health

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


T = TypeVar("T")

_PAUSE = timedelta(milliseconds=100)
"""What a checkout or a copy is given to come to its end before the whole folder is looked at: in
its middle most posts may be gone."""

ROUND = "round"
"""What rounds are, as a part of a process that may be unwell."""

_RETRY = timedelta(seconds=5)
_LONGEST_RETRY = timedelta(minutes=5)

_SET = 1.0
"""Seconds by which a clock must have jumped to have been set."""


class Round(Protocol):
    """What a round gives back, as scheduling needs it."""

    @property
    def next_due(self) -> datetime | None: ...
    @property
    def look_again(self) -> bool: ...


class Scheduler:
    """Runs rounds: every ``interval``, when something is due, and when somebody asks.

    Attributes:
        publish_edits: Does a round about a few files only, where that is enough; else it gives
            None, and a whole round follows soon.
        busy_since: Monotonic seconds at which the round in hand began; for the watchdog.
        first_round: Set after the first round, whatever came of it.
        after_first_round: Called once, right then.
    """

    def __init__(
        self,
        publish_once: Callable[[], Round],
        *,
        interval: timedelta,
        settle: timedelta,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        health: Health | None = None,
    ) -> None:
        self._publish_once = publish_once
        self._settle = settle
        self._now = now
        self._monotonic = monotonic
        self._health = health or Health(now)
        self._retry = _RETRY
        self.publish_edits: Callable[[Collection[str]], Round | None] = lambda _paths: None
        self._asked: list[Collection[str]] = []
        self._asking = threading.Lock()
        self.busy_since: float | None = None
        self.first_round = threading.Event()
        self.after_first_round: Callable[[], None] = lambda: None
        self._working, self._ended = threading.Lock(), False
        # A late job is better than a lost one: the default grace of one second drops them.
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler = BackgroundScheduler(
            # One worker: a round and what is done between rounds never run at the same time.
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults=defaults,
            timezone=UTC,
        )
        self._regular = [
            self._scheduler.add_job(
                self.request, "interval", seconds=interval.total_seconds(), id="scan"
            )
        ]
        self._ahead = self._clock_ahead()

    def every(self, interval: timedelta, part: str, work: Callable[[], None]) -> None:
        """Schedule other work in the worker thread between rounds, from the first round on.

        Args:
            interval: Between two times.
            part: What it is, for whoever asks what works (:mod:`publisher.system.health`).
            work: What to do.
        """

        def do() -> None:
            if self.first_round.is_set():
                with self._health.minding(part):
                    work()

        self._regular.append(
            self._scheduler.add_job(
                self._alone, "interval", (do,), seconds=interval.total_seconds()
            )
        )

    def start(self) -> None:
        """Start; the first round follows at once."""
        self._scheduler.start()
        self.request()

    def stop(self) -> None:
        """End after the round in hand.

        APScheduler's own waiting keeps the lock that the round needs to plan what comes next, and
        neither would ever end.
        """
        self._ended = True
        self._scheduler.shutdown(wait=False)
        with self._working:
            pass

    def request(self, edited: Collection[str] = ()) -> None:
        """Ask for a round soon; asking while one runs leads to exactly one more.

        Args:
            edited: Paths of files that changed, where that is all that is known to have happened.
        """
        with self._asking:
            self._asked.append(edited)
        # A second instance waits for the only worker; with one the scheduler would drop what is
        # asked for during a round.
        self._scheduler.add_job(
            self._alone, args=(self._round,), id="round", replace_existing=True, max_instances=2
        )

    def heed_clock(self) -> None:
        """Run what is regular at once when the clock was set since this was asked last.

        APScheduler plans by the clock: where it was set back, nothing regular would happen until it
        has caught up.
        """
        before, self._ahead = self._ahead, self._clock_ahead()
        if abs(self._ahead - before) > _SET:
            for job in self._regular:
                job.modify(next_run_time=self._now())

    # The difference of the two clocks moves only when somebody sets one.
    def _clock_ahead(self) -> float:
        return self._now().timestamp() - self._monotonic()

    def call(self, work: Callable[[], T], timeout: float) -> T:
        """Run other work in the worker thread, between rounds, and return its result.

        Args:
            work: What to do; what it raises is raised here.
            timeout: Seconds to wait.
        """
        outcome: Future[T] = Future()

        def do() -> None:
            with self._health.minding(ROUND):
                try:
                    outcome.set_result(work())
                except BaseException as error:
                    # Whoever asked is told as well.
                    outcome.set_exception(error)
                    raise

        self._scheduler.add_job(self._alone, args=(do,))
        return outcome.result(timeout)

    def _alone(self, work: Callable[[], None]) -> None:
        """Run what stopping waits for, and what is not begun any more afterwards."""
        with self._working:
            if not self._ended:
                work()

    def _round(self) -> None:
        with self._asking:
            asked, self._asked = self._asked, []
        if not asked:
            return
        self.busy_since = self._monotonic()
        done = False
        try:
            with self._health.minding(ROUND):
                self._plan(
                    self.publish_edits(set().union(*asked)) if all(asked) else self._publish_once()
                )
                done = True
        finally:
            self.busy_since = None
            self._plan_retry(done=done)
            if not self.first_round.is_set():
                self.first_round.set()
                self.after_first_round()

    def _plan_retry(self, *, done: bool) -> None:
        """Schedule a whole round soon after a fault, and then ever more seldom.

        Nothing else may happen for hours.
        """
        if done:
            self._retry = _RETRY
            return
        self._at("retry", self._now() + self._retry)
        # A full disk lasts for hours; trying every five seconds would fill the log besides.
        self._retry = min(2 * self._retry, _LONGEST_RETRY)

    def _plan(self, done: Round | None) -> None:
        if done is None:
            # More than an edit. It keeps to the first of its changes, so that a copy that goes on
            # for long is seen meanwhile.
            if self._scheduler.get_job("changed") is None:
                self._at("changed", self._now() + _PAUSE)
            return
        if done.look_again:
            self._at("settle", self._now() + max(self._settle, timedelta(milliseconds=50)))
        if done.next_due is not None:
            self._at("due", done.next_due)

    def _at(self, name: str, instant: datetime) -> None:
        self._scheduler.add_job(
            self.request, "date", run_date=instant, id=name, replace_existing=True
        )
