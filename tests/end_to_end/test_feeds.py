"""Which feed documents a folder gets, and which of them a change writes again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import feedparser
import pytest

from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path


def _post(title: str, day: int, more: str = "", body: str = "") -> str:
    return (
        f"---\ntitle: {title}\ndate: 2026-02-{day:02d}\n{more}---\n{body or f'Words of {title}.'}\n"
    )


def _titles(site: Site, path: str) -> list[str]:
    found = feedparser.parse((site.folder / "public" / path).read_bytes())
    assert not found.bozo, found.get("bozo_exception")
    return [entry.title for entry in found.entries]


def test_every_term_has_its_three_documents_and_one_author_has_none(tmp_path: Path) -> None:
    """Tags and categories from the first post on, authors from the second author on."""
    site = Site(tmp_path)
    site.write("a.md", _post("A", 1, "tags: [Café, python]\ncategories: [Notes]\nauthor: Ada\n"))
    site.build()
    for folder in ("tags/café", "tags/python", "categories/notes"):
        for name in ("feed.xml", "atom.xml", "feed.json"):
            assert (tmp_path / "public" / folder / name).exists(), (folder, name)
    assert not (tmp_path / "public" / "authors").exists()
    site.write("b.md", _post("B", 2, "author: Bob\ntags: [PYTHON]\n"))
    site.build()
    assert _titles(site, "authors/ada/atom.xml") == ["A"]
    assert _titles(site, "authors/bob/feed.xml") == ["B"]
    assert _titles(site, "tags/python/feed.xml") == ["B", "A"], "equal when folded: one feed"


def test_a_term_that_lost_its_posts_keeps_a_valid_empty_feed(tmp_path: Path) -> None:
    """Readers who subscribed to it see it empty, not gone."""
    site = Site(tmp_path)
    site.write("a.md", _post("A", 1, "tags: [old]\n"))
    site.build()
    site.write("a.md", _post("A", 1, "tags: [new]\n"))
    site.later(minutes=1)
    report = site.build()
    assert "tags/old/feed.xml" in report.feeds.written
    assert _titles(site, "tags/old/feed.xml") == []
    assert json.loads((tmp_path / "public/tags/old/feed.json").read_text())["items"] == []
    assert _titles(site, "tags/new/feed.xml") == ["A"]


def test_one_changed_post_rewrites_only_the_documents_it_is_in(tmp_path: Path) -> None:
    """Work grows with what changed, not with the archive."""
    site = Site(tmp_path, more="[feeds]\nentries = 5\n")
    for day in range(1, 13):
        site.write(
            f"{day:02d}.md", _post(f"P{day}", day, f"tags: [{'even' if day % 2 == 0 else 'odd'}]\n")
        )
    site.build()
    site.write("12.md", _post("P12", 12, "tags: [even]\n", "Other words."))
    site.later(minutes=1)
    written = set(site.build().feeds.written)
    assert written == {
        f"{where}{name}"
        for where in ("", "tags/even/")
        for name in ("feed.xml", "atom.xml", "feed.json")
    }
    site.write("01.md", _post("P1", 1, "tags: [odd]\n", "Other old words."))
    site.later(minutes=1)
    written = set(site.build().feeds.written)
    assert written == {
        "archive/feed-0001.xml",
        "archive/atom-0001.xml",
    }, "it is only in the oldest archive document"


def test_the_whole_history_can_be_walked_through_the_archive(tmp_path: Path) -> None:
    """RFC 5005: from the subscription document along prev-archive to the first post.

    Old documents stay as they are.
    """
    site = Site(tmp_path, more="[feeds]\nentries = 5\n")
    for day in range(1, 24):
        site.write(f"{day:02d}.md", _post(f"P{day}", day))
    site.build()
    public, path, seen = tmp_path / "public", "atom.xml", []
    while path:
        found = feedparser.parse((public / path).read_bytes())
        seen += [entry.title for entry in found.entries]
        previous = [link.href for link in found.feed.links if link.rel == "prev-archive"]
        path = previous[0].removeprefix("https://example.org/") if previous else ""
    assert list(dict.fromkeys(seen)) == [f"P{day}" for day in range(23, 0, -1)]
    before = (public / "archive/atom-0001.xml").read_bytes()
    site.write("24.md", _post("P24", 24))
    site.later(minutes=1)
    site.build()
    assert (public / "archive/atom-0001.xml").read_bytes() == before


def test_aliases_get_the_same_bytes(tmp_path: Path) -> None:
    """An old address keeps its readers."""
    site = Site(
        tmp_path,
        more='[feeds]\natom = false\n[feeds.aliases]\n"index.xml" = "rss"\n"rss.php" = "rss"\n',
    )
    site.write("a.md", _post("A", 1))
    site.build()
    public = tmp_path / "public"
    assert (
        (public / "index.xml").read_bytes()
        == (public / "feed.xml").read_bytes()
        == (public / "rss.php").read_bytes()
    )
    assert not (public / "atom.xml").exists()
    (public / "index.xml").unlink()
    site.build()
    assert (public / "index.xml").exists(), "what was taken away comes back"


def test_summaries_alone_when_the_site_wants_no_more(tmp_path: Path) -> None:
    """``feeds.content = summary`` keeps the body at home."""
    site = Site(tmp_path, more='[feeds]\ncontent = "summary"\n')
    site.write("a.md", _post("A", 1, body="Short.\n\n<!--more-->\n\nThe secret rest."))
    site.build()
    for name in ("feed.xml", "atom.xml", "feed.json"):
        text = (tmp_path / "public" / name).read_text()
        assert "Short." in text
        assert "secret rest" not in text


def test_a_post_may_stay_out_of_the_feeds_and_still_be_mailed(tmp_path: Path) -> None:
    """``feed: false``."""
    site = Site(tmp_path)
    site.write("a.md", _post("A", 1))
    site.build()
    site.later(minutes=1)
    site.write(
        "letter.md", "---\ntitle: Letter\ndate: 2026-03-02\nfeed: false\n---\nOnly by mail.\n"
    )
    report = site.build()
    assert [line.issue.subject for line in report.issues] == ["Letter"]
    assert _titles(site, "feed.xml") == ["A"]


HOSTILE = [
    "../../etc/passwd",
    "C++",
    "C#",
    "..",
    "日本語",
    "\u202eevil",
    "<script>alert(1)</script>",
    "a" * 300,
    "%2e%2e%2f",
]


@pytest.mark.parametrize("term", HOSTILE)
def test_a_hostile_term_stays_inside_the_public_folder_and_says_itself_in_full(
    tmp_path: Path, term: str
) -> None:
    """A term names a folder only through its slug."""
    site = Site(tmp_path / "site")
    site.write("a.md", _post("A", 1, f"tags: [{json.dumps(term)}]\n"))
    site.build()
    folders = list((tmp_path / "site/public/tags").iterdir())
    assert len(folders) == 1
    assert _titles(site, f"tags/{folders[0].name}/atom.xml") == ["A"]
    assert {path.name for path in tmp_path.iterdir()} == {"site"}


def test_an_enclosure_takes_the_size_of_the_file_beside_it(tmp_path: Path) -> None:
    """Without a size and without a file it is left out, and the message says so."""
    site = Site(tmp_path)
    site.write("a.md", _post("A", 2, "enclosure: talk.mp3\n"))
    site.write("b.md", _post("B", 1, "enclosure: gone.mp3\n"))
    (site.posts / "talk.mp3").write_bytes(b"x" * 1234)
    report = site.build()
    entries = feedparser.parse((tmp_path / "public/feed.xml").read_bytes()).entries
    assert [[(e.href, e.length, e.type) for e in entry.enclosures] for entry in entries] == [
        [("https://example.org/a/talk.mp3", "1234", "audio/mpeg")],
        [],
    ]
    assert [(problem.path, "gone.mp3" in problem.found) for problem in report.problems] == [
        ("b.md", True)
    ]
