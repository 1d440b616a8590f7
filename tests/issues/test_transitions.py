"""What becomes of an issue that is held or waiting: grace, edits, un-publishing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from publisher.issues.transitions import discard
from publisher.newsletter.issue import HoldReason, IssueState
from publisher.posts.models import Announcement
from tests.publishing.round_story import MORNING, Story, settled

NEW = MORNING - timedelta(hours=1)
OLD = MORNING - timedelta(days=200)


def _waiting() -> Story:
    story = settled(one_shot=False)
    story.write("a.md", date=NEW)
    story.round()
    assert story.reason("a.md") == "waiting"
    return story


def test_an_issue_waits_for_its_grace_and_is_then_queued() -> None:
    """Five minutes in the daemon, and the round says when to look again."""
    story = _waiting()
    assert story.last is not None
    assert story.last.next_due == story.now + timedelta(minutes=5)
    story.later(minutes=4, seconds=59)
    story.round()
    assert story.queued == []
    story.later(seconds=1)
    story.round()
    assert story.queued == ["A title"]
    assert story.row("a.md").announcement is Announcement.ANNOUNCED


def test_each_edit_restarts_the_grace_an_hour_in_all() -> None:
    """Somebody still writing is not overtaken, nor can they put it off for ever."""
    story = _waiting()
    began = story.now
    for number in range(30):
        story.later(minutes=4).write("a.md", body=f"Version {number}")
        story.round()
        if story.queued:
            break
    assert timedelta(minutes=60) <= story.now - began < timedelta(minutes=66)


def test_a_one_shot_queues_at_once() -> None:
    """Cron and CI have nobody who waits."""
    story = settled(one_shot=True)
    story.write("a.md", date=NEW)
    story.round()
    assert story.queued == ["A title"]


@pytest.mark.parametrize("one_shot", [True, False])
def test_unpublishing_a_waiting_post_withdraws_its_issue(*, one_shot: bool) -> None:
    """The announcement is what it was before, and the post can be news again."""
    story = _waiting()
    story.later(minutes=1).write("a.md", draft=True)
    story.round()
    assert story.reason("a.md") == "cancelled"
    assert story.row("a.md").announcement is Announcement.NONE
    story.later(minutes=1).write("a.md", draft=False)
    story.round(one_shot=one_shot)
    story.later(minutes=6)
    story.round(one_shot=one_shot)
    assert story.queued == ["A title"]


def test_a_republished_post_keeps_its_old_hold_reason() -> None:
    """Un-publishing and publishing again is no way round a rule."""
    story = settled()
    story.write("a.md", date=OLD)
    story.round()
    story.later(minutes=1).write("a.md", draft=True)
    story.round()
    story.later(minutes=1).write("a.md", draft=False)
    story.round()
    assert story.reason("a.md") == HoldReason.OLD_NEWS
    assert story.queued == []


def test_a_baseline_post_stays_baseline_when_it_is_unpublished() -> None:
    """Its held first issue is cancelled; publishing it again announces nothing."""
    story = Story()
    story.write("a.md", date=NEW)
    story.round()
    assert story.reason("a.md") == HoldReason.FIRST_RUN
    story.later(hours=1).write("a.md", draft=True)
    story.round()
    assert story.reason("a.md") == "cancelled"
    story.later(hours=1).write("a.md", draft=False)
    story.round()
    assert story.row("a.md").announcement is Announcement.BASELINE
    assert story.queued == []


def test_a_queued_issue_is_frozen() -> None:
    """Edits and un-publishing change nothing of it."""
    story = settled()
    story.write("a.md", date=NEW)
    story.round()
    for change in ({"body": "Edited."}, {"draft": True}, {"draft": False}):
        story.later(hours=1).write("a.md", None, **change)
        assert story.round().orders == ()
    assert story.queued == ["A title"]


def test_the_switch_in_an_open_posts_file_withdraws_it() -> None:
    """``newsletter: false`` while the issue waits."""
    story = _waiting()
    story.later(minutes=1).write("a.md", send=False)
    story.round()
    assert story.reason("a.md") == "cancelled"
    assert story.row("a.md").announcement is Announcement.SKIPPED


def test_a_held_issue_follows_edits_of_its_post() -> None:
    """What a person releases is what the post says then."""
    story = settled()
    story.write("a.md", date=OLD)
    story.round()
    story.later(hours=1).write("a.md", body="Better words.")
    (order,) = story.round().orders
    assert order.issue.state is IssueState.HELD


def test_waiting_issues_are_held_with_the_flood_they_belong_to() -> None:
    """Bulk: all not yet queued."""
    story = settled(one_shot=False, burst=2)
    story.write("a.md", title="One", body="1", date=NEW)
    story.round()
    story.later(minutes=1).write("b.md", title="Two", body="2", date=NEW).write(
        "c.md", title="Three", body="3", date=NEW
    )
    story.round()
    assert {story.reason(path) for path in ("a.md", "b.md", "c.md")} == {HoldReason.BULK}


def test_discarding_skips_the_post_for_ever() -> None:
    """A person's no is kept."""
    story = settled()
    story.write("a.md", date=OLD)
    story.round()
    issue = story.issue("a.md")
    assert issue is not None
    outcome = discard(story.row("a.md"), issue)
    story.records[outcome.row.key] = outcome.row
    assert outcome.issue is not None
    story.issues[issue.key] = outcome.issue
    story.later(hours=1).write("a.md", body="Edited.")
    story.round()
    assert story.row("a.md").announcement is Announcement.SKIPPED
    assert story.reason("a.md") == "cancelled"
