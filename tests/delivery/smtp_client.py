"""One connection of ours to a recording server, and what its end means at each step."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from publisher.delivery.reply_codes import AttemptResult, Verdict
from publisher.delivery.transports.smtp.connection import SmtpConnection
from publisher.delivery.transports.smtp.relay import Relay
from tests.delivery.smtp_script import At

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.delivery.smtp_server import SmtpServer


ME, READER = "news@example.org", "reader@example.net"
DATA = b"Subject: Hello\r\nMessage-ID: <1@example.org>\r\n\r\nA line.\r\n"
BIG = DATA + b"x" * 4_000_000 + b"\r\n"  # more than the kernel takes ahead of a reader
LONG_ENOUGH = 20.0
SOON = 6.0  # seconds, on a machine that is busy with something else
# What it means when the conversation ends here without an answer.
LOST = {
    At.CONNECT: Verdict.RELAY,
    At.EHLO: Verdict.RELAY,
    At.MAIL: Verdict.RELAY,
    At.RCPT: Verdict.LATER,
    At.DATA: Verdict.LATER,
    At.BODY: Verdict.LATER,
    At.END: Verdict.UNCERTAIN,
}
REPLIES = tuple(step for step in LOST if step is not At.BODY)


@contextmanager
def connected(
    server: SmtpServer, *, timeout: float = 5.0, reconnect_after: int = 1000
) -> Iterator[SmtpConnection]:
    """Yield a connection to a server, closed in the end."""
    connection = SmtpConnection(
        Relay("127.0.0.1", server.port, "none", timeout=timeout, reconnect_after=reconnect_after)
    )
    try:
        yield connection
    finally:
        connection.close()


def hand_over(
    connection: SmtpConnection,
    recipient: str = READER,
    data: bytes = DATA,
    seconds: float = LONG_ENOUGH,
) -> AttemptResult:
    """Deliver one message."""
    return connection.deliver(ME, recipient, data, seconds)
