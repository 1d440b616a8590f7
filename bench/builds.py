"""Builds of a generated site beside other generators that write the same feed and nothing else: whole processes, medians of five."""

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
LARGE = 10_000
"""Above this one run of ours must do."""
ENTRIES = 20
OURS = [sys.executable, "-m", "publisher", "build"]
PEERS = Path(sys.prefix) / "peers" / "bin"
"""Where ``make bench`` installs ``bench/requirements.txt``."""
RSS = """<rss version="2.0"><channel><title>{{ .Site.Title }}</title><link>{{ .Permalink }}</link><description>Bench</description>
{{ range first 20 .Site.RegularPages.ByDate.Reverse }}<item>
<title>{{ .Title }}</title><link>{{ .Permalink }}</link><guid>{{ .Permalink }}</guid>
<pubDate>{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 -0700" }}</pubDate>
<description>{{ .Content | transform.XMLEscape | safeHTML }}</description>
</item>{{ end }}</channel></rss>
"""
FILES = {
    "Hugo": {
        "hugo.toml": """baseURL = "https://example.org/"
title = "Bench"
disableKinds = ["section", "taxonomy", "term", "sitemap", "404", "robotsTXT"]
[outputs]
home = ["RSS"]
[[cascade]]
[cascade.build]
render = "never"
list = "always"
[cascade.target]
kind = "page"
""",
        "layouts/home.rss.xml": RSS,
    },
    "Pelican": {
        "pelicanconf.py": """SITENAME = "Bench"
SITEURL = FEED_DOMAIN = "https://example.org"
TIMEZONE = "UTC"
PATH = "content"
OUTPUT_PATH = "output"
FEED_ALL_RSS = "index.xml"
FEED_MAX_ITEMS = 20
RSS_FEED_SUMMARY_ONLY = False
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = TRANSLATION_FEED_ATOM = None
ARTICLE_SAVE_AS = PAGE_SAVE_AS = TAG_SAVE_AS = CATEGORY_SAVE_AS = AUTHOR_SAVE_AS = DRAFT_SAVE_AS = ""
ARTICLE_LANG_SAVE_AS = DRAFT_LANG_SAVE_AS = ""
DIRECT_TEMPLATES = []
THEME_STATIC_PATHS = []
""",
    },
}
ARGUMENTS = {"Hugo": ["--quiet"], "Pelican": ["-q", "-s", "pelicanconf.py"]}
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


def measure(command: list[str], folder: Path) -> tuple[float, float]:
    """Run a command once in a process of its own; give wall seconds and peak memory in MB."""
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


class Peer:
    """Another generator that writes the site's feed of the same posts, and nothing else.

    Attributes:
        name: As the table has it.
    """

    def __init__(self, name: str, folder: Path, posts: Path) -> None:
        self.name, self._folder, self._program = name, folder / name, PEERS / name.lower()
        self._folder.mkdir()
        for file, text in FILES[name].items():
            (self._folder / file).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / file).write_text(text, "utf-8")
        (self._folder / "content").symlink_to(posts)

    def is_there(self) -> bool:
        """Say whether it is installed."""
        return self._program.exists()

    def build(self) -> tuple[float, float]:
        """Build anew; give wall seconds and peak memory in MB."""
        for output in ("public", "output", "cache", "resources"):
            shutil.rmtree(self._folder / output, ignore_errors=True)
        found = measure([str(self._program), *ARGUMENTS[self.name]], self._folder)
        (feed,) = [path for path in self._folder.rglob("index.xml") if "layouts" not in path.parts]
        if feed.read_text("utf-8").count("<item>") != ENTRIES:
            raise SystemExit(f"{self.name} wrote no feed of {ENTRIES} entries")
        return found


def bench(count: int, runs: int, *, peers: bool) -> list[tuple[str, float, float]]:
    """Measure cold, unchanged and one-changed builds at one size, and each peer's build after each of ours."""
    results: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        site = Path(name)
        generate(site / "posts", count)
        feeds = f"[feeds]\nentries = {ENTRIES}\ntags = false\ncategories = false\nauthors = false\narchive = false\n"
        (site / "config.toml").write_text(f'[site]\ntitle = "Bench"\nurl = "https://example.org"\n[posts]\nsettle = 0\n{feeds}', "utf-8")
        beside = [peer for peer in (Peer(name, site, site / "posts") for name in FILES) if peers and peer.is_there()]
        for run in range(runs):
            for output in ("public", "state", "newsletters"):
                shutil.rmtree(site / output, ignore_errors=True)
            for kind in ("cold", "unchanged", "one changed"):
                if kind == "one changed":
                    with (site / "posts" / "post-00007.md").open("a", encoding="utf-8") as post:
                        post.write(f"\nEdited {run}.\n")
                results.setdefault(f"Publisher, {kind}", []).append(measure(OURS, site))
                for peer in beside[: 1 if kind != "cold" else None]:
                    results.setdefault(peer.name, []).append(peer.build())
    return [(kind, statistics.median(s for s, _ in rows), statistics.median(m for _, m in rows)) for kind, rows in results.items()]


def main(counts: list[int]) -> None:
    """Print the table."""
    print("| posts | build | wall s | beside Hugo | peak MB | beside Hugo |\n|---|---|---|---|---|---|")
    for count in counts:
        rows = bench(count, RUNS if count <= LARGE else 1, peers=count <= LARGE)
        hugo = next(((seconds, megabytes) for kind, seconds, megabytes in rows if kind == "Hugo"), None)
        for kind, seconds, megabytes in rows:
            ratios = (f"{seconds / hugo[0]:.2f}", f"{megabytes / hugo[1]:.2f}") if hugo is not None else ("", "")
            print(f"| {count:,} | {kind} | {seconds:.2f} | {ratios[0]} | {megabytes:.0f} | {ratios[1]} |", flush=True)
