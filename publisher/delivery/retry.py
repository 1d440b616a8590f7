"""When a message that was put off is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits between attempts.

    Attributes:
        waits: After the first, second, ... attempt.
        then: After every later one, give or take ``jitter``.
        jitter: Part of ``then``, so that a thousand messages do not come back in one second.
        give_up: After the first attempt (RFC 5321, 4.5.4.1 asks for days).
    """

    waits: tuple[timedelta, ...] = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
    then: timedelta = timedelta(hours=1)
    jitter: float = 0.2
    give_up: timedelta = timedelta(hours=72)

    def wait(self, attempts: int, spread: float = 0.5) -> timedelta:
        """Return how long to wait after so many attempts.

        Args:
            attempts: From 1 on.
            spread: From 0 to 1, where inside the jitter.
        """
        if attempts <= len(self.waits):
            # Greylisting lets the second try through after a minute or five; only later ones are
            # spread.
            return self.waits[attempts - 1]
        return self.then * (1 + self.jitter * (2 * spread - 1))

    def again(
        self, attempts: int, first: datetime, now: datetime, spread: float = 0.5
    ) -> datetime | None:
        """Return when to try again, or None to give up.

        Args:
            attempts: How many there were.
            first: When the first was.
            now: Aware.
            spread: See :meth:`wait`.
        """
        at = now + self.wait(attempts, spread)
        # Counted from the first attempt, not the queueing: an issue that was paused for days has
        # its three days still.
        return None if at > first + self.give_up else at


DEFAULT = RetryPolicy()
