"""An issue waits for its post's page: with smtp, and where the page is on the site's own host."""

from __future__ import annotations

from datetime import timedelta

import pytest

from publisher.newsletter.issue import HoldReason, IssueState, gives_up_at
from publisher.posts.models import Announcement
from tests.publishing.round_story import MORNING, Story, settled

NEW = MORNING - timedelta(hours=1)
ORIGIN = "https://example.org:443"
PAGE = "https://example.org/a/"


def _site(*, one_shot: bool, **settings: object) -> Story:
    """A site whose pages are not up."""
    story = settled(one_shot=one_shot, page_origin=ORIGIN, **settings)
    story.online = False
    return story


def _late(*, one_shot: bool = False, **settings: object) -> Story:
    """A post whose grace is over and whose page is not up."""
    story = _site(one_shot=one_shot, **settings)
    story.write("a.md", date=NEW)
    story.round()
    if not one_shot:
        story.later(minutes=5).round()
    assert story.reason("a.md") == "waiting"
    assert story.asked == [PAGE]
    return story


def _state(story: Story, path: str = "a.md") -> tuple[IssueState, HoldReason | None]:
    issue = story.issue(path)
    assert issue is not None
    return issue.state, issue.reason


def test_the_daemon_asks_after_the_grace_and_then_every_minute() -> None:
    """Nobody is asked during the grace; the issue says what it waits for.

    It goes in the first round that finds the page.
    """
    story = _site(one_shot=False)
    story.write("a.md", date=NEW)
    story.round()
    story.later(minutes=4).round()
    assert (story.asked, _state(story)) == ([], (IssueState.WAITING, None))
    story.later(minutes=1)
    assert story.round().next_due == story.now + timedelta(minutes=1)
    assert (story.asked, _state(story)) == ([PAGE], (IssueState.WAITING, HoldReason.PAGE_MISSING))
    story.later(seconds=59).round()
    assert story.asked == [PAGE]
    story.online = True
    story.later(seconds=1).round()
    assert (story.queued, _state(story)) == (["A title"], (IssueState.QUEUED, None))
    assert story.row("a.md").announcement is Announcement.ANNOUNCED


def test_a_one_shot_leaves_it_waiting_for_the_next_one() -> None:
    """However soon that comes: a one-shot has no minute to wait for."""
    story = _late(one_shot=True)
    story.later(seconds=1).round()
    assert story.queued == []
    story.online = True
    story.later(seconds=1).round()
    assert story.queued == ["A title"]
    assert len(story.asked) == 3


@pytest.mark.parametrize("one_shot", [True, False])
def test_a_page_that_is_up_delays_nothing(*, one_shot: bool) -> None:
    """Where nothing else is waited for, the round that sees the post queues its issue."""
    story = _site(one_shot=one_shot, delay=timedelta())
    story.online = True
    story.write("a.md", date=NEW).round()
    assert (story.queued, story.asked) == (["A title"], [PAGE])


@pytest.mark.parametrize("one_shot", [True, False])
@pytest.mark.parametrize(
    "origin",
    ["", "http://example.org:80", "https://example.org:8443", "https://www.example.org:443"],
)
def test_only_pages_of_the_sites_own_origin_are_waited_for(origin: str, *, one_shot: bool) -> None:
    """Another scheme, port or host is nobody's to ask, and without smtp none is."""
    story = _site(one_shot=one_shot, delay=timedelta(minutes=5))
    story.write("a.md", date=NEW)
    story.round(page_origin=origin)
    story.later(minutes=5).round(page_origin=origin)
    assert (story.queued, story.asked) == (["A title"], [])


def test_after_a_day_it_is_held() -> None:
    """24 hours from the beginning of its grace.

    A person must look, and the page is not asked for any more.
    """
    story = _late()
    began = story.now - timedelta(minutes=5)
    issue = story.issue("a.md")
    assert issue is not None
    assert gives_up_at(issue) == began + timedelta(hours=24)
    story.now = began + timedelta(hours=24) - timedelta(seconds=1)
    story.round()
    assert story.reason("a.md") == "waiting"
    story.later(minutes=1).round()
    assert story.reason("a.md") == HoldReason.PAGE_MISSING
    asked = len(story.asked)
    story.online = True
    story.later(hours=1).round()
    assert (story.queued, len(story.asked)) == ([], asked)
    held = story.issue("a.md")
    assert held is not None
    assert (held.due_at, gives_up_at(held)) == (None, None)


def test_a_page_that_is_up_at_last_counts_more_than_the_hour() -> None:
    """The machine was off for two days: the page is asked for before anything is held."""
    story = _late()
    story.online = True
    story.later(days=2).round()
    assert story.queued == ["A title"]


