"""What sending needs of the machine, and of who begins and finishes issues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from publisher.delivery.connection_pool import Transport
    from publisher.delivery.models import DeliveryState, Finished
    from publisher.delivery.outcomes import OnUncertain
    from publisher.system.health import Health


class Housekeeping(Protocol):
    """Begins and finishes issues, and settles what others left."""

    def take_over(
        self, others: SenderEnvironment, on_uncertain: OnUncertain, now: datetime
    ) -> None: ...
    def begin(self, now: datetime) -> Sequence[Finished]: ...
    def finish(self, now: datetime) -> Sequence[Finished]: ...
    def under_way(self, only: int = ...) -> list[int]: ...


@dataclass(frozen=True)
class SenderEnvironment:
    """What sending needs of the machine.

    Attributes:
        transports: Makes a connection for each lane.
        accepted: What a message is that was taken: sent, or written.
        worker: A name that no other process ever had.
        is_dead: Says whether a worker's process is known to have ended.
        accepted_by_log: Gives, of these Message-IDs, those the relay's log says were accepted, with
            the words that say so.
        now: The clock.
        monotonic: Seconds, going on while the machine sleeps.
        wait: Sleeps for so many seconds.
        faults: Is told what goes wrong in this program, and what works.
        together: Lets this thread and others, by native id, run close to each other for a while.
    """

    transports: Callable[[], Sequence[Transport]]
    accepted: DeliveryState
    worker: str
    is_dead: Callable[[str], bool]
    accepted_by_log: Callable[[Sequence[str]], Mapping[str, str]]
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    wait: Callable[[float], None]
    faults: Health
    together: Callable[[Sequence[int]], AbstractContextManager[None]]
