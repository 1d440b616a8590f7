"""From when a post may be seen, and dates that nobody can read."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from publisher.errors import Level
from publisher.posts.models import FileKind, Reading, SourceFile
from publisher.posts.parser import PostParser
from publisher.posts.permalinks import AddressRules
from publisher.system.files import FileStat


def _read(front: str, path: str = "a-post.md") -> Reading:
    data = f"---\ntitle: T\n{front}\n---\nWords.\n".encode()
    reader = PostParser(AddressRules("https://example.org", "/{slug}/"), ZoneInfo("UTC"))
    return reader.read(SourceFile(path, FileStat(len(data), 0, 0), data))


@pytest.mark.parametrize(
    ("front", "published", "release"),
    [
        ("date: 2026-11-20\npublishDate: 2027-03-01", "2026-11-20", "2027-03-01"),
        ("date: 2027-03-01\npublishDate: 2026-11-20", "2027-03-01", "2026-11-20"),
        ("date: 2026-11-20\npublish-date: 2027-03-01", "2026-11-20", "2027-03-01"),
        ("date: 2026-11-20\npublishedAt: 2027-03-01", "2026-11-20", "2027-03-01"),
        ("date: 2026-11-20\npublished: 2027-03-01", "2026-11-20", "2027-03-01"),
        ("date: 2026-11-20\npublish: 2027-03-01", "2026-11-20", "2027-03-01"),
        ("date: 2026-11-20\nparams:\n  publishDate: 2027-03-01", "2026-11-20", "2027-03-01"),
        (
            "date: 2026-11-20\npublished_at: 2026-11-21\npublishDate: 2027-03-01",
            "2026-11-20",
            "2027-03-01",
        ),
        ("post_date: 2026-11-20\nembargo: 2027-03-01", "2026-11-20", "2027-03-01"),
        ("date: 2027-03-01\nembargo_until: 2026-11-20", "2027-03-01", None),
        ("date: 2026-11-20\npublishDate: 2026-11-20", "2026-11-20", None),
        ("pubDate: 2026-11-20", "2026-11-20", None),
        ("publishedAt: 2027-03-01", "2027-03-01", None),
        ("date: [2026-11-20]", "2026-11-20", None),
        ("date: 2026-11-20\npublished: true", "2026-11-20", None),
        ("date: Created\npublishDate: 2027-03-01", "2027-03-01", None),
    ],
)
def test_a_publication_date_decides_and_the_date_is_shown(
    front: str, published: str, release: str | None
) -> None:
    """Hugo's two dates, and what is like them.

    One is shown, sorted and minted into ids, the other says from when.
    """
    post = _read(front).post
    assert post is not None
    assert str(post.published)[:10] == published
    assert (str(post.release)[:10] if post.release else None) == release


@pytest.mark.parametrize(
    "front",
    [
        "date: 1st March 2027", "date: 2026-13-40", "date: 2013-02-30", "date: 0000-00-00",
        "date: soonish", "date: tomorrow",
        "date: 20270301",
        "date: 2027", "date: 'Q3 2027'", "date: 2026-11-30 25:00", "date: {day: 1}",
        "date: [2026-01-01, 2027-01-01]", "date: '{{ now }}'",
        "date: draft", "post_date: next week", "published: next week", "publish: later",
        "date: 2026-01-01\npublishDate: in March",
        "date: 2026-01-01\npublishedAt: '2027-3'",
        "date: 2026-01-01\nparams:\n  publishDate: spring", "date: 2026-01-01\nembargo: spring",
        "date: 2026-01-01\nexpiryDate: someday", "expires: 2026-02-30",
        "date: '<% tp.date.now() %>'",
    ],
)  # fmt: skip
def test_a_date_that_nobody_can_read_refuses_the_post(front: str) -> None:
    """To take it for no date would publish now what was meant for later.

    The line and the cure are named.
    """
    reading = _read(front)
    assert reading.kind is FileKind.INVALID
    (problem,) = reading.problems
    assert (problem.level, problem.line in {3, 4}) == (Level.ERROR, True)
    assert problem.cure
    assert _read(front, "2026-01-01-a.md").kind is FileKind.INVALID, (
        "the date in the file's name does not make it readable"
    )


@pytest.mark.parametrize("name", ["2026-13-40-a.md", "0000-00-00-a.md", "sub/2026-02-30-a.md"])
def test_a_date_in_a_name_that_does_not_exist_refuses_the_post(name: str) -> None:
    """Unless its front matter has one."""
    assert _read("tags: [a]", name).kind is FileKind.INVALID
    assert _read("date: 2026-01-01", name).kind is FileKind.POST
    assert _read("tags: [a]", f"2026/01/02/{name.rpartition('/')[2]}").kind is FileKind.POST


def test_a_draft_keeps_a_date_that_nobody_can_read_until_it_is_published() -> None:
    """It waits anyway; its author is told."""
    reading = _read("draft: true\ndate: 1st March 2027")
    assert reading.post is not None
    assert [problem.level for problem in reading.problems] == [Level.WARNING]


@pytest.mark.parametrize(
    "front",
    [
        "date: Last Modified", "date: created", "date: git Last Modified", "date: git Created",
        "date:", "date: ''", "date: null",
        "expires: never", "expiryDate: false", "expires: 0", "lastmod: whenever",
    ],
)  # fmt: skip
def test_words_that_mean_no_date_are_no_fault(front: str) -> None:
    """Eleventy looks some of them up itself; a changed date that cannot be read decides nothing."""
    reading = _read(front)
    assert reading.post is not None, reading
    assert reading.post.expires is None


def test_the_earliest_expiry_counts() -> None:
    """Whatever other key says later."""
    post = _read("date: 2026-01-01\nexpiryDate: 2026-05-01\nunpublishDate: 2026-04-01").post
    assert post is not None
    assert str(post.expires)[:10] == "2026-04-01"


def test_a_year_that_stands_twice_is_read() -> None:
    """As Ruby reads it."""
    post = _read("date: 2023-01-29 18:30:22 2023 -0800").post
    assert post is not None
    assert str(post.published) == "2023-01-30 02:30:22+00:00"
