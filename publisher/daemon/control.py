"""Answer who asks the daemon for a round (:mod:`publisher.daemon.asking`).

The socket is the daemon's, who holds the run lock; a stale one left by a crash is replaced.
"""

from __future__ import annotations

import json
import socket
import threading
from typing import TYPE_CHECKING

import structlog

from publisher.daemon.asking import NAME, address_in
from publisher.errors import PublisherError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = structlog.get_logger("publisher")

_LONGEST_REQUEST = 4096
_REQUEST_TIMEOUT = 5.0


class ControlServer:
    """Answers requests for rounds in a thread of its own."""

    def __init__(self, folder: Path, answer: Callable[[dict[str, bool]], dict[str, object]]) -> None:
        self._path, self._answer = folder / NAME, answer
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with address_in(folder) as address:
            self._socket.bind(address)
        self._path.chmod(0o600)
        self._socket.listen()
        self._thread = threading.Thread(target=self._serve, name="control", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End, and take the socket away."""
        self._path.unlink(missing_ok=True)
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                channel, _ = self._socket.accept()
            except OSError:
                return  # stopped
            with channel:
                self._handle(channel)

    def _handle(self, channel: socket.socket) -> None:
        channel.settimeout(_REQUEST_TIMEOUT)
        try:
            options = json.loads(channel.recv(_LONGEST_REQUEST))
            reply = self._answer({str(name): bool(value) for name, value in options.items()})
        except PublisherError as error:
            reply = {"error": error.message, "cure": error.cure, "exit_status": error.exit_status}
        except (OSError, ValueError, AttributeError) as error:
            reply = {"error": f"The request was not understood: {error}.", "cure": "", "exit_status": 2}
        try:
            channel.sendall(json.dumps(reply).encode() + b"\n")
        except OSError as error:
            log.warning("the asker left before the answer", error=str(error))
