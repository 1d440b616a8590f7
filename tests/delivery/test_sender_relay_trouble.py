"""What the delivery loop does when the relay, or a reader's server, does not take what it gets."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from publisher.delivery.models import DeliveryState
from publisher.newsletter.issue import IssueState
from tests.delivery.mailing_site import MailingSite, recipients
from tests.delivery.smtp_script import At, drop, hold, say
from tests.delivery.smtp_server import SmtpServer

if TYPE_CHECKING:
    from pathlib import Path

SENT, QUEUED, DEFERRED = DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.DEFERRED


def test_a_relay_that_is_down_burns_no_attempt(
    mailing_site: MailingSite, server: SmtpServer
) -> None:
    """A refused connection pauses everything with the reason.

    One connection tries again after a minute, and sending goes on by itself.
    """
    mailing_site.queue(readers=12)
    server.stop()
    stats = mailing_site.send()
    assert stats.pause is not None
    assert "refused" in stats.pause.words
    assert mailing_site.states() == {QUEUED: 12}
    assert {row.attempts for row in mailing_site.deliveries()} == {0}
    assert mailing_site.send().handed == 0, "it is not tried again at once"
    mailing_site.later(minutes=1, seconds=1)
    again = mailing_site.send()
    assert again.pause is not None
    assert again.pause.again - mailing_site.now == timedelta(minutes=5)
    server.start()
    mailing_site.later(minutes=5, seconds=1)
    stats = mailing_site.send()
    assert (stats.pause, stats.handed) == (None, 12)
    assert set(recipients(server).values()) == {1}


def test_a_refused_login_is_the_relays_affair(tmp_path: Path) -> None:
    """Nobody's message was attempted; the words say what the server said."""
    with (
        SmtpServer(users={"mira": "right"}) as server,
        MailingSite(tmp_path, server.port, smtp='username = "mira"') as mailing_site,
    ):
        mailing_site.queue(readers=5)
        stats = mailing_site.send()
        assert stats.pause is not None
        assert "535" in stats.pause.words
        assert mailing_site.states() == {QUEUED: 5}
        assert not server.messages


def test_a_relay_that_allows_two_connections_gets_two(tmp_path: Path) -> None:
    """421 on the third connection is no outage: the others go on with everything."""
    with (
        SmtpServer() as server,
        MailingSite(tmp_path, server.port, smtp="connections = 6") as mailing_site,
    ):
        server.script.at(At.CONNECT, say("421 4.7.0 too many connections", leaves=True), skip=2)
        mailing_site.queue(readers=60)
        handed = mailing_site.send().handed
        for _ in range(5):
            mailing_site.later(minutes=61)
            handed += mailing_site.send().handed
        assert handed == 60
        assert set(recipients(server).values()) == {1}


def test_greylisted_readers_get_it_later(small: MailingSite, server: SmtpServer) -> None:
    """A third is put off at first; a minute later they have it too, and nobody has it twice."""
    server.script.clear()
    for n in range(0, 30, 3):
        server.script.at(
            At.RCPT, say("451 4.7.1 come back later"), times=1, to=f"reader{n}@example.net"
        )
    small.queue(readers=30)
    stats = small.send()
    assert (stats.handed, stats.deferred) == (20, 10)
    assert small.issue().state is IssueState.SENDING
    small.later(minutes=1, seconds=1)
    assert small.send().handed == 10
    assert set(recipients(server).values()) == {1}
    assert small.issue().state is IssueState.SENT


def test_a_slow_domain_holds_up_nobody_else(small: MailingSite, server: SmtpServer) -> None:
    """While one domain keeps its connections waiting, every other reader gets their mail."""
    gate = threading.Event()
    server.script.at(At.RCPT, hold(gate), to="example.net")
    small.queue(readers=60)
    sending = threading.Thread(target=small.send)
    sending.start()
    others = server.wait_for_messages(40)
    assert len(others) == 40
    assert not any(message.recipient.endswith("example.net") for message in others)
    gate.set()
    sending.join(20)
    assert len(server.messages) == 60


