"""One connection to the relay: smtplib connects, secures and logs in; the transaction is ours, to know which byte was out.

::

    closed --open: greeting, EHLO, STARTTLS, AUTH--> idle --MAIL RCPT DATA--> sending --body--> sending --"."--> uncertain --250--> idle

Until the final dot is written a lost connection means "not accepted"; from then until the reply it may have been accepted.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.delivery.replies import Outcome, Reply, Step, Verdict, classify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LINE = 2048
_LINES = 100
_CHUNK = 4096
_REPLY = re.compile(rb"([2-5]\d\d)([ -]?)(.*)", re.DOTALL)
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")
_END = b".\r\n"
CLOSING = 421
"""The server closes the connection with this reply, whatever it answers (RFC 5321, 3.8)."""


@dataclass(frozen=True, slots=True)
class Relay:
    """The server that takes every message.

    Attributes:
        host: Its name.
        port: Its port.
        tls: ``implicit``, ``starttls`` or ``none``.
        username: For AUTH; nobody logs in when empty.
        password: The same.
        timeout: Seconds for each step.
        reconnect_after: Messages after which a connection is made anew.
        local_name: For EHLO.
    """

    host: str
    port: int
    tls: str
    username: str = ""
    password: str = ""
    timeout: float = 60.0
    reconnect_after: int = 1000
    local_name: str = "localhost"

    def __repr__(self) -> str:
        """Name the server and nothing secret."""
        return f"Relay({self.host}:{self.port})"


class LostError(OSError):
    """The connection is gone, or what came over it is no reply: nothing more is sent on it."""


class _Bounded(smtplib.SMTP):
    """smtplib with replies of a bounded length that must come before a deadline."""

    deadline = 0.0
    pending = b""

    def getreply(self) -> tuple[int, bytes]:
        """Read one reply.

        Raises:
            LostError: It does not come in time, is too long, or is none.
        """
        said: list[bytes] = []
        while len(said) < _LINES:
            match = _REPLY.fullmatch(self._line())
            if match is None:
                raise LostError("what the server sent is no SMTP reply")
            said.append(match[3].strip())
            if match[2] != b"-":
                return int(match[1]), b" ".join(said)
        raise LostError("the server's reply does not end")

    def _line(self) -> bytes:
        while b"\n" not in self.pending:
            if len(self.pending) > _LINE:
                raise LostError("the server's reply does not end")
            assert self.sock is not None
            self.sock.settimeout(self.check_time())
            try:
                more = self.sock.recv(_CHUNK)
            except TimeoutError as error:
                raise LostError("the server did not answer in time") from error
            if not more:
                raise LostError("the server closed the connection")
            self.pending += more
        line, _, self.pending = self.pending.partition(b"\n")
        if len(line) > _LINE:
            raise LostError("the server's reply does not end")
        return line.rstrip(b"\r")

    def check_time(self) -> float:
        """Give the seconds the next step may take.

        Raises:
            LostError: There are none.
        """
        left = min(float(self.timeout), self.deadline - _clock())
        if left <= 0:
            raise LostError("the time for this message is over")
        return left

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            LostError: They cannot all be handed to the system in time; some may be out.
        """
        assert self.sock is not None
        self.sock.settimeout(self.check_time())
        try:
            self.sock.sendall(data)
        except TimeoutError as error:
            raise LostError("the server took nothing for too long") from error
        except OSError as error:
            raise LostError(f"the connection broke: {error.strerror or error}") from error


class _Implicit(_Bounded, smtplib.SMTP_SSL):
    """The same inside TLS from the first byte on (RFC 8314)."""


