"""Put what was measured between its marks on a page of the docs."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"


def put(page: str, name: str, maker: str, text: str) -> None:
    """Replace what stands between a name's marks by when and where it was measured, and a text.

    Args:
        page: A file of ``docs``.
        name: Of the table.
        maker: The command that writes it, such as ``make bench``.
        text: The table.
    """
    begin, end = f"<!-- begin: {name}, written by {maker} -->", f"<!-- end: {name} -->"
    path = DOCS / page
    before, _, rest = path.read_text("utf-8").partition(begin)
    if end not in rest:
        raise SystemExit(f"{path} has no place for {name}")
    machine = (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python"
        f" {platform.python_version()}"
    )
    told = f"`{maker}`, {datetime.now(UTC):%Y-%m-%d}, {machine}."
    path.write_text(
        f"{before}{begin}\n{told}\n\n{text.strip()}\n{end}{rest.partition(end)[2]}", "utf-8"
    )
