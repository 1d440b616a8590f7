"""An edit of a published post is in the feeds at once, and comes to what whole rounds come to."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from publisher.database.site_state import SiteStateStore
from publisher.posts.store import PostStore
from publisher.publishing.options import Options
from tests.end_to_end.site import Site
from tests.torture.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


POST = "---\ntitle: {title}\ndate: {date}\ntags: [{tags}]\n{more}---\nWords {words}.\n"
SETTINGS = "[feeds]\nentries = 2\narchive = true\n"
ROWS = """SELECT path, source_hash, kind, problems, facts, known_as, decided_hash, announcement, \
why, feed_id, date, updated, sort_last,
          gone_at IS NULL FROM posts ORDER BY path"""

ISSUES = "SELECT state, reason, subject, due_at, waiting_since, entry FROM issues ORDER BY id"


class Running:
    """A site whose publisher lives on, as the daemon's does."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder, more=SETTINGS)
        self.opened = self.site.open()
        self.publisher = self.opened.publisher()

    def round(self) -> Collection[str]:
        """Do a whole round; give what was written."""
        return self.publisher.publish_once(self.site.now, Options(one_shot=False)).feeds.written

    def edits(self, *paths: str) -> Collection[str] | None:
        """Do a round about these files.

        Give what was written, or None where it was left to a whole one.
        """
        report = self.publisher.publish_edits(set(paths), self.site.now)
        return report.feeds.written if report is not None else None

    def state(self) -> tuple[dict[str, bytes], list[tuple[object, ...]]]:
        """Return everything the site has come to."""
        return state_of(self.site)


def state_of(site: Site) -> tuple[dict[str, bytes], list[tuple[object, ...]]]:
    """Return every feed and issue, and every row but what tells equal files apart."""
    public = site.folder / "public"
    feeds = {
        str(path.relative_to(public)): path.read_bytes()
        for path in sorted(public.rglob("*"))
        if path.is_file()
    }
    with closing(sqlite3.connect(site.folder / "state" / "publisher.db")) as state:
        return feeds, state.execute(ROWS).fetchall() + state.execute(ISSUES).fetchall()


def _running(folder: Path) -> Running:
    running = Running(folder)
    for number in range(6):
        running.site.write(f"old-{number}.md", _post(f"Old {number}", number))
    running.round()
    running.site.later(hours=1)
    return running


def _post(
    title: str, words: object, *, date: str = "2020-01-01", tags: str = "a, b", more: str = ""
) -> str:
    return POST.format(title=title, date=date, tags=tags, more=more, words=words)


def test_an_edit_rewrites_the_documents_it_is_in_and_a_whole_round_adds_nothing(
    tmp_path: Path,
) -> None:
    """The site's, its tags', and the archive page it is on; nothing else, and once.

    The defence is ``edits.publish_edits``: seen to fail where the row is not stored (the whole
    round then gives another ``updated``).
    """
    running = _running(tmp_path)
    untouched = running.state()[0]
    running.site.write("old-2.md", _post("Old 2, corrected", "other"))
    written = running.edits("old-2.md")
    assert written is not None
    feeds = running.state()[0]
    assert {name for name, data in feeds.items() if b"corrected" in data} == set(written)
    assert {name for name, data in feeds.items() if data != untouched[name]} == set(written)
    running.site.later(seconds=1)
    assert running.round() == ()
    assert running.state()[0] == feeds


WHAT = (
    "edit",
    "edit",
    "edit",
    "edit",
    "title",
    "tags",
    "date",
    "draft",
    "address",
    "modified",
    "news",
    "new",
    "delete",
    "break",
    "wait",
)


def _text(what: str, number: int) -> str:
    changed = {
        "title": _post(f"Title {number}", 0),
        "tags": _post("Tags", number, tags=f"tag-{number % 3}"),
        "date": _post("Date", number, date=f"2020-01-{number % 28 + 1:02d}"),
        "draft": _post("Draft", number, more="draft: true\n"),
        "address": _post("Address", number, more=f"permalink: /p/{number}/\n"),
        "modified": _post("Modified", number, more=f"lastmod: 2026-02-{number % 28 + 1:02d}\n"),
        "news": _post("News", number, more="newsletter: false\n"),
        "break": "---\ntitle: [a\n---\nBroken.\n",
    }
    return changed.get(what, _post(f"Edit {number}", number))


@pytest.mark.parametrize("seed", range(scaled(25, 1)))
def test_whole_histories_come_to_the_same(tmp_path: Path, seed: int) -> None:
    """Whatever is saved, one way or the other: the same feeds, ids, instants and rows.

    Seen to fail where a changed address, date or status is taken for an edit (``edits._is_edit``),
    and where documents are not chosen by the rows they show (``feeding._choose``); and where a post
    with an open issue counts as decided, so that the issue never follows.
    """
    quick, whole, chance = (
        _running(tmp_path / "quick"),
        _running(tmp_path / "whole"),
        random.Random(seed),
    )
    at_once = 0
    for number in range(scaled(80, 40)):
        what = chance.choice(WHAT)
        name = (
            f"new-{number}.md"
            if what == "new"
            else chance.choice(sorted(path.name for path in quick.site.posts.iterdir()))
        )
        pause = chance.choice([1, 1, 60, 86_400])
        for running in (quick, whole):
            running.site.later(seconds=pause)
            if what == "delete" and number % 5 == 0:
                (running.site.posts / name).unlink()
            elif what not in {"wait", "delete"}:
                running.site.write(name, _text(what, number))
        done = quick.edits(name)
        at_once += done is not None
        rest = quick.round()
        whole.round()
        assert done is None or rest == (), "a whole round adds to what an edit had done"
        assert quick.state() == whole.state(), (what, name)
    assert at_once >= 3


