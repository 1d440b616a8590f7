"""Rows of the table in ``docs/reliability.md``.

A test adds one for what it did, where somebody collects them.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

VARIABLE = "PUBLISHER_RELIABILITY"
"""Names the file that rows are added to, one JSON object a line."""


@dataclass(frozen=True, slots=True)
class Row:
    """What was done, and what came of it.

    Attributes:
        chapter: The part of the table.
        what: What was done, in a few words.
        connections: How many there were.
        runs: How often it was done.
        readers: Messages that were to arrive.
        lost: Messages that did not.
        duplicates: Copies beyond the first.
        allowed: How many of those the design allows.
    """

    chapter: str
    what: str
    connections: int
    runs: int
    readers: int
    lost: int
    duplicates: int
    allowed: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What a folder, a disk or a daemon went through, for the second table.

    Attributes:
        trial: What was done, in a few words.
        runs: How often.
        harm: Torn feeds, changed ids, posts lost or announced twice or by accident.
        measured: What else was seen, with its unit (``"12 MB grown"``), or nothing.
    """

    trial: str
    runs: int
    harm: int
    measured: str = ""


def record(row: Row | Trial) -> None:
    """Add a row, when somebody collects them."""
    if name := os.environ.get(VARIABLE):
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(row)) + "\n")
