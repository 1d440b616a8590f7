"""What was hidden, or a draft, or doubtful, told as stories.

Nothing of it is published or mailed, and coming out is decided rightly.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from publisher.newsletter.issue import HoldReason
from publisher.posts.models import Announcement, FileKind
from publisher.posts.post_status import next_change
from tests.publishing.round_story import MORNING, File, Story, settled

OLD = MORNING - timedelta(days=30)
NEW = MORNING - timedelta(days=1)
HIDDEN = File(kind=FileKind.IGNORED, reason="hidden: true")
BROKEN = File(kind=FileKind.INVALID)
DOUBT = "status: in review"


def _appears(file: File) -> Story:
    story = settled()
    story.write("a.md", file).round()
    assert "a.md" not in story.shown()
    assert (story.queued, story.issue("a.md")) == ([], None)
    return story.later(hours=1)


def test_a_draft_that_is_published_is_news_whatever_its_date() -> None:
    """Rule 10: that is the main case."""
    story = _appears(File(draft=True, date=OLD))
    story.write("a.md", draft=False).round()
    assert story.queued == ["A title"]


@pytest.mark.parametrize(
    "file", [HIDDEN, File(doubt=DOUBT, date=OLD)], ids=["hidden", "a word nobody knows"]
)
def test_a_post_that_comes_out_of_hiding_is_news_when_it_is_new_and_held_when_it_is_old(
    file: File,
) -> None:
    """Rule 8: who hid it did not say that readers are to hear of it."""
    old, new = _appears(file), _appears(file)
    old.write("a.md", File(date=OLD)).round()
    new.write("a.md", File(date=NEW)).round()
    assert (old.reason("a.md"), old.queued) == (HoldReason.OLD_NEWS, [])
    assert new.queued == ["A title"]


def test_a_word_nobody_knows_keeps_what_is_in_the_feeds_there_and_unmailed() -> None:
    """Its issue, still waiting, is taken back; when the word goes, it counts as first appearing."""
    story = settled(one_shot=False)
    story.write("a.md", File(date=NEW)).round()
    assert story.reason("a.md") == "waiting"
    story.later(minutes=1).write("a.md", doubt=DOUBT).round()
    assert "a.md" in story.shown()
    assert (story.row("a.md").announcement, story.reason("a.md")) == (
        Announcement.SKIPPED,
        "cancelled",
    )
    story.later(hours=2).round()
    assert story.queued == []
    story.write("a.md", doubt="").round()
    assert story.reason("a.md") == "waiting"


def test_a_word_nobody_knows_changes_nothing_of_what_was_announced() -> None:
    """A garden's ``status: evergreen`` of years ago: it was in the feeds before anybody asked."""
    story = settled()
    story.write("a.md", File(date=NEW)).round()
    feed_id = story.shown()["a.md"]
    story.later(hours=1).write("a.md", doubt=DOUBT).round(reading="another version")
    story.later(hours=1).write("a.md", body="Edited.").round()
    assert story.shown()["a.md"] == feed_id
    assert (story.row("a.md").announcement, story.queued) == (Announcement.ANNOUNCED, ["A title"])


def test_a_word_nobody_knows_hides_in_the_first_run_too() -> None:
    """Nothing is in any feed yet."""
    story = Story()
    story.write("a.md", File(doubt=DOUBT)).write(
        "b.md", File(title="Open", body="Other words.")
    ).round()
    assert set(story.shown()) == {"b.md"}


def test_what_is_hidden_and_then_broken_stays_hidden() -> None:
    """Its last good version was for readers; its author has hidden it since."""
    story = settled()
    story.write("a.md", File(date=NEW)).round()
    story.later(hours=1).write("a.md", HIDDEN).round()
    assert "a.md" not in story.shown()
    for broken in (BROKEN, File(kind=FileKind.IGNORED, reason="no front matter")):
        story.later(hours=1).write("a.md", broken).round()
        assert "a.md" not in story.shown()
        assert story.row("a.md").kind is FileKind.INVALID
    story.later(hours=1).write("a.md", File(date=NEW)).round()
    assert "a.md" in story.shown()
    assert story.queued == ["A title"], "it was announced once, before it was hidden"


@pytest.mark.parametrize("broken", [BROKEN, File(kind=FileKind.IGNORED, reason="no front matter")])
def test_a_scheduled_post_that_breaks_is_not_published_when_its_old_date_comes(
    broken: File,
) -> None:
    """It was put off to a date nobody can read; when it reads again it is news."""
    story = _appears(File(date=MORNING + timedelta(days=1)))
    story.write("a.md", broken).round()
    story.later(days=2).round()
    assert "a.md" not in story.shown()
    assert next_change(story.row("a.md"), story.now) is None
    story.later(hours=1).write("a.md", File(date=MORNING + timedelta(days=1))).round()
    assert story.queued == ["A title"]


def test_a_catalogued_post_whose_date_cannot_be_read_keeps_its_last_good_version() -> None:
    """A published one stays in the feeds; a draft stays a draft, and is news when it reads."""
    story = settled()
    story.write("a.md", File(date=NEW)).write(
        "b.md", File(title="Draft", body="Other words.", draft=True, date=OLD)
    ).round()
    story.later(hours=1).write("a.md", BROKEN).write("b.md", BROKEN).round()
    assert set(story.shown()) == {"first.md", "a.md"}
    story.later(hours=1).write("a.md", File(date=NEW)).write(
        "b.md", File(title="Draft", body="Other words.", date=OLD)
    ).round()
    assert story.queued == ["A title", "Draft"]


def test_a_publication_date_ahead_keeps_a_post_back_until_it_comes() -> None:
    """Its date is weeks old by then, but its news is of that day; the feeds show its date."""
    story = _appears(File(date=OLD, release=MORNING + timedelta(days=3)))
    assert story.last is not None
    assert story.last.next_due == MORNING + timedelta(days=3)
    story.later(days=3).round()
    assert story.queued == ["A title"]
    assert story.row("a.md").date == OLD
    assert "tag:example.org,2026-01-31:a" in story.shown()["a.md"]


def test_a_publication_date_long_passed_makes_old_news() -> None:
    """Rules 7 and 8 look at when it could first be seen."""
    late = _appears(File(date=OLD, release=MORNING + timedelta(days=3)))
    late.later(days=20).round()
    assert late.reason("a.md") == HoldReason.STALE
    story = settled()
    story.write("a.md", File(date=NEW, release=OLD)).round()
    assert story.reason("a.md") == HoldReason.OLD_NEWS
    story.write(
        "b.md", File(title="Announced today", body="Other words.", date=OLD, release=NEW)
    ).round()
    assert story.queued == ["Announced today"]


def test_a_publication_date_that_comes_by_another_time_zone_is_read_differently() -> None:
    """Rule 5: no time passed, and nobody wrote anything."""
    story = _appears(File(date=OLD, release=MORNING + timedelta(hours=4)))
    story.zone = timedelta(hours=5)
    story.round(reading="another zone")
    assert "a.md" in story.shown()
    assert (story.reason("a.md"), story.queued) == (HoldReason.READ_DIFFERENTLY, [])
