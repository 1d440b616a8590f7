"""A site and its readers told as a story: posts come and go, people choose and leave, time passes.

Only the clock is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from sqlalchemy import select, update

from publisher.app import open_site
from publisher.config import load_config
from publisher.database import schema
from publisher.issues.outgoing import SendControls
from publisher.mail.transactional import TransactionalMailer
from publisher.membership.service import MembershipService
from publisher.membership.steps import RequestOrigin
from publisher.newsletter.store import IssueStore
from publisher.posts.store import PostStore
from publisher.publishing.options import Options
from publisher.subscribers.models import Cadence, Preferences
from publisher.subscribers.store import SubscriberStore
from publisher.subscribers.tokens import Key, Keyring, Purpose
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.database.connection import Transaction
    from publisher.database.database import Database
    from publisher.mail.transactional import TransactionalMail
    from publisher.newsletter.issue import IssueLine
    from publisher.newsletter.models import ComposerSettings
    from publisher.publishing.report import Report
    from publisher.subscribers.models import Subscriber
    from publisher.system.restore_mark import RestoreMarkFile


SETTINGS = (
    "[feeds]\ntags = false\ncategories = false\nauthors = false\narchive ="
    " false\n[newsletter]\nburst = 50\n"
)
PLAIN = {
    "post.html": "<h1>{{ subject }}</h1>{{ articles[0].content | safe }}",
    "digest.html": (
        "<h1>{{ subject }}</h1>{% for post in articles + links %}<p>{{ post.title }}</p>{%"
        " endfor %}"
    ),
}
RING = Keyring((Key.of(b"k" * 32),))
BY_HAND = RequestOrigin("test", wording="on paper")


class SilentWriter(TransactionalMailer):
    """Writes no letters: these stories are about issues."""

    def write(
        self,
        transaction: Transaction,
        subscriber: Subscriber,
        letter: TransactionalMail,
        now: datetime,
    ) -> bool:
        """Write nothing."""
        del transaction, subscriber, letter, now
        return False


@dataclass(frozen=True)
class Mail:
    """One message of an issue, as the ledger has it.

    Attributes:
        key: Number of the row.
        reader: Name before the ``@``.
        issue: Number of its issue.
        digest: ``weekly:2026-W10``; empty for the issue of one post.
        posts: Titles.
        state: Where it stands.
        queued: When.
    """

    key: int
    reader: str
    issue: int
    digest: str
    posts: tuple[str, ...]
    state: str
    queued: datetime


class Readership:
    """A site with readers; every step is what a person, a file or the clock does.

    Attributes:
        now: What the clock says.
    """

    def __init__(self, folder: Path, *, url: str = "", more: str = "", plain: bool = True) -> None:
        state = f'[state]\nurl = "{url}"\n' if url else ""
        self.site = Site(folder, more=SETTINGS + more + state)
        self.now = self.site.now
        for name, text in PLAIN.items() if plain else ():
            target = folder / "templates" / "newsletter" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(f"<html><body>{text}</body></html>", "utf-8")
        self._open()
        self.round()

    def _open(self) -> None:
        self.config = load_config(self.site.config_file, {})
        self.opened = open_site(self.config)
        self.state = self.opened.database
        letters = SilentWriter(self.config, RING, self.opened.composing.environment)
        self.membership = MembershipService(self.config, self.state, RING, letters)
        self.issue_service, self.outgoing = self.opened.issue_service(), SendControls(self.state)

    def parts(self) -> tuple[ComposerSettings, Database, RestoreMarkFile]:
        """Return what composing digests takes."""
        return self.opened.composing, self.state, self.opened.mark_file

    def configure(self, old: str, new: str) -> None:
        """Change the configuration, and begin anew with it."""
        self.close()
        text = self.site.config_file.read_text("utf-8")
        self.site.config_file.write_text(text.replace(old, new), "utf-8")
        self._open()

    def close(self) -> None:
        """Close the database."""
        self.state.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def at(self, day: str, hour: str = "09:00") -> Self:
        """Let the clock say this, in UTC."""
        self.now = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=UTC)
        return self

    def later(self, **delta: float) -> Self:
        """Let time pass."""
        self.now += timedelta(**delta)
        return self

    def write(
        self, title: str, tags: str = "", *, draft: bool = False, date: str = "", more: str = ""
    ) -> None:
        """Write a post, new or over the one of this title."""
        flag = "draft: true\n" if draft else ""
        head = (
            f"title: {title}\ndate: {date or f'{self.site.now:%Y-%m-%d}'}\ntags:"
            f" [{tags}]\n{flag}{more}"
        )
        self.site.write(f"{title.lower()}.md", f"---\n{head}---\nWords of {title}.\n")

    def round(self) -> Report:
        """Look at the folder, as a command from cron does."""
        return self.opened.publisher().publish_once(self.now, Options(one_shot=True))

    def publish(self, title: str, tags: str = "", **more: str) -> int:
        """Write a post of today and queue its issue; give its number."""
        self.write(title, tags, date=f"{self.now:%Y-%m-%dT%H:%M:%SZ}", **more)  # type: ignore[arg-type]
        return self.round().queued()[0].issue.key

    def digest(self) -> list[IssueLine]:
        """Do what the daemon does every minute."""
        return self.opened.digest_composer(self.now).run()

    def join(self, name: str, cadence: str = "every post", **chosen: object) -> None:
        """Let somebody join, or come back."""
        preferences = Preferences(Cadence(cadence), **chosen)  # type: ignore[arg-type]
        person = self.membership.add(f"{name}@example.org", preferences, self.now, BY_HAND)
        if str(person.state) != "active":
            token = RING.sign(Purpose.CONFIRM, person.public, self.now)
            assert self.membership.confirm(token, self.now, BY_HAND) is not None

    def choose(self, name: str, **chosen: object) -> None:
        """Let somebody change what they get."""
        person = self.person(name)
        if "cadence" in chosen:
            chosen["cadence"] = Cadence(str(chosen["cadence"]))
        changed = replace(person.preferences, **chosen)  # type: ignore[arg-type]
        assert (
            self.membership.change(
                RING.sign(Purpose.PREFERENCES, person.public, self.now), changed, self.now, BY_HAND
            )
            is not None
        )

    def leave(self, name: str) -> None:
        """Let somebody unsubscribe."""
        person = self.person(name)
        assert (
            self.membership.leave(
                RING.sign(Purpose.UNSUBSCRIBE, person.public, self.now), self.now, BY_HAND
            )
            is not None
        )

    def send_away(self, name: str, way: str) -> None:
        """Let the operator forget, remove or suppress somebody."""
        if way == "forget":
            assert self.membership.forget(f"{name}@example.org", self.now)
        elif way == "remove":
            self.membership.remove(self.person(name), self.now)
        else:
            self.membership.suppress(f"{name}@example.org", self.now, BY_HAND)

    def person(self, name: str) -> Subscriber:
        """Return a reader's row."""
        with self.state.reading() as transaction:
            person = SubscriberStore(transaction).subscriber(folded=f"{name}@example.org")
        assert person is not None
        return person

    def send(self) -> None:
        """Send everything that may go, without a mail server."""
        deliveries, issues = schema.deliveries, schema.issues
        going = select(issues.c.id).where(issues.c.state.in_(("queued", "sending")))
        with self.state.engine.begin() as connection:
            mine = deliveries.c.issue_id.in_(going) & (deliveries.c.state == "queued")
            connection.execute(update(deliveries).where(mine).values(state="sent", attempts=1))
            connection.execute(
                update(issues).where(issues.c.state.in_(("queued", "sending"))).values(state="sent")
            )

    def mails(self, *, all_states: bool = False) -> list[Mail]:
        """Return the messages of issues, in the order they were queued.

        Without those that nothing sends any more.
        """
        with self.state.reading() as transaction:
            titles = {
                row.key: row.facts.title
                for row in PostStore(transaction).records()
                if row.facts is not None
            }
            issues = {issue.key: issue for issue in IssueStore(transaction).issues()}
            found = transaction.connection.execute(
                select(schema.deliveries).order_by(schema.deliveries.c.id)
            ).all()
        rows = [
            row
            for row in found
            if row.kind == "issue" and (all_states or row.state not in {"cancelled", "skipped"})
        ]
        return [
            Mail(
                row.id,
                (row.address or "").partition("@")[0],
                row.issue_id,
                issues[row.issue_id].digest,
                tuple(titles[post] for post in issues[row.issue_id].posts),
                row.state,
                row.queued,
            )
            for row in rows
        ]

    def got(self, name: str) -> list[str]:
        """Return what somebody gets, one text a message: the titles of its posts."""
        return [" ".join(mail.posts) for mail in self.mails() if mail.reader == name]

    def dues(self, name: str) -> int:
        """Count what somebody's digest may carry."""
        person = self.person(name)
        with self.state.reading() as transaction:
            query = select(schema.due.c.issue_id).where(schema.due.c.subscriber_id == person.key)
            return len(transaction.connection.execute(query).all())
