"""How many messages may be claimed now.

Idle lanes, ``per_second``, ``per_day``, and a relay that takes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from publisher.delivery.rate_limits import DayCount, PerSecond, RelayPause
from publisher.delivery.reply_codes import Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.delivery.claims import ClaimTables
    from publisher.delivery.reply_codes import AttemptResult


log = structlog.get_logger("publisher")

RELAY_NOTE = "relay"
"""Note that holds the pause of the relay."""
DAY_NOTE = "sent by hour"
"""Note that holds how many messages went in each of the last hours."""


class Throttle:
    """What one sender knows of how fast it may go.

    Attributes:
        pause: The relay takes nothing, until then.
        day_is_full: ``per_day`` was reached.
    """

    def __init__(self, lanes: int, per_second: float, per_day: int, monotonic: float) -> None:
        self.pause: RelayPause | None = None
        self.day_is_full = False
        self._pace = PerSecond(per_second, monotonic)
        self._per_day = per_day
        self._day = DayCount({})
        self._limit = lanes
        self._accepted_at = self._paused_at = float("-inf")
        self._pause_changed = False

    def read(self, notes: ClaimTables) -> None:
        """Read what other senders wrote."""
        if not self._pause_changed:
            self.pause = RelayPause.loads(notes.note(RELAY_NOTE))
        if self._per_day:
            self._day = DayCount.loads(notes.note(DAY_NOTE))

    def room(self, busy: int, now: datetime, monotonic: float) -> int:
        """Return how many messages may be claimed now while so many are in hand."""
        room = self._limit - busy
        if self.pause is not None:
            # One message asks whether the relay works again; thousands at once would be refused
            # together.
            room = min(room, 1 if self.pause.again <= now and not busy else 0)
        if self._per_day:
            left = self._day.left(self._per_day, now)
            self.day_is_full = left <= 0
            room = min(room, left)
        return self._pace.allowed(max(room, 0), monotonic)

    def is_full(self, busy: int) -> bool:
        """Return whether no lane is free for a message."""
        return busy >= self._limit or self.pause is not None

    def is_closed(self, now: datetime) -> bool:
        """Return whether nothing may go for a while."""
        return self.day_is_full or (self.pause is not None and self.pause.again > now)

    def wait(self) -> float:
        """Return the seconds until one more may go."""
        return self._pace.wait()

    def share(self, notes: ClaimTables, wanted: int, now: datetime) -> int:
        """Return how many of so many messages the day has room for.

        This is in the transaction that claims them, because others count them too.
        """
        if not self._per_day or not wanted:
            return wanted
        self._day = DayCount.loads(notes.note(DAY_NOTE, alone=True))
        return min(wanted, self._day.left(self._per_day, now))

    def take(self, count: int) -> None:
        """Count messages that go."""
        self._pace.take(count)

    def write(self, notes: ClaimTables, claimed: int, unburnt: int, now: datetime) -> None:
        """Write what changed, in the transaction of the claims."""
        if self._pause_changed:
            notes.save_note(RELAY_NOTE, self.pause.dumps() if self.pause is not None else "")
            self._pause_changed = False
        if self._per_day and claimed != unburnt:
            self._day = DayCount.loads(notes.note(DAY_NOTE, alone=True)).plus(
                claimed - unburnt, now
            )
            notes.save_note(DAY_NOTE, self._day.dumps())

    def learn(self, outcome: AttemptResult, began: float, now: datetime, monotonic: float) -> None:
        """Learn from an attempt: does the relay take messages, and on how many connections at once?

        A relay that refuses one connection while it takes messages on others is not down: it allows
        fewer of them.
        """
        if outcome.verdict is Verdict.UNMADE:
            return
        if outcome.verdict is not Verdict.RELAY:
            self._accepted_at = monotonic
            if self.pause is not None:
                if began < self._paused_at:
                    self._use_fewer(self.pause.words)
                else:
                    log.info(
                        "the relay takes messages again",
                        after=str(now - self.pause.since).partition(".")[0],
                    )
                self.pause, self._pause_changed = None, True
        # Another connection got a message through meanwhile: the relay works, it only wants fewer
        # of them.
        elif self._accepted_at >= began and self._limit > 1:
            self._use_fewer(outcome.words)
        elif self.pause is None or began >= self._paused_at:
            self.pause, self._pause_changed = RelayPause.after(self.pause, outcome.words, now), True
            self._paused_at = monotonic
            log.error(
                "the relay takes nothing",
                words=outcome.words,
                again=self.pause.again.isoformat(timespec="seconds"),
            )

    def _use_fewer(self, words: str) -> None:
        self._limit = max(1, self._limit - 1)
        log.warning("the relay allows fewer connections", now=self._limit, words=words)
