"""What resembles a post that lives: a copy, held, and what becomes of it."""

from __future__ import annotations

import pytest

from publisher.newsletter.issue import HoldReason, IssueState
from publisher.posts.models import Announcement
from publisher.posts.records import KnownAs
from tests.publishing.announced_post import FIVE, LONG, NEW, OLD, announced, is_the_same_post
from tests.publishing.round_story import File, Story, settled


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(File(title="Another", body=LONG, date=OLD), id="long body"),
        pytest.param(File(title="First", body="Something else.", date=NEW), id="title and date"),
        pytest.param(
            File(title="Another", body=LONG.replace("twice", "two times"), date=NEW),
            id="most words of that day",
        ),
    ],
)
def test_what_resembles_a_post_that_lives_is_held_and_takes_its_row_over_when_that_one_goes(
    copy: File,
) -> None:
    """The new file first, the deletion later: the held issue is cancelled, the id stays."""
    story = announced(File(title="First", body=LONG, date=NEW))
    minted = story.shown()["a.md"]
    story.write("b.md", copy)
    story.round()
    assert story.reason("b.md") == HoldReason.RESEMBLES
    story.later(days=3).remove("a.md")
    story.round()
    assert is_the_same_post(story, "b.md", minted)
    assert story.reason("b.md") == "cancelled"


def test_short_posts_of_one_day_are_no_copies_of_each_other() -> None:
    """Three words in common say nothing while both posts are there."""
    story = settled()
    for number in range(3):
        story.write(
            f"{number}.md", File(title=f"Post {number}", body=f"Words of {number}.", date=NEW)
        )
    story.round()
    assert len(story.queued) == 3


def _held_copy() -> Story:
    story = announced(File(title="First", body=LONG, date=NEW))
    story.write("b.md", story.files["a.md"])
    story.round()
    assert story.reason("b.md") == HoldReason.RESEMBLES
    return story.later(minutes=20)


def test_a_held_copy_that_became_a_draft_takes_the_row_over_with_its_issues() -> None:
    """Its cancelled issue is the older post's from then on; nothing points to the row that went."""
    story = _held_copy()
    minted, issue = story.shown()["a.md"], story.issue("b.md")
    assert issue is not None
    story.write("b.md", draft=True)
    story.round()
    story.later(minutes=20).remove("a.md")
    story.round()
    assert story.issues[issue.key].posts == (story.row("b.md").key,)
    assert story.issues[issue.key].state is IssueState.CANCELLED
    story.later(days=1).write("b.md", draft=False)
    story.round()
    assert is_the_same_post(story, "b.md", minted)
    assert len(story.queued) == 1


def test_a_copy_from_which_the_next_post_was_begun_is_a_post_of_its_own() -> None:
    """Held, made a draft, rewritten.

    Deleting the old post does not make it the old post (seen to fail where resembling once is
    enough).
    """
    story = _held_copy()
    story.write("b.md", draft=True, title="The next", body=FIVE)
    story.round()
    story.later(days=30).remove("a.md")
    story.round()
    assert story.row("b.md").known_as is KnownAs.DRAFT
    assert story.row("b.md").announcement is Announcement.NONE


@pytest.mark.parametrize("go", [["a.md", "b.md"], ["b.md", "a.md"], ["a.md+b.md"]])
def test_a_copy_of_a_copy_follows_to_the_first_post_whichever_goes_first(go: list[str]) -> None:
    """Its id, its announcement; no issue is left that could be mailed.

    Seen to fail without ``matching._redirect`` (the first order) and where ``_originals`` ends at
    the first (the last).
    """
    story = _held_copy()
    minted = story.shown()["a.md"]
    story.write("b.md", title="Second", body=FIVE)
    story.round()
    story.write(
        "c.md", story.files["b.md"], title="Third", date=OLD, body=story.files["b.md"].body + LONG
    )
    story.write("b.md", body=story.files["c.md"].body)
    story.round()
    assert story.row("c.md").resembles == story.row("b.md").key
    for paths in go:
        for path in paths.split("+"):
            story.remove(path)
        story.later(days=1).round()
    assert is_the_same_post(story, "c.md", minted)
    assert story.queued == ["First"]
    assert [issue.reason for issue in story.issues.values() if issue.state is IssueState.HELD] == [
        HoldReason.FIRST_RUN
    ]


def test_a_row_that_goes_takes_its_held_issue_with_it() -> None:
    """The copy is deleted, not the original."""
    story = _held_copy()
    issue = story.issue("b.md")
    assert issue is not None
    story.remove("b.md")
    story.round()
    assert story.issues[issue.key].state is IssueState.CANCELLED
