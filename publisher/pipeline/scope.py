"""What a round of sending is about, and what it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.delivery.pacing import RelayPause
    from publisher.pipeline.dispatching import Finished


@dataclass(frozen=True, slots=True)
class Scope:
    """What is sent.

    Attributes:
        letters: Confirm mails and other letters.
        issues: Messages of issues.
        issue: Only of this one, where it is not 0.
        after: Only rows after this one.
        until: Only rows up to this one.
    """

    letters: bool = True
    issues: bool = True
    issue: int = 0
    after: int = 0
    until: int = 2**62


@dataclass
class Tally:
    """What a round of sending did.

    Attributes:
        handed: Messages that were taken.
        failed: Messages that were refused for good.
        deferred: Attempts that are to be made again.
        doubtful: Messages that may or may not have been taken.
        finished: Issues whose last message is done.
        pause: The relay takes nothing.
        day_is_full: ``smtp.per_day`` was reached.
    """

    handed: int = 0
    failed: int = 0
    deferred: int = 0
    doubtful: int = 0
    finished: list[Finished] = field(default_factory=list)
    pause: RelayPause | None = None
    day_is_full: bool = False
