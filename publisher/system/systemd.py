"""Tell systemd how the daemon is (sd_notify(3)): a datagram on a socket named by the environment.

Thirty lines of our own: the protocol is four words, and the library for it has had no release in
years.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Notifier:
    """Sends states to the service manager; does nothing where there is none."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        usec = environ.get("WATCHDOG_USEC", "")
        mine = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_interval: float | None = int(usec) / 2e6 if usec.isdigit() and mine else None

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            try:
                channel.sendto("\n".join(lines).encode(), self._address)
            except OSError:
                return  # the manager is gone; the daemon's work does not depend on it

    def ready(self, status: str) -> None:
        """Notify that the daemon works, and what it does."""
        self._send("READY=1", f"STATUS={status}")

    def alive(self) -> None:
        """Feed the watchdog."""
        if self.watchdog_interval is not None:
            self._send("WATCHDOG=1")

    def reloading(self) -> None:
        """Notify that the configuration is being read again."""
        self._send("STATUS=Reading the configuration again")

    def status(self, text: str) -> None:
        """Notify what the daemon does."""
        self._send(f"STATUS={text}")

    def stopping(self) -> None:
        """Notify that the daemon ends."""
        self._send("STOPPING=1", "STATUS=Stopping")
