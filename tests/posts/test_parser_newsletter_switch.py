"""What a post says of its own newsletter: only ``true`` in so many words is its author's wish."""

from __future__ import annotations

from datetime import UTC

import pytest

from publisher.posts.models import NewsletterSwitch, SourceFile
from publisher.posts.parser import PostParser
from publisher.posts.permalinks import AddressRules
from publisher.system.files import FileStat

ASKED, OFF, NOTHING = NewsletterSwitch(asked=True), NewsletterSwitch(send=False), NewsletterSwitch()


def _read(text: str) -> NewsletterSwitch:
    reader = PostParser(AddressRules("https://example.org", "/{slug}/"), UTC, can_read_rst=False)  # type: ignore[arg-type]
    reading = reader.read(SourceFile("a.md", FileStat(1, 0, 0), text.encode()))
    assert reading.post is not None
    return reading.post.newsletter


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("true", ASKED),
        ('"true"', ASKED),
        ("yes", ASKED),
        ("[true]", ASKED),
        ("{send: true, subject: Hello}", NewsletterSwitch(asked=True, subject="Hello")),
        ("false", OFF),
        ("'no'", OFF),
        ('["false"]', OFF),
        ("{send: false}", OFF),
        ("", NOTHING),
        ("weekly", NOTHING),
        ("published", NOTHING),
        ("[a, b]", NOTHING),
        ("{}", NOTHING),
        ("{subject: Hello}", NewsletterSwitch(subject="Hello")),
        ("{send: maybe}", NOTHING),
    ],
)
def test_only_true_is_the_authors_wish(said: str, means: NewsletterSwitch) -> None:
    """A subject, or another word, leaves the rules as they are."""
    assert _read(f"---\ntitle: T\nnewsletter: {said}\n---\nText\n") == means


@pytest.mark.parametrize(
    "text",
    ["+++\ntitle = 'T'\nnewsletter = true\n+++\nText\n", "Title: T\nNewsletter: true\n\nText\n"],
)
def test_other_formats_say_it_as_well(text: str) -> None:
    """TOML, and Pelican's lines."""
    assert _read(text) == ASKED
