"""Whatever lies in the folder: what is good is published, what is bad is named, nothing else happens."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import feedparser
from lxml import etree

from tests.commands import publisher
from tests.end_to_end.hostile import GOOD, NAMED, fill
from tests.end_to_end.site import Site
from tests.page_server import PageServer

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = "[feeds]\nentries = 100\n"
OURS = {"public", "state", "newsletters", "maildir"}


def test_a_hostile_folder_is_published_as_far_as_it_is_good(tmp_path: Path) -> None:
    """Each bad file is named with a cure, each good one is in the feeds, nothing is fetched and nothing written elsewhere."""
    site = Site(tmp_path / "site", more=SETTINGS)
    with PageServer() as canary:
        fill(site.posts, canary.url)
        before = _tree(tmp_path)
        done = publisher("build", "--json", "-c", site.config_file)
        assert done.returncode == 1, done.stderr
        again = publisher("build", "--json", "-c", site.config_file)
        for_people = publisher("build", "-c", site.config_file).stdout
        assert canary.asked() == []
    built = json.loads(done.stdout)
    assert _tree(tmp_path) == before
    said = {problem["path"]: problem for problem in built["problems"]}
    for name, (_, expected) in NAMED.items():
        found = [problem["message"] for problem in built["problems"] if problem["path"] == name]
        assert any(expected in message for message in found), (name, found)
    assert "'urn:x:1'" in for_people, "what a file says is printed as it is"
    for name in ("large.md", "pipe.md", "loop.md", "out.md"):
        assert said[name]["level"] == "error", name
    assert all(problem["message"].count(".") >= 1 for problem in built["problems"])
    feed = (site.folder / "public" / "feed.xml").read_bytes()
    shown = {entry.title for entry in feedparser.parse(feed).entries}
    assert {title for _, title in GOOD.values() if title} <= shown
    assert "Outside" not in shown
    for name in ("feed.xml", "atom.xml"):
        etree.fromstring((site.folder / "public" / name).read_bytes())
    text = json.loads((site.folder / "public" / "feed.json").read_text("utf-8"))
    bodies = " ".join(item["content_html"] for item in text["items"])
    assert "Straße 世界 שלום 🚲" in bodies
    assert "{{7*7}}" in bodies, "nothing is executed"
    assert "{% include" not in bodies, "a tag that nobody will fill is taken out"
    assert not any(bad in bodies for bad in ("<script", '="javascript:', "onload", "<iframe", "<link", "<style", "Secret"))
    assert bodies.count("kept") >= 9
    assert json.loads(again.stdout)["feeds"]["written"] == []
    with sqlite3.connect(site.folder / "state" / "publisher.db") as state:
        assert state.execute("SELECT count(*) FROM issues WHERE state <> 'held'").fetchone() == (0,)


def _tree(folder: Path) -> set[str]:
    """Give every path outside the folders that are ours to write."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not OURS & set(path.relative_to(folder).parts)}
