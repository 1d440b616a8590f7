"""The program's long-running commands, started for real beside each other on one site."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Self

from tests.conftest import ROOT
from tests.torture.scale import scaled

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from pathlib import Path


PATIENCE = scaled(600, 40)


class Program:
    """A running ``publisher <command>``; ended with ``with``."""

    def __init__(self, command: str, config: Path, name: str = "", **environ: str) -> None:
        self._log = config.parent / f"{name or command}.log"
        self._stream = self._log.open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "publisher", command, "-c", str(config)],
            cwd=ROOT,
            env={
                **os.environ,
                "PUBLISHER_LOG__FORMAT": "json",
                "PUBLISHER_WEB__PORT": "0",
                **environ,
            },
            stderr=self._stream,
            stdout=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._stream.close()

    def said(self, event: str) -> list[dict[str, object]]:
        """Return the lines of its log that tell of something."""
        lines = [
            json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")
        ]
        return [line for line in lines if line.get("event") == event]

    def until_it_says(self, event: str, times: int = 1) -> float:
        """Wait, within reason, until its log tells of something; give the seconds it took."""
        return self.until(lambda: len(self.said(event)) >= times)

    def until(self, condition: Callable[[], object]) -> float:
        """Wait, within reason, while it runs, until something is true; give the seconds it took."""
        began = time.monotonic()
        while not condition():
            assert self.process.poll() is None, self._log.read_text()
            assert time.monotonic() - began < PATIENCE, self._log.read_text()
            time.sleep(0.05)
        return time.monotonic() - began

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self) -> int:
        """Ask it to end; give its exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE)
