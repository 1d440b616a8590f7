"""A reader is forgotten, removed or suppressed at each point of their message's way.

Nobody else's mail stops, and theirs ends.

Each was seen to fail with ``NEXT_STATE`` and ``put_back`` of :mod:`publisher.delivery.departures`
as if nobody were ever gone, and with ``address IS NOT NULL`` left out of what is read ahead:
``AttributeError: 'NoneType' object has no attribute 'rpartition'``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from publisher.delivery.claim_store import ClaimStore
from publisher.delivery.models import DeliveryState
from publisher.newsletter.issue import IssueState
from tests.delivery.mailing_site import MailingSite, recipients
from tests.delivery.smtp_script import At, drop, say
from tests.delivery.ways_of_leaving import (
    ADA,
    LATER,
    NAMELESS,
    REASONS,
    WAYS,
    Meddling,
    both,
    check_traces,
    claim,
    every_way,
    everywhere,
    hers,
    let_go,
    meddled,
)

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.delivery.models import Delivery
    from tests.delivery.smtp_script import Act
    from tests.delivery.smtp_server import SmtpServer


SENT, SKIPPED, CANCELLED, UNKNOWN = (
    DeliveryState.SENT,
    DeliveryState.SKIPPED,
    DeliveryState.CANCELLED,
    DeliveryState.UNKNOWN,
)
FAILED = DeliveryState.FAILED


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
    mailing_site.mail_services.sender.progress.begin(mailing_site.now)
    store = ClaimStore(mailing_site.state)
    claim(mailing_site, store, next(row for row in rows if row.address == ADA), "elsewhere:b:n:1:2")
    store.close()


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
