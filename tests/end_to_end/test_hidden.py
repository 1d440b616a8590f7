"""Promise 11, hidden stays hidden.

Through the real builder, nothing of what is marked reaches a feed, an issue or a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import feedparser
import pytest

from publisher.newsletter.issue import HoldReason, IssueState
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.publishing.report import Report

MARKS = {
    "draft": "draft: 'yes '", "isdraft": "isDraft: true", "wip": "extra:\n  wip: true",
    "flag": "published: 'no'", "hidden": "hidden: true",
    "unlisted": "unlisted: true", "password": "password: hunter2",
    "build": "build:\n  list: never\n  render: never",
    "status": "status: in review", "state": "state: evergreen", "visibility": "visibility: members",
    "scheduled": "status: scheduled\npublished_at:",
    "later": "publishDate: 2027-03-01", "embargo": "publish: 2027-03-01",
    "words": "publishDate: in March",
    "expiry": "expiryDate: 1st March",
}  # fmt: skip


def _settled(folder: Path, more: str = "") -> Site:
    site = Site(folder, more=more)
    site.write("first.md", "---\ntitle: First\ndate: 2026-01-01\n---\nLong ago.\n")
    site.build()
    site.later(hours=1)
    return site


def _post(mark: str, date: str = "2026-03-02", words: str = "The secret.") -> str:
    return f"---\ntitle: Not yet\ndate: {date}\n{mark}\n---\n{words}\n"


def _titles(site: Site) -> set[str]:
    return {
        entry.title
        for entry in feedparser.parse((site.folder / "public" / "feed.xml").read_bytes()).entries
    }


def _news(report: Report) -> list[tuple[str, IssueState, HoldReason | None]]:
    return [(line.issue.subject, line.issue.state, line.issue.reason) for line in report.issues]


def test_what_is_hidden_stays_hidden(tmp_path: Path) -> None:
    """No feed, no newsletter and no file of ours holds a word of it, in any round."""
    site = _settled(tmp_path)
    for name, mark in MARKS.items():
        site.write(f"{name}.md", _post(mark, words=f"The secret of {name}."))
    site.write("post.sync-conflict-20260302-080000-ABCDEFG.md", _post("tags: [a]"))
    for _ in range(3):
        report = site.build()
        assert _news(report) == []
        assert _titles(site) == {"First"}
        site.later(days=1)
    written = [
        path
        for name in ("public", "newsletters")
        for path in (tmp_path / name).rglob("*")
        if path.is_file()
    ]
    assert written
    assert not any(
        b"ecret" in path.read_bytes() or b"Not yet" in path.read_bytes() for path in written
    )


@pytest.mark.parametrize(
    "mark",
    [
        "draft: true",
        "isDraft: 1",
        "published: false",
        "status: draft",
        "status: scheduled\npublished_at:",
    ],
)
def test_a_draft_of_last_month_is_mailed_when_it_is_published(tmp_path: Path, mark: str) -> None:
    """Rule 10: news, whatever its date."""
    site = _settled(tmp_path)
    site.write("a.md", _post(mark, "2026-02-01"))
    site.build()
    site.later(hours=1)
    site.write("a.md", _post("tags: [a]", "2026-02-01"))
    assert _news(site.build()) == [("Not yet", IssueState.QUEUED, None)]


@pytest.mark.parametrize(
    "mark",
    [
        "hidden: true",
        "status: private",
        "unlisted: yes",
        "password: x",
        "status: in review",
        "build: {list: never}",
    ],
)
def test_a_post_of_last_month_that_comes_out_of_hiding_is_held(tmp_path: Path, mark: str) -> None:
    """Rule 8: old news."""
    site = _settled(tmp_path)
    site.write("a.md", _post(mark, "2026-02-01"))
    site.build()
    site.later(hours=1)
    site.write("a.md", _post("tags: [a]", "2026-02-01"))
    assert _news(site.build()) == [("Not yet", IssueState.HELD, HoldReason.OLD_NEWS)]
    assert "Not yet" in _titles(site)


def test_a_word_that_is_allowed_later_is_shown_and_mails_nobody(tmp_path: Path) -> None:
    """The problem names the word and the setting; the setting shows the post.

    Rule 5 holds its issue.
    """
    site = _settled(tmp_path)
    site.write("a.md", _post("status: Evergreen"))
    (problem,) = site.build().problems
    assert (problem.path, problem.line) == ("a.md", 4)
    line = problem.cure[problem.cure.index("public_words") :].partition("]")[0] + "]"
    site.later(hours=1)
    site.config_file.write_text(
        site.config_file.read_text("utf-8").replace("[posts]", f"[posts]\n{line}"), "utf-8"
    )
    report = site.build()
    assert (_news(report), report.problems) == (
        [("Not yet", IssueState.HELD, HoldReason.READ_DIFFERENTLY)],
        (),
    )
    assert "Not yet" in _titles(site)


def test_a_post_in_the_feeds_stays_there_with_a_word_nobody_knows(tmp_path: Path) -> None:
    """Its author may have meant anything: readers keep what they have, and get no mail."""
    site = _settled(tmp_path)
    before = site.bytes()
    site.write(
        "first.md", "---\ntitle: First\ndate: 2026-01-01\nstatus: evergreen\n---\nLong ago.\n"
    )
    report = site.build()
    assert (_news(report), len(report.problems)) == ([], 1)
    assert site.bytes() == before


def test_a_date_that_becomes_readable_publishes_what_was_a_draft(tmp_path: Path) -> None:
    """Published with a date nobody can read, it is refused by line.

    With one that is read, it is news.
    """
    site = _settled(tmp_path)
    site.write("a.md", _post("draft: true", "1st March 2027"))
    assert not site.build().refused
    site.write("a.md", _post("draft: false", "1st March 2027"))
    report = site.build()
    (problem,) = report.problems
    assert (problem.line, report.refused, _news(report)) == (3, True, [])
    assert _titles(site) == {"First"}
    site.later(hours=1)
    site.write("a.md", _post("draft: false", "2026-03-01"))
    assert _news(site.build()) == [("Not yet", IssueState.QUEUED, None)]


def test_a_publication_date_publishes_and_the_date_is_shown(tmp_path: Path) -> None:
    """Hugo's ``publishDate``: the day it comes the post is news.

    The feed shows ``date`` and its id is of that day.
    """
    site = _settled(tmp_path)
    site.write("a.md", _post("publishDate: 2026-03-05T08:00:00Z", "2026-02-01"))
    report = site.build()
    assert (report.posts["scheduled"], _news(report)) == (1, [])
    site.later(days=3)
    assert _news(site.build()) == [("Not yet", IssueState.QUEUED, None)]
    (entry,) = [
        one
        for one in feedparser.parse((tmp_path / "public" / "feed.xml").read_bytes()).entries
        if one.title == "Not yet"
    ]
    assert (entry.published, entry.id) == (
        "Sun, 01 Feb 2026 00:00:00 +0000",
        "tag:example.org,2026-02-01:a",
    )


@pytest.mark.parametrize("left", ["", "\n\n", "---\n\n---\n", "Only words.\n", "\0\x01\xff binary"])
def test_a_post_that_loses_its_front_matter_or_its_text_keeps_its_last_good_version(
    tmp_path: Path, left: str
) -> None:
    """A problem by name; the feeds say what they said; a hidden one stays hidden."""
    site = _settled(tmp_path)
    site.write("was-open.md", "---\ntitle: Was open\ndate: 2026-01-02\n---\nWords.\n")
    site.build()
    site.write("was-open.md", "---\ntitle: Was open\ndate: 2026-01-02\nhidden: true\n---\nWords.\n")
    site.build()
    before = site.bytes()
    for name in ("first.md", "was-open.md"):
        (site.posts / name).write_bytes(left.encode("latin-1"))
        site._age(site.posts / name)
    site.later(hours=1)
    report = site.build()
    assert {problem.path for problem in report.problems} == {"first.md", "was-open.md"}
    assert site.bytes() == before


def test_a_vault_is_recognised_by_its_folder(tmp_path: Path) -> None:
    """``share: false`` hides where ``.obsidian`` is beside the posts, and nowhere else."""
    site = _settled(tmp_path)
    site.write("a.md", _post("share: false"))
    site.build()
    assert _titles(site) == {"First", "Not yet"}
    (tmp_path / ".obsidian").mkdir()
    site.write("b.md", _post("share: false", words="Other words.").replace("Not yet", "Not shared"))
    site.build()
    assert _titles(site) == {"First", "Not yet"}