def _clock() -> float:
    """Read a clock that goes on while the process or the machine sleeps: a claim held meanwhile is over."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class SmtpConnection:
    """Hands messages to one relay, one after another, and connects when needed.

    Attributes:
        relay: Where.
    """

    def __init__(self, relay: Relay, make_context: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> None:
        self.relay, self._make_context = relay, make_context
        self._client: _Bounded | None = None
        self._carried, self._step = 0, Step.MAIL

    def deliver(self, sender: str, recipient: str, data: bytes, seconds: float) -> Outcome:
        """Hand over one message.

        Args:
            sender: Envelope sender.
            recipient: Envelope recipient.
            data: The message with CRLF line ends.
            seconds: How long the whole may take: afterwards the claim is somebody else's, and nothing more is sent.
        """
        if _UNSAFE.search(sender) or _UNSAFE.search(recipient):
            return Outcome(Verdict.REFUSED, "the address holds characters that no envelope can carry")
        deadline = _clock() + seconds
        used = self._client is not None
        outcome = self._attempt(sender, recipient, data, deadline)
        if used and outcome.verdict is Verdict.RELAY:
            # An idle connection was closed, or had enough: only a fresh one tells what the relay thinks.
            self.close()
            outcome = self._attempt(sender, recipient, data, deadline)
        if outcome.verdict is Verdict.RELAY:
            self.close()
        return outcome

    def close(self) -> None:
        """Say goodbye; whatever happens now comes after success."""
        client, self._client = self._client, None
        if client is None:
            return
        with contextlib.suppress(OSError):
            client.deadline = _clock() + 1
            client.write(b"QUIT\r\n")
        client.close()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    def _attempt(self, sender: str, recipient: str, data: bytes, deadline: float) -> Outcome:
        if self._carried >= self.relay.reconnect_after:
            self.close()
        try:
            client = self._client or self._open(deadline)
        except (OSError, smtplib.SMTPException) as error:
            return Outcome(Verdict.RELAY, _explained(error))
        client.deadline = deadline
        if not recipient.isascii() and not client.has_extn("smtputf8"):
            return Outcome(Verdict.REFUSED, "the relay does not offer SMTPUTF8, which this address needs")
        self._step = Step.MAIL
        try:
            refused = self._announce(client, sender, recipient, len(data))
            if refused is not None:
                return refused
            client.write(data.replace(b"\r\n.", b"\r\n..") if b"\r\n." in data else data)
            if not data.endswith(b"\r\n"):
                client.write(b"\r\n")
            client.check_time()
            self._step = Step.END
            client.write(_END)
            self._carried += 1
            return self._judge(_reply(client))
        except LostError as error:
            self._drop()
            verdict = {Step.MAIL: Verdict.RELAY, Step.END: Verdict.UNCERTAIN}.get(self._step, Verdict.LATER)
            return Outcome(verdict, f"{error} ({self._step})")

    def _announce(self, client: _Bounded, sender: str, recipient: str, size: int) -> Outcome | None:
        """Say from whom and to whom, and ask to send; None when the server waits for the message."""
        options = f" SIZE={size}" if client.has_extn("size") else ""
        options += "" if recipient.isascii() else " SMTPUTF8"
        commands = {
            Step.MAIL: f"MAIL FROM:<{sender}>{options}\r\n".encode(),
            Step.RCPT: f"RCPT TO:<{recipient}>\r\n".encode(),
            Step.DATA: b"DATA\r\n",
        }
        refused = self._at_once(client, commands) if client.has_extn("pipelining") else self._step_by_step(client, commands)
        if refused is not None and self._client is not None:
            self._reset(client)
        return refused

    def _step_by_step(self, client: _Bounded, commands: Mapping[Step, bytes]) -> Outcome | None:
        for step, command in commands.items():
            self._step = step
            client.write(command)
            outcome = self._judge(_reply(client))
            if outcome.verdict is not Verdict.ACCEPTED:
                return outcome
        return None

    def _at_once(self, client: _Bounded, commands: Mapping[Step, bytes]) -> Outcome | None:
        """Write the commands in one go (RFC 2920) and read every reply; the first that refuses counts."""
        client.write(b"".join(commands.values()))
        refused: Outcome | None = None
        for step in commands:
            if refused is None:
                self._step = step
            reply = _reply(client)
            if refused is not None:
                self._take_back(client, step, reply)
            elif (outcome := self._judge(reply)).verdict is not Verdict.ACCEPTED:
                refused = outcome
                if self._client is None:
                    break
        return refused

    @staticmethod
    def _take_back(client: _Bounded, step: Step, reply: Reply) -> None:
        """End the empty message that some servers begin although they took no recipient (RFC 2920, 3.1)."""
        if step is Step.DATA and reply.code == 354:  # noqa: PLR2004 - RFC 5321
            client.write(_END)
            _reply(client)

    def _reset(self, client: _Bounded) -> None:
        """Clear what was begun, so that the connection can carry the next message."""
        try:
            client.write(b"RSET\r\n")
            clean = _reply(client).code == 250  # noqa: PLR2004 - RFC 5321
        except LostError:
            clean = False
        if not clean:
            self._drop()

    def _judge(self, reply: Reply) -> Outcome:
        step = self._step
        if reply.code == CLOSING:
            self._drop()
        elif step is Step.DATA and reply.code // 100 == 2:  # noqa: PLR2004 - RFC 5321
            self._drop()
            return Outcome(Verdict.LATER, f"{reply} ({step}: 354 was expected)")
        return Outcome(classify(step, reply), f"{reply} ({step})" if step is not Step.END else str(reply))

    def _open(self, deadline: float) -> _Bounded:
        relay = self.relay
        client: _Bounded
        if relay.tls == "implicit":
            client = _Implicit(local_hostname=relay.local_name, timeout=relay.timeout, context=self._make_context())
        else:
            client = _Bounded(local_hostname=relay.local_name, timeout=relay.timeout)
        client.deadline = min(deadline, _clock() + 4 * relay.timeout)
        try:
            self._greet(client)
            if relay.tls == "starttls":
                self._secure(client)
            if relay.username:
                client.login(relay.username, relay.password)
        except BaseException:
            client.close()
            raise
        self._client, self._carried = client, 0
        return client

    def _greet(self, client: _Bounded) -> None:
        code, words = client.connect(self.relay.host, self.relay.port)
        if code != 220:  # noqa: PLR2004 - RFC 5321
            raise smtplib.SMTPConnectError(code, words)
        client.ehlo_or_helo_if_needed()

    def _secure(self, client: _Bounded) -> None:
        if not client.has_extn("starttls"):
            raise smtplib.SMTPNotSupportedError("the server offers no STARTTLS; nothing is sent in clear text")
        client.starttls(context=self._make_context())
        if client.pending:
            raise LostError("bytes came in clear text after STARTTLS was accepted")
        client.ehlo()


def _reply(client: _Bounded) -> Reply:
    try:
        code, words = client.getreply()
    except LostError:
        raise
    except OSError as error:
        raise LostError(f"the connection broke: {error.strerror or error}") from error
    return Reply(code, words.decode("utf-8", "replace"))


def _explained(error: Exception) -> str:
    """Say why there is no connection, with the server's own words where there are some."""
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else str(error.smtp_error)
        return str(Reply(error.smtp_code, words))
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is refused: {error.verify_message}"
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)
