"""Whose row a file takes over: renamed, copied, deleted and back, told as stories."""

from __future__ import annotations

import pytest

from publisher.newsletter.issue import HoldReason, IssueState
from publisher.posts.models import Announcement
from tests.publishing.announced_post import NEW, OLD
from tests.publishing.round_story import File, settled


@pytest.mark.parametrize(
    "change", [{"tags": ("other",)}, {"body": "Rewritten."}], ids=["content", "title and date"]
)
def test_renamed_or_copied_holds_what_resembles_an_announced_post(
    change: dict[str, object],
) -> None:
    """Renamed or copied?: same content, or same title and date, of a post that still lives."""
    story = settled()
    story.write("a.md", date=NEW)
    story.round()
    story.later(hours=1).write("b.md", File(date=NEW)).write("b.md", None, **change)
    story.round()
    assert story.reason("b.md") == HoldReason.RESEMBLES
    assert story.queued == ["A title"]


def test_renamed_or_copied_gives_the_row_to_the_copy_when_the_older_path_vanishes() -> None:
    """Renamed or copied?.

    A rename seen in two halves keeps id and announcement, and its held issue is cancelled.
    """
    story = settled()
    story.write("a.md", date=NEW)
    story.round()
    announced = story.row("a.md")
    story.later(minutes=1).write("b.md", story.files["a.md"])
    story.round()
    held = story.issue("b.md")
    assert held is not None
    story.later(minutes=1).remove("a.md")
    story.round()
    assert story.row("b.md").feed_id == announced.feed_id
    assert story.row("b.md").announcement is Announcement.ANNOUNCED
    assert story.issues[held.key].state is IssueState.CANCELLED
    assert story.queued == ["A title"]


def test_renamed_file_keeps_its_row_whatever_its_age() -> None:
    """Tombstones: the same id, address or content takes the old row over, even a year later."""
    story = settled()
    story.write("a.md", date=NEW)
    story.round()
    minted = story.row("a.md").feed_id
    story.later(hours=1).remove("a.md")
    story.round()
    story.later(days=400).write("2026/b.md", File(date=NEW))
    story.round()
    assert story.row("2026/b.md").feed_id == minted
    assert story.queued == ["A title"]


def test_tombstones_of_a_waiting_post_let_it_be_news_again() -> None:
    """Tombstones: an editor that deletes and creates on save does not lose the announcement."""
    story = settled(one_shot=False)
    story.write("a.md", draft=True, date=OLD)
    story.round()
    story.later(minutes=1).write("a.md", draft=False)
    story.round()
    assert story.reason("a.md") == "waiting"
    file = story.files["a.md"]
    story.later(seconds=1).remove("a.md")
    story.round()
    story.later(seconds=1).write("a.md", file)
    story.round()
    assert story.reason("a.md") == "waiting"
    story.later(minutes=6)
    story.round()
    assert story.queued == ["A title"]


def test_two_files_with_one_id_leave_the_catalogued_one_in_peace() -> None:
    """Tombstones: the catalogued path wins, then path order.

    The other is a problem that names both.
    """
    story = settled()
    story.write("z.md", id="urn:x", date=NEW)
    story.round()
    story.later(hours=1).write("a.md", id="urn:x", body="Copy", date=NEW)
    changes = story.round()
    assert [problem.path for problem in changes.problems] == ["a.md"]
    assert "z.md" in changes.problems[0].found
    assert set(story.shown()) == {"first.md", "z.md"}