@pytest.mark.parametrize(("reply", "state", "reason"), [
    ("550 5.1.1 no such user", DeliveryState.FAILED, "address refused"),
    ("550 5.7.1 policy", DeliveryState.FAILED, ""),
    ("552 5.3.4 too large", DeliveryState.FAILED, ""),
    ("554 5.0.0 no", DeliveryState.FAILED, ""),
    ("450 4.2.0 busy", DeliveryState.DEFERRED, ""),
    ("452 4.2.2 mailbox full", DeliveryState.DEFERRED, ""),
])  # fmt: skip
def test_a_refused_reader_is_remembered_with_the_servers_words(
    small: MailingSite, server: SmtpServer, reply: str, state: DeliveryState, reason: str
) -> None:
    """One bad address changes nothing for the others."""
    server.script.at(At.RCPT, say(reply), to="reader1@example.com")
    small.queue(readers=6)
    assert small.send().handed == 5
    (row,) = [row for row in small.deliveries() if row.address == "reader1@example.com"]
    assert (row.state, row.reason) == (state, reason)
    assert reply in row.reply


def test_who_cannot_be_reached_for_three_days_is_given_up(
    small: MailingSite, server: SmtpServer
) -> None:
    """Attempts after 1, 5, 15, 60 minutes and then hourly, 72 hours in all."""
    server.script.at(At.RCPT, say("451 4.3.0 later"), to="reader1@example.com")
    small.queue(readers=3)
    small.send()
    for _ in range(100):
        small.later(hours=1, minutes=15)
        small.send()
    (row,) = [row for row in small.deliveries() if row.address == "reader1@example.com"]
    assert (row.state, row.reason) == (DeliveryState.FAILED, "gave up")
    assert 50 < row.attempts < 80
    assert small.issue().state is IssueState.SENT


@pytest.mark.parametrize(
    ("policy", "state", "copies"), [("resend", SENT, 2), ("hold", DeliveryState.UNKNOWN, 1)]
)
def test_a_connection_lost_before_the_answer_is_in_doubt(
    tmp_path: Path, policy: str, state: DeliveryState, copies: int
) -> None:
    """``resend`` may send that one message twice and loses none; ``hold`` leaves it to a person."""
    with (
        SmtpServer() as server,
        MailingSite(tmp_path, server.port, delivery=f'on_uncertain = "{policy}"') as mailing_site,
    ):
        server.script.at(At.END, drop(takes=True), times=1)
        mailing_site.queue(readers=5)
        mailing_site.send()
        mailing_site.later(minutes=2)
        mailing_site.send()
        assert sorted(recipients(server).values()) == [1, 1, 1, 1, copies]
        assert mailing_site.states()[state] >= 1
        assert mailing_site.issue().state is IssueState.SENT


def test_a_days_share_is_not_exceeded(tmp_path: Path, server: SmtpServer) -> None:
    """``per_day`` counts 24 hours whoever sends; the rest goes the next day."""
    with MailingSite(tmp_path, server.port, smtp="per_day = 7") as mailing_site:
        mailing_site.queue(readers=10)
        stats = mailing_site.send()
        assert (stats.handed, stats.day_is_full) == (7, True)
        mailing_site.again()
        mailing_site.later(hours=12)
        assert mailing_site.send().handed == 0
        mailing_site.later(hours=14)
        assert mailing_site.send().handed == 3


def test_a_seconds_share_is_not_exceeded(tmp_path: Path, server: SmtpServer) -> None:
    """``per_second`` spreads messages over time."""
    with MailingSite(tmp_path, server.port, smtp="per_second = 20") as mailing_site:
        mailing_site.queue(readers=12)
        began = time.monotonic()
        assert mailing_site.send().handed == 12
        assert time.monotonic() - began > 0.4
