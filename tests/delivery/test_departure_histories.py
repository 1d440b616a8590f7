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

from publisher.delivery.models import DeliveryState
from publisher.digests.composer import Digester
from publisher.errors import UsageError
from publisher.newsletter.issue import IssueState
from publisher.subscribers.models import Signup
from tests.delivery.leaving import NAMELESS, WAYS, Meddling, let_go
from tests.delivery.mailing_site import Office
from tests.delivery.smtp_script import At, drop, say
from tests.delivery.test_departures import claim
from tests.issues.test_batch_worker import working
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

    def __init__(self, office: Office, server: SmtpServer, chance: random.Random) -> None:
        self.office, self.server, self.chance = office, server, chance
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
        let_go(self.office, way, address)
        self.gone[address] = (way, self.begun.get(address, 0))

    def join(self) -> None:
        """Let two readers join, one of them by the form."""
        number = len(self.people)
        first, second = (f"reader{n}@example{n % 3}.org" for n in (number, number + 1))
        self.people += [first, second]
        self.office.subscribe(
            first, cadence=self.chance.choice(("every post", "every post", "daily"))
        )
        self.office.room.membership.ask(Signup(second, self.office.now, "web form", "", ""))
        if self.chance.random() < 0.7:
            self.office.room.membership.settle(self.office.now)

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
            self.office.queue(readers=0, title=f"Letter {number}")
        elif what == "go" and self.people:
            self.go(self.chance.choice(self.people))
        elif what == "orphan":
            self._orphan()
        elif what == "resolve":
            self._resolve()
        elif what == "digest":
            self.office.later(days=1)
            Digester(self.office.open, self.office.now).run()
        else:
            self.send()
        self.office.later(minutes=self.chance.choice((1, 6, 61)))

    def send(self) -> None:
        """Send what is due, here or, where workers do, batch by batch."""
        office = self.office
        office.room.membership.settle(office.now)
        if office.state.queue.sends_here:
            office.send()
            return
        office.room.dispatcher.begin(office.now)
        with office.state.reading() as tables:
            batches: list[Batch] = tables.due_batches(office.now)
        with working(office) as worker:
            for batch in batches:
                worker.work(batch)
        office.room.dispatcher.take_over(
            office.room.sender.around, office.room.sender._on_uncertain, office.now
        )
        office.room.dispatcher.finish(office.now)

    def _orphan(self) -> None:
        """Let another process claim a message and end."""
        self.office.room.dispatcher.begin(self.office.now)
        sending = {issue.key for issue in self.office.issues() if issue.state is IssueState.SENDING}
        active = "SELECT address FROM subscribers WHERE state = 'active'"
        with self.office.state.engine.connect() as connection:
            wants = set(connection.execute(text(active)).scalars())
        rows = [
            row
            for row in self.office.deliveries()
            if row.state in {DeliveryState.QUEUED, DeliveryState.DEFERRED}
            and row.due <= self.office.now
            and row.issue in sending
            if row.address in wants
        ]
        if rows:
            store = self.office.state.open_ledger()
            claim(self.office, store, self.chance.choice(rows), "elsewhere:b:n:1:2")
            store.close()

    def _resolve(self) -> None:
        rows = [row.key for row in self.office.deliveries() if row.state is DeliveryState.UNKNOWN]
        if rows:
            outcome = self.chance.choice(
                (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DEFERRED)
            )
            self.office.outgoing.resolve([self.chance.choice(rows)], outcome, self.office.now)

    def finish(self) -> None:
        """Let the relay be well, settle what is in doubt, and send until nothing is open."""
        self.calm = True
        self.server.script.clear()
        for _ in range(12):
            self.office.later(minutes=75)
            for row in self.office.deliveries():
                if row.state is DeliveryState.UNKNOWN:
                    self.office.outgoing.resolve([row.key], DeliveryState.DEFERRED, self.office.now)
            self.send()
        self.office.room.sender.run()

    def check(self) -> None:
        """See that nothing is open, that sums add up, and that who went got nothing more."""
        rows = self.office.deliveries()
        assert not [row for row in rows if row.state in OPEN], "somebody's mail stopped"
        for issue in self.office.issues():
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
    with Office(
        tmp_path, server.port, smtp="connections = 1", delivery=settings, url=url
    ) as office:
        story = Story(office, server, random.Random(seed))
        for _ in range(10):
            story.join()
        office.queue(readers=0, title="The first letter")
        for number in range(STEPS):
            try:
                story.step(number)
            except UsageError:
                continue
        story.finish()
        story.check()
