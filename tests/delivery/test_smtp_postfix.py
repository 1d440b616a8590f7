"""Messages through a real Postfix to the server behind it, byte for byte."""

from __future__ import annotations

import email
import email.policy
import re
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from publisher.delivery.reply_codes import AttemptResult, Verdict
from publisher.delivery.transports.smtp.connection import SmtpConnection
from publisher.delivery.transports.smtp.relay import Relay
from publisher.newsletter.mime import build_single_message
from publisher.newsletter.models import Branding, Composition
from publisher.subscribers.email_address import envelope_address
from tests.delivery.postfix import mail_system

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.delivery.postfix import Postfix
    from tests.delivery.smtp_server import SmtpServer

ME = "news@example.org"
TEXT = "\n".join(
    [
        ".",
        "..",
        ".hidden",
        "",
        "A line that is longer than any server likes: " + "ä long way to go; " * 200,
        "no blank: " + "x" * 3000,
        "end",
        ".",
    ]
)
HTML = f"<p>{TEXT}</p>\n.\n"
system = pytest.fixture(mail_system, scope="module")


@pytest.fixture
def connection(system: tuple[Postfix, SmtpServer]) -> Iterator[SmtpConnection]:
    """A connection to the Postfix."""
    opened = SmtpConnection(Relay("127.0.0.1", system[0].port, "none", timeout=20))
    yield opened
    opened.close()


def letter(recipient: str) -> bytes:
    """Build a message as the program does."""
    return build_single_message(
        Composition("Grüße .", "", HTML, TEXT),
        Branding("Blog", "Blog", "https://example.org", sender=f"Mira <{ME}>"),
        recipient=recipient,
        date=datetime(2026, 3, 2, 8, 0, tzinfo=UTC),
        message_id="<1.abc@example.org>",
    )


@pytest.mark.parametrize(
    "typed",
    [
        "reader@example.net",
        "leser@bücher.example",
        "grüße@bücher.example",
        "o'neil+.news=x@example.net",
    ],
)
def test_a_letter_comes_out_of_postfix_as_it_went_in(
    system: tuple[Postfix, SmtpServer], connection: SmtpConnection, typed: str
) -> None:
    """Lines of dots and lines without end, an IDN domain, a local part beyond ASCII.

    Postfix only puts its own header in front.
    """
    _, sink = system
    recipient = envelope_address(typed)
    before, data = len(sink.messages), letter(recipient)
    outcome = connection.deliver(ME, recipient, data, 60)
    assert outcome.verdict is Verdict.ACCEPTED
    assert outcome.words.startswith("250 2.0.0 Ok: queued as ")
    (received,) = sink.wait_for_messages(before + 1)[before:]
    assert (received.sender, received.recipient) == (ME, recipient)
    assert received.data.endswith(data)
    assert re.fullmatch(
        rb"Received: from [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*", received.data.removesuffix(data)
    )
    assert ("SMTPUTF8" in received.options) == (not recipient.isascii())
    text = email.message_from_bytes(received.data, policy=email.policy.default).get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == TEXT.splitlines()


def test_postfix_refuses_one_message_and_takes_the_next(
    system: tuple[Postfix, SmtpServer], connection: SmtpConnection
) -> None:
    """Its words for a bad address and for too large a message are understood.

    The connection stays good.
    """
    _, sink = system
    before = len(sink.messages)
    bad = connection.deliver(ME, "reader@exa..mple.net", letter("reader@example.net"), 60)
    assert (bad.verdict, bad.words[:9]) == (Verdict.ADDRESS, "501 5.1.3")
    large = connection.deliver(
        ME, "reader@example.net", b"Subject: x\r\n\r\n" + b"x\r\n" * 3_500_000, 60
    )
    assert large == AttemptResult(
        Verdict.REFUSED, "552 5.3.4 Message size exceeds fixed limit (MAIL FROM)"
    )
    assert (
        connection.deliver(ME, "reader@example.net", letter("reader@example.net"), 60).verdict
        is Verdict.ACCEPTED
    )
    assert [message.recipient for message in sink.wait_for_messages(before + 1)[before:]] == [
        "reader@example.net"
    ]


def test_many_connections_at_once_send_everything_once(system: tuple[Postfix, SmtpServer]) -> None:
    """No message is lost or doubled, whichever connection takes it, however often that is new."""
    postfix, sink = system
    before, refused = len(sink.messages), []

    def work(worker: int) -> None:
        connection = SmtpConnection(
            Relay("127.0.0.1", postfix.port, "none", timeout=20, reconnect_after=7)
        )
        for number in range(20):
            recipient = f"reader{worker}.{number}@example.net"
            outcome = connection.deliver(ME, recipient, letter(recipient), 60)
            refused.extend([outcome] if outcome.verdict is not Verdict.ACCEPTED else [])
        connection.close()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    received = sink.wait_for_messages(before + 120, 30)[before:]
    assert (refused, len(received)) == ([], 120)
    assert {message.recipient for message in received} == {
        f"reader{worker}.{number}@example.net" for worker in range(6) for number in range(20)
    }
