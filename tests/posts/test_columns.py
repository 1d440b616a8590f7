"""Values in columns: what an older version wrote still loads, and comes back as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from publisher.posts.columns import dump_post, dump_post_summary, load_post, load_post_summary
from publisher.posts.models import Post
from publisher.posts.records import PostSummary

DAY = datetime(2026, 3, 1, tzinfo=UTC)
FACTS = PostSummary(
    "A title", "https://example.org/a/", None, "tag:example.org,2026-03-01:a", False, DAY, None,
    None, "w", "e", (("tag", "a"),), True, True
)  # fmt: skip


def test_facts_of_version_0_1_0_load() -> None:
    """They end with ``feed``.

    What came later takes its default, and is written only where it says something.
    """
    written = json.dumps(
        ["A title", "https://example.org/a/", None, "tag:example.org,2026-03-01:a", False,
        1772323200000000, None, None,
         "w", "e", [["tag", "a"]], True, True]
    )  # fmt: skip
    assert load_post_summary(written) == FACTS
    assert json.loads(dump_post_summary(FACTS)) == json.loads(written)


def test_facts_with_a_publication_date_or_a_doubt_come_back() -> None:
    """Both are what later rounds decide by."""
    for facts in (
        FACTS._replace(release=DAY),
        FACTS._replace(doubt="status: evergreen", send=False),
    ):
        assert load_post_summary(dump_post_summary(facts)) == facts


def test_a_post_with_a_publication_date_comes_back() -> None:
    """The last good source of a post is kept whole."""
    post = Post(
        "a.md",
        "hugo",
        "A title",
        "a",
        "https://example.org/a/",
        published=DAY,
        release=DAY.replace(year=2027),
        doubt="state: x",
    )
    assert load_post(dump_post(post)) == post
