"""How fast messages may go.

A second's and a day's share, and the pause of a relay that takes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


DAY = timedelta(hours=24)
_HOUR = 3600
_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))


class PerSecond:
    """Lets through at most ``rate`` messages in a second; everything when it is 0."""

    def __init__(self, rate: float, monotonic: float) -> None:
        self.rate, self._tokens, self._at = rate, min(rate, 1.0), monotonic

    def allowed(self, most: int, monotonic: float) -> int:
        """Return how many of ``most`` may go now."""
        if not self.rate:
            return most
        self._tokens = min(max(self.rate, 1.0), self._tokens + (monotonic - self._at) * self.rate)
        self._at = monotonic
        return min(most, int(self._tokens))

    def take(self, count: int) -> None:
        """Count messages that go."""
        if self.rate:
            self._tokens -= count

    def wait(self) -> float:
        """Return the seconds until the next may go."""
        return max(0.0, (1.0 - self._tokens) / self.rate) if self.rate else 0.0


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many messages went in each hour (since the epoch) of the last 24.

    Attributes:
        hours: Messages by hour.
    """

    hours: Mapping[int, int]

    @classmethod
    def loads(cls, text: str) -> DayCount:
        """Return the count that :meth:`dumps` wrote; none for an empty text."""
        return cls(
            {int(hour): int(count) for hour, count in json.loads(text).items()} if text else {}
        )

    def dumps(self) -> str:
        """Return the count as text."""
        return json.dumps({str(hour): count for hour, count in self.hours.items()})

    def left(self, per_day: int, now: datetime) -> int:
        """Return how many more may go in the 24 hours that end now.

        Hours that began in them count whole.
        """
        since = int((now - DAY).timestamp()) // _HOUR
        return max(0, per_day - sum(count for hour, count in self.hours.items() if hour >= since))

    def plus(self, count: int, now: datetime) -> DayCount:
        """Return the count with messages that go now."""
        this, since = int(now.timestamp()) // _HOUR, int((now - DAY).timestamp()) // _HOUR
        kept = {hour: n for hour, n in self.hours.items() if hour >= since}
        return DayCount({**kept, this: kept.get(this, 0) + count})


@dataclass(frozen=True, slots=True)
class RelayPause:
    """The relay takes nothing: refused connection or login, a bad certificate, a refused sender.

    Attributes:
        since: When it began.
        tries: How often it was tried since.
        again: When one connection tries again.
        words: What the relay said, or why there is no connection.
    """

    since: datetime
    tries: int
    again: datetime
    words: str

    @classmethod
    def after(cls, before: RelayPause | None, words: str, now: datetime) -> RelayPause:
        """Return the pause after one more refusal: 1, 5, 15, 60 minutes, then hourly."""
        tries = before.tries + 1 if before is not None else 1
        wait = _WAITS[min(tries, len(_WAITS)) - 1]
        return cls(before.since if before is not None else now, tries, now + wait, words)

    @classmethod
    def loads(cls, text: str) -> RelayPause | None:
        """Return the pause that :meth:`dumps` wrote; None for an empty text."""
        if not text:
            return None
        value = json.loads(text)
        return cls(
            datetime.fromisoformat(value["since"]),
            value["tries"],
            datetime.fromisoformat(value["again"]),
            value["words"],
        )

    def dumps(self) -> str:
        """Return the pause as text."""
        return json.dumps(
            {
                "since": self.since.isoformat(),
                "tries": self.tries,
                "again": self.again.isoformat(),
                "words": self.words,
            }
        )
