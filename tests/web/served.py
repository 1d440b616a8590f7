"""A site with its web side really listening.

Only the clock is handed in, and the mail thread works when told to.
"""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

import httpx

from publisher.app import open_site
from publisher.config import load_config
from publisher.daemon.mail_thread import MailThread
from publisher.delivery.store import DeliveryStore
from publisher.subscribers.store import SubscriberStore
from publisher.system.health import Health
from publisher.system.templates import templates_of
from publisher.web.app import create_app
from publisher.web.context import Web
from publisher.web.server import WebServer
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from publisher.delivery.models import Delivery
    from publisher.subscribers.models import Event, Subscriber

NEWSLETTER = '[newsletter]\nfrom = "Mira <mira@example.org>"\n'
WEB = '[web]\nurl = "https://news.example.org"\nport = 0\n'
KEY = "6b" * 32


class Served:
    """A served site.

    Attributes:
        client: Follows no redirects.
        base: Where it listens.
    """

    def __init__(
        self, folder: Path, *, more: str = "", postgres: str = "", newsletter: str = NEWSLETTER
    ) -> None:
        self.site = Site(
            folder,
            more=newsletter + WEB + more + (f'[state]\nurl = "{postgres}"\n' if postgres else ""),
        )
        if postgres:
            (folder / "state").mkdir(exist_ok=True)
            (folder / "state" / "secret.key").write_text(KEY + "\n")
        self.now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
        self.ticks = 1000.0
        self.pattern = r"https://news\.example\.org(/[^\s\"<]*)"

    def __enter__(self) -> Self:
        self.config = load_config(self.site.config_file, {})
        self.open = open_site(self.config)
        self.state = self.open.database
        self.mail_services = services = self.open.mail_services(lambda: self.now)
        self.membership, self.sender = services.membership, services.sender
        self.health = Health(lambda: self.now)
        self.mail_thread = MailThread(self.membership, self.sender, lambda: self.now, self.health)
        self.web = Web(
            self.config, self.state, self.membership, templates_of(self.config), lambda: self.now,
            lambda: self.ticks, lambda: None,
            self.health,
        )  # fmt: skip
        self.server = WebServer(create_app(self.web), self.config.web, self.health)
        self.server.start()
        self.base = f"http://127.0.0.1:{self.server.port}"
        self.client = httpx.Client(base_url=self.base, timeout=20)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.server.stop()
        self.sender.close()
        self.state.close()

    def later(self, **delta: float) -> None:
        """Let time pass for both clocks."""
        self.now += timedelta(**delta)
        self.ticks += timedelta(**delta).total_seconds()

    def subscribe(self, address: str, **fields: str) -> httpx.Response:
        """Fill in our own form as a person does, and let the mail thread work."""
        page = self.client.get("/").text
        self.later(seconds=5)
        stamp = re.search(r'name="stamp" value="([^"]+)"', page)
        assert stamp is not None
        answer = self.client.post(
            "/subscribe", data={"email": address, "stamp": stamp[1], **fields}
        )
        self.mail_thread.work()
        return answer

    def letters(self) -> list[EmailMessage]:
        """Return every message in the maildir, oldest first."""
        folder = self.site.folder / "maildir" / "new"
        paths = (
            sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
            if folder.exists()
            else []
        )
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in paths
        ]

    def letters_to(self, address: str) -> list[EmailMessage]:
        """Return the messages to one address."""
        return [
            letter for letter in self.letters() if letter["To"].addresses[0].addr_spec == address
        ]

    def links(self, letter: EmailMessage) -> list[str]:
        """Return the paths of a message's links to our own pages, from both its parts."""
        found: list[str] = []
        for kind in ("plain", "html"):
            part = letter.get_body((kind,))
            assert part is not None
            found += re.findall(self.pattern, part.get_content())
        return list(dict.fromkeys(found))

    def link(self, letter: EmailMessage, page: str) -> str:
        """Return the one link to a page."""
        (found,) = [path for path in self.links(letter) if path.startswith(f"/{page}/")]
        return found

    def person(self, address: str) -> Subscriber | None:
        """Return what is stored of somebody."""
        with self.state.reading() as transaction:
            return SubscriberStore(transaction).subscriber(folded=address)

    def history(self, address: str) -> list[Event]:
        """Return what happened to somebody."""
        person = self.person(address)
        assert person is not None
        with self.state.reading() as transaction:
            return SubscriberStore(transaction).events(person.key)

    def deliveries(self, address: str) -> list[Delivery]:
        """Return somebody's rows of the ledger."""
        person = self.person(address)
        assert person is not None
        with self.state.reading() as transaction:
            return DeliveryStore(transaction).deliveries_of(person.key)

    def subscribed(self, address: str) -> Subscriber:
        """Bring somebody onto the list by form and click."""
        self.subscribe(address)
        assert (
            self.client.post(self.link(self.letters_to(address)[-1], "confirm")).status_code == 200
        )
        self.mail_thread.work()
        person = self.person(address)
        assert person is not None
        return person

    def everything(self) -> str:
        """Return all that is stored of people, to compare."""
        with self.state.reading() as transaction:
            people = list(SubscriberStore(transaction).all_subscribers())
            return repr(
                [
                    (
                        person,
                        SubscriberStore(transaction).events(person.key),
                        DeliveryStore(transaction).deliveries_of(person.key),
                    )
                    for person in people
                ]
            )
