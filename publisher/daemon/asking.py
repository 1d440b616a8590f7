"""Ask a running daemon for a round: one JSON line each way over a Unix socket in the state folder.

Where the folder's path is too long for a socket address (108 bytes), the address is relative to the folder.
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


@contextmanager
def address_in(folder: Path) -> Iterator[str]:
    """Give an address for the socket that fits, by way of an open folder where the path is long."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{descriptor}/{NAME}"
    finally:
        os.close(descriptor)


def ask_daemon(folder: Path, options: dict[str, bool]) -> dict[str, object]:
    """Ask the daemon that holds this state folder for a round now, and wait for what it did.

    Raises:
        StateBusyError: Whoever holds the state does not answer: it is no daemon, or on another machine.
        PublisherError: What the daemon's round ended with.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel, address_in(folder) as address:
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