@pytest.mark.parametrize("what", ["tags", "date", "draft", "address", "news", "break"])
def test_what_is_more_than_an_edit_is_left_to_a_whole_round(tmp_path: Path, what: str) -> None:
    """Feeds it was not in, another place in them, out of them.

    Each seen to fail where that fact is taken for words (``edits._WORDS``).
    """
    running = _running(tmp_path)
    running.site.write("old-1.md", _text(what, 1))
    assert running.edits("old-1.md") is None
    assert b"Edit" not in running.state()[0]["feed.xml"]


def test_what_is_no_file_of_a_known_post_is_left_to_a_whole_round(tmp_path: Path) -> None:
    """A new file, one that went, one that became a link: only a scan knows what that means.

    Seen to fail where ``publish_edits`` asks for no row or no look, and where ``scan.stat_file``
    follows links.
    """
    running = _running(tmp_path)
    running.site.write("new.md", _post("New", 1))
    assert running.edits("new.md") is None
    outside = tmp_path / "outside.md"
    outside.write_text(_post("Outside", 1))
    (running.site.posts / "old-1.md").unlink()
    assert running.edits("old-1.md") is None
    (running.site.posts / "old-1.md").symlink_to(outside)
    assert running.edits("old-1.md") is None


def test_a_file_behind_a_folder_that_became_a_link_is_left_to_a_whole_round(tmp_path: Path) -> None:
    """It is not in the posts folder any more.

    Seen to fail where ``scan.stat_file`` does not ask for the real path.
    """
    running = _running(tmp_path)
    running.site.write("sub/inside.md", _post("Inside", 1))
    running.round()
    running.site.later(hours=1)
    running.round()
    running.site.write("sub/inside.md", _post("Inside", 2))
    assert running.edits("sub/inside.md") is not None, "a folder as such is no obstacle"
    (running.site.posts / "sub").rename(tmp_path / "outside")
    (running.site.posts / "sub").symlink_to(tmp_path / "outside")
    (tmp_path / "outside" / "inside.md").write_text(_post("Outside", 3))
    assert running.edits("sub/inside.md") is None


def test_what_a_command_did_meanwhile_is_seen(tmp_path: Path) -> None:
    """Another process moved an issue.

    What this one remembers of its last round no longer holds, and a whole round reads all anew.

    Seen to fail where ``Kept.counter`` is not compared.
    """
    running = _running(tmp_path)
    with Site.open(running.site).database.writing_core() as transaction:
        (record,) = [row for row in PostStore(transaction).records() if row.path == "old-1.md"]
        PostStore(transaction).update_records([record._replace(feed_id="urn:x:adopted")])
        SiteStateStore(transaction).increment_revision()
    running.site.write("old-1.md", _post("Old 1", "other"))
    assert running.edits("old-1.md") is None
    running.round()
    assert b"urn:x:adopted" in running.state()[0]["feed.xml"] or any(
        b"urn:x:adopted" in data for data in running.state()[0].values()
    )


def test_feeds_that_lag_behind_are_left_to_a_whole_round(tmp_path: Path) -> None:
    """A command gave posts other ids, or settings changed.

    What the feeds show is planned anew, whole.

    Seen to fail where ``publish_edits`` does not ask for ``feeds_dirty``.
    """
    running = _running(tmp_path)
    with Site.open(running.site).database.writing_core() as transaction:
        SiteStateStore(transaction).save_site_state(
            replace(SiteStateStore(transaction).memory(), feeds_dirty=True)
        )
    running.site.write("old-1.md", _post("Old 1", "other"))
    assert running.edits("old-1.md") is None


def test_what_printing_an_edit_finds_is_told(tmp_path: Path) -> None:
    """Once: the whole round that follows prints nothing.

    Seen to fail where ``Publisher._told`` gives the problems of files only.
    """
    running = _running(tmp_path)
    running.site.write("old-5.md", _post("Old 5", "{{< odd >}}"))
    report = running.publisher.publish_edits({"old-5.md"}, running.site.now)
    assert report is not None
    (problem,) = report.problems
    assert (problem.path, problem.line) == ("old-5.md", 6)
    running.site.write("old-5.md", _post("Old 5", "mended"))
    mended = running.publisher.publish_edits({"old-5.md"}, running.site.now)
    assert mended is not None
    assert mended.problems == ()


def test_a_feed_that_somebody_deleted_comes_back(tmp_path: Path) -> None:
    """With the edit where it is in it, else with the whole round that follows.

    Seen to fail where ``FeedWriter.write`` does not ask which documents are ``lost``.
    """
    running = _running(tmp_path)
    whole = running.state()[0].keys()
    for name in ("atom.xml", "archive/feed-0001.xml"):
        (running.site.folder / "public" / name).unlink()
    running.site.write("old-5.md", _post("Old 5", "other"))
    assert running.edits("old-5.md") is not None
    running.round()
    assert running.state()[0].keys() == whole
