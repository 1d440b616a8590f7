"""Processes that send, begun and ended by a test."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.torture.subscribed_site import SubscribedSite

PATIENCE = 120.0


class Sending:
    """One process that sends what is due on a site and ends.

    Attributes:
        pid: Its number.
    """

    def __init__(self, forks: Forks, pid: int) -> None:
        self._forks, self.pid = forks, pid
        self._handle = os.pidfd_open(pid)
        self._status: int | None = None

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, wherever it is."""
        signal.pidfd_send_signal(self._handle, number)

    def ends_within(self, seconds: float) -> bool:
        """Wait so long, at most, and say whether it has ended."""
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return self._status is not None or bool(poll.poll(seconds * 1000))

    def wait(self) -> int:
        """Wait for its end, and return its exit status: minus the signal where one ended it."""
        if self._status is None:
            assert self.ends_within(PATIENCE), f"process {self.pid} does not end"
            self._status = int(self._forks.ask({"reap": self.pid})["status"])
            os.close(self._handle)
        return self._status

    def kill(self) -> bool:
        """Kill it; False when it had ended before."""
        with suppress(ProcessLookupError):
            self.signal(signal.SIGKILL)
        return self.wait() == -signal.SIGKILL


class Forks:
    """The driver, running between ``with``."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._driver = subprocess.Popen(
                [sys.executable, "-m", "tests.torture.driver"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._driver.stdin is not None
        assert self._driver.stdout is not None
        self._driver.stdin.close()
        self._driver.wait(PATIENCE)
        self._driver.stdout.close()

    def ask(self, request: dict[str, object]) -> dict[str, int]:
        """Ask the driver, and return its answer."""
        assert self._driver.stdin is not None
        assert self._driver.stdout is not None
        self._driver.stdin.write(json.dumps(request).encode() + b"\n")
        self._driver.stdin.flush()
        answer: dict[str, int] = json.loads(self._driver.stdout.readline())
        return answer

    def begin(
        self,
        subscribed_site: SubscribedSite,
        *,
        ahead: float = 0.0,
        waits: bool = False,
        builds: bool = False,
    ) -> Sending:
        """Let a process send what is due, or build.

        Args:
            subscribed_site: The site.
            ahead: Seconds by which its clock is ahead.
            waits: It does nothing before SIGUSR1.
            builds: It does one round instead.
        """
        return Sending(
            self,
            self.ask(
                {
                    "config": str(subscribed_site.config_file),
                    "ahead": ahead,
                    "waits": waits,
                    "builds": builds,
                }
            )["pid"],
        )

    def said(self) -> str:
        """Return what the processes said so far."""
        return self._log.read_text("utf-8", "replace")
