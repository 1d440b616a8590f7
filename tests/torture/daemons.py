"""Real commands on a subscribed site: the daemon, the web side, and what a person types."""

from __future__ import annotations

import socket
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests import commands
from tests.delivery.long_running import PATIENCE, Program

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from tests.torture.subscribed_site import SubscribedSite


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def running(
    subscribed_site: SubscribedSite, command: str = "run", port: int = 0
) -> Iterator[Program]:
    """Run a command on a site, its web side on this port, and end it as systemd does."""
    with Program(command, subscribed_site.config_file, PUBLISHER_WEB__PORT=str(port)) as program:
        program.until_it_says("watching" if command == "run" else "serving")
        yield program
        assert program.end() == 0


def words(subscribed_site: SubscribedSite, *arguments: object) -> list[str]:
    """Return the words of a command on a site."""
    return [
        sys.executable,
        "-m",
        "publisher",
        *map(str, arguments),
        "-c",
        str(subscribed_site.config_file),
    ]


def publisher(
    subscribed_site: SubscribedSite, *arguments: object
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return commands.publisher(*arguments, "-c", subscribed_site.config_file)


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something is true."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not come true"
        time.sleep(0.02)
