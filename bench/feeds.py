"""Feeds of every tag and archives of every post, beside Hugo's feeds of site and tags.

Whole processes, medians of five.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from builds import OURS, RUNS, WORDS, age, configure, edit, generate, start_over
from measuring import Cost, measure, median
from peers import installed

if TYPE_CHECKING:
    from collections.abc import Iterator

TAGS = "tags = true\ncategories = false\nauthors = false\n"


def documents(site: Path) -> dict[Path, tuple[int, int]]:
    """Give what tells of each document whether it was written again."""
    return {
        path: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in (site / "public").rglob("*")
        if path.is_file()
    }


def ours(site: Path, run: int) -> Iterator[tuple[str, Cost, int]]:
    """Build a site in every way.

    Give what was done, its cost and how many documents were written.
    """

    def build(what: str) -> tuple[str, Cost, int]:
        before = documents(site)
        cost = measure(OURS, site)
        return what, cost, sum(before.get(path) != seen for path, seen in documents(site).items())

    start_over(site)
    configure(site, f"{TAGS}archive = false\n")
    yield build("site and 40 tags, cold")
    start_over(site)
    configure(site, TAGS)
    yield build("the same and the archive, cold")
    edit(site / "posts" / "post-00007.md", f"Edited {run}.")
    yield build("then an old post changed")
    edit(site / "posts" / "post-06299.md", f"Edited {run}.")
    yield build("then the newest post changed")
    age(site)
    yield build("then the first after an upgrade that renders anew")


def main(count: int) -> None:
    """Print the table."""
    results: dict[str, list[Cost]] = {}
    written: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as name:
        site = Path(name)
        generate(site / "posts", count)
        peers = installed(["Hugo", "Hugo, tags too"], site, site / "posts")
        for run in range(RUNS):
            for what, cost, files in ours(site, run):
                results.setdefault(f"Publisher: {what}", []).append(cost)
                written[f"Publisher: {what}"] = files
                if "cold" in what or "upgrade" in what:
                    for peer, feeds in zip(peers, (1, 1 + len(WORDS)), strict=False):
                        results.setdefault(peer.name, []).append(peer.build(feeds))
                        written[peer.name] = feeds
    costs = {what: median(found) for what, found in results.items()}
    print(
        f"| {count:,} posts | files written | wall s | beside Hugo | beside Hugo, tags too |"
        " processor s | peak MB |"
    )
    print("|---|---|---|---|---|---|---|")
    for what, cost in costs.items():
        ratios = [f"{cost.seconds / costs[peer.name].seconds:.2f}" for peer in peers] or ["", ""]
        print(
            f"| {what} | {written[what]:,} | {cost.seconds:.2f} | {' | '.join(ratios)} |"
            f" {cost.work:.2f} | {cost.megabytes:.0f} |",
            flush=True,
        )
