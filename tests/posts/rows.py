"""A post's row, with something in every column."""

from __future__ import annotations

from datetime import UTC, datetime

from publisher.errors import Level, Problem
from publisher.posts.models import Author, Enclosure, FileKind, NewsletterSwitch, Post
from publisher.posts.records import KnownAs, PostRecord, PostSummary
from publisher.system.files import FileStat

NOW = datetime(2026, 3, 2, 8, 0, 0, 123456, tzinfo=UTC)
FACTS = PostSummary(
    "Tïtle",
    "https://example.org/a/",
    "urn:x",
    "urn:y",
    False,
    NOW,
    None,
    None,
    "w",
    "e",
    (("tag", "C++"),),
    True,
    True,
)
PROBLEM = Problem("a.md", 3, Level.WARNING, "Found.", "Cure.", 7)
POST = Post(
    "a.md", "hugo", "Tïtle", "a", "https://example.org/a/", published=NOW, authors=(Author("Ada",
    None, "https://a.example"),),
    enclosures=(Enclosure("https://example.org/a.mp3", 7, "audio/mpeg"),),
    newsletter=NewsletterSwitch(send=False), extra={"x": [1]},
)  # fmt: skip


def post_row(path: str, **changes: object) -> PostRecord:
    """Return a row of a file, changed as the test says."""
    base = PostRecord(
        path,
        FileStat(1, 2**62, 2**63 + 5),
        "h",
        FileKind.POST,
        NOW,
        problems=(PROBLEM,),
        facts=FACTS,
        known_as=KnownAs.DRAFT,
    )
    return base._replace(**changes)  # type: ignore[arg-type]
