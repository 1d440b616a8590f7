"""Another version knows better where pages are.

Feeds and mail link there, and nobody hears of an old post again.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from publisher.newsletter.issue import IssueState
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path

MOVED = [
    pytest.param("hugo", "Notes/First.md", "https://example.org/Notes/first/",
    "https://example.org/notes/first/", id="hugo"),
    pytest.param("eleventy", "2026-02-01-X.md", "https://example.org/X/",
    "https://example.org/posts/2026-02-01-X/", id="eleventy"),
    pytest.param("zola", "Under_score.md", "https://example.org/Under_score/",
    "https://example.org/under-score/", id="zola"),
]  # fmt: skip


def _text(title: str, day: str) -> str:
    return (
        f"---\ntitle: {title}\ndate: {day}\n---\nThe words of {title}, long enough to be told from"
        " others.\n"
    )


def _as_an_older_version_left_it(site: Site, addresses: dict[str, str]) -> None:
    """Put the addresses that version 0.1.0 gave into its state, with the ids minted from them."""
    with sqlite3.connect(site.folder / "state" / "publisher.db") as database:
        for path, url in addresses.items():
            ((text,),) = database.execute(
                "SELECT facts FROM posts WHERE path = ?", (path,)
            ).fetchall()
            facts = json.loads(text)
            facts[1] = facts[3] = url
            database.execute(
                "UPDATE posts SET facts = ?, feed_id = ? WHERE path = ?",
                (json.dumps(facts), url, path),
            )
        database.execute(
            "UPDATE memory SET value = ? WHERE name = 'reading'", (json.dumps("of version 0.1.0"),)
        )
    database.close()


def _issues(site: Site) -> list[tuple[int, str]]:
    """Build, and return every issue there is with its state."""
    site.build()
    with sqlite3.connect(site.folder / "state" / "publisher.db") as database:
        rows = database.execute("SELECT id, state FROM issues ORDER BY id").fetchall()
    database.close()
    return rows


def _entries(site: Site) -> dict[str, tuple[str, str, str]]:
    items = json.loads((site.folder / "public" / "feed.json").read_bytes())["items"]
    return {item["title"]: (item["id"], item["url"], item["date_modified"]) for item in items}


@pytest.mark.parametrize(("preset", "path", "old", "new"), MOVED)
def test_a_post_with_another_address_keeps_its_id_and_is_not_news_again(
    tmp_path: Path, preset: str, path: str, old: str, new: str
) -> None:
    """Baseline and mailed posts alike, at the round that reads all files anew and later."""
    site = Site(tmp_path, pattern=preset)
    site.write(path, _text("Of old", "2026-02-01"))
    site.build()
    site.later(days=1)
    mailed = (
        path.replace("First", "Second")
        .replace("Under", "Second")
        .replace("2026-02-01-X", "2026-03-03-Y")
    )
    site.write(mailed, _text("Mailed", "2026-03-03"))
    issues = _issues(site)
    assert [state for _, state in issues] == [IssueState.HELD, IssueState.QUEUED]
    older = {
        path: old,
        mailed: old.replace("first", "second").replace("Under", "Second").replace("X", "Y"),
    }
    _as_an_older_version_left_it(site, older)
    before = _entries(site)

    site.later(hours=1)
    assert _issues(site) == issues
    after = _entries(site)
    assert after["Of old"][:2] == (old, new)
    assert after["Mailed"][0] == older[mailed]
    assert after["Mailed"][1] != older[mailed]
    assert {title: entry[2] for title, entry in after.items()} == {
        title: entry[2] for title, entry in before.items()
    }

    written = site.bytes()
    site.later(days=1)
    assert _issues(site) == issues
    assert site.bytes() == written


@pytest.mark.parametrize(("preset", "path", "old", "new"), MOVED)
def test_a_post_with_another_address_keeps_its_id_when_it_is_edited_and_renamed_later(
    tmp_path: Path, preset: str, path: str, old: str, new: str
) -> None:
    """Its row is known by its path, then by its words; its address says nothing about who it is."""
    site = Site(tmp_path, pattern=preset)
    site.write(path, _text("Of old", "2026-02-01"))
    issues = _issues(site)
    _as_an_older_version_left_it(site, {path: old})
    site.later(hours=1)
    site.write(path, _text("Of old", "2026-02-01") + "\nA further line.\n")
    assert _issues(site) == issues
    assert _entries(site)["Of old"][:2] == (old, new)
    site.later(hours=1)
    shutil.move(site.posts / path, site.posts / "elsewhere.md")
    assert _issues(site) == issues
    assert _entries(site)["Of old"][0] == old
    assert _entries(site)["Of old"][1].endswith("/elsewhere/")


@pytest.mark.parametrize("preset", ["hugo", "eleventy", "zola"])
def test_a_section_given_later_moves_the_addresses_and_mails_nobody(
    tmp_path: Path, preset: str
) -> None:
    """``posts.section`` is a setting like others: ids stay, links follow."""
    site = Site(tmp_path, pattern=preset, more='section = ""\n')
    for number in range(3):
        site.write(f"p{number}.md", _text(f"Post {number}", f"2026-02-0{number + 1}"))
    issues = _issues(site)
    before = _entries(site)
    text = site.config_file.read_text("utf-8")
    site.config_file.write_text(text.replace('section = ""', 'section = "blog"'), "utf-8")
    site.later(hours=1)
    assert _issues(site) == issues
    after = _entries(site)
    assert {title: entry[0] for title, entry in after.items()} == {
        title: entry[0] for title, entry in before.items()
    }
    assert {entry[1] for entry in after.values()} == {
        f"https://example.org/blog/p{number}/" for number in range(3)
    }
