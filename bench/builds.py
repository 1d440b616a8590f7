"""Figures of this machine: builds of a generated site, whole processes, medians of five."""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 5
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
]


def generate(folder: Path, count: int) -> None:
    """Write ``count`` Markdown posts of about 600 words, the same ones every time."""
    chance = random.Random(20)
    folder.mkdir(parents=True)
    for number in range(count):
        year, month, day = 2000 + number % 25, number % 12 + 1, number % 28 + 1
        lines = [f"---\ntitle: Post {number}", f"date: {year}-{month:02d}-{day:02d} 0{number % 9}:15:00"]
        lines += [f"tags: [{chance.choice(WORDS)}, {chance.choice(WORDS)}]", "---", ""]
        for paragraph in range(6):
            if paragraph % 3 == 1:
                lines += [f"## {chance.choice(WORDS).title()} and {chance.choice(WORDS)}", ""]
            lines += [" ".join(chance.choice(WORDS) for _ in range(100)) + f" [{chance.choice(WORDS)}](/{number}/).", ""]
        (folder / f"post-{number:05d}.md").write_text("\n".join(lines), "utf-8")


def measure(site: Path) -> tuple[float, float]:
    """Build once in a process of its own; give wall seconds and peak memory in MB."""
    started = time.perf_counter()
    with subprocess.Popen([sys.executable, "-m", "publisher", "build"], cwd=site, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"build ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def bench(count: int) -> list[tuple[str, float, float]]:
    """Measure cold, unchanged and one-changed builds at one size."""
    results: dict[str, list[tuple[float, float]]] = {"cold": [], "unchanged": [], "one changed": []}
    with tempfile.TemporaryDirectory() as name:
        site = Path(name)
        generate(site / "posts", count)
        feeds = "[feeds]\ntags = false\ncategories = false\nauthors = false\narchive = false\n"
        (site / "config.toml").write_text(f'[site]\ntitle = "Bench"\nurl = "https://example.org"\n[posts]\nsettle = 0\n{feeds}', "utf-8")
        for run in range(RUNS):
            for output in ("public", "state", "newsletters"):
                shutil.rmtree(site / output, ignore_errors=True)
            results["cold"].append(measure(site))
            results["unchanged"].append(measure(site))
            with (site / "posts" / "post-00007.md").open("a", encoding="utf-8") as post:
                post.write(f"\nEdited {run}.\n")
            results["one changed"].append(measure(site))
    return [(kind, statistics.median(s for s, _ in rows), statistics.median(m for _, m in rows)) for kind, rows in results.items()]


def main(counts: list[int]) -> None:
    """Print the table."""
    print("| posts | build | wall s | peak MB |\n|---|---|---|---|")
    for count in counts:
        for kind, seconds, megabytes in bench(count):
            print(f"| {count} | {kind} | {seconds:.2f} | {megabytes:.0f} |", flush=True)
