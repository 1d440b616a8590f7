"""The daemon's work in the order of time.

Rounds, digests and messages when the daemon would do them, by a clock that a test sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Self

from publisher.app import open_site
from publisher.config import load_config
from publisher.publishing.options import Options
from publisher.subscribers.models import Event, Preferences, Subscriber, SubscriberState
from publisher.subscribers.store import SubscriberStore

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.publishing.report import Report
    from tests.delivery.smtp_server import Received, SmtpServer

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Got:
    """A message that a reader got.

    Attributes:
        at: When, in truth.
        reader: Name before the ``@``.
        text: Its plain text, subject first.
    """

    at: datetime
    reader: str
    text: str


class Simulated:
    """A daemon whose time passes as fast as it can.

    Its configuration is there already, its mail server is real.

    Attributes:
        truth: What time it is.
        wrong: How far its clock is ahead of that.
        got: Every message that was taken, in order.
    """

    def __init__(
        self, config: Path, server: SmtpServer, start: datetime, step: timedelta = MINUTE
    ) -> None:
        self.config, self.server, self.truth, self._step = config, server, start, step
        self.wrong = timedelta(0)
        self.got: list[Got] = []
        self._due: datetime | None = None

    @property
    def now(self) -> datetime:
        """What the clock says."""
        return self.truth + self.wrong

    def __enter__(self) -> Self:
        self._site = open_site(load_config(self.config, {}))
        self._mail_services = self._site.mail_services(lambda: self.now)
        self.round()
        return self

    def __exit__(self, *_: object) -> None:
        self._mail_services.sender.close()
        self._site.database.close()

    def restart(self) -> None:
        """End, and begin anew."""
        self.__exit__()
        self.__enter__()

    def join(self, name: str, **preferences: object) -> None:
        """Let somebody be a reader from now on."""
        person = Subscriber(
            f"{name}@example.net", f"{name}@example.net", SubscriberState.ACTIVE, self.now,
            activated=self.now,
            preferences=Preferences(**preferences),  # type: ignore[arg-type]
        )  # fmt: skip
        with self._site.database.transaction() as transaction:
            SubscriberStore(transaction).add_many(
                [(person, Event(self.now, "import", SubscriberState.ACTIVE, "simulated"))]
            )

    def until(self, instant: datetime) -> None:
        """Let time pass.

        Look at the folder, for digests and for mail, once a step and whenever something falls due.
        """
        while self.truth < instant:
            due = (
                self._due - self.wrong
                if self._due is not None and self._due > self.now
                else instant
            )
            self.truth = min(self.truth + self._step, due, instant)
            self.round()

    def round(self, *, accept_clock: bool = False) -> Report:
        """Do what the daemon does when it wakes."""
        report = self._site.publisher().publish_once(
            self.now, Options(one_shot=False, accept_clock=accept_clock)
        )
        self._due = report.next_due
        self._site.digest_composer(self.now).run()
        self._mail_services.sender.run()
        self.got += [self._read(message) for message in self.server.messages]
        self.server.messages.clear()
        return report

    def _read(self, message: Received) -> Got:
        parsed = message_from_bytes(message.data, policy=policy.default)
        body = parsed.get_body(("plain",))
        assert body is not None
        return Got(
            self.truth,
            message.recipient.partition("@")[0],
            f"{parsed['Subject']}\n{body.get_content()}",
        )
