"""Builds of a generated site beside other generators that write the same feed and nothing else.

Whole processes, medians of five.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from measuring import Cost, measure, median
from peers import ENTRIES, installed

RUNS = 5
LARGE = 10_000
"""Above this one run of ours must do."""
OURS = [sys.executable, "-m", "publisher", "build"]
ALONE = "tags = false\ncategories = false\nauthors = false\narchive = false\n"
"""Settings of a site that has its own feeds and nothing else."""
WORDS = [
    "harbour",
    "bench",
    "letter",
    "weather",
    "folder",
    "feed",
    "paper",
    "lantern",
    "gull",
    "tide",
    "notebook",
    "window",
    "bread",
    "map",
    "table",
    "orchard",
    "stone",
    "path",
    "garden",
    "kettle",
    "morning",
    "winter",
    "station",
    "pencil",
    "bridge",
    "river",
    "song",
    "chair",
    "door",
    "market",
    "apple",
    "island",
    "quiet",
    "small",
    "slow",
    "clear",
    "plain",
    "even",
    "long",
    "wave",
]
"""Forty: as many tags."""
UPGRADE = (
    "UPDATE renders SET key = 'of the version before'",
    "UPDATE documents SET fingerprint = 'of the version before'",
    (
        "UPDATE memory SET value = '\"of the version before\"' WHERE name IN ('reading', 'posts',"
        " 'feeds_fingerprint')"
    ),
)


def generate(folder: Path, count: int) -> None:
    """Write ``count`` Markdown posts of about 600 words, the same ones every time."""
    chance = random.Random(20)
    folder.mkdir(parents=True)
    for number in range(count):
        year, month, day = 2000 + number % 25, number % 12 + 1, number % 28 + 1
        lines = [
            f"---\ntitle: Post {number}",
            f"date: {year}-{month:02d}-{day:02d} 0{number % 9}:15:00",
        ]
        lines += [f"tags: [{chance.choice(WORDS)}, {chance.choice(WORDS)}]", "---", ""]
        for paragraph in range(6):
            if paragraph % 3 == 1:
                lines += [f"## {chance.choice(WORDS).title()} and {chance.choice(WORDS)}", ""]
            lines += [
                " ".join(chance.choice(WORDS) for _ in range(100))
                + f" [{chance.choice(WORDS)}](/{number}/).",
                "",
            ]
        (folder / f"post-{number:05d}.md").write_text("\n".join(lines), "utf-8")


def configure(site: Path, feeds: str) -> None:
    """Write the configuration of a site with these settings of ``[feeds]``."""
    posts = f"[posts]\nsettle = 0\n[feeds]\nentries = {ENTRIES}\n{feeds}"
    (site / "config.toml").write_text(
        f'[site]\ntitle = "Bench"\nurl = "https://example.org"\n{posts}', "utf-8"
    )


def start_over(site: Path) -> None:
    """Forget every earlier build of a site."""
    for output in ("public", "state", "newsletters"):
        shutil.rmtree(site / output, ignore_errors=True)


def age(site: Path) -> None:
    """Make of what was built what a new version finds that does everything in its own way."""
    with closing(sqlite3.connect(site / "state" / "publisher.db")) as database, database:
        for sql in UPGRADE:
            database.execute(sql)


def edit(post: Path, words: str) -> None:
    """Add a paragraph to a post."""
    with post.open("a", encoding="utf-8") as file:
        file.write(f"\n{words}\n")


def bench(count: int, runs: int, *, peers: bool) -> dict[str, Cost]:
    """Measure each kind of build at one size, and each peer's build after each of ours."""
    results: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as name:
        site = Path(name)
        generate(site / "posts", count)
        configure(site, ALONE)
        beside = installed(["Hugo", "Pelican", "Eleventy"], site, site / "posts") if peers else []
        for run in range(runs):
            start_over(site)
            for kind in ("cold", "unchanged", "one changed", "after an upgrade"):
                if kind == "after an upgrade":
                    age(site)
                elif kind == "one changed":
                    edit(site / "posts" / "post-00007.md", f"Edited {run}.")
                results.setdefault(f"Publisher, {kind}", []).append(measure(OURS, site))
                for peer in beside[: 1 if kind != "cold" else None]:
                    results.setdefault(peer.name, []).append(peer.build())
    return {kind: median(costs) for kind, costs in results.items()}


def main(counts: list[int]) -> None:
    """Print the table."""
    print(
        "| posts | build | wall s | beside Hugo | peak MB | beside Hugo"
        " |\n|---|---|---|---|---|---|"
    )
    for count in counts:
        costs = bench(count, RUNS if count <= LARGE else 1, peers=count <= LARGE)
        hugo = costs.get("Hugo")
        for kind, cost in costs.items():
            ratios = (
                (f"{cost.seconds / hugo.seconds:.2f}", f"{cost.megabytes / hugo.megabytes:.2f}")
                if hugo is not None
                else ("", "")
            )
            print(
                f"| {count:,} | {kind} | {cost.seconds:.2f} | {ratios[0]} | {cost.megabytes:.0f} |"
                f" {ratios[1]} |",
                flush=True,
            )
