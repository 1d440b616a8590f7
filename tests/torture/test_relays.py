"""The relay misbehaves in every way that is known of relays.

Every reader has the issue once in the end, and nobody is lost.
"""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from publisher.delivery.progress_store import ProgressStore
from tests.delivery.smtp_script import At, say
from tests.delivery.smtp_server import SmtpServer
from tests.torture.in_process_sender import InProcessSender
from tests.torture.relay_faults import WAYS, Way
from tests.torture.rows import Row, record
from tests.torture.scale import CONNECTIONS, LONG, READERS
from tests.torture.subscribed_site import SubscribedSite

CASES = [
    (way, connections)
    for number, way in enumerate(WAYS)
    for connections in ((1, 8) if LONG else ((1, 8)[number % 2],))
]


@pytest.fixture(scope="module")
def subscribed_site(tmp_path_factory: pytest.TempPathFactory) -> SubscribedSite:
    """A site with readers, who get one issue after another."""
    return SubscribedSite(tmp_path_factory.mktemp("relays") / "site", READERS)


@pytest.mark.parametrize(
    ("way", "connections"), CASES, ids=[f"{way.what}-{connections}" for way, connections in CASES]
)
def test_every_reader_has_it_once_however_the_relay_misbehaves(
    subscribed_site: SubscribedSite, way: Way, connections: int
) -> None:
    """Only a message that the relay took without saying so comes twice.

    Who is refused for good has it once the relay is mended.

    The defence is one verdict for each reply and each way in which a connection ends: later, never,
    perhaps (seen to fail where perhaps is yes, and where later is never).
    """
    victims = way.victims(subscribed_site.readers)
    with SmtpServer(script=way.script(victims), greylist=way.greylist) as server:
        subscribed_site.configure(
            port=server.port, connections=connections, smtp=way.smtp, delivery=way.delivery
        )
        subject = subscribed_site.queue()
        with InProcessSender(subscribed_site) as sender:
            sender.send_all(subject)
            runs = server.script.acted or subscribed_site.retries(subject)
            if way.refuses:
                assert subscribed_site.states(subject)["failed"] == len(victims)
                assert not {message.recipient for message in server.messages} & set(victims)
                server.script.clear()
                sender.outgoing.retry(subscribed_site.key_of(subject), sender.now, sends=True)
                sender.send_all(subject)
        taken = [(message.recipient, message.data) for message in server.messages]
    found = subscribed_site.account(taken, subject)
    allowed = len(victims) if way.twice else 0
    record(
        Row(
            "relay",
            way.what,
            connections,
            runs,
            len(subscribed_site.readers),
            found.lost,
            found.duplicates,
            allowed,
        )
    )
    assert runs >= max(len(victims), 1), "it did not misbehave"
    assert found.lost == 0
    assert found.duplicates <= allowed
    assert subscribed_site.states(subject) == {"sent": len(subscribed_site.readers)}


@pytest.mark.parametrize("connections", CONNECTIONS)
def test_a_relay_that_is_down_for_ten_minutes_costs_nobody_their_issue(
    subscribed_site: SubscribedSite, connections: int
) -> None:
    """It breaks off in the middle.

    One connection tries again after 1, 5 and 15 minutes, and then everything goes on by itself.

    The defence is that a relay's refusal burns no attempt of anybody's message (seen to fail where
    it does).
    """
    with SmtpServer() as server:
        subscribed_site.configure(port=server.port, connections=connections)
        subject = subscribed_site.queue()
        with InProcessSender(subscribed_site) as sender:
            sending = threading.Thread(target=sender.send)
            sending.start()
            server.wait_for_messages(len(subscribed_site.readers) // 3)
            server.stop()
            sending.join()
            for _ in range(20):
                assert sender.send().handed == 0
                sender.later(seconds=30)
            server.start()
            for _ in range(24):
                sender.send()
                sender.later(seconds=30)
            assert subscribed_site.is_finished(subject), "it did not go on within twelve minutes"
        found = subscribed_site.account(
            ((message.recipient, message.data) for message in server.messages), subject
        )
    record(
        Row(
            "relay",
            "is down for ten minutes",
            connections,
            1,
            len(subscribed_site.readers),
            found.lost,
            found.duplicates,
            connections,
        )
    )
    assert found.lost == 0
    assert found.duplicates <= connections
    assert subscribed_site.states(subject) == {"sent": len(subscribed_site.readers)}


def test_what_was_in_hand_when_its_issue_was_cancelled_is_not_tried_again(
    subscribed_site: SubscribedSite,
) -> None:
    """The relay puts it off after the cancellation.

    It is cancelled too, and nobody waits for its next attempt.
    """
    with SmtpServer() as server:
        subscribed_site.configure(port=server.port, connections=2)
        subject, gate = subscribed_site.queue(), threading.Event()
        server.script.at(At.RCPT, replace(say("451 4.3.0 later"), gate=gate), skip=2)
        with InProcessSender(subscribed_site) as sender:
            sending = threading.Thread(target=sender.send)
            sending.start()
            server.wait_for(At.RCPT, 4)
            sender.outgoing.cancel(subscribed_site.key_of(subject), sender.now)
            gate.set()
            sending.join()
            with sender.state.reading() as transaction:
                assert ProgressStore(transaction).next_attempt() is None
    assert subscribed_site.states(subject) == {
        "sent": 2,
        "cancelled": len(subscribed_site.readers) - 2,
    }
