"""A site with readers, and one issue that is queued and not yet sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from publisher.database import schema
from publisher.delivery.models import Delivery, MessageKind
from publisher.delivery.store import DeliveryStore
from publisher.newsletter.issue import HoldReason, IssueState
from publisher.newsletter.store import IssueStore
from publisher.posts.store import PostStore
from publisher.subscribers.models import Cadence, Event, Preferences, Subscriber
from publisher.subscribers.models import SubscriberState as MembershipService
from publisher.subscribers.store import SubscriberStore
from publisher.system.files import OutputFolder
from publisher.system.restore_mark import RestoreMarkFile

if TYPE_CHECKING:
    from publisher.database.database import Database
    from publisher.newsletter.issue import IssueRecord
    from publisher.posts.models import Announcement
    from publisher.publishing.report import Report
    from tests.end_to_end.site import Site


OLD = "---\ntitle: Old\ndate: 2020-01-01\n---\nOld words.\n"
NEWS = "---\ntitle: News\ndate: 2026-03-01\ntags: [tea]\n---\nThe news.\n"
HOOK = '[hooks]\nissue_held = ["sh", "-c", "cat > held.json"]\n'


class Story:
    """A site with readers, and one issue that is queued and not yet sent."""

    def __init__(self, site: Site) -> None:
        self.site = site
        site.write("old.md", OLD)
        site.build()
        self.opened = site.open()
        self.state: Database = self.opened.database
        for name in ("ada", "bob"):
            self.join(name)
        self.join("cyd", Preferences(wanted=("tea",)))
        self.join("dee", Preferences(Cadence.WEEKLY))
        site.later(hours=1)
        site.write("news.md", NEWS)
        (line,) = site.build().issues
        self.key: int = line.issue.key
        assert (line.issue.state, self.messages(), self.dues()) == (
            IssueState.QUEUED,
            ["ada", "bob", "cyd"],
            ["dee"],
        )

    def join(self, name: str, preferences: Preferences | None = None) -> None:
        """Let somebody join."""
        address = f"{name}@example.org"
        person = Subscriber(
            address, address, MembershipService.ACTIVE, self.site.now, preferences or Preferences()
        )
        with self.state.transaction() as transaction:
            SubscriberStore(transaction).add_subscriber(
                person, Event(self.site.now, "add", MembershipService.ACTIVE, "command line")
            )

    def restore(self) -> None:
        """Make the database an older copy, as the mark tells it."""
        folder = self.site.folder / "newsletters"
        mark_file = RestoreMarkFile(OutputFolder(folder))
        mark = mark_file.read()
        assert mark is not None
        mark_file.write(replace(mark, counter=mark.counter + 5))

    def attempt(self) -> None:
        """Let the sender claim one message."""
        table = schema.deliveries
        with self.state.engine.begin() as connection:
            first = select(table.c.id).order_by(table.c.id).limit(1).scalar_subquery()
            connection.execute(
                update(table)
                .where(table.c.id == first)
                .values(attempts=1, state="sending", attempted=self.site.now)
            )
            connection.execute(
                update(schema.issues).where(schema.issues.c.id == self.key).values(state="sending")
            )

    def messages(self) -> list[str]:
        """Name whom messages of issues are for, that are not cancelled."""
        table = schema.deliveries
        query = (
            select(table.c.address)
            .where(table.c.kind == "issue", table.c.state != "cancelled")
            .order_by(table.c.address)
        )
        with self.state.engine.connect() as connection:
            return [address.partition("@")[0] for address in connection.execute(query).scalars()]

    def dues(self) -> list[str]:
        """Name whose digest will carry something."""
        query = select(schema.subscribers.c.address).join(
            schema.due, schema.due.c.subscriber_id == schema.subscribers.c.id
        )
        with self.state.engine.connect() as connection:
            return [address.partition("@")[0] for address in connection.execute(query).scalars()]

    def issue(self) -> IssueRecord:
        """Return the issue as it is now."""
        with self.state.reading() as transaction:
            issue = IssueStore(transaction).issue(self.key)
        assert issue is not None
        return issue

    def announcement(self) -> Announcement:
        """Return what became of its post's news."""
        with self.state.reading() as transaction:
            return next(
                record.announcement
                for record in PostStore(transaction).records()
                if record.path == "news.md"
            )

    def letter(self, key: str) -> bool:
        """Queue a letter to the first subscriber; False when one of this key was queued before."""
        now = self.site.now
        with self.state.transaction() as transaction:
            return DeliveryStore(transaction).add_delivery(
                Delivery(
                    MessageKind.TRANSACTIONAL,
                    key,
                    "ada@example.org",
                    "<x@y>",
                    now,
                    now,
                    now,
                    subscriber=1,
                )
            )


def issue_states(report: Report) -> list[tuple[int, IssueState, HoldReason | None]]:
    """Return the issues that a round tells of, each with its state and reason."""
    return [(line.issue.key, line.issue.state, line.issue.reason) for line in report.issues]
