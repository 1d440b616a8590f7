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
END = "<!-- end -->"


def deliveries(rows: list[dict[str, object]]) -> list[str]:
    """Give the rows of sending as Markdown; what was done on one connection and on several is one line."""
    lines = ["| | connections | runs | messages | lost | twice | allowed twice |", "|---|---|---|---|---|---|---|"]
    rows.sort(key=lambda row: (str(row["chapter"]), str(row["what"]), row["connections"]))
    for (chapter, what), same in groupby(rows, lambda row: (row["chapter"], row["what"])):
        together = list(same)
        connections = " and ".join(str(row["connections"]) for row in together)
        numbers = [sum(int(str(row[name])) for row in together) for name in ("runs", "readers", "lost", "duplicates", "allowed")]
        lines.append(f"| {chapter}: {what} | {connections} | {' | '.join(f'{number:,}' for number in numbers)} |")
    return lines


def trials(rows: list[dict[str, object]]) -> list[str]:
    """Give the rows of folders, disks and daemons as Markdown."""
    rows.sort(key=lambda row: str(row["trial"]))
    told = [f"| {row['trial']} | {int(str(row['runs'])):,} | {row['harm']} | {row['measured']} |" for row in rows]
    return ["| | runs | harm | measured |", "|---|---|---|---|", *told]


def put(page: str, name: str, lines: list[str]) -> str:
    """Give the page with these lines between the marks of that name."""
    begin = f"<!-- begin: {name}, written by make torture -->"
    before, found, rest = page.partition(begin)
    if not found:
        message = f"{PAGE.name}: no mark {begin}"
        raise SystemExit(message)
    today, cores = datetime.now(UTC).strftime("%Y-%m-%d"), os.cpu_count()
    where = f"`make torture`, {today}, {cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}."
    return "\n".join([before + begin, where, "", *lines, END + rest.partition(END)[2]])


def main(name: str) -> None:
    """Put the tables between their marks."""
    rows = [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]
    page = put(PAGE.read_text("utf-8"), "deliveries", deliveries([row for row in rows if "chapter" in row]))
    PAGE.write_text(put(page, "trials", trials([row for row in rows if "trial" in row])), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
