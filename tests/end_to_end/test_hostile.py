"""Whatever lies in the folder.

What is good is published, what is bad is named, nothing else happens.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import feedparser
from lxml import etree

from tests.commands import publisher
from tests.end_to_end.hostile import GOOD, NAMED, fill, surround
from tests.end_to_end.site import Site
from tests.end_to_end.watched import watch
from tests.page_server import PageServer
from tests.torture.rows import Trial, record
from tests.torture.scale import scaled
from tests.torture.tracing import need_tracing

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS = "[feeds]\nentries = 100\n"
OURS = {"public", "state", "newsletters", "maildir"}
AROUND = scaled(10_000, 0)
MEMORY = 300_000_000
"""Bytes."""
NO_TEXT = ("large.md", "pipe.md", "loop.md", "out.md", "closed.md")
"""What was not read, so that no line of it can be named."""


def test_a_hostile_folder_is_published_as_far_as_it_is_good(tmp_path: Path) -> None:
    """Each bad file is named with line and cure, each good one is in the feeds.

    Nothing is fetched, run or written elsewhere.

    The defences are many; seen to fail without ``_stays_inside`` in ``posts/folder/tree.py`` and
    without ``clean`` in ``markup/render.py``, and with 10,000 posts around, at 466 MB, when
    ``feeds/writer.py`` loads a hundred documents at a time whatever they hold.
    """
    need_tracing()
    site = Site(tmp_path / "site", more=SETTINGS)
    notes = tmp_path / "notes"
    notes.mkdir()
    with PageServer() as canary:
        fill(site.posts, canary.url)
        surround(site.posts / "around", AROUND)
        before = _tree(site.folder)
        done = watch(notes, "build", "--json", "-c", site.config_file)
        assert done.status == 1, done.err
        assert _tree(site.folder) == before
        (site.posts / "closed.md").unlink()
        again = publisher("build", "--json", "-c", site.config_file)
        for_people = publisher("build", "-c", site.config_file).stdout
        assert canary.asked() == []
    assert [path for path in done.written if not _is_ours(path, site)] == []
    assert done.asked == ()
    assert {path.strip('"') for path in done.ran} == {sys.executable}, "a program that a post named"
    assert done.peak < MEMORY
    record(
        Trial(
            f"a hostile folder, {AROUND:,} posts around",
            1,
            0,
            f"{done.peak / 1e6:.0f} MB at the most",
        )
    )
    built = json.loads(done.out)
    _check_problems(built["problems"])
    assert "'urn:x:1'" in for_people, "what a file says is printed as it is"
    assert built["posts"]["published"] >= AROUND + sum(bool(title) for _, title in GOOD.values())
    _check_feeds(site.folder / "public")
    assert json.loads(again.stdout)["feeds"]["written"] == []
    with sqlite3.connect(site.folder / "state" / "publisher.db") as state:
        assert state.execute("SELECT count(*) FROM issues WHERE state <> 'held'").fetchone() == (0,)


def _is_ours(path: str, site: Site) -> bool:
    """Return whether the program may write there.

    Its folders, and what processes of one program signal each other with.
    """
    return path.startswith(("/dev/null", "/dev/shm/sem.")) or any(
        Path(path).is_relative_to(site.folder / name) for name in OURS
    )


def _check_problems(problems: list[Mapping[str, object]]) -> None:
    for name, (_, expected) in NAMED.items():
        found = [str(problem["message"]) for problem in problems if problem["path"] == name]
        assert any(expected in message for message in found), (name, found)
    said = {problem["path"]: problem for problem in problems}
    for name in NO_TEXT:
        assert said[name]["level"] == "error", name
    assert all(str(problem["message"]).count(".") >= 1 for problem in problems)
    assert [name for name in NAMED if said[name]["line"] is None] == []


def _check_feeds(public: Path) -> None:
    shown = {entry.title for entry in feedparser.parse((public / "feed.xml").read_bytes()).entries}
    assert {title for _, title in GOOD.values() if title} <= shown
    assert "Outside" not in shown
    for path in public.rglob("*.xml"):
        etree.fromstring(path.read_bytes())
    text = json.loads((public / "feed.json").read_text("utf-8"))
    bodies = " ".join(item["content_html"] for item in text["items"])
    assert "Straße 世界 שלום 🚲" in bodies
    assert "{{7*7}}" in bodies, "nothing is executed"
    assert "{% include" not in bodies, "a tag that nobody will fill is taken out"
    assert not any(
        bad in bodies
        for bad in ("<script", '="javascript:', "onload", "<iframe", "<link", "<style", "Secret")
    )
    assert bodies.count("kept") >= 9


def _tree(folder: Path) -> set[str]:
    """Return every path outside the folders that are ours to write."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if not OURS & set(path.relative_to(folder).parts)
    }
