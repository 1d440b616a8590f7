"""Write the tables of ``docs/reliability.md`` from the rows that ``make torture`` collected.

``reliability.py ROWS.jsonl``.
"""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path

from tables import put


def deliveries(rows: list[dict[str, object]]) -> list[str]:
    """Give the rows of sending as Markdown.

    What was done on one connection and on several is one line.
    """
    lines = [
        "| | connections | runs | messages | lost | twice | allowed twice |",
        "|---|---|---|---|---|---|---|",
    ]
    rows.sort(key=lambda row: (str(row["chapter"]), str(row["what"]), row["connections"]))
    for (chapter, what), same in groupby(rows, lambda row: (row["chapter"], row["what"])):
        together = list(same)
        connections = " and ".join(str(row["connections"]) for row in together)
        numbers = [
            sum(int(str(row[name])) for row in together)
            for name in ("runs", "readers", "lost", "duplicates", "allowed")
        ]
        lines.append(
            f"| {chapter}: {what} | {connections} |"
            f" {' | '.join(f'{number:,}' for number in numbers)} |"
        )
    return lines


def trials(rows: list[dict[str, object]]) -> list[str]:
    """Give the rows of folders, disks and daemons as Markdown."""
    rows.sort(key=lambda row: str(row["trial"]))
    told = [
        f"| {row['trial']} | {int(str(row['runs'])):,} | {row['harm']} | {row['measured']} |"
        for row in rows
    ]
    return ["| | runs | harm | measured |", "|---|---|---|---|", *told]


def main(name: str) -> None:
    """Put the tables between their marks."""
    rows = [json.loads(line) for line in Path(name).read_text("utf-8").splitlines()]
    tables = {
        "deliveries": deliveries([row for row in rows if "chapter" in row]),
        "trials": trials([row for row in rows if "trial" in row]),
    }
    for table, lines in tables.items():
        put("reliability.md", table, "make torture", "\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1])
