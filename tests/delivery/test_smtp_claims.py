"""A message whose claim ran out is somebody else's.

No final dot is written, not even by a process that slept meanwhile.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from publisher.delivery.reply_codes import Verdict
from publisher.delivery.transports.smtp.connection import SmtpConnection
from publisher.delivery.transports.smtp.relay import Relay
from tests.delivery.smtp_script import At, hold
from tests.delivery.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DATA = b"Subject: Hello\r\n\r\nA line.\r\n"
BIG = DATA + b"x" * 4_000_000 + b"\r\n"  # more than the kernel takes ahead of a reader
CLAIM = 0.8

CHILD = f"""
import sys
from publisher.delivery.transports.smtp.connection import SmtpConnection
from publisher.delivery.transports.smtp.relay import Relay
connection = SmtpConnection(Relay("127.0.0.1", int(sys.argv[1]), "none"))
print("ready", flush=True)
sys.stdin.readline()
data = b"Subject: Hello" + b"\\r\\n" * 2 + b"x" * int(sys.argv[2]) + b"\\r\\n"
print(connection.deliver("news@example.org", "reader@example.net", data, {CLAIM}), flush=True)
"""


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What holds a server until it is set."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("seconds", [0.0, -5.0])
def test_a_claim_that_is_over_reaches_no_server(seconds: float) -> None:
    """The message goes back; that says nothing of the relay."""
    with SmtpServer() as server:
        connection = SmtpConnection(Relay("127.0.0.1", server.port, "none"))
        assert (
            connection.deliver("a@example.org", "b@example.org", DATA, seconds).verdict
            is Verdict.LATER
        )
        assert server.sessions == 0


@pytest.mark.parametrize("step", [At.CONNECT, At.MAIL, At.RCPT, At.DATA, At.BODY, At.END])
@pytest.mark.parametrize("pipelining", [True, False])
def test_a_claim_ends_in_the_middle_of_anything(
    gate: threading.Event,
    step: At,
    *,
    pipelining: bool,
) -> None:
    """With time left for the step itself.

    No attempt lasts longer than its claim, and the relay is not blamed for it.
    """
    with SmtpServer(pipelining=pipelining, window=4096) as server:
        server.script.at(step, hold(gate))
        connection = SmtpConnection(Relay("127.0.0.1", server.port, "none", timeout=30))
        began = time.monotonic()
        outcome = connection.deliver("a@example.org", "b@example.org", BIG, 0.3)
        assert outcome.verdict is (Verdict.UNCERTAIN if step is At.END else Verdict.LATER)
        assert outcome.words.startswith("the time for this message is over")
        assert 0.3 <= time.monotonic() - began < 6
        gate.set()
        if step is not At.END:
            assert (server.messages, server.count(At.END)) == ([], 0)


def test_an_interrupted_conversation_is_not_continued(gate: threading.Event) -> None:
    """Whatever breaks into the middle of it goes up.

    The next message does not take the answers that were still to come for its own.
    """

    class InterruptError(Exception):
        pass

    def interrupt(*_: object) -> None:
        raise InterruptError

    with SmtpServer() as server:
        server.script.at(At.RCPT, hold(gate), times=1)
        connection = SmtpConnection(Relay("127.0.0.1", server.port, "none"))
        before = signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        try:
            with pytest.raises(InterruptError):
                connection.deliver("a@example.org", "b@example.org", DATA, 20)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        gate.set()
        assert (
            connection.deliver("a@example.org", "c@example.org", DATA, 20).verdict
            is Verdict.ACCEPTED
        )
        connection.close()
        assert [(message.recipient, message.session) for message in server.messages] == [
            ("c@example.org", 2)
        ]


def test_what_the_kernel_still_has_when_a_claim_ends_is_not_sent(gate: threading.Event) -> None:
    """The final dot may be written and not yet sent, while the server reads nothing.

    It stays here, though nobody can be sure.
    """
    with SmtpServer(window=4096) as server:
        server.script.at(At.BODY, hold(gate))
        connection = SmtpConnection(Relay("127.0.0.1", server.port, "none"))
        assert (
            connection.deliver(
                "a@example.org", "b@example.org", BIG[:200_000] + b"\r\n", 0.3
            ).verdict
            is Verdict.UNCERTAIN
        )
        gate.set()
        server.wait_for_goodbyes()
        assert (server.messages, len(server.unfinished)) == ([], 1)


@pytest.mark.parametrize(
    ("step", "size"),
    [(At.CONNECT, 10), (At.MAIL, 10), (At.DATA, 10), (At.BODY, 4_000_000)],
    ids=["connecting", "announcing", "before the message", "in the message"],
)
def test_a_process_that_slept_longer_than_its_claim_sends_no_dot(
    gate: threading.Event, step: At, size: int
) -> None:
    """It is stopped while it waits for the server, and wakes when the claim is over.

    In the last case it has the final dot in hand.
    """
    with SmtpServer(window=4096) as server:
        server.script.at(step, hold(gate))
        command = [sys.executable, "-c", CHILD, str(server.port), str(size)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        ) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            child.stdin.write("go\n")
            child.stdin.flush()
            server.wait_for(step)
            os.kill(child.pid, signal.SIGSTOP)
            time.sleep(CLAIM)
            gate.set()
            os.kill(child.pid, signal.SIGCONT)
            words = child.stdout.readline()
        assert "Verdict.LATER" in words
        assert "the time for this message is over" in words
    assert (server.messages, server.count(At.END)) == ([], 0)
