"""A reader is forgotten, removed or suppressed at each point of their message's way.

Nobody else's mail stops, and theirs ends.

Each was seen to fail with ``NEXT_STATE`` and ``put_back`` of :mod:`publisher.delivery.departures`
as if nobody were ever gone, and with ``address IS NOT NULL`` left out of what is read ahead:
``AttributeError: 'NoneType' object has no attribute 'rpartition'``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from publisher.delivery.claims import ClaimStore
from publisher.delivery.models import DeliveryState, MessageKind
from publisher.digests.composer import DigestComposer
from publisher.newsletter.issue import IssueState
from publisher.newsletter.mime import WithdrawnError
from publisher.subscribers.models import Signup
from tests.delivery.mailing_site import MailingSite, recipients
from tests.delivery.smtp_script import At, drop, say
from tests.delivery.ways_of_leaving import NAMELESS, REASONS, WAYS, Meddling, let_go

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from publisher.delivery.models import Claim, Delivery
    from tests.delivery.smtp_script import Act
    from tests.delivery.smtp_server import SmtpServer


SENT, SKIPPED, CANCELLED, UNKNOWN = (
    DeliveryState.SENT,
    DeliveryState.SKIPPED,
    DeliveryState.CANCELLED,
    DeliveryState.UNKNOWN,
)
FAILED = DeliveryState.FAILED
ADA = "reader1@example.com"
"""One of nine; her row is not the first."""
LATER = say(f"451 4.3.0 <{ADA}>: not now")

every_way = pytest.mark.parametrize("way", WAYS)
everywhere = pytest.mark.parametrize(
    ("single", "way"),
    [*(("sqlite", way) for way in WAYS), ("postgresql", "forget"), ("postgresql", "suppress")],
    indirect=["single"],
)
both = pytest.mark.parametrize("single", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(params=["sqlite"])
def single(
    request: pytest.FixtureRequest, tmp_path: Path, server: SmtpServer
) -> Iterator[MailingSite]:
    """A site with one connection: whatever is in hand is the only one."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with MailingSite(tmp_path, server.port, smtp="connections = 1", url=url) as opened:
        yield opened


def hers(mailing_site: MailingSite, before: list[Delivery]) -> Delivery:
    """Give her row of the issue as it is now, told by what the ledger had before."""
    key = next(row.key for row in before if row.address == ADA and row.kind is MessageKind.ISSUE)
    return next(row for row in mailing_site.deliveries() if row.key == key)


