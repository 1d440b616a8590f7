"""Write the table of ``docs/reliability.md`` from the rows that ``make torture`` collected: ``reliability.py ROWS.jsonl``."""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

PAGE = Path(__file__).parent / "reliability.md"
BEGIN, END = "<!-- begin: written by make torture -->", "<!-- end -->"


def table(rows: list[dict[str, object]]) -> str:
    """Give the rows as Markdown; what was done on one connection and on several is one line."""
    today, cores = datetime.now(UTC).strftime("%Y-%m-%d"), os.cpu_count()
    lines = [f"`make torture`, {today}, {cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}.", ""]
    lines += ["| | connections | runs | messages | lost | twice | allowed twice |", "|---|---|---|---|---|---|---|"]
    for (chapter, what), same in groupby(rows, lambda row: (row["chapter"], row["what"])):
        together = list(same)
        connections = " and ".join(str(row["connections"]) for row in together)
        numbers = [sum(int(str(row[name])) for row in together) for name in ("runs", "readers", "lost", "duplicates", "allowed")]
        lines.append(f"| {chapter}: {what} | {connections} | {' | '.join(f'{number:,}' for number in numbers)} |")
    return "\n".join(lines)


def main(name: str) -> None:
    """Put the table between its marks."""
    rows = [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]
    rows.sort(key=lambda row: (str(row["chapter"]), str(row["what"]), row["connections"]))
    page = PAGE.read_text("utf-8")
    before, after = page.partition(BEGIN)[0], page.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{table(rows)}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
