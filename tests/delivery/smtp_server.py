"""A real SMTP server for tests.

Threads over sockets, scripted step by step, recording what it took.

::

    with SmtpServer(pipelining=False) as server:
        server.script.at(At.RCPT, say("550 5.1.1 nobody"), to="gone.example")
        ...  # something sends to server.port
        assert server.messages == [Received("a@example.org", "b@example.org", b"...")]
"""

from __future__ import annotations

import contextlib
import socket
import threading
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Self

from tests.delivery.smtp_script import At, Script
from tests.delivery.smtp_session import Received, Session

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

__all__ = ["EXTENSIONS", "Received", "SmtpServer"]

EXTENSIONS = ("SIZE 52428800", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")


class SmtpServer:
    """A server on the loopback interface, running inside ``with`` or from start to stop.

    Attributes:
        port: Where it listens; the same after a restart.
        script: What it does otherwise than usual.
        messages: What it took, oldest first.
        unfinished: What came of messages whose final dot never did.
        heard: Every command, without its line end; answers to AUTH are not among them.
        sessions: How many connections there were.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        context: ssl.SSLContext | None = None,
        implicit: bool = False,
        pipelining: bool = True,
        extensions: tuple[str, ...] = EXTENSIONS,
        users: Mapping[str, str] | None = None,
        greylist: float = 0.0,
        window: int = 0,
        script: Script | None = None,
    ) -> None:
        """Take what the server is like.

        Args:
            port: 0 for any.
            context: For STARTTLS; without it there is none.
            implicit: TLS from the first byte on.
            pipelining: Whether commands may come before the reply to the last; otherwise they are
                refused.
            extensions: What else it offers.
            users: Names and passwords; nobody gets anything sent without one.
            greylist: Share of the recipients who are put off the first time, always the same ones.
            window: Bytes that a client can send ahead of the reading server; 0 for the system's own
                idea.
            script: One to begin with.
        """
        self.port, self.script = port, script or Script()
        self.context, self.implicit, self.pipelining = context, implicit, pipelining
        self.extensions, self.users, self.greylist, self.window = (
            extensions,
            dict(users or {}),
            greylist,
            window,
        )
        self.messages: list[Received] = []
        self.unfinished: list[bytes] = []
        self.heard: list[str] = []
        self.sessions = 0
        self.stopping = threading.Event()
        self._seen: set[str] = set()
        self._reached: Counter[At] = Counter()
        self._changed = threading.Condition()
        self._open: dict[socket.socket, threading.Thread] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen."""
        self.stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        if self.window:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.window)
        self.port = self._listener.getsockname()[1]
        self._accepting = threading.Thread(
            target=self._accept, args=(self._listener, self.stopping), daemon=True
        )
        self._accepting.start()

    def stop(self) -> None:
        """Close every connection.

        What was taken stays in ``messages``, and :meth:`start` listens on the same port again.
        """
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        with self._changed:
            open_ones = list(self._open.items())
        for connection, thread in open_ones:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join()

    def count(self, step: At) -> int:
        """Return how often a step was reached."""
        with self._changed:
            return self._reached[step]

    def wait_for(self, step: At, times: int = 1, seconds: float = 10.0) -> None:
        """Wait until a step was reached so often."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._reached[step] >= times, seconds), (
                f"{step} was not reached {times} times"
            )

    def wait_for_messages(self, number: int, seconds: float = 10.0) -> list[Received]:
        """Wait for so many messages and return all there are, more or fewer."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.messages) >= number, seconds)
            return list(self.messages)

    def wait_for_goodbyes(self, seconds: float = 10.0) -> None:
        """Wait until every connection is closed: whatever was on its way has come."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._open, seconds), (
                "somebody is still connected"
            )

    def reach(self, step: At) -> None:
        """Note that a step was reached."""
        with self._changed:
            self._reached[step] += 1
            self._changed.notify_all()

    def take(self, message: Received) -> None:
        """Record a message."""
        with self._changed:
            self.messages.append(message)
            self._changed.notify_all()

    def puts_off(self, recipient: str) -> bool:
        """Return whether a recipient is greylisted this time."""
        if recipient in self._seen:
            return False
        self._seen.add(recipient)
        return zlib.crc32(recipient.encode()) / 2**32 < self.greylist

    def _accept(self, listener: socket.socket, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self._changed:
                self.sessions += 1
                session = Session(self, connection, self.sessions, stopping)
                thread = threading.Thread(
                    target=self._serve, args=(session, connection), daemon=True
                )
                self._open[connection] = thread
            thread.start()

    def _serve(self, session: Session, connection: socket.socket) -> None:
        try:
            session.converse()
        finally:
            connection.close()
            session.socket.close()
            with self._changed:
                del self._open[connection]
                self._changed.notify_all()
