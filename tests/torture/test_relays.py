"""The relay misbehaves in every way that is known of relays.

Every reader has the issue once in the end, and nobody is lost.
"""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from publisher.delivery.progress_store import ProgressStore
from tests.delivery.smtp_script import At, Script, babble, drop, say, send, stall
from tests.delivery.smtp_server import SmtpServer
from tests.torture.in_process_sender import InProcessSender
from tests.torture.rows import Row, record
from tests.torture.scale import CONNECTIONS, LONG, READERS, scaled
from tests.torture.subscribed_site import SubscribedSite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.delivery.smtp_script import Act


@dataclass(frozen=True)
class Way:
    """One way to misbehave.

    Attributes:
        what: In a few words.
        script: Makes the server's script for those it misbehaves towards.
        share: One of so many readers is among those; 0 for none.
        most: At most so many are.
        twice: Each of them may get it twice.
        refuses: Each of them is refused for good until the server is mended.
        smtp: More of the section [smtp].
        delivery: More of the section [delivery].
        greylist: Share of the readers who are put off at first.
    """

    what: str
    script: Callable[[Iterable[str]], Script] = field(default=lambda _readers: Script())
    share: int = 7
    most: int = 10_000
    twice: bool = False
    refuses: bool = False
    smtp: str = ""
    delivery: str = ""
    greylist: float = 0.0

    def victims(self, readers: Iterable[str]) -> list[str]:
        """Give the readers towards whom the server misbehaves."""
        return [
            reader
            for reader in readers
            if self.share and zlib.crc32(reader.encode()) % self.share == 0
        ][: self.most]


def once_each(step: At, act: Act) -> Callable[[Iterable[str]], Script]:
    """Misbehave once towards each of them."""

    def make(readers: Iterable[str]) -> Script:
        script = Script()
        for reader in readers:
            script.at(step, act, times=1, to=reader)
        return script

    return make


def always(step: At, act: Act) -> Callable[[Iterable[str]], Script]:
    """Misbehave towards each of them until mended."""

    def make(readers: Iterable[str]) -> Script:
        script = Script()
        for reader in readers:
            script.at(step, act, to=reader)
        return script

    return make


def now_and_then(step: At, act: Act, every: int, times: int) -> Callable[[Iterable[str]], Script]:
    """Misbehave at each so manieth of the steps, whoever it concerns."""

    def make(_readers: Iterable[str]) -> Script:
        script = Script()
        for number in range(times):
            script.at(step, act, times=1, skip=every * (times - number))
        return script

    return make


IMPATIENT = 'timeout = "1s"'
SHORT = 'lease = "2s"'
GARBAGE = send(b"\x00\xff\xfe what? \r\n")
HUGE = send(b"250-" + b"x" * 10_000_000 + b"\r\n250 done\r\n")
KINDS = scaled(3, 1)
AT_ONCE = ("450 4.2.0 busy", "451 4.7.1 later", "452 4.2.2 full")
AFTERWARDS = ("450 4.2.0 busy", "451 4.3.0 later", "452 4.3.1 full")
FOR_GOOD = ("550 5.1.1 nobody", "552 5.2.2 full", "554 5.7.1 no")
FOR_GOOD_AFTERWARDS = ("550 5.7.1 no", "552 5.3.4 big", "554 5.6.0 no")
WAYS = [
    Way(
        "closes before the 250, having taken the message",
        once_each(At.END, drop(takes=True)),
        twice=True,
    ),
    Way("closes before the 250, without the message", once_each(At.END, drop())),
    Way("closes in the middle of the message", once_each(At.BODY, drop())),
    Way("closes after RCPT", once_each(At.RCPT, drop())),
    Way("closes after DATA", once_each(At.DATA, drop())),
    Way(
        "closes on QUIT", now_and_then(At.QUIT, drop(), 1, 40), share=0, smtp="reconnect_after = 3"
    ),
    Way("says nothing to RCPT", once_each(At.RCPT, stall()), most=scaled(8, 1), smtp=IMPATIENT),
    Way(
        "says nothing after the message",
        once_each(At.END, stall()),
        most=scaled(8, 1),
        twice=True,
        smtp=IMPATIENT,
        delivery=SHORT,
    ),
    Way(
        "421 to MAIL", now_and_then(At.MAIL, say("421 4.3.2 closing", leaves=True), 10, 5), share=0
    ),
    Way("421 to RCPT", once_each(At.RCPT, say("421 4.3.2 closing", leaves=True))),
    Way("421 after the message", once_each(At.END, say("421 4.3.2 closing", leaves=True))),
    *(Way(f"{reply} to RCPT", once_each(At.RCPT, say(reply))) for reply in AT_ONCE[:KINDS]),
    *(
        Way(f"{reply} after the message", once_each(At.END, say(reply)))
        for reply in AFTERWARDS[:KINDS]
    ),
    *(
        Way(f"{reply} to RCPT", always(At.RCPT, say(reply)), refuses=True)
        for reply in FOR_GOOD[:KINDS]
    ),
    *(
        Way(f"{reply} after the message", always(At.END, say(reply)), refuses=True)
        for reply in FOR_GOOD_AFTERWARDS[:KINDS]
    ),
    Way("greylists 30 %", share=0, greylist=0.3),
    Way("garbage to RCPT", once_each(At.RCPT, GARBAGE)),
    Way(
        "garbage after the message, having taken it",
        once_each(At.END, replace(GARBAGE, takes=True)),
        twice=True,
    ),
    Way("an endless reply to RCPT", once_each(At.RCPT, babble(b"250-and so on\r\n"))),
    Way(
        "an endless line after the message, having taken it",
        once_each(At.END, babble(b"250" + b"x" * 1000)),
        twice=True,
    ),
    Way("10 MB in reply to RCPT", once_each(At.RCPT, HUGE), most=20),
    Way(
        "10 MB in reply to the message, having taken it",
        once_each(At.END, HUGE),
        most=20,
        twice=True,
    ),
]
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
        with InProcessSender(subscribed_site) as room:
            room.send_all(subject)
            runs = server.script.acted or subscribed_site.retries(subject)
            if way.refuses:
                assert subscribed_site.states(subject)["failed"] == len(victims)
                assert not {message.recipient for message in server.messages} & set(victims)
                server.script.clear()
                room.outgoing.retry(subscribed_site.key_of(subject), room.now, sends=True)
                room.send_all(subject)
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
        with InProcessSender(subscribed_site) as room:
            sending = threading.Thread(target=room.send)
            sending.start()
            server.wait_for_messages(len(subscribed_site.readers) // 3)
            server.stop()
            sending.join()
            for _ in range(20):
                assert room.send().handed == 0
                room.later(seconds=30)
            server.start()
            for _ in range(24):
                room.send()
                room.later(seconds=30)
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
        with InProcessSender(subscribed_site) as room:
            sending = threading.Thread(target=room.send)
            sending.start()
            server.wait_for(At.RCPT, 4)
            room.outgoing.cancel(subscribed_site.key_of(subject), room.now)
            gate.set()
            sending.join()
            with room.state.reading() as transaction:
                assert ProgressStore(transaction).next_attempt() is None
    assert subscribed_site.states(subject) == {
        "sent": 2,
        "cancelled": len(subscribed_site.readers) - 2,
    }
