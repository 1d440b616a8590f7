"""Ask a running daemon for a round, or how it is.

One JSON line each way over a Unix socket in the state folder.

Where the folder's path is too long for a socket address (108 bytes), the address is relative to the
folder.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from publisher.errors import PublisherError, StateBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


NAME = "control.sock"
TIMEOUT = 600.0
"""Seconds an asker waits for the daemon's answer."""
HEALTH = "health"
"""What is asked for instead of a round: what is wrong with the daemon."""
_HEALTH_TIMEOUT = 5.0


@contextmanager
def address_in(folder: Path) -> Iterator[str]:
    """Yield a socket address that fits, by way of an open folder where the path is long."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{NAME}"
    finally:
        os.close(descriptor)


def ask_daemon(folder: Path, options: dict[str, bool]) -> dict[str, object]:
    """Ask the daemon that holds this state folder for a round now, and wait for what it did.

    Raises:
        StateBusyError: Whoever holds the state does not answer: it is no daemon, or on another
            machine.
        PublisherError: What the daemon's round ended with.
    """
    try:
        reply = _ask(folder, options, TIMEOUT)
    except (OSError, ValueError) as error:
        raise StateBusyError(
            "Another 'publisher run' holds this state and does not answer.", cure="Try again later."
        ) from error
    if "error" in reply:
        failed = PublisherError(str(reply["error"]), cure=str(reply["cure"]))
        failed.exit_status = int(str(reply["exit_status"]))
        raise failed
    return reply


def ask_health(folder: Path) -> list[dict[str, object]] | None:
    """Return what is wrong with the daemon of this state folder, by part.

    None where no daemon runs.

    One that runs and does not answer is unwell, too.
    """
    try:
        found = _ask(folder, {HEALTH: True}, _HEALTH_TIMEOUT).get(HEALTH, [])
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        return None
    except (OSError, ValueError) as error:
        return [
            {
                "part": "control",
                "error": f"The daemon does not answer: {error}",
                "cure": "Look at its log; restart it.",
            }
        ]
    return [dict(fault) for fault in found] if isinstance(found, list) else []


def _ask(folder: Path, options: dict[str, bool], timeout: float) -> dict[str, object]:
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel,
        address_in(folder) as address,
    ):
        channel.settimeout(timeout)
        channel.connect(address)
        channel.sendall(json.dumps(options).encode())
        channel.shutdown(socket.SHUT_WR)
        with channel.makefile("rb") as stream:
            reply: dict[str, object] = json.loads(stream.readline())
    return reply
