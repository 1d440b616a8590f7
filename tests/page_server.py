"""A real web server of a site's pages.

It says exactly what a test wants, byte by byte, and remembers who asked.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from email.message import Message
    from typing import BinaryIO

    Answer = bytes | Callable[[BinaryIO], None]

UP = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: seen=1\r\nContent-Length:"
    b" 2\r\n\r\nHi"
)
MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def moved(location: str, status: int = 302) -> bytes:
    """Return an answer that redirects."""
    return (
        f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nSet-Cookie: seen=1\r\nContent-Length:"
        " 0\r\n\r\n".encode()
    )


@dataclass
class PageServer:
    """Listens on this machine while it is entered.

    Attributes:
        pages: What is answered, by path: bytes as they are, or a function that writes them; 404 for
            all others.
        hits: Paths and header fields of the requests so far.
        ended: Set when the server ends, for answers that hang until then.
    """

    pages: dict[str, Answer] = field(default_factory=dict)
    secure: ssl.SSLContext | None = None
    hits: list[tuple[str, Message]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.hits.append((self.path, self.headers))
                answer = outer.pages.get(self.path, MISSING)
                self.close_connection = True
                try:
                    answer(self.wfile) if callable(answer) else self.wfile.write(answer)  # type: ignore[arg-type]
                except OSError:
                    return  # whoever asked has heard enough

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """Say nothing of connections that end in the middle."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        if self.secure is not None:
            self._server.socket = self.secure.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """Its address, without a closing slash."""
        scheme, host = ("http", "127.0.0.1") if self.secure is None else ("https", "localhost")
        return f"{scheme}://{host}:{self.port}"

    def asked(self) -> list[str]:
        """Return the paths that were asked for."""
        return [path for path, _ in self.hits]

    def hang(self, _: BinaryIO) -> None:
        """Take the request and say nothing."""
        self.ended.wait(60)
