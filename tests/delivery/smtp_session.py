"""One connection to a test's mail server: commands in, replies out, as scripted or as usual."""

from __future__ import annotations

import base64
import math
import re
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.delivery.smtp_script import At

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from tests.delivery.smtp_script import Act
    from tests.delivery.smtp_server import SmtpServer

_PATH = re.compile(r"(?:FROM|TO):\s*<([^>]*)>\s*(.*)", re.IGNORECASE)
_CHUNK = 65536
_END = b"\r\n.\r\n"


@dataclass(frozen=True, slots=True)
class Received:
    """A message the server took, once for each recipient.

    Equal when sender, recipient and data are.

    Attributes:
        sender: Of the envelope.
        recipient: Of the envelope.
        data: As it was sent, dots unstuffed.
        options: What stood behind the sender: ``SIZE=…`` and so on.
        session: Number of the connection, from 1 on.
        secure: Whether it came over TLS.
        user: Who was logged in.
    """

    sender: str
    recipient: str
    data: bytes
    options: str = field(default="", compare=False)
    session: int = field(default=0, compare=False)
    secure: bool = field(default=False, compare=False)
    user: str = field(default="", compare=False)


class _LeftError(Exception):
    """The conversation is over."""


class Session:
    """One connection."""

    def __init__(
        self, server: SmtpServer, connection: socket.socket, number: int, stopping: threading.Event
    ) -> None:
        self.server, self.number, self.stopping = server, number, stopping
        # A descriptor of its own: the server shuts the other one down, whatever this one is busy
        # with.
        self.socket = connection.dup()
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.coming, self.going = b"", b""
        self.secure, self.user = False, ""
        self._reset()

    def _reset(self) -> None:
        self.sender: str | None = None
        self.options = ""
        self.recipients: list[str] = []
        self.recipient = ""

    def converse(self) -> None:
        """Answer commands until one side has left."""
        try:
            if self.server.implicit:
                self._secure()
            self._answer(At.CONNECT, "220 sink.example ESMTP")
            while True:
                self._command(self._line())
        except (_LeftError, OSError, ValueError):
            return

    def _command(self, line: str) -> None:
        self.server.heard.append(line)
        word, _, rest = line.partition(" ")
        if not self.server.pipelining and self.coming:
            self.coming = b""
            self._answer(At.RSET, "503 5.5.0 one at a time")
            return
        commands: dict[str, Callable[[str], object]] = {
            "EHLO": self._ehlo,
            "HELO": lambda _: self._answer(At.EHLO, "250 sink.example"),
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": lambda _: self._answer(At.RSET, "250 2.0.0 Ok", self._reset),
            "NOOP": lambda _: self._answer(At.RSET, "250 2.0.0 Ok"),
            "QUIT": self._quit,
        }
        command = commands.get(word.upper())
        if command is None:
            self._answer(At.RSET, "500 5.5.2 what?")
        else:
            command(rest)

    def _ehlo(self, _: str) -> None:
        server = self.server
        offers = [*server.extensions, *(["PIPELINING"] if server.pipelining else [])]
        if server.context is not None and not self.secure and not server.implicit:
            offers.append("STARTTLS")
        elif server.users:
            offers.append("AUTH PLAIN LOGIN")
        lines = ["sink.example", *offers]
        self._answer(
            At.EHLO, "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])
        )

    def _starttls(self, _: str) -> None:
        if self._answer(
            At.STARTTLS, "220 2.0.0 go ahead" if self.server.context is not None else "502 5.5.1 no"
        ):
            self._flush()
            self._secure()

    def _secure(self) -> None:
        assert self.server.context is not None
        self.socket = self.server.context.wrap_socket(self.socket, server_side=True)
        self.secure, self.coming = True, b""

    def _auth(self, rest: str) -> None:
        mechanism, _, first = rest.partition(" ")
        if mechanism.upper() == "PLAIN":
            _, name, password = _plain(first or self._ask("334 ")).split("\0")
        else:
            name = _plain(first or self._ask("334 VXNlcm5hbWU6"))
            password = _plain(self._ask("334 UGFzc3dvcmQ6"))
        right = self.server.users.get(name) == password
        if self._answer(
            At.AUTH, "235 2.7.0 welcome" if right else "535 5.7.8 wrong name or password"
        ):
            self.user = name

    def _mail(self, rest: str) -> None:
        match = _PATH.match(rest)
        if self.server.users and not self.user:
            self._answer(At.MAIL, "530 5.7.0 log in first")
        elif match is None or self.sender is not None:
            self._answer(At.MAIL, "503 5.5.1 not now")
        elif self._answer(At.MAIL, "250 2.1.0 Ok"):
            self.sender, self.options = match[1], match[2]

    def _rcpt(self, rest: str) -> None:
        match = _PATH.match(rest)
        if self.sender is None or match is None:
            self._answer(At.RCPT, "503 5.5.1 not now")
            return
        self.recipient = match[1]
        put_off = self.server.puts_off(self.recipient)
        if self._answer(At.RCPT, "450 4.2.0 greylisted, come again" if put_off else "250 2.1.5 Ok"):
            self.recipients.append(self.recipient)

    def _data(self, _: str) -> None:
        usual = (
            "354 End data with <CR><LF>.<CR><LF>"
            if self.recipients
            else "554 5.5.1 no valid recipients"
        )
        if not self._answer(At.DATA, usual):
            return
        self._flush()
        data = self._body()
        self._answer(
            At.END,
            "250 2.0.0 Ok: taken" if self.recipients else "554 5.5.1 no valid recipients",
            lambda: self._take(data),
        )
        self._reset()

    def _take(self, data: bytes) -> None:
        for recipient in self.recipients:
            self.server.take(
                Received(
                    self.sender or "",
                    recipient,
                    data,
                    self.options,
                    self.number,
                    self.secure,
                    self.user,
                )
            )

    def _quit(self, _: str) -> None:
        self._answer(At.QUIT, "221 2.0.0 Bye")
        self._flush()
        raise _LeftError

    def _ask(self, challenge: str) -> str:
        self.going += f"{challenge}\r\n".encode()
        return self._line()

    def _answer(self, step: At, usual: str, effect: Callable[[], None] = lambda: None) -> bool:
        """Answer as scripted or as usual, after doing what the answer promises.

        Say whether it was a yes.
        """
        self.server.reach(step)
        act = self.server.script.act(step, self.recipient)
        reply = f"{usual}\r\n".encode() if act is None or act.reply is None else act.reply
        yes = reply[:1] in {b"2", b"3"}
        if yes or (act is not None and act.takes):
            effect()
        if act is not None:
            self._perform(act)
        self.going += reply
        if act is not None and act.leaves:
            self._flush()
            raise _LeftError
        return yes

    def _perform(self, act: Act) -> None:
        self._flush()
        if act.wait:
            self.stopping.wait(None if act.wait == math.inf else act.wait)
        while act.gate is not None and not self.stopping.is_set() and not act.gate.wait(0.02):
            continue
        while act.endless:
            self.socket.sendall(act.endless)
        if act.resets:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for byte in act.trickle:
            self.socket.sendall(bytes([byte]))
            self.stopping.wait(0.05)

    def _body(self) -> bytes:
        """Read a message up to its final dot, and nothing else for one."""
        # The line end before the first line is that of DATA: a message may consist of its final
        # dot.
        data = b"\r\n" + self.coming
        try:
            if not self.coming:
                data += self._receive()
            self._begin()
            looked = 0
            while (end := data.find(_END, looked)) < 0:
                looked = max(len(data) - len(_END), 0)
                data += self._receive()
        except (_LeftError, OSError):
            self.server.unfinished.append(data[2:])
            raise
        self.coming = data[end + len(_END) :]
        return data[: end + 2].replace(b"\r\n..", b"\r\n.")[2:]

    def _begin(self) -> None:
        """Do what the script has for the moment when a message begins to come."""
        self.server.reach(At.BODY)
        act = self.server.script.act(At.BODY, self.recipient)
        if act is not None:
            self._perform(act)
            self.going += act.reply or b""
            self._flush()
            if act.leaves:
                raise _LeftError

    def _line(self) -> str:
        while b"\n" not in self.coming:
            self._flush()
            self.coming += self._receive()
        line, _, self.coming = self.coming.partition(b"\n")
        return line.rstrip(b"\r").decode()

    def _receive(self) -> bytes:
        more = self.socket.recv(_CHUNK)
        if not more or self.stopping.is_set():
            raise _LeftError
        return more

    def _flush(self) -> None:
        going, self.going = self.going, b""
        if going:
            self.socket.sendall(going)


def _plain(word: str) -> str:
    return base64.b64decode(word).decode()
