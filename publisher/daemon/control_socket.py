"""Answer who asks the daemon for a round, or how it is (:mod:`publisher.daemon.control_client`).

The socket is the daemon's, who holds the run lock; a stale one left by a crash is replaced. Each
request has a thread of its own: one that waits for a round keeps nobody from asking whether the
daemon is well.
"""

from __future__ import annotations

import json
import socket
import threading
from typing import TYPE_CHECKING

import structlog

from publisher.daemon.control_client import HEALTH, NAME, address_in
from publisher.errors import PublisherError
from publisher.system.health import Health, Supervised

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


log = structlog.get_logger("publisher")

_LONGEST_REQUEST = 4096
_REQUEST_TIMEOUT = 5.0
_LOOK = 1.0
"""Seconds after which the thread looks whether it is to end, and is known to work."""


class ControlServer:
    """Answers requests for rounds.

    Args:
        folder: Where the socket is.
        answer: Does a round as asked for.
        health: Of the daemon; it is told to whoever asks.
    """

    def __init__(
        self, folder: Path, answer: Callable[[dict[str, bool]], dict[str, object]], health: Health
    ) -> None:
        self._path, self._answer, self._health = folder / NAME, answer, health
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with address_in(folder) as address:
            self._socket.bind(address)
        self._path.chmod(0o600)
        self._socket.settimeout(_LOOK)
        self._socket.listen()
        self._thread = Supervised("control", self._accept, health)

    def start(self) -> None:
        """Start to answer, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End, and take the socket away."""
        self._path.unlink(missing_ok=True)
        self._thread.stop(2 * _LOOK)
        self._socket.close()

    def _accept(self) -> None:
        try:
            channel, _ = self._socket.accept()
        except TimeoutError:
            return
        threading.Thread(
            target=self._serve, args=(channel,), name="control-request", daemon=True
        ).start()

    def _serve(self, channel: socket.socket) -> None:
        with channel, self._health.minding("answering a command"):
            channel.settimeout(_REQUEST_TIMEOUT)
            reply = json.dumps(self._reply(channel)).encode() + b"\n"
            try:
                channel.sendall(reply)
            except OSError as error:
                log.warning("the asker left before the answer", error=str(error))

    def _reply(self, channel: socket.socket) -> dict[str, object]:
        try:
            asked = json.loads(channel.recv(_LONGEST_REQUEST))
            options = {str(name): bool(value) for name, value in asked.items()}
        except (OSError, ValueError, AttributeError, RecursionError) as error:
            # Whatever somebody writes into the socket is their affair.
            return _refusal(f"The request was not understood: {error}.")
        if options.get(HEALTH):
            return {HEALTH: [fault.as_json() for fault in self._health.faults()]}
        try:
            return self._answer(options)
        except PublisherError as error:
            return _refusal(error.message, error.cure, error.exit_status)
        except TimeoutError:
            return _refusal(
                "The daemon is busy with another round.",
                "Try again later; 'publisher status' says whether it is well.",
            )
        # The round that raised it was told of where it ran; the asker waits for an answer
        except BaseException as error:  # noqa: BLE001
            return _refusal(
                f"The daemon's round failed: {type(error).__name__}: {error}",
                "Its log has the place.",
                1,
            )


def _refusal(error: str, cure: str = "", exit_status: int = 2) -> dict[str, object]:
    return {"error": error, "cure": cure, "exit_status": exit_status}
