"""Figures of this machine, one table each, into ``docs/performance.md``: ``run.py [NAME] ...``.

All of them when none is named.
"""

from __future__ import annotations

import compileall
import contextlib
import io
import sys
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
from tables import put

import publisher

if TYPE_CHECKING:
    from collections.abc import Callable

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


def main(names: list[str]) -> None:
    """Measure what was asked for, compiled as ``pip install`` leaves it.

    Not everywhere may Python write bytecode.
    """
    compileall.compile_dir(Path(publisher.__file__).parent, quiet=1)
    for name in names or list(BENCHES):
        said = Both(sys.stdout)
        with contextlib.redirect_stdout(said):
            BENCHES[name]()
        if "not measured" not in said.getvalue():
            put("performance.md", name, "make bench", said.getvalue())


if __name__ == "__main__":
    main(sys.argv[1:])
