"""A site with readers and a queued issue, and its sender in front of a real mail server.

Only the clock is handed in.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from publisher.app import open_site
from publisher.config import load_config
from publisher.delivery.progress_store import ProgressStore
from publisher.issues.outgoing import SendControls
from publisher.newsletter.store import IssueStore
from publisher.publishing.options import Options
from publisher.subscribers.models import Event, Preferences, Subscriber, SubscriberState
from publisher.subscribers.store import SubscriberStore
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from publisher.app import MailServices
    from publisher.delivery.models import Delivery, DeliveryState, SendStats
    from publisher.newsletter.issue import IssueRecord
    from tests.delivery.smtp_server import SmtpServer


SETTINGS = """[newsletter]
from = "Mira <mira@example.org>"
wait_for_page = false
delay = 0
[web]
url = "https://news.example.org"
[delivery]
transport = "{transport}"
{delivery}
[smtp]
host = "127.0.0.1"
port = {port}
tls = "none"
{smtp}
"""
KEY = "6b" * 32


class MailingSite:
    """A site in a folder, opened; ``mail_services`` send what is queued on it.

    Attributes:
        now: What the clock says.
    """

    def __init__(
        self,
        folder: Path,
        port: int = 25,
        *,
        transport: str = "smtp",
        delivery: str = "",
        smtp: str = "",
        more: str = "",
        url: str = "",
    ) -> None:
        settings = SETTINGS.format(transport=transport, port=port, delivery=delivery, smtp=smtp)
        state = f'[state]\nurl = "{url}"\n' if url else ""
        self.site = Site(folder, more=settings + state + more)
        if url:
            (folder / "state").mkdir(exist_ok=True)
            (folder / "state" / "secret.key").write_text(KEY + "\n")
        self.now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def __enter__(self) -> Self:
        self.config = load_config(self.site.config_file, {})
        self.open = open_site(self.config)
        self.state = self.open.database
        self.outgoing = SendControls(self.state)
        self.mail_services: MailServices = self.open.mail_services(lambda: self.now)
        return self

    def __exit__(self, *_: object) -> None:
        self.mail_services.sender.close()
        self.state.close()

    def later(self, **delta: float) -> None:
        """Let time pass."""
        self.now += timedelta(**delta)

    def again(self) -> None:
        """Begin anew, as after the process ended and was started again."""
        self.mail_services.sender.close()
        self.mail_services = self.open.mail_services(lambda: self.now)

    def publish(self) -> None:
        """Do one round."""
        self.open.publisher().publish_once(self.now, Options(one_shot=True))

    def subscribe(self, *addresses: str, **chosen: object) -> None:
        """Put active people on the list."""
        preferences = Preferences(**chosen)  # type: ignore[arg-type]
        people = [
            Subscriber(
                address, address, SubscriberState.ACTIVE, self.now, preferences, activated=self.now
            )
            for address in addresses
        ]
        with self.state.transaction() as transaction:
            SubscriberStore(transaction).add_many(
                [
                    (person, Event(self.now, "import", SubscriberState.ACTIVE, "test"))
                    for person in people
                ]
            )

    def queue(self, readers: int = 20, title: str = "The first letter") -> IssueRecord:
        """Queue an issue of a new post for so many readers at three domains, and return it."""
        if readers:
            self.subscribe(*(f"reader{n}@{domain_of(n)}" for n in range(readers)))
        if not (self.site.folder / "public").exists():
            self.publish()
        slug = title.lower().replace(" ", "-")
        self.site.write(
            f"{slug}.md",
            f"---\ntitle: {title}\ndate: {self.now:%Y-%m-%d}\n---\nWords of {title}.\n",
        )
        self.publish()
        return self.issues()[-1]

    def send(self) -> SendStats:
        """Send what is due."""
        return self.mail_services.sender.run()

    def issues(self) -> list[IssueRecord]:
        """Return every issue but the one of the first run."""
        with self.state.reading() as transaction:
            return [
                issue
                for issue in IssueStore(transaction).issues()
                if str(issue.reason) != "first run"
            ]

    def issue(self) -> IssueRecord:
        """Return the newest issue."""
        return self.issues()[-1]

    def deliveries(self, issue: int = 0) -> list[Delivery]:
        """Return the rows of the ledger, oldest first."""
        with self.state.reading() as transaction:
            return list(
                reversed(ProgressStore(transaction).list_deliveries(issue=issue, most=100_000))
            )

    def states(self) -> Counter[DeliveryState]:
        """Count the ledger by state."""
        return Counter(delivery.state for delivery in self.deliveries())


def domain_of(number: int) -> str:
    """Return the domain of a reader."""
    return ("example.net", "example.com", "example.edu")[number % 3]


def parsed(data: bytes) -> EmailMessage:
    """Read a message."""
    return email.message_from_bytes(data, policy=email.policy.default)


def link(data: bytes, page: str) -> str:
    """Return the path of a message's own link to one of our pages."""
    body = parsed(data).get_body(("plain",))
    assert body is not None
    found = re.search(rf"https://news\.example\.org(/{page}/\S+)", body.get_content())
    assert found is not None
    return found[1]


def recipients(server: SmtpServer) -> Counter[str]:
    """Count the messages each address got."""
    return Counter(message.recipient for message in server.messages)