def test_a_page_nobody_got_to_ask_for_holds_nothing() -> None:
    """A round that had no time for it leaves it waiting, however long it waits already."""
    story = _late()
    story.online = None
    story.later(days=2).round()
    assert _state(story) == (IssueState.WAITING, HoldReason.PAGE_MISSING)
    story.online = False
    story.later(minutes=1).round()
    assert story.reason("a.md") == HoldReason.PAGE_MISSING


def test_a_post_that_is_held_for_its_page_keeps_that_reason_when_it_is_published_again() -> None:
    """As with every reason: un-publishing is no way round it."""
    story = _late()
    story.later(days=1).round()
    story.later(minutes=1).write("a.md", draft=True).round()
    assert story.reason("a.md") == "cancelled"
    story.later(minutes=1).write("a.md", draft=False).round()
    assert story.reason("a.md") == HoldReason.PAGE_MISSING


@pytest.mark.parametrize("one_shot", [True, False])
def test_unpublishing_while_it_waits_for_its_page_begins_anew(*, one_shot: bool) -> None:
    """The issue is withdrawn, nothing is asked.

    Published again the post has a whole day for its page.
    """
    story = _late(one_shot=one_shot)
    story.later(hours=20).write("a.md", draft=True).round()
    assert (story.reason("a.md"), story.asked) == ("cancelled", [PAGE])
    story.later(hours=1).write("a.md", draft=False).round()
    story.later(hours=20).round()
    assert story.reason("a.md") == "waiting"
    story.online = True
    story.later(minutes=1).round()
    assert story.queued == ["A title"]


def test_an_edit_gives_the_grace_again_while_the_hour_lasts() -> None:
    """Then it no longer waits for its page but for its author.

    After the hour edits put nothing off.
    """
    story = _late()
    story.later(minutes=10).write("a.md", body="Better.").round()
    assert (story.asked, _state(story)) == ([PAGE], (IssueState.WAITING, None))
    story.later(minutes=5).round()
    assert _state(story) == (IssueState.WAITING, HoldReason.PAGE_MISSING)
    story.online = True
    story.later(hours=1).write("a.md", body="Better still.").round()
    assert story.queued == ["A title"]


def test_an_edit_that_moves_the_page_is_followed() -> None:
    """The page that is asked for is where the post says it is now."""
    story = _late()
    story.online = True
    story.later(hours=2).write("a.md", slug="b").round()
    assert (story.asked, story.queued) == ([PAGE, "https://example.org/b/"], ["A title"])


def test_issues_that_wait_for_their_pages_count_as_waiting() -> None:
    """Bulk, as written: what is still waiting counts.

    A site that is down for hours makes no flood of the usual posts.
    """
    story = _site(one_shot=False, burst=2)
    for number in range(2):
        story.write(
            f"{number}.md", title=f"Post {number}", body=f"Words {number}", date=story.now
        ).round()
        story.later(hours=2).round()
    assert [story.reason("0.md"), story.reason("1.md")] == ["waiting", "waiting"]
    story.write("2.md", title="Post 2", body="Words 2", date=story.now).round()
    assert {story.reason(f"{number}.md") for number in range(3)} == {HoldReason.BULK}


def test_it_is_stale_only_when_nobody_asked_for_long() -> None:
    """Rule "stale": the program was off; a page asked for every minute makes nothing stale."""
    story = _late(max_age=timedelta(hours=2))
    for _ in range(60):
        story.later(minutes=3).round()
    assert story.reason("a.md") == "waiting"
    story.online = True
    story.later(hours=3).round()
    assert story.reason("a.md") == HoldReason.STALE


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"manual": True}, HoldReason.APPROVAL), ({"restored": True}, HoldReason.RESTORED)],
)
def test_what_is_held_anyway_asks_for_no_page(
    settings: dict[str, bool], reason: HoldReason
) -> None:
    """Neither a new post nor one that was waiting for its page already."""
    story = _late()
    story.online = True
    story.write("b.md", title="Two", body="2", date=NEW)
    story.later(minutes=1).round(**settings)
    assert {story.reason("a.md"), story.reason("b.md")} == {reason}
    assert story.asked == [PAGE]


def test_a_first_run_asks_for_no_page() -> None:
    """Its one issue is for a person to look at."""
    story = Story()
    story.write("a.md", date=NEW).round(page_origin=ORIGIN)
    assert (story.reason("a.md"), story.asked) == (HoldReason.FIRST_RUN, [])


def test_a_file_that_is_being_written_asks_for_no_page() -> None:
    """What is not decided yet is not due."""
    story = _late()
    story.online = True
    story.later(hours=2).write("a.md", body="Half a sen", quiet=False).round()
    assert (story.queued, story.asked) == ([], [PAGE])
