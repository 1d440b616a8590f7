"""Batches of an issue's messages.

What one job of the queue is about, and when the next look at it is worth while.

The ledger is the truth and a job only a hint where to look, so a job that runs twice, or is lost
and found again, does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


SIZE = 200
"""Rows of the ledger in a batch. Small enough that several machines share a short list, large
enough that a job costs little beside it."""

_TOGETHER = timedelta(seconds=10)
"""Messages that are due so close to each other are looked at together."""

_DAY_AGAIN = timedelta(minutes=10)
"""``smtp.per_day`` is counted by the hour: how soon it is worth looking whether there is room
again."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages of one issue in consecutive rows of the ledger.

    Attributes:
        issue: Number of the issue.
        after: Only rows after this one.
        until: Only rows up to this one.
    """

    issue: int
    after: int
    until: int

    @classmethod
    def at(cls, issue: int, place: int) -> Batch:
        """Return the batch at a place (row number // :data:`SIZE`).

        The same rows always belong together, whoever asks, and when.
        """
        return cls(issue, place * SIZE - 1, place * SIZE + SIZE - 1)

    @property
    def name(self) -> str:
        """Return a name that no other batch has."""
        return f"{self.issue}:{self.after + 1}-{self.until}"


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """How a queue is.

    Attributes:
        waiting: Batches that may be worked on now.
        later: Batches whose time comes later.
        running: Batches somebody works on.
        workers: Processes that work.
    """

    waiting: int
    later: int
    running: int
    workers: int


def follow_up(
    now: datetime,
    earliest: datetime | None,
    *,
    pause: datetime | None = None,
    day_is_full: bool = False,
    stopping: bool = False,
) -> datetime | None:
    """Return when a batch is to be looked at again, or None when nothing of it waits.

    Args:
        now: Aware.
        earliest: When the first message that waits may go.
        pause: Until when the relay takes nothing.
        day_is_full: ``smtp.per_day`` is reached.
        stopping: Whoever worked on it was told to end: somebody else may go on at once.
    """
    if earliest is None:
        return None
    at = max(earliest, now if stopping else now + _TOGETHER)
    if pause is not None:
        at = max(at, pause)
    return max(at, now + _DAY_AGAIN) if day_is_full else at
