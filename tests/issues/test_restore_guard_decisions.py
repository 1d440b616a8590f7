"""Which frozen issues may not go on, and what becomes of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from publisher.database.site_state import SiteState, is_restored
from publisher.issues.models import Settings
from publisher.issues.restore_guard import recall, why_recalled
from publisher.newsletter.issue import HoldReason, IssueRecord, IssueState
from publisher.posts.models import Announcement, FileKind
from publisher.posts.records import PostRecord
from publisher.system.files import FileStat
from publisher.system.restore_mark import RestoreMark
from tests.publishing.round_story import MORNING, settled

WEEK = timedelta(days=7)
ROW = PostRecord(
    "a.md",
    FileStat(1, 1, 1),
    "h",
    FileKind.POST,
    MORNING,
    key=1,
    announcement=Announcement.ANNOUNCED,
)
ISSUE = IssueRecord(
    (1,),
    IssueState.QUEUED,
    "News",
    MORNING,
    key=5,
    queued_at=MORNING,
    audience=3,
    entry="e",
    folder="f",
)
DIGEST = replace(ISSUE, digest="weekly:2026-W10")


@pytest.mark.parametrize(
    ("restored", "waited", "reason"),
    [
        pytest.param(False, timedelta(minutes=1), None, id="just queued"),
        pytest.param(False, WEEK, None, id="a week, to the second"),
        pytest.param(False, WEEK + timedelta(seconds=1), HoldReason.STALE, id="over a week"),
        pytest.param(True, timedelta(minutes=1), HoldReason.RESTORED, id="an older copy"),
        pytest.param(
            True, 2 * WEEK, HoldReason.RESTORED, id="the rule that comes first names the reason"
        ),
    ],
)
def test_an_older_copy_and_a_long_stop_recall(
    reason: HoldReason | None, waited: timedelta, *, restored: bool
) -> None:
    """Everything else that is queued goes on by itself."""
    assert (
        why_recalled(ISSUE, Settings(restored=restored, max_age=WEEK), MORNING + waited) is reason
    )


@pytest.mark.parametrize("reason", [HoldReason.RESTORED, HoldReason.STALE])
def test_what_nobody_was_sent_is_held_again(reason: HoldReason) -> None:
    """It is as if it had never been queued.

    Its news is pending, and whoever releases it freezes a new audience.
    """
    outcome = recall(ROW, ISSUE, reason, attempted=False)
    assert outcome is not None
    assert outcome.row == ROW._replace(announcement=Announcement.PENDING, why=reason)
    assert outcome.issue == replace(
        ISSUE, state=IssueState.HELD, reason=reason, queued_at=None, audience=None
    )


@pytest.mark.parametrize("state", [IssueState.QUEUED, IssueState.SENDING])
@pytest.mark.parametrize(
    ("issue", "attempted"),
    [
        pytest.param(ISSUE, True, id="attempted"),
        pytest.param(DIGEST, True),
        pytest.param(DIGEST, False, id="digest"),
    ],
)
def test_what_must_keep_its_audience_is_paused(
    issue: IssueRecord, state: IssueState, *, attempted: bool
) -> None:
    """Some have it already, or its readers cannot be found again.

    The rest waits as it is, and its news stays announced.
    """
    frozen = replace(issue, state=state)
    outcome = recall(ROW, frozen, HoldReason.RESTORED, attempted=attempted)
    assert outcome is not None
    assert outcome.row == ROW
    assert outcome.issue == replace(frozen, state=IssueState.PAUSED, reason=HoldReason.RESTORED)


def test_what_is_merely_slow_is_not_stale() -> None:
    """A long list that is sent over more than a week goes on."""
    assert (
        recall(ROW, replace(ISSUE, state=IssueState.SENDING), HoldReason.STALE, attempted=True)
        is None
    )


def test_an_issue_whose_post_is_gone_is_cancelled() -> None:
    """As if it had been held when its post went.

    If the post comes back, its news is held for the same reason.
    """
    gone = ROW._replace(gone_at=MORNING)
    outcome = recall(gone, ISSUE, HoldReason.RESTORED, attempted=False)
    assert outcome is not None
    assert outcome.issue is not None
    assert outcome.issue.state is IssueState.CANCELLED
    assert outcome.row == gone._replace(announcement=Announcement.NONE, why=HoldReason.RESTORED)


def test_a_copy_says_that_it_is_one_until_a_whole_round_has_dealt_with_it() -> None:
    """Even where its mark came back with it; a round that found no folder has not."""
    story = settled()
    mark = RestoreMark(story.memory.instance, story.memory.counter)
    assert not is_restored(story.memory, mark, "")
    story.memory = replace(story.memory, is_copy=True)
    assert is_restored(story.memory, mark, "")
    story.missing = True
    assert story.round(restored=True).stopped
    assert is_restored(story.memory, mark, "")
    story.missing = False
    story.round(restored=True)
    assert not is_restored(story.memory, mark, "")


def test_what_tells_an_older_copy_is_kept_by_a_round_that_could_not_decide() -> None:
    """The mark was ahead once: the next round knows it, whatever the mark says by then."""
    story = settled()
    story.missing = True
    story.round(restored=True)
    assert is_restored(story.memory, RestoreMark(story.memory.instance, story.memory.counter), "")


def test_a_copy_of_a_database_that_saw_no_folder_yet_is_a_first_run() -> None:
    """Nothing was ever announced from it, so there is nothing to hold."""
    assert not is_restored(SiteState("db", is_copy=True), None, "")
