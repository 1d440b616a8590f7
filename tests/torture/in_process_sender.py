"""The mailroom of a stage inside the test.

Only the clock is handed in, and goes as the test says.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from publisher.app import now, open_site, state_of
from publisher.config import load_config
from publisher.issues.outgoing import Outgoing
from publisher.mail_app import open_mailroom

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.delivery.models import Tally
    from tests.torture.subscribed_site import Stage


class Room:
    """Sends what is due.

    Attributes:
        now: What the clock says.
    """

    def __init__(self, stage: Stage) -> None:
        self.stage, self.now = stage, now()

    def __enter__(self) -> Self:
        site = open_site(load_config(self.stage.config_file, {}))
        self.state = state_of(site)
        self.outgoing = Outgoing(self.state)
        self.mailroom = open_mailroom(site, self._clock)
        return self

    def __exit__(self, *_: object) -> None:
        self.mailroom.sender.close()
        self.state.close()

    def _clock(self) -> datetime:
        return self.now

    def later(self, **delta: float) -> None:
        """Let time pass."""
        self.now += timedelta(**delta)

    def send(self) -> Tally:
        """Send what is due now."""
        return self.mailroom.sender.run()

    def send_all(self, subject: str = "", rounds: int = 40) -> None:
        """Send until nothing of an issue, or of any, is left, over an hour between two rounds."""
        for _ in range(rounds):
            self.send()
            if self.stage.is_finished(subject):
                return
            self.later(minutes=75)
        raise AssertionError(
            f"not finished: {self.stage.issue_states(subject)} {self.stage.states(subject)}"
        )
