"""Renamed or copied.

What becomes of the row, the id and the issue of a post whose file moved, whatever else of it
changed.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from publisher.newsletter.issue import HoldReason
from publisher.publishing.decisions.resemblance import share_of
from tests.publishing.announced_post import FIVE, LONG, NEW, OLD, announced, is_the_same_post
from tests.publishing.round_story import File, settled


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            File(title="First", body=LONG, date=NEW),
            File(title="Better", body=LONG, date=NEW, tags=("x",)),
            id="retitled, long body",
        ),
        pytest.param(
            File(title="First", body=LONG, date=NEW),
            File(title="Better", body=LONG, date=OLD),
            id="retitled and dated anew",
        ),
        pytest.param(
            File(title="First", body=LONG, date=NEW),
            File(title="Better", body=LONG.replace(". ", ".\n"), date=OLD),
            id="wrapped anew",
        ),
        pytest.param(
            File(title="First", body="Short.", date=NEW),
            File(title="Better", body="Short.", date=NEW),
            id="short, same date",
        ),
        pytest.param(
            File(title="First", body="Short.", date=NEW),
            File(title="First", body="Short.", date=OLD),
            id="short, same title",
        ),
        pytest.param(
            File(title="First", body="", date=NEW),
            File(title="First", body="", date=OLD),
            id="no body, same title",
        ),
        pytest.param(
            File(title="First", body=LONG, date=NEW),
            File(title="Better", body=LONG.replace("twice", "two times"), date=NEW),
            id="one word",
        ),
        pytest.param(
            File(title="First", body=FIVE, date=NEW),
            File(title="Better", body=FIVE.replace("Line a", "Linie"), date=NEW),
            id="one line",
        ),
        pytest.param(
            File(title="First", body=FIVE, date=NEW),
            File(title="Better", body=FIVE + "More.\n" * 9, date=NEW),
            id="and much was added",
        ),
        pytest.param(
            File(title="First", body="Some few words here.", date=NEW),
            File(title="Better", body="Some few words there.", date=NEW + timedelta(minutes=20)),
            id="few words, another hour of the day",
        ),
    ],
)
def test_a_post_renamed_and_rewritten_in_one_commit_stays_the_same_post(
    before: File, after: File
) -> None:
    """Neither mailed nor new to readers.

    Seen to fail where ``matching._adopt`` asks for title and body only, and without ``pair``.
    """
    story = announced(before)
    minted = story.shown()["a.md"]
    story.remove("a.md").write("b.md", after)
    story.round()
    assert is_the_same_post(story, "b.md", minted)
    assert len(story.queued) == 1


@pytest.mark.parametrize("minutes", [1, 9])
def test_a_row_lost_within_ten_minutes_is_handed_on_too(minutes: int) -> None:
    """A rename that is seen in two halves, the deletion first.

    Seen to fail where only rows lost in this scan are recent.
    """
    story = announced(File(title="First", body=FIVE, date=NEW))
    minted = story.shown()["a.md"]
    story.remove("a.md")
    story.round()
    story.later(minutes=minutes).write("b.md", File(title="Better", body=f"{FIVE}More.", date=NEW))
    story.round()
    assert is_the_same_post(story, "b.md", minted)


def test_a_file_that_was_seen_half_written_before_the_old_one_went_takes_its_row_over() -> None:
    """Saved under the new name, then deleted under the old one, both before it was quiet.

    Seen to fail without ``_is_undecided``.
    """
    story = announced(File(title="First", body=LONG, date=NEW))
    minted = story.shown()["a.md"]
    story.write("b.md", File(title="Better", body=LONG, date=NEW, quiet=False))
    story.round()
    story.later(seconds=1).remove("a.md").write("b.md", quiet=True)
    story.round()
    assert is_the_same_post(story, "b.md", minted)
    assert len([row for row in story.records.values() if row.path == "b.md"]) == 1


def test_a_draft_that_is_renamed_when_it_is_published_is_news_whatever_its_date() -> None:
    """``_drafts/idea.md`` becomes ``_posts/2026-03-02-idea.md``: it was known as a draft."""
    story = settled()
    story.write("drafts/idea.md", File(title="Idea", body=LONG, draft=True, date=None))
    story.round()
    story.later(hours=1).remove("drafts/idea.md").write(
        "posts/idea-it-is.md", File(title="The idea", body=LONG, date=OLD)
    )
    story.round()
    assert story.queued == ["The idea"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            File(title="Gone", body="A test.", date=NEW),
            File(title="Real", body=LONG, date=NEW),
            id="another text of that day",
        ),
        pytest.param(
            File(title="Gone", body="", date=NEW),
            File(title="Real", body="", date=NEW),
            id="two without a body",
        ),
        pytest.param(
            File(title="Links", body=FIVE, date=NEW - timedelta(days=2)),
            File(title="Links again", body=FIVE.replace("Line a", "Linie"), date=NEW),
            id="most lines, another day",
        ),
        pytest.param(
            File(title="Test", body="This is the test of a site.", date=NEW),
            File(
                title="Real",
                body=f"This is the story of a test that went wrong on the site. {LONG}",
                date=NEW,
            ),
            id="a few words that every text has",
        ),
    ],
)
def test_another_post_is_news_although_one_was_deleted_with_it(old: File, new: File) -> None:
    """What only looks a little alike is not swallowed.

    Each seen to fail with its bound taken away.
    """
    story = announced(old)
    story.remove("a.md").write("b.md", new)
    story.round()
    assert story.queued == [old.title, new.title]
    assert story.row("b.md").feed_id != story.records[2].feed_id


def test_this_weeks_open_thread_is_not_last_weeks() -> None:
    """A row lost long ago is handed on only with the date it had.

    Seen to fail where ``Comparison.is_same`` takes the title for enough.
    """
    story = announced(File(title="Open thread", body="What is on your mind?", date=NEW))
    story.remove("a.md")
    story.round()
    story.later(days=7).write(
        "b.md",
        File(title="Open thread", body="What is on your mind?", date=NEW + timedelta(days=7)),
    )
    story.round()
    assert story.queued == ["Open thread", "Open thread"]


def test_a_post_that_comes_back_after_a_year_is_known_by_body_and_date() -> None:
    """Retitled and elsewhere, it keeps its id."""
    story = announced(File(title="First", body=LONG, date=NEW))
    minted = story.shown()["a.md"]
    story.remove("a.md")
    story.round()
    story.later(days=400).write("2026/b.md", File(title="Better", body=LONG, date=NEW))
    story.round()
    assert is_the_same_post(story, "2026/b.md", minted)


def test_many_renamed_at_once_are_told_apart() -> None:
    """Each new file has the row it is likest to, whatever the order of names.

    No body is read where a hash tells.
    """
    story = settled()
    for number in range(5):
        story.write(
            f"a{number}.md",
            File(
                title=f"Title {number}", body=f"{FIVE}{number} is mine.\n{number} again.", date=NEW
            ),
        )
    story.round(burst=10)
    minted = story.shown()
    assert (
        len(story.queued) + sum(story.reason(f"a{n}.md") == HoldReason.RESEMBLES for n in range(5))
        == 5
    )
    story.asked_bodies.clear()
    story.later(hours=1)
    for number in range(5):
        file = story.files.pop(f"a{number}.md")
        story.write(
            f"z{9 - number}.md",
            file,
            title=f"New {number}",
            body=file.body + ("" if number else "edited"),
        )
    story.round(burst=10)
    assert {path: story.shown()[path] for path in story.files if path[0] == "z"} == {
        f"z{9 - n}.md": minted[f"a{n}.md"] for n in range(5)
    }
    assert story.asked_bodies == [story.row("z9.md").key]


def test_a_hash_that_an_older_version_did_not_write_is_made_when_it_is_needed() -> None:
    """Of what was lost just now, and of nothing else.

    Seen to fail without ``Comparison.complete``.
    """
    story = announced(File(title="First", body=LONG, date=NEW))
    minted = story.shown()["a.md"]
    for key, row in story.records.items():
        assert row.facts is not None
        story.records[key] = row._replace(facts=row.facts._replace(body="", is_long=False))
    story.remove("a.md").write("b.md", File(title="Better", body=LONG, date=OLD))
    story.round()
    assert is_the_same_post(story, "b.md", minted)
    assert set(story.asked_bodies) == {story.row("b.md").key}


@pytest.mark.parametrize(
    ("old", "new", "share"),
    [
        ("", "", 0.0),
        ("", "anything", 0.0),
        ("a b c d e", "a b c d x", 0.8),
        ("a\nb\nc\nd\ne", "e\nd\nc\nb\na", 1.0),
        ("a\nb\nc\nd\n\n\n e ", "a\n\nx", 0.2),
        ("a b", " ".join("ab" + "xyz" * 4), 0.0),
        ("the the the", "the", 1 / 3),
    ],
)
def test_shares_are_counted_in_lines_or_in_a_few_words(old: str, new: str, share: float) -> None:
    """Of the old text; what occurs twice there must occur twice."""
    assert share_of(old, new) == pytest.approx(share)
