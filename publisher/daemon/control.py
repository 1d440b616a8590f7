"""Ask a running daemon for a round: one JSON line each way over a Unix socket in the state folder.

The socket is the daemon's, who holds the run lock; a stale one left by a crash is replaced. Where the folder's path is too long for
a socket address (108 bytes), the address is relative to the folder.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from publisher.errors import PublisherError, StateBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

log = structlog.get_logger("publisher")

NAME = "control.sock"
TIMEOUT = 600.0
"""Seconds an asker waits for the daemon's answer."""

_LONGEST_REQUEST = 4096
_REQUEST_TIMEOUT = 5.0


@contextmanager
def _address(folder: Path) -> Iterator[str]:
    """Give an address for the socket that fits, by way of an open folder where the path is long."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{NAME}"
    finally:
        os.close(descriptor)


class ControlServer:
    """Answers requests for rounds in a thread of its own."""

    def __init__(self, folder: Path, answer: Callable[[dict[str, bool]], dict[str, object]]) -> None:
        self._path, self._answer = folder / NAME, answer
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with _address(folder) as address:
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


def ask_daemon(folder: Path, options: dict[str, bool]) -> dict[str, object]:
    """Ask the daemon that holds this state folder for a round now, and wait for what it did.

    Raises:
        StateBusyError: Whoever holds the state does not answer: it is no daemon, or on another machine.
        PublisherError: What the daemon's round ended with.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel, _address(folder) as address:
            channel.settimeout(TIMEOUT)
            channel.connect(address)
            channel.sendall(json.dumps(options).encode())
            channel.shutdown(socket.SHUT_WR)
            with channel.makefile("rb") as stream:
                reply: dict[str, object] = json.loads(stream.readline())
    except (OSError, ValueError) as error:
        raise StateBusyError("Another 'publisher run' holds this state and does not answer.", cure="Try again later.") from error
    if "error" in reply:
        failed = PublisherError(str(reply["error"]), cure=str(reply["cure"]))
        failed.exit_status = int(str(reply["exit_status"]))
        raise failed
    return reply
