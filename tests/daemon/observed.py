"""A daemon with its web side, in front of a mail server and a service manager that listens."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import httpx

from publisher.daemon.control_client import ask_health
from tests.daemon.running import PATIENCE, Daemon
from tests.daemon.test_sending import CONFIG
from tests.torture.daemons import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.delivery.smtp_server import SmtpServer


WATCHDOG = "400000"
"""Microseconds: the watchdog is fed every fifth of a second."""


class Watched(Daemon):
    """A daemon with its web side, in front of a mail server, and a service manager that listens.

    Attributes:
        port: Of its web side.
        server: The mail server.
    """

    def __init__(self, folder: Path, server: SmtpServer) -> None:
        (folder / "config.toml").write_text(CONFIG.format(port=server.port))
        self.port, self.server = free_port(), server
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(folder / "notify"))
        super().__init__(
            folder, NOTIFY_SOCKET=str(folder / "notify"), WATCHDOG_USEC=WATCHDOG,
            PUBLISHER_WEB__PORT=str(self.port),
            PUBLISHER_SCHEDULE__SCAN="3600",
        )  # fmt: skip

    def get(self, path: str) -> httpx.Response:
        """Ask for a page."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE)

    def is_fed(self) -> bool:
        """Return whether the watchdog is fed from now on, within a second."""
        self.manager.settimeout(0.01)
        try:
            while True:
                self.manager.recv(4096)
        except TimeoutError:
            pass
        self.manager.settimeout(2.5)
        try:
            while b"WATCHDOG=1" not in self.manager.recv(4096):
                pass
        except TimeoutError:
            return False
        return True

    def unwell(self) -> list[str]:
        """Return the parts that are unwell, as the command line has them."""
        found = ask_health(self.folder / "state")
        assert found is not None
        return [str(fault["part"]) for fault in found]

    def told(self, event: str) -> list[dict[str, object]]:
        """Return the lines of the log that tell of something."""
        return [line for line in self.said() if line["event"] == event]

    def change(self, *statements: str) -> None:
        """Break or mend the database behind its back."""
        with closing(
            sqlite3.connect(self.folder / "state" / "publisher.db", timeout=30)
        ) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    @contextmanager
    def without(self, table: str) -> Iterator[None]:
        """Let a table be missing for a while."""
        self.change("PRAGMA legacy_alter_table = ON", f"ALTER TABLE {table} RENAME TO away")
        yield
        self.change("PRAGMA legacy_alter_table = ON", f"ALTER TABLE away RENAME TO {table}")

    def check_unwell(self, part: str, reason: str) -> None:
        """See that everybody who may ask is told, and that it was told once, with the place."""
        self.until(lambda: part in self.unwell())
        answer = self.get("/healthz")
        assert (answer.status_code, f"unwell: {part} since" in answer.text) == (
            503,
            True,
        ), answer.text
        assert reason not in answer.text, "strangers learn no more"
        assert self.get("/readyz").status_code == 503
        assert not self.is_fed()
        done = self.publisher("status")
        assert done.returncode == 1, done.stdout + done.stderr
        said = " ".join(done.stdout.split())
        assert f"the daemon is unwell: {part} fails" in said
        assert reason.split(maxsplit=1)[0] in said
        (line,) = self.told(f"{part} failed")
        assert reason in str(line["error"])
        assert "Traceback" in str(line["exception"])

    def check_well(self) -> None:
        """See that it is well, whoever asks."""
        self.until(lambda: not self.unwell())
        assert self.get("/healthz").status_code == self.get("/readyz").status_code == 200
        assert self.is_fed()
        done = self.publisher("status")
        assert done.returncode == 0, done.stdout + done.stderr
