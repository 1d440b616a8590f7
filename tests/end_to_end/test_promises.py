"""The promises of the program, one test each, named after it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import feedparser

from publisher.errors import Level
from publisher.newsletter.issue import HoldReason, IssueState
from tests.conftest import ROOT
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path

OLD = "---\ntitle: {title}\ndate: 2020-01-0{day}\n---\nWords of {title}.\n"
DRAFT = "---\ntitle: News\ndate: 2026-03-01\ndraft: true\n---\nThe news.\n"


def _settled(folder: Path, **settings: str) -> Site:
    site = Site(folder, **settings)
    for day in (1, 2, 3):
        site.write(f"p{day}.md", OLD.format(title=f"Post {day}", day=day))
    site.build()
    site.later(hours=1)
    return site


def _ids(site: Site) -> dict[str, str]:
    return {
        entry.title: entry.id
        for entry in feedparser.parse((site.folder / "public" / "feed.xml").read_bytes()).entries
    }


def test_same_words_same_bytes(tmp_path: Path) -> None:
    """Promise 2: touching a file, restarting, time passing: no feed file is written."""
    site = _settled(tmp_path)
    before = {
        path: path.stat().st_mtime_ns for path in (tmp_path / "public").rglob("*") if path.is_file()
    }
    os.utime(site.posts / "p1.md")
    site.later(days=20)
    assert site.build().feeds.written == ()
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_ids_for_ever(tmp_path: Path) -> None:
    """Promise 3: rename, retitle, another scheme, another domain, a lost catalogue.

    Readers see no new entry.
    """
    site = _settled(tmp_path)
    before = _ids(site)
    (site.posts / "p1.md").rename(site.posts / "renamed.md")
    site.build()
    assert _ids(site) == before
    site.config_file.write_text(
        site.config_file.read_text().replace("https://example.org", "https://elsewhere.example")
    )
    site.later(hours=1)
    site.build()
    assert _ids(site) == before
    shutil.move(site.posts / "renamed.md", site.posts / "p1.md")
    site.config_file.write_text(
        site.config_file.read_text().replace("https://elsewhere.example", "https://example.org")
    )
    shutil.rmtree(tmp_path / "state")
    site.build()
    assert _ids(site) == before


def test_queued_once_and_never_by_accident(tmp_path: Path) -> None:
    """Promise 4: a draft that is published is queued once.

    Editing, renaming and touching it afterwards queues nothing.
    """
    site = _settled(tmp_path)
    site.write("news.md", DRAFT)
    site.build()
    site.write("news.md", DRAFT.replace("draft: true", "draft: false"))
    queued = [line for line in site.build().issues if line.issue.state is IssueState.QUEUED]
    assert [line.issue.subject for line in queued] == ["News"]
    site.write(
        "news.md",
        DRAFT.replace("draft: true", "draft: false").replace("The news", "The edited news"),
    )
    assert site.build().issues == ()
    (site.posts / "news.md").rename(site.posts / "old-news.md")
    assert site.build().issues == ()


def test_queued_never_by_an_emptied_or_unmounted_folder(tmp_path: Path) -> None:
    """Promise 4: feeds stay while the files are away; nothing is announced when they are back."""
    site = _settled(tmp_path)
    before = site.bytes()
    site.posts.rename(tmp_path / "away")
    gone = site.build()
    assert gone.stopped
    assert gone.refused
    site.posts.mkdir()
    assert site.build().stopped
    assert site.bytes() == before
    site.posts.rmdir()
    (tmp_path / "away").rename(site.posts)
    back = site.build()
    assert (back.stopped, back.issues, back.feeds.written) == (False, (), ())


def test_queued_never_by_a_restored_backup(tmp_path: Path) -> None:
    """Promise 4: an older copy of the database takes an announced post for news; it is held."""
    site = _settled(tmp_path)
    shutil.copytree(tmp_path / "state", tmp_path / "backup")
    site.write("news.md", DRAFT.replace("draft: true", "draft: false"))
    site.build()
    shutil.rmtree(tmp_path / "state")
    (tmp_path / "backup").rename(tmp_path / "state")
    site.later(hours=1)
    report = site.build()
    assert [line.issue.reason for line in report.issues] == [HoldReason.RESTORED]
    assert "older copy" in report.problems[0].found


def test_a_bad_file_harms_only_itself(tmp_path: Path) -> None:
    """Promise 6: the message names file, line and cure.

    A post that was good keeps its last good version.
    """
    site = _settled(tmp_path)
    site.write("p1.md", "---\ntitle: [broken\n---\nWords.\n")
    site.write("p4.md", OLD.format(title="Post 4", day=4))
    report = site.build()
    (problem,) = [problem for problem in report.problems if problem.level is Level.ERROR]
    assert problem.path == "p1.md"
    assert problem.line is not None
    assert problem.cure
    assert set(_ids(site)) == {"Post 1", "Post 2", "Post 3", "Post 4"}


def test_posts_are_data(tmp_path: Path) -> None:
    """Promise 8: nothing in a post runs as a template or names a path outside the output."""
    site = _settled(tmp_path)
    front = (
        "title: '{{ 7*7 }} <script>x</script>'\nslug: ../../../evil\ntags: ['../../evil',"
        " '{{7*7}}']\ndate: 2026-03-01"
    )
    site.write("evil.md", f"---\n{front}\n---\n{{{{ 7*7 }}}}\n")
    site.build()
    shown = (tmp_path / "public" / "feed.xml").read_text("utf-8")
    assert "49" not in shown
    assert "<script" not in shown
    outside = {path.name for path in tmp_path.iterdir()}
    assert outside == {"config.toml", "newsletters", "posts", "public", "state"}
    evil = next((tmp_path / "newsletters").glob("*evil*/issue.html")).read_text("utf-8")
    assert evil.count("{{ 7*7 }}") >= 3


def test_stop_anywhere_start_again_lose_nothing(tmp_path: Path) -> None:
    """Promise 9: after kills at many instants, the next build ends as an undisturbed one would."""
    whole = Site(tmp_path / "whole")
    killed = Site(tmp_path / "killed")
    for site in (whole, killed):
        for day in range(1, 8):
            site.write(f"p{day}.md", OLD.format(title=f"Post {day}", day=day))
    whole.build()
    for milliseconds in range(150, 900, 150):
        process = subprocess.Popen(
            [sys.executable, "-m", "publisher", "build", "-c", killed.config_file],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        try:
            process.wait(milliseconds / 1000)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
    killed.build()
    assert _ids(killed) == _ids(whole)
    issues = [line for line in killed.build().issues if line.issue.state is IssueState.QUEUED]
    assert issues == []
    assert not list((tmp_path / "killed" / "public").rglob(".publisher-*"))
