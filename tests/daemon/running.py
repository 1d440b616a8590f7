"""The daemon, started for real on a site in a temporary folder."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Self

import feedparser

from tests.commands import publisher
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


PATIENCE = 60.0
CONFIG = (
    '[site]\ntitle = "A site"\nurl = "https://example.org"\ntimezone = "UTC"\n[posts]\nsettle ='
    ' "200ms"\n[newsletter]\ndelay = "{delay}"\n'
)
POST = "---\ntitle: {title}\ndate: {date}\ndraft: {draft}\n---\nWords of {title}.\n"


class Daemon:
    """A running ``publisher run`` on a site in a temporary folder.

    Attributes:
        under: Words of a command that starts it.
    """

    under: Sequence[str] = ()

    def __init__(self, folder: Path, delay: str = "1s", **environ: str) -> None:
        self.folder = folder
        self.posts = folder / "posts"
        self.posts.mkdir(exist_ok=True)
        self.config = folder / "config.toml"
        if not self.config.exists():
            self.config.write_text(CONFIG.format(delay=delay).replace('"200ms"', "0.2"))
        self.changed = {"PUBLISHER_LOG__FORMAT": "json", **environ}

    def __enter__(self) -> Self:
        self.log = (self.folder / "log").open("w")
        command = [*self.under, sys.executable, "-m", "publisher", "run", "-c", str(self.config)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **self.changed},
            stderr=self.log,
            stdout=subprocess.DEVNULL,
        )
        self.until(lambda: any(line.get("event") == "watching" for line in self.said()))
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(15)
        self.log.close()

    def said(self) -> list[dict[str, object]]:
        """Return the log so far."""
        return [
            json.loads(line)
            for line in (self.folder / "log").read_text().splitlines()
            if line.startswith("{")
        ]

    def complaints(self) -> list[dict[str, object]]:
        """Return what it warned of, or called an error."""
        return [line for line in self.said() if line["level"] in {"warning", "error"}]

    def memory(self, what: str) -> float:
        """Return a size of the process, in MB: ``VmRSS``, or the highest so far, ``VmHWM``."""
        status = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in status if line.startswith(what)) / 1024

    def until(self, condition: Callable[[], object]) -> None:
        """Wait, within reason, until something is true."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)

    def titles(self) -> list[str]:
        """Return the titles that the feed shows."""
        path = self.folder / "public" / "feed.xml"
        return (
            [entry.title for entry in feedparser.parse(path.read_bytes()).entries]
            if path.exists()
            else []
        )

    def write(
        self, name: str, title: str, *, draft: bool = False, date: str = "2020-01-01"
    ) -> None:
        """Save a post as most editors do: beside, then renamed."""
        beside = self.posts / f".{name}.swp"
        beside.write_text(POST.format(title=title, date=date, draft=str(draft).lower()))
        beside.rename(self.posts / name)

    def publisher(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command beside the daemon."""
        return publisher(*arguments, "-c", self.config, cwd=ROOT, **self.changed)

    def known_as(self, path: str) -> str:
        """Return what the catalogue last decided a file to be."""
        found = self.query("SELECT known_as FROM posts WHERE path = ?", path)
        return str(found[0][0]) if found else ""

    def query(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database, as it is now."""
        with closing(
            sqlite3.connect(f"file:{self.folder}/state/publisher.db?mode=ro", uri=True, timeout=30)
        ) as connection:
            return connection.execute(sql, values).fetchall()

    def issues(self) -> dict[str, str]:
        """Return issue states by subject."""
        listed = json.loads(self.publisher("issues", "list", "--json").stdout)["issues"]
        return {issue["subject"]: issue["state"] for issue in listed}
