"""Random histories of delivery.

People are forgotten, removed, suppressed and leave at every point of their messages' way.

The relay is real and as moody as relays are; claims of processes that ended lie about; a person
settles doubts now and then. Afterwards the relay is well, and everything must come out even. Seen
to fail where ``NEXT_STATE``, or ``put_back``, of :mod:`publisher.delivery.departures` never skips
("somebody's mail stopped").
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from publisher.delivery.claim_store import ClaimStore
from publisher.delivery.models import DeliveryState
from publisher.delivery.workers.store import BatchStore
from publisher.errors import UsageError
from publisher.newsletter.issue import IssueState
from publisher.subscribers.models import Signup
from tests.delivery.mailing_site import MailingSite
from tests.delivery.smtp_script import At, drop, say
from tests.delivery.ways_of_leaving import NAMELESS, WAYS, Meddling, claim, let_go
from tests.issues.batches import working
from tests.torture.scale import scaled

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.delivery.workers.batches import Batch
    from tests.delivery.smtp_script import Act
    from tests.delivery.smtp_server import SmtpServer


STEPS = scaled(200, 20)
STORIES = scaled(20, 1)
MOODS: tuple[tuple[At, Act], ...] = (
    (At.RCPT, say("451 4.3.0 later")),
    (At.END, say("452 4.3.1 full")),
    (At.RCPT, drop()),
    (At.END, drop()),
    (At.END, drop(takes=True)),
    (At.RCPT, say("554 5.7.1 no")),
    (At.END, say("554 5.6.0 no")),
)
OPEN = frozenset({DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.SENDING})


class Story:
    """One site, its readers, and a relay under which they go.

    Attributes:
        gone: Who went, how, and how many messages to them the relay had seen by then (with the one
            in hand).
        begun: Messages to each that came as far as RCPT.
    """

    def __init__(
        self, mailing_site: MailingSite, server: SmtpServer, chance: random.Random
    ) -> None:
        self.mailing_site, self.server, self.chance = mailing_site, server, chance
        self.people: list[str] = []
        self.gone: dict[str, tuple[str, int]] = {}
        self.begun: dict[str, int] = {}
        self.calm = False
        server.script = Meddling(self._meddle)

    def _meddle(self, step: At, recipient: str) -> None:
        """Be moody, and let somebody go, in the middle of a conversation."""
        if step is At.RCPT:
            self.begun[recipient] = self.begun.get(recipient, 0) + 1
            if not self.calm and self.chance.random() < 0.6:
                at, act = self.chance.choice(MOODS)
                self.server.script.at(at, act, to=recipient, times=1)
        if step in {At.RCPT, At.DATA, At.END} and not self.calm and self.chance.random() < 0.12:
            self.go(recipient if self.chance.random() < 0.8 else self.chance.choice(self.people))

    def go(self, address: str) -> None:
        """Let somebody go. Who left by themselves gets a goodbye mail."""
        if address in self.gone or address not in self.people:
            return
        way = self.chance.choice(WAYS)
        let_go(self.mailing_site, way, address)
        self.gone[address] = (way, self.begun.get(address, 0))

    def join(self) -> None:
        """Let two readers join, one of them by the form."""
        number = len(self.people)
        first, second = (f"reader{n}@example{n % 3}.org" for n in (number, number + 1))
        self.people += [first, second]
        self.mailing_site.subscribe(
            first, cadence=self.chance.choice(("every post", "every post", "daily"))
        )
        self.mailing_site.mail_services.membership.ask(
            Signup(second, self.mailing_site.now, "web form", "", "")
        )
        if self.chance.random() < 0.7:
            self.mailing_site.mail_services.membership.process_requests(self.mailing_site.now)

    def step(self, number: int) -> None:
        """Let one thing happen."""
        what = self.chance.choice(
            (
                "join",
                "join",
                "queue",
                "queue",
                "send",
                "send",
                "send",
                "go",
                "orphan",
                "resolve",
                "digest",
            )
        )
        if what == "join":
            self.join()
        elif what == "queue":
            self.mailing_site.queue(readers=0, title=f"Letter {number}")
        elif what == "go" and self.people:
            self.go(self.chance.choice(self.people))
        elif what == "orphan":
            self._orphan()
        elif what == "resolve":
            self._resolve()
        elif what == "digest":
            self.mailing_site.later(days=1)
            self.mailing_site.open.digest_composer(self.mailing_site.now).run()
        else:
            self.send()
        self.mailing_site.later(minutes=self.chance.choice((1, 6, 61)))

    def send(self) -> None:
        """Send what is due, here or, where workers do, batch by batch."""
        mailing_site = self.mailing_site
        mailing_site.mail_services.membership.process_requests(mailing_site.now)
        if mailing_site.open.queue.sends_here:
            mailing_site.send()
            return
        mailing_site.mail_services.progress.begin(mailing_site.now)
        with mailing_site.state.reading() as transaction:
            batches: list[Batch] = BatchStore(transaction).due_batches(mailing_site.now)
        with working(mailing_site) as worker:
            for batch in batches:
                worker.work(batch)
        mailing_site.mail_services.progress.take_over(
            mailing_site.mail_services.sender.around,
            mailing_site.mail_services.sender._on_uncertain,
            mailing_site.now,
        )
        mailing_site.mail_services.progress.finish(mailing_site.now)

    def _orphan(self) -> None:
        """Let another process claim a message and end."""
        self.mailing_site.mail_services.progress.begin(self.mailing_site.now)
        sending = {
            issue.key for issue in self.mailing_site.issues() if issue.state is IssueState.SENDING
        }
        active = "SELECT address FROM subscribers WHERE state = 'active'"
        with self.mailing_site.state.engine.connect() as connection:
            wants = set(connection.execute(text(active)).scalars())
        rows = [
            row
            for row in self.mailing_site.deliveries()
            if row.state in {DeliveryState.QUEUED, DeliveryState.DEFERRED}
            and row.due <= self.mailing_site.now
            and row.issue in sending
            if row.address in wants
        ]
        if rows:
            store = ClaimStore(self.mailing_site.state)
            claim(self.mailing_site, store, self.chance.choice(rows), "elsewhere:b:n:1:2")
            store.close()

    def _resolve(self) -> None:
        rows = [
            row.key for row in self.mailing_site.deliveries() if row.state is DeliveryState.UNKNOWN
        ]
        if rows:
            outcome = self.chance.choice(
                (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DEFERRED)
            )
            self.mailing_site.outgoing.resolve(
                [self.chance.choice(rows)], outcome, self.mailing_site.now
            )

    def finish(self) -> None:
        """Let the relay be well, settle what is in doubt, and send until nothing is open."""
        self.calm = True
        self.server.script.clear()
        for _ in range(12):
            self.mailing_site.later(minutes=75)
            for row in self.mailing_site.deliveries():
                if row.state is DeliveryState.UNKNOWN:
                    self.mailing_site.outgoing.resolve(
                        [row.key], DeliveryState.DEFERRED, self.mailing_site.now
                    )
            self.send()
        self.mailing_site.mail_services.sender.run()

    def check(self) -> None:
        """See that nothing is open, that sums add up, and that who went got nothing more."""
        rows = self.mailing_site.deliveries()
        assert not [row for row in rows if row.state in OPEN], "somebody's mail stopped"
        for issue in self.mailing_site.issues():
            assert issue.state is IssueState.SENT, issue
            assert sum(1 for row in rows if row.issue == issue.key) == issue.audience
        nobody = {DeliveryState.SKIPPED, DeliveryState.CANCELLED}
        assert all(row.reason for row in rows if row.state in nobody)
        for address, (way, begun) in self.gone.items():
            more = self.begun.get(address, 0) - begun
            # A goodbye mail is tried as often as any other.
            assert way == "leave" or not more, f"{address} got more after {way}"
            assert way not in NAMELESS or not [
                row for row in rows if row.address == address or address in row.reply
            ]
        stayed = {row.address for row in rows if row.state is DeliveryState.CANCELLED} & (
            set(self.people) - set(self.gone)
        )
        assert not stayed, "nobody else is cancelled"


@pytest.mark.parametrize(
    ("database", "delivery"),
    [
        ("sqlite", 'on_uncertain = "resend"'),
        ("sqlite", 'on_uncertain = "hold"'),
        ("sqlite", 'on_uncertain = "reconcile"\nlog = "{log}"'),
        ("postgresql", 'on_uncertain = "resend"'),
        ("postgresql", 'on_uncertain = "hold"'),
        ("postgresql", 'queue = "procrastinate"'),
    ],
    ids=["resend", "hold", "reconcile", "postgresql resend", "postgresql hold", "workers"],
)
@pytest.mark.parametrize("seed", range(STORIES))
def test_whoever_goes_at_whatever_point_stops_nobodys_mail(
    tmp_path: Path,
    server: SmtpServer,
    request: pytest.FixtureRequest,
    database: str,
    delivery: str,
    seed: int,
) -> None:
    """See the top of this file."""
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    log = tmp_path / "mail.log"
    log.touch()
    settings = f'{delivery.format(log=log)}\nlease = "5m"'
    with MailingSite(
        tmp_path, server.port, smtp="connections = 1", delivery=settings, url=url
    ) as mailing_site:
        story = Story(mailing_site, server, random.Random(seed))
        for _ in range(10):
            story.join()
        mailing_site.queue(readers=0, title="The first letter")
        for number in range(STEPS):
            try:
                story.step(number)
            except UsageError:
                continue
        story.finish()
        story.check()
