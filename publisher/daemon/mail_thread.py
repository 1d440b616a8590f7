"""A thread that looks at requests to subscribe and sends what is due, when it is woken.

Requests, what workers left, and sending are three parts: a fault in one, say in a template of
confirm mails, keeps the others from nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.delivery.models import SendFilter
from publisher.system.health import Supervised

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from publisher.delivery.models import Finished
    from publisher.delivery.sender import Sender
    from publisher.membership.service import MembershipService
    from publisher.system.health import Health


_ANYWAY = 5.0
"""Seconds after which it looks without being woken: another process may have queued something."""


@dataclass
class MailThread:
    """Does one round after another until stopped.

    Attributes:
        membership: Looks at requests.
        sender: Sends what is due.
        now: The clock.
        is_older_copy: Whether an older copy of the state waits for a round to deal with it: until
            then nothing is sent.
        scope: What may be sent by now.
        finished: Told of issues whose last message is done.
        oversee: What is looked after each time besides; gives issues that are done.
        health: Is told of faults.
    """

    membership: MembershipService
    sender: Sender
    now: Callable[[], datetime]
    health: Health
    is_older_copy: Callable[[], bool] = lambda: False
    scope: Callable[[], SendFilter] = lambda: SendFilter(issues=False)
    finished: Callable[[Sequence[Finished]], None] = lambda _issues: None
    oversee: Callable[[datetime], Sequence[Finished]] = lambda _now: ()

    def __post_init__(self) -> None:
        self._thread = Supervised("mail", self.work, self.health, every=_ANYWAY)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End after the messages in hand."""
        self._thread.stop()
        self.sender.close()

    def wake(self) -> None:
        """Wake the thread: something was queued."""
        self._thread.wake()

    def work(self) -> None:
        """Process every request and send all that is due.

        Nothing, while an older copy waits for a round to deal with it.
        """
        if self.is_older_copy():
            return
        overseen: Sequence[Finished] = ()
        sent: Sequence[Finished] = ()
        ending = self._thread.ending
        with self.health.minding("looking at requests"):
            while self.membership.process_requests(self.now()) and not ending.is_set():
                pass
        with self.health.minding("looking after workers"):
            overseen = self.oversee(self.now())
        with self.health.minding("sending"):
            sent = self.sender.run(self.scope(), ending.is_set).finished
        if overseen or sent:
            self.finished([*overseen, *sent])