def check_traces(mailing_site: MailingSite, way: str) -> None:
    """See that nothing names who was forgotten or removed."""
    if way not in NAMELESS:
        return
    with mailing_site.state.engine.connect() as connection:
        for table in ("deliveries", "subscribers", "signups", "subscriber_events"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            assert not [row for row in rows if any(ADA in str(value).lower() for value in row)], (
                table
            )


def meddled(
    mailing_site: MailingSite, server: SmtpServer, way: str, at: At, act: Act | None
) -> list[str]:
    """Let her go when the server is at a step of her conversation, and do this there, once.

    Give the steps that came afterwards.
    """
    seen: list[str] = []

    def meddle(step: At, recipient: str) -> None:
        if recipient == ADA and seen:
            seen.append(str(step))
        if recipient == ADA and step is at and not seen:
            let_go(mailing_site, way, ADA)
            seen.append("gone")

    server.script = Meddling(meddle)
    if act is not None:
        server.script.at(at, act, to=ADA, times=1)
    return seen


@everywhere
@pytest.mark.parametrize(
    ("at", "act", "state", "reason"),
    [
        (At.RCPT, None, SENT, ""),
        (At.END, None, SENT, ""),
        (At.RCPT, LATER, SKIPPED, "gone"),
        (At.END, LATER, SKIPPED, "gone"),
        (At.RCPT, say(f"550 5.1.1 <{ADA}>: nobody"), FAILED, "address refused"),
        (At.END, say(f"554 5.7.1 <{ADA}>: no"), FAILED, ""),
        (At.RCPT, drop(), SKIPPED, "gone"),
        (At.END, drop(), SKIPPED, "gone"),
    ],
    ids=[
        "taken",
        "taken at the end",
        "put off",
        "put off at the end",
        "nobody",
        "refused",
        "broken off",
        "in doubt",
    ],
)
def test_who_goes_while_their_message_is_in_hand_gets_no_other(
    single: MailingSite,
    server: SmtpServer,
    way: str,
    at: At,
    act: Act | None,
    state: DeliveryState,
    reason: str,
) -> None:
    """What comes of it is kept, without the address; put off, it is skipped and says why.

    All the others get theirs, and the issue ends.
    """
    single.queue(readers=9)
    before = single.deliveries()
    seen = meddled(single, server, way, at, act)
    single.send()
    assert seen, "it never came so far"
    row = hers(single, before)
    assert (row.state, row.reason) == (state, REASONS[way] if reason == "gone" else reason)
    assert (row.address is None) is (way in NAMELESS)
    assert single.issue().state is IssueState.SENT
    assert (
        sum(single.states()[name] for name in (SENT, SKIPPED, FAILED))  # type: ignore[operator]
        >= single.issue().audience
        == 9
    )
    check_traces(single, way)
    server.script = Meddling(lambda _step, _recipient: None)
    goodbyes = way == "leave"
    took = recipients(server)[ADA]
    single.later(days=4)
    single.send()
    assert recipients(server)[ADA] - took <= goodbyes
    assert {count for address, count in recipients(server).items() if address != ADA} == {1}
    assert len(recipients(server)) >= 8


@every_way
def test_who_goes_while_their_message_waits_to_be_tried_again_gets_none(
    single: MailingSite, server: SmtpServer, way: str
) -> None:
    """It was put off before: it is cancelled, and the issue ends."""
    single.queue(readers=9)
    before = single.deliveries()
    server.script.at(At.RCPT, LATER, to=ADA)
    single.send()
    let_go(single, way, ADA)
    server.script.clear()
    single.later(hours=2)
    single.send()
    row = hers(single, before)
    assert (row.state, row.reason) == (CANCELLED, REASONS[way])
    assert single.issue().state is IssueState.SENT
    assert [
        message
        for message in server.messages
        if message.recipient == ADA and b"Subject: The first letter" in message.data
    ] == []
    check_traces(single, way)


@pytest.mark.parametrize(
    ("database", "way"), [*(("sqlite", way) for way in WAYS), ("postgresql", "forget")]
)
@pytest.mark.parametrize("policy", ["resend", "hold", "reconcile"])
@pytest.mark.parametrize("lost", ["the connection", "the process"])
def test_who_goes_while_their_message_is_in_doubt_gets_no_copy(
    tmp_path: Path,
    server: SmtpServer,
    database: str,
    way: str,
    policy: str,
    lost: str,
    request: pytest.FixtureRequest,
) -> None:
    """Whatever is done about doubts.

    One is settled without another message, by the log, by hand, or by being left alone.
    """
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    log = tmp_path / "mail.log"
    log.touch()
    with MailingSite(
        tmp_path,
        server.port,
        smtp="connections = 1",
        url=url,
        delivery=f'on_uncertain = "{policy}"\nlog = "{log}"\nlease = "5m"',
    ) as mailing_site:
        issue = mailing_site.queue(readers=9)
        before = mailing_site.deliveries()
        if lost == "the connection":
            server.script.at(At.END, drop(), to=ADA, times=1)
            mailing_site.send()
            assert hers(mailing_site, before).state is (
                DeliveryState.DEFERRED if policy == "resend" else UNKNOWN
            )
        else:
            claimed_by_somebody_who_ended(mailing_site, before)
        let_go(mailing_site, way, ADA)
        for _ in range(3):
            mailing_site.later(minutes=6)
            mailing_site.send()
        row = hers(mailing_site, before)
        if policy == "hold":
            assert (row.state, row.reason) == (UNKNOWN, REASONS[way])
            assert (
                mailing_site.outgoing.resolve([row.key], DeliveryState.DEFERRED, mailing_site.now)
                == 1
            )
            mailing_site.send()
            row = hers(mailing_site, before)
        assert row.state in {SKIPPED, CANCELLED}
        assert row.reason == REASONS[way]
        assert mailing_site.issue().state is IssueState.SENT
        assert not [
            message
            for message in server.messages
            if message.recipient == ADA and b"Subject: The first letter" in message.data
        ]
        assert sum(1 for one in mailing_site.deliveries(issue.key) if one.state is SENT) == 8
        check_traces(mailing_site, way)


def claimed_by_somebody_who_ended(mailing_site: MailingSite, rows: list[Delivery]) -> None:
    """Claim her message as another process, of which nothing more is heard."""
    mailing_site.room.sender.dispatcher.begin(mailing_site.now)
    store = ClaimStore(mailing_site.state)
    claim(mailing_site, store, next(row for row in rows if row.address == ADA), "elsewhere:b:n:1:2")
    store.close()


def claim(mailing_site: MailingSite, store: ClaimStore, row: Delivery, worker: str) -> Claim:
    """Claim one message, for five minutes."""
    with store.ledger() as ledger:
        found = (
            ledger.letters(mailing_site.now, 100)
            if row.issue is None
            else ledger.messages(row.issue, row.state, mailing_site.now)
        )
        wanted = {one.key: (one, one.message_id or "<a@b>") for one in found if one.key == row.key}
        (claimed,) = ledger.claim(
            wanted, worker, mailing_site.now, mailing_site.now + timedelta(minutes=5), 1e12
        )
    return claimed


@everywhere
def test_a_letter_in_hand_is_not_written_again_to_who_went(
    single: MailingSite, server: SmtpServer, way: str
) -> None:
    """A confirm mail is put off in the very moment.

    There is no further one, nor one for a request that nobody looked at yet.
    """
    membership = single.room.membership
    membership.ask(Signup(ADA, single.now, "web form", "", ""))
    membership.process_requests(single.now)
    seen = meddled(single, server, way, At.RCPT, LATER)
    single.send()
    assert seen
    (row,) = [row for row in single.deliveries() if row.dedup_key.startswith("confirm:")]
    assert (row.state, row.reason) == (SKIPPED, REASONS[way])
    server.script = Meddling(lambda _step, _recipient: None)
    for _ in range(4):
        single.later(hours=1)
        single.send()
    assert not server.messages
    check_traces(single, way)


@pytest.mark.parametrize("way", ["forget", "remove", "suppress"])
def test_a_request_nobody_looked_at_yet_goes_with_them(
    small: MailingSite, server: SmtpServer, way: str
) -> None:
    """It came before the operator's word, which is the last: no confirm mail follows."""
    small.subscribe(ADA)
    for written in (ADA, ADA.replace("example.com", "EXAMPLE.com")):
        small.room.membership.ask(Signup(written, small.now, "web form", "", ""))
    small.room.membership.ask(Signup("bob@example.net", small.now, "web form", "", ""))
    let_go(small, way, ADA)
    small.room.membership.process_requests(small.now)
    small.send()
    assert recipients(server) == {"bob@example.net": 1}


@pytest.mark.parametrize("way", ["forget", "remove"])
def test_a_letter_that_went_with_its_reader_is_no_fault(single: MailingSite, way: str) -> None:
    """Claimed, and forgotten before it was made: it is withdrawn, not failed."""
    membership = single.room.membership
    membership.ask(Signup(ADA, single.now, "web form", "", ""))
    membership.process_requests(single.now)
    store = ClaimStore(single.state)
    (row,) = single.deliveries()
    claimed = claim(single, store, row, "me")
    let_go(single, way, ADA)
    with pytest.raises(WithdrawnError):
        single.room.messages.envelope(claimed)
    store.close()


@pytest.mark.parametrize("way", ["forget", "remove"])
def test_the_next_reader_gets_their_mail_although_they_get_the_number_of_who_went(
    small: MailingSite, server: SmtpServer, way: str
) -> None:
    """SQLite numbers the next row as the last one that was deleted.

    Nothing of the former is held against the latter.

    Seen to fail, with no confirm mail at all, where ``_unname`` leaves ``dedup_key`` as it is.
    """
    for address in (ADA, "bob@example.net"):
        small.room.membership.ask(Signup(address, small.now, "web form", "", ""))
        small.room.membership.process_requests(small.now)
        small.send()
        let_go(small, way, address)
    small.room.membership.ask(Signup("cyd@example.net", small.now, "web form", "", ""))
    small.room.membership.process_requests(small.now)
    small.send()
    assert recipients(server)["cyd@example.net"] == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_digest_in_hand_is_not_tried_again_for_who_went(
    single: MailingSite, server: SmtpServer, way: str
) -> None:
    """A digest is an issue like another.

    Put off in the very moment, it is skipped, and the other reader has theirs.
    """
    single.subscribe(ADA, "bob@example.net", cadence="daily")
    single.queue(readers=0)
    single.later(days=1, hours=1)
    DigestComposer(single.open, single.now).run()
    before = single.deliveries()
    assert meddled(single, server, way, At.RCPT, LATER) == []
    single.send()
    row = hers(single, before)
    assert (row.state, row.reason) == (SKIPPED, REASONS[way])
    assert single.issue().state is IssueState.SENT
    assert recipients(server)["bob@example.net"] == 1


@both
def test_what_an_older_version_left_waiting_for_nobody_stops_no_mail(
    single: MailingSite, server: SmtpServer
) -> None:
    """Version 0.1.0 put off messages of forgotten readers without an address.

    They are skipped, and everybody else gets theirs.
    """
    issue = single.queue(readers=9)
    with single.state.transaction() as transaction:
        nobody = (
            "UPDATE deliveries SET address = NULL, subscriber_id = NULL, state = :state WHERE"
            " address = :address"
        )
        transaction.connection.execute(text(nobody), {"state": "deferred", "address": ADA})
        transaction.connection.execute(
            text(nobody), {"state": "queued", "address": "reader2@example.edu"}
        )
    single.send()
    assert single.states() == {SENT: 7, SKIPPED: 2}
    assert {row.reason for row in single.deliveries(issue.key) if row.state is SKIPPED} == {
        "forgotten"
    }
    assert single.issue().state is IssueState.SENT
    assert len(server.messages) == 7
