"""What sends the mail of a subscribed site, inside the test.

Only the clock is handed in, and goes as the test says.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Self

from publisher.app import now, open_site
from publisher.config import load_config
from publisher.issues.outgoing import SendControls

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.delivery.models import SendStats
    from tests.torture.subscribed_site import SubscribedSite


class InProcessSender:
    """Sends what is due.

    Attributes:
        now: What the clock says.
    """

    def __init__(self, subscribed_site: SubscribedSite) -> None:
        self.subscribed_site, self.now = subscribed_site, now()

    def __enter__(self) -> Self:
        site = open_site(load_config(self.subscribed_site.config_file, {}))
        self.state = site.database
        self.outgoing = SendControls(self.state)
        self.mail_services = site.mail_services(self._clock)
        return self

    def __exit__(self, *_: object) -> None:
        self.mail_services.sender.close()
        self.state.close()

    def _clock(self) -> datetime:
        return self.now

    def later(self, **delta: float) -> None:
        """Let time pass."""
        self.now += timedelta(**delta)

    def send(self) -> SendStats:
        """Send what is due now."""
        return self.mail_services.sender.run()

    def send_all(self, subject: str = "", rounds: int = 40) -> None:
        """Send until nothing of an issue, or of any, is left, over an hour between two rounds."""
        for _ in range(rounds):
            self.send()
            if self.subscribed_site.is_finished(subject):
                return
            self.later(minutes=75)
        raise AssertionError(
            f"not finished: {self.subscribed_site.issue_states(subject)}"
            f" {self.subscribed_site.states(subject)}"
        )
