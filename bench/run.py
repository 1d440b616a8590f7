"""Figures of this machine, one table each, into ``docs/performance.md``: ``run.py [NAME] ...``; all of them when none is named."""

from __future__ import annotations

import contextlib
import io
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import builds
import daemon
import feeds
import freezing
import people
import sending
import web
import workers

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BENCHES: dict[str, Callable[[], None]] = {
    "builds": lambda: builds.main([1_000, 10_000, 100_000]),
    "feeds": lambda: feeds.main(10_000),
    "daemon": lambda: daemon.main(10_000),
    "people": lambda: people.main(1_000_000),
    "web": web.main,
    "sending": sending.main,
    "freezing": lambda: freezing.main(1_000_000),
    "workers": workers.main,
}


class Both(io.StringIO):
    """Keeps what is printed, and shows it."""

    def __init__(self, shown: TextIO) -> None:
        super().__init__()
        self._shown = shown

    def write(self, text: str) -> int:
        """Write to both."""
        self._shown.write(text)
        self._shown.flush()
        return super().write(text)


def put(name: str, text: str) -> None:
    """Put what a run printed between its marks on the page."""
    begin, end = f"<!-- begin: {name}, written by make bench -->", f"<!-- end: {name} -->"
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(begin)
    if not rest:
        raise SystemExit(f"{PAGE} has no place for {name}")
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    told = f"`make bench`, {datetime.now(UTC):%Y-%m-%d}, {machine}."
    PAGE.write_text(f"{before}{begin}\n{told}\n\n{text.strip()}\n{end}{rest.partition(end)[2]}", "utf-8")


def main(names: list[str]) -> None:
    """Measure what was asked for."""
    for name in names or list(BENCHES):
        said = Both(sys.stdout)
        with contextlib.redirect_stdout(said):
            BENCHES[name]()
        if "not measured" not in said.getvalue():
            put(name, said.getvalue())


if __name__ == "__main__":
    main(sys.argv[1:])
