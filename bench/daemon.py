"""How soon a saved post is in a running daemon's feeds, and what its other work costs."""

from __future__ import annotations

import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from builds import ALONE, OURS, configure, edit, generate
from measuring import measure
from web import wait_for

from publisher.app import now, open_site
from publisher.config import load_config
from publisher.newsletter.issue import IssueRecord, IssueState
from publisher.posts.store import PostStore
from publisher.publishing.options import Options

EDITS, TURNS, HELPS = 50, 21, 5
SITES = {"the site's own feeds": ALONE, "tags and the archive too": ""}
FEEDS = ("feed.xml", "atom.xml", "feed.json")
BETWEEN = 1.5
"""Seconds between two edits: the daemon waits until a file was left alone for one."""
LATEST = "post-06299.md"


def latencies(site: Path) -> list[float]:
    """Edit a published post under a daemon.

    Give seconds from the saved file until the last of the site's feeds is new.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (site / "config.toml").open("a") as config:
        config.write(f'[web]\nurl = "http://127.0.0.1:{port}"\nport = {port}\n')
    daemon = subprocess.Popen(
        [sys.executable, "-m", "publisher", "run"], cwd=site, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://127.0.0.1:{port}")
        time.sleep(BETWEEN * 2)
        return [_latency(site, number) for number in range(EDITS)]
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(20)


def _latency(site: Path, number: int) -> float:
    feeds = [site / "public" / name for name in FEEDS]
    before = [feed.stat().st_ino for feed in feeds]
    edit(site / "posts" / LATEST, f"Edit {number}.")
    saved = time.perf_counter()
    while any(feed.stat().st_ino == inode for feed, inode in zip(feeds, before, strict=True)):
        time.sleep(0.001)
    seconds = time.perf_counter() - saved
    if not all(f"Edit {number}." in feed.read_text("utf-8") for feed in feeds):
        raise SystemExit("the feeds are new, but not of this edit")
    time.sleep(BETWEEN + number % 10 / 50)
    return seconds


def rounds(site: Path) -> list[float]:
    """Give the seconds of rounds that find nothing, in this process."""
    publisher = open_site(load_config(site / "config.toml", {})).publisher()
    return [publisher.publish_once(now(), Options(one_shot=False)).seconds for _ in range(TURNS)]


def compositions(site: Path) -> list[float]:
    """Give the seconds of composing a newsletter in this process.

    The first imports what it needs.
    """
    opened = open_site(load_config(site / "config.toml", {}))
    found = []
    with opened.database.transaction() as transaction:
        row = next(record for record in PostStore(transaction).records() if record.path == LATEST)
        for number in range(TURNS):
            started = time.perf_counter()
            from publisher.newsletter.composer import IssueComposer
            from publisher.posts.entries import EntryMaker

            issue = IssueRecord(
                (row.key,), IssueState.HELD, "Bench", now(), folder=f"bench-{number}"
            )
            IssueComposer(
                opened.composing, EntryMaker(PostStore(transaction), ""), transaction, now()
            ).compose(row, issue)
            found.append(time.perf_counter() - started)
    return found


def main(count: int) -> None:
    """Print the table."""
    found: dict[str, list[float]] = {}
    for which, feeds in SITES.items():
        with tempfile.TemporaryDirectory() as name:
            site = Path(name)
            generate(site / "posts", count)
            configure(site, feeds)
            measure(OURS, site)
            found[f"a saved post to new feeds, {which}"] = latencies(site)
            found[f"a round that finds nothing, {which}"] = rounds(site)
            if feeds is ALONE:
                first, *others = compositions(site)
                found["a newsletter composed and written"] = others
                found["the first one, with its imports"] = [first]
                found["`publisher --help`, the whole process"] = [
                    measure([*OURS[:-1], "--help"], site).seconds for _ in range(HELPS)
                ]
    print(f"| {count:,} posts | times | median ms | p95 ms |\n|---|---|---|---|")
    for what, seconds in found.items():
        late = sorted(seconds)[int(len(seconds) * 0.95)]
        print(
            f"| {what} | {len(seconds)} | {statistics.median(seconds) * 1000:.0f} |"
            f" {late * 1000:.0f} |",
            flush=True,
        )
