"""Bytes to and from a mail server.

Replies of a bounded length, and nothing sent after a deadline.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
import struct
import time
from functools import partial
from typing import TYPE_CHECKING

from publisher.delivery.transports.smtp.relay import LateError, LostError

if TYPE_CHECKING:
    from publisher.delivery.transports.smtp.relay import Relay


# RFC 5321 says 512; some servers write longer ones, and an endless one must not fill memory.
_LINE = 2048
_LINES = 100
_CHUNK = 4096
# A blocking read that wakes once a second notices a deadline that passed while the machine slept.
_SLICE = 1.0
_REPLY = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)

clock = partial(time.clock_gettime, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
"""Seconds on a clock that goes on while the process or the machine sleeps: a claim held meanwhile
is over."""


class Wire:
    """A connection to a relay.

    Reading waits in the kernel (``SO_RCVTIMEO``), writing never does (``MSG_DONTWAIT``): one system
    call each, and nothing is handed to the kernel but right after a look at the clock. A process
    that was stopped while it waited for room sends nothing when it wakes late.

    Attributes:
        deadline: On :func:`clock`; when the message in hand must be gone.
        written: How much of the last write the kernel has taken.
    """

    def __init__(self, relay: Relay, deadline: float) -> None:
        self.deadline, self.written = deadline, 0
        self._timeout, self._pending, self._tls = relay.timeout, b"", False
        left = self._left(clock() + relay.timeout, "")
        self._socket = socket.create_connection((relay.host, relay.port), left)
        # Without this the end of each message waits for the acknowledgement of its beginning: 40
        # ms.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(_SLICE), 0)
        )
        self._socket.settimeout(None)

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Start TLS.

        Raises:
            LostError: Clear text came where TLS begins; it would be taken for the answer to a later
                command (CVE-2011-0411).
            ssl.SSLError: There is no agreement, or the certificate is not trusted.
        """
        if self._pending:
            raise LostError("bytes came in clear text where TLS begins")
        self._socket.settimeout(self._left(clock() + self._timeout, ""))
        self._socket = context.wrap_socket(self._socket, server_hostname=host)
        # TLS reads whole records: what select says of the socket says nothing of what is decrypted
        # already.
        self._socket.setblocking(False)
        self._tls = True

    def read(self, seconds: float = 0.0) -> tuple[int, list[bytes]]:
        """Read one reply: its code, and the words of each line.

        Args:
            seconds: How long the whole may take, if not as long as any step.

        Raises:
            LostError: It does not come in time, is too long, or is none.
        """
        until = clock() + (seconds or self._timeout)
        said: list[bytes] = []
        while len(said) < _LINES:
            match = _REPLY.fullmatch(self._line(until))
            if match is None:
                # Guessing what was meant could mark a message as sent.
                raise LostError("what the server sent is no SMTP reply")
            code, more, words = match.groups()
            said.append(words or b"")
            if more != b"-":
                return int(code), said
        raise LostError("the server's reply does not end")

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            LostError: The kernel cannot take them all in time; ``written`` says how many it took.
        """
        self.written, rest = 0, memoryview(data)
        if self._pending:
            raise LostError("the server answered before it was asked")
        until = clock() + self._timeout
        while rest:
            if sent := self._offer(rest, until):
                self.written, rest, until = (
                    self.written + sent,
                    rest[sent:],
                    clock() + self._timeout,
                )

    def close(self) -> None:
        """Close the connection after everything was said."""
        self._socket.close()

    def abort(self) -> None:
        """Break the connection off, so that the kernel sends nothing of what it still has."""
        with contextlib.suppress(OSError):
            # A reset instead of a close: what lies in the buffers is thrown away, so the server
            # does not take half a message for a whole one.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def _line(self, until: float) -> bytes:
        while b"\n" not in self._pending:
            if len(self._pending) > _LINE:
                raise LostError("the server's reply does not end")
            self._pending += self._receive(until)
        line, _, self._pending = self._pending.partition(b"\n")
        return line.rstrip(b"\r")

    def _receive(self, until: float) -> bytes:
        while True:
            left = self._left(until, "the server did not answer in time")
            if left < _SLICE and not self._tls and not self._wait(select.POLLIN, left):
                continue
            try:
                more = self._socket.recv(_CHUNK)
            except BlockingIOError:
                continue
            except ssl.SSLWantReadError:
                self._wait(select.POLLIN, left)
                continue
            except OSError as error:
                raise _broken(error) from error
            if not more:
                raise LostError("the server closed the connection")
            return more

    def _offer(self, data: memoryview, until: float) -> int:
        """Send what the kernel takes without waiting, and return how many bytes that was.

        When it takes nothing, wait for room and return 0.
        """
        left = self._left(until, "the server took nothing for too long")
        try:
            return (
                self._socket.send(data)
                if self._tls
                else self._socket.send(data, socket.MSG_DONTWAIT)
            )
        except (BlockingIOError, ssl.SSLWantWriteError):
            self._wait(select.POLLOUT, left)
        except OSError as error:
            raise _broken(error) from error
        return 0

    def _wait(self, event: int, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self._socket, event)
        return bool(poll.poll(seconds * 1000))

    def _left(self, until: float, overdue: str) -> float:
        now = clock()
        if now >= self.deadline:
            raise LateError("the time for this message is over")
        if now >= until:
            raise LostError(overdue)
        return min(until, self.deadline) - now


def _broken(error: OSError) -> LostError:
    return LostError(f"the connection broke: {error.strerror or error}")
