"""The transaction: one message from MAIL FROM to the reply after its final dot.

::

    closed --greeting, EHLO, STARTTLS, AUTH--> idle --MAIL RCPT DATA--> sending --body, "."-->
    uncertain --250--> idle

Until a byte of the final dot is out a lost connection means "not accepted"; from then until the
reply it may have been accepted.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from typing import TYPE_CHECKING

from publisher.delivery.reply_codes import (
    CLOSING,
    DONE,
    GO_AHEAD,
    PUT_OFF,
    AttemptResult,
    Reply,
    SmtpStep,
    Verdict,
    classify,
)
from publisher.delivery.transports.smtp.dots import END, UNSAFE, has_bare_ends, stuffed
from publisher.delivery.transports.smtp.hello import open_wire
from publisher.delivery.transports.smtp.relay import LateError, LostError
from publisher.delivery.transports.smtp.wire import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from publisher.delivery.transports.smtp.relay import Relay
    from publisher.delivery.transports.smtp.wire import Wire


_LAST_REPLY = 600.0
_OPENING = 4
_STEPS = (SmtpStep.MAIL, SmtpStep.RCPT, SmtpStep.DATA)
_UNSENT = {
    SmtpStep.MAIL: Verdict.RELAY,
    SmtpStep.RCPT: Verdict.LATER,
    SmtpStep.DATA: Verdict.LATER,
    SmtpStep.END: Verdict.UNCERTAIN,
}


class SmtpConnection:
    """Hands messages to one relay, one after another, and connects when needed.

    For one thread at a time.

    Attributes:
        relay: Where.
    """

    def __init__(
        self, relay: Relay, make_context: Callable[[], ssl.SSLContext] = ssl.create_default_context
    ) -> None:
        self.relay, self._make_context = relay, make_context
        self._context: ssl.SSLContext | None = None
        self._wire: Wire | None = None
        self._offers: frozenset[str] = frozenset()
        self._carried, self._step = 0, SmtpStep.MAIL

    def deliver(
        self, sender: str, recipient: str, data: bytes, seconds: float, *, is_clean: bool = False
    ) -> AttemptResult:
        """Hand over one message. Whatever happens is an outcome.

        Args:
            sender: Envelope sender.
            recipient: Envelope recipient.
            data: The message with CRLF line ends.
            seconds: How long the whole may take: afterwards the claim is somebody else's, and
                nothing more is sent.
            is_clean: Every line is known to end with CRLF and none to begin with a dot; otherwise
                that is looked at, which costs a fifth of a message.
        """
        if UNSAFE.search(sender) or UNSAFE.search(recipient):
            return AttemptResult(
                Verdict.REFUSED, "the address holds characters that no envelope can carry"
            )
        if not is_clean and has_bare_ends(data):
            return AttemptResult(Verdict.REFUSED, "the message holds a line end that is not CRLF")
        deadline = clock() + seconds
        # Relays count messages per connection and end them in the middle of one.
        if self._carried >= self.relay.reconnect_after:
            self.close()
        used = self._wire is not None
        outcome = self._attempt(sender, recipient, data, deadline, is_clean=is_clean)
        if used and outcome.verdict is Verdict.RELAY:
            # An idle connection was closed, or had enough: only a fresh one tells what the relay
            # thinks.
            self.close()
            outcome = self._attempt(sender, recipient, data, deadline, is_clean=is_clean)
        if outcome.verdict is Verdict.RELAY:
            self.close()
        return outcome

    def close(self) -> None:
        """Close with QUIT; whatever happens now comes after success."""
        wire, self._wire = self._wire, None
        if wire is None:
            return
        # Goodbye is a courtesy: nobody waits longer than that for it.
        wire.deadline = clock() + 1
        with contextlib.suppress(OSError):
            wire.write(b"QUIT\r\n")
            wire.read()
        wire.close()

    def _attempt(
        self, sender: str, recipient: str, data: bytes, deadline: float, *, is_clean: bool
    ) -> AttemptResult:
        try:
            wire = self._wire or self._open(deadline)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            late = isinstance(error, LateError) and clock() >= deadline
            return AttemptResult(Verdict.LATER if late else Verdict.RELAY, _explained(error))
        wire.deadline, self._step = deadline, SmtpStep.MAIL
        wide, eight_bit = not (sender.isascii() and recipient.isascii()), not data.isascii()
        for extension, needed in (("smtputf8", wide), ("8bitmime", eight_bit)):
            if needed and extension not in self._offers:
                return AttemptResult(
                    Verdict.REFUSED,
                    f"the relay does not offer {extension.upper()}, which this message needs",
                )
        options = (
            f"{f' SIZE={len(data)}' if 'size' in self._offers else ''}"
            f"{' BODY=8BITMIME' * eight_bit}{' SMTPUTF8' * wide}"
        )
        commands = (
            f"MAIL FROM:<{sender}>{options}\r\n".encode(),
            f"RCPT TO:<{recipient}>\r\n".encode(),
            b"DATA\r\n",
        )
        try:
            return self._announce(wire, commands) or self._send(
                wire, data + END if is_clean else stuffed(data)
            )
        except LostError as error:
            self._drop()
            late = isinstance(error, LateError) and self._step is not SmtpStep.END
            return AttemptResult(
                Verdict.LATER if late else _UNSENT[self._step], f"{error} ({self._step})"
            )
        except BaseException:
            self._drop()
            raise

    def _open(self, deadline: float) -> Wire:
        try:
            self._wire, self._offers = open_wire(
                self.relay, min(deadline, clock() + _OPENING * self.relay.timeout), self._trust
            )
        except ssl.SSLError:
            # Certificates of the system may have been renewed since they were read.
            self._context = None
            raise
        self._carried = 0
        return self._wire

    def _trust(self) -> ssl.SSLContext:
        """Return the context.

        Reading every root certificate takes as long as many messages; after a refusal they are read
        again.
        """
        self._context = self._context or self._make_context()
        return self._context

    def _drop(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.abort()

    def _announce(self, wire: Wire, commands: Sequence[bytes]) -> AttemptResult | None:
        """Send MAIL, RCPT and DATA; None when the message is awaited."""
        refused = (self._at_once if "pipelining" in self._offers else self._step_by_step)(
            wire, commands
        )
        if refused is not None and self._wire is not None:
            # The refusal counts, whatever becomes of the connection.
            with contextlib.suppress(LostError):
                wire.write(b"RSET\r\n")
                if wire.read()[0] // 100 == DONE:
                    return refused
            self._drop()
        return refused

    def _step_by_step(self, wire: Wire, commands: Sequence[bytes]) -> AttemptResult | None:
        for self._step, command in zip(_STEPS, commands, strict=True):
            wire.write(command)
            refused = self._refusal(*wire.read())
            if refused is not None:
                return refused
        return None

    def _at_once(self, wire: Wire, commands: Sequence[bytes]) -> AttemptResult | None:
        """Write the commands in one go (RFC 2920) and read every reply.

        The first that refuses counts.
        """
        wire.write(b"".join(commands))
        for number, self._step in enumerate(_STEPS, 1):
            refused = self._refusal(*wire.read())
            if refused is not None:
                self._hear_out(wire, len(_STEPS) - number)
                return refused
        return None

    def _hear_out(self, wire: Wire, replies: int) -> None:
        """Read what is still to come after a refusal.

        Some servers begin an empty message nevertheless, which is ended (RFC 2920, 3.1).
        """
        if self._wire is None:
            return
        try:
            codes = [wire.read()[0] for _ in range(replies)]
            # The server waits for a message that nobody gets: an empty one ends it (RFC 2920, 3.1).
            if codes and codes[-1] == GO_AHEAD:
                wire.write(END)
                wire.read()
        except LostError:
            self._drop()

    def _refusal(self, code: int, said: list[bytes]) -> AttemptResult | None:
        if code == (GO_AHEAD if self._step is SmtpStep.DATA else 250):
            return None
        reply = _as_reply(code, said)
        verdict = classify(self._step, reply)
        if verdict is Verdict.ACCEPTED:
            return None
        self._leave(reply)
        return AttemptResult(verdict, f"{reply} ({self._step})")

    def _send(self, wire: Wire, message: bytes) -> AttemptResult:
        try:
            wire.write(message)
        finally:
            if wire.written > len(message) - len(END):
                self._step = SmtpStep.END
        # Giving up now makes a second copy of every message the server took: RFC 5321, 4.5.3.2.6
        # asks for ten minutes.
        reply = _as_reply(*wire.read(max(self.relay.timeout, _LAST_REPLY)))
        self._carried += 1
        self._leave(reply)
        return AttemptResult(classify(SmtpStep.END, reply), str(reply))

    def _leave(self, reply: Reply) -> None:
        """Break off where the server does, or says what does not fit the step.

        The next reply would not belong to the next command.
        """
        is_no_refusal = reply.code // 100 < PUT_OFF
        if reply.code == CLOSING or (
            is_no_refusal and classify(self._step, reply) is not Verdict.ACCEPTED
        ):
            self._drop()


def _as_reply(code: int, said: list[bytes]) -> Reply:
    return Reply(code, b" ".join(said).decode("utf-8", "replace"))


def _explained(error: Exception) -> str:
    """Return why there is no connection, with the server's own words where there are some."""
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error.encode() if isinstance(error.smtp_error, str) else error.smtp_error
        return str(_as_reply(error.smtp_code, words.split(b"\n")))
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is refused: {error.verify_message}"
    if isinstance(error, UnicodeError):
        return (
            "the server's name, the user name or the password holds characters that cannot be sent"
        )
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)
