"""What smtplib knows of EHLO and AUTH, spoken over our own wire."""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING

from publisher.delivery.reply_codes import DONE, REFUSED
from publisher.delivery.transports.smtp.wire import Wire

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from _typeshed import ReadableBuffer

    from publisher.delivery.transports.smtp.relay import Relay


class _Hello(smtplib.SMTP):
    def __init__(self, wire: Wire, local_name: str) -> None:
        super().__init__(local_hostname=local_name)
        self._wire = wire

    def send(self, s: ReadableBuffer | str) -> None:
        """Send a command."""
        self._wire.write(s.encode(self.command_encoding) if isinstance(s, str) else bytes(s))

    def getreply(self) -> tuple[int, bytes]:
        """Read one reply; smtplib finds what the server offers by its lines."""
        code, said = self._wire.read()
        return code, b"\n".join(said)

    def introduce(self) -> frozenset[str]:
        code, words = self.ehlo()
        if code // 100 == REFUSED:
            # A server from before extensions (RFC 5321, 3.2).
            code, words = self.helo()
        if code // 100 != DONE:
            raise smtplib.SMTPHeloError(code, words)
        return frozenset(self.esmtp_features)


def open_wire(
    relay: Relay, deadline: float, trust: Callable[[], ssl.SSLContext]
) -> tuple[Wire, frozenset[str]]:
    """Connect, secure and log in.

    Return the connection, and the names of the extensions the server offers, in lower case.

    Args:
        relay: Where.
        deadline: When all this must be done.
        trust: Makes the context for TLS.

    Raises:
        OSError: There is no connection, or none that is as secure as it must be.
        smtplib.SMTPException: The server wants none of it.
        ValueError: A name or a password cannot be sent.
    """
    wire = Wire(relay, deadline)
    try:
        if relay.tls == "implicit":
            wire.secure(trust(), relay.host)
        _expect(wire, 220)
        hello = _Hello(wire, relay.local_name)
        offers = hello.introduce()
        if relay.tls == "starttls":
            _ask_for_tls(wire, offers)
            wire.secure(trust(), relay.host)
            # What was offered in clear text counts for nothing (RFC 3207, 4.2).
            offers = hello.introduce()
        if relay.username:
            hello.login(relay.username, relay.password)
    except BaseException:
        wire.abort()
        raise
    return wire, offers


def _ask_for_tls(wire: Wire, offers: frozenset[str]) -> None:
    if "starttls" not in offers:
        raise smtplib.SMTPNotSupportedError(
            "the server offers no STARTTLS; nothing is sent in clear text"
        )
    wire.write(b"STARTTLS\r\n")
    _expect(wire, 220)


def _expect(wire: Wire, expected: int) -> None:
    code, said = wire.read()
    if code != expected:
        raise smtplib.SMTPResponseException(code, b"\n".join(said))
