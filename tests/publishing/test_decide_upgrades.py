"""A new version or setting mails nobody and takes nothing out of the feeds by itself.

What an author wrote since is news all the same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from publisher.errors import Level
from publisher.newsletter.issue import HoldReason
from publisher.posts.models import FileKind
from tests.publishing.round_story import MORNING, File, Story, settled

DATES = [MORNING - timedelta(days=20 + number) for number in range(100)]
READINGS = {"reading": "new", "posts": "new"}
DRAFT: dict[str, object] = {"draft": True}


def _site(posts: int, strict: int, **more: object) -> Story:
    """Begin with so many published posts, some of them tagged ``odd``."""
    story = Story()
    for number in range(posts):
        tags = ("odd",) if number < strict else ()
        story.write(
            f"{number:02}.md",
            File(
                title=f"Post {number}",
                body=f"{number} {number}",
                date=DATES[number],
                tags=tags,
                **more,  # type: ignore[arg-type]
            ),
        )
    story.round()
    story.later(hours=2)
    return story


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(DRAFT, id="a draft"),
        pytest.param({"kind": FileKind.IGNORED, "reason": "status: review"}, id="no post"),
        pytest.param({"feed": False}, id="not for feeds"),
        pytest.param({"date": MORNING + timedelta(days=100)}, id="a date to come"),
        pytest.param({"expires": MORNING - timedelta(days=1)}, id="expired"),
    ],
)
def test_a_reading_that_would_hide_many_posts_changes_nothing_and_names_them(
    read: dict[str, object],
) -> None:
    """Round after round, until somebody accepts it.

    Each seen to fail without ``guards.hides_too_much``.
    """
    story = _site(20, 6)
    shown = story.shown()
    story.strict["odd"] = read
    for _ in range(2):
        story.later(hours=1)
        changes = story.round(**READINGS)
        assert changes.stopped
        assert story.shown() == shown
        assert "--accept-hidden" in changes.problems[0].cure
        assert "6 of 20" in changes.problems[0].found
        assert [problem.path for problem in changes.problems[1:]] == [
            f"{number:02}.md" for number in range(6)
        ]
        assert "--accept-hidden" in story.memory.stopped
    assert not story.round(**READINGS, accept_hidden=True).stopped
    assert len(story.shown()) == 14
    assert story.memory.stopped == ""
    assert not story.round(**READINGS).stopped


@pytest.mark.parametrize(("posts", "strict"), [(20, 5), (99, 9), (60, 6)])
def test_a_reading_that_would_hide_few_posts_hides_them(posts: int, strict: int) -> None:
    """Five, or a tenth, may go."""
    story = _site(posts, strict)
    story.strict["odd"] = DRAFT
    assert not story.round(**READINGS).stopped
    assert len(story.shown()) == posts - strict


def test_what_its_author_hid_is_hidden_whatever_the_version() -> None:
    """Other bytes, other status.

    Seen to fail where ``guards._is_hidden`` does not compare bytes.
    """
    story = _site(20, 0)
    for number in range(8):
        story.write(f"{number:02}.md", draft=True)
    assert not story.round(**READINGS).stopped
    assert len(story.shown()) == 12


def test_the_same_reading_hides_what_it_hides() -> None:
    """Posts that expire together are no stricter reading."""
    story = _site(20, 8, expires=MORNING + timedelta(days=1))
    story.later(days=2)
    assert not story.round().stopped
    assert story.shown() == {}


def test_posts_that_a_setting_no_longer_finds_count_too() -> None:
    """``[posts]`` was narrowed: to the program their files are gone."""
    story = _site(20, 8)
    kept = dict(story.files)
    story.files = {path: file for path, file in kept.items() if not file.tags}
    changes = story.round(**READINGS)
    assert changes.stopped
    assert "not among the posts any more" in changes.problems[1].found
    story.files = kept
    assert not story.round(**READINGS).stopped
    assert len(story.shown()) == 20


def test_renamed_posts_are_not_hidden() -> None:
    """A new version and a reorganised folder in one round."""
    story = _site(20, 0)
    for number in range(8):
        story.rename(f"{number:02}.md", f"moved/{number:02}.md")
    assert not story.round(**READINGS).stopped
    assert len(story.shown()) == 20


def test_of_very_many_the_first_are_named() -> None:
    """One line each, but not ten thousand."""
    story = _site(80, 60)
    story.strict["odd"] = DRAFT
    problems = story.round(**READINGS).problems
    assert len(problems) == 52
    assert "10 more" in problems[-1].found
    assert [problem.level for problem in problems].count(Level.ERROR) == 1


def test_a_post_written_since_the_last_scan_is_news_after_an_upgrade() -> None:
    """Only what is dated before may have been there, unseen.

    Seen to fail where every post first seen then is held.
    """
    story = settled()
    story.later(hours=1).write("new.md", title="New", date=story.now - timedelta(minutes=5))
    story.write(
        "old.md", title="Found by the new version", body="Other", date=MORNING - timedelta(days=1)
    )
    story.write("undated.md", title="Undated", body="Third", date=None, asked=True)
    story.round(**READINGS)
    assert story.queued == ["New"]
    assert story.reason("old.md") == HoldReason.READ_DIFFERENTLY
    assert story.reason("undated.md") == HoldReason.READ_DIFFERENTLY


def test_a_post_dated_today_without_a_time_is_of_the_whole_day() -> None:
    """In the site's zone.

    A scan of the same morning does not make it older than it says (seen to fail where instants are
    compared).
    """
    zone = timezone(timedelta(hours=5))
    story = settled(zone=zone)
    midnight = datetime(2026, 3, 2, tzinfo=zone).astimezone(UTC)
    story.later(hours=1).write("new.md", title="Today", date=midnight)
    story.write("old.md", title="Yesterday", body="Other", date=midnight - timedelta(days=1))
    story.round(**READINGS)
    assert story.queued == ["Today"]
    assert story.reason("old.md") == HoldReason.READ_DIFFERENTLY


def test_a_file_still_being_written_after_an_upgrade_is_decided_when_it_is_quiet() -> None:
    """It may be news, and news is not made of half a file.

    Seen to fail where the whole scan after an upgrade counts as decided.
    """
    story = settled()
    story.later(hours=1).write(
        "new.md", title="New", date=story.now - timedelta(minutes=5), quiet=False
    )
    assert story.round(**READINGS).look_again
    assert story.queued == []
    story.settings = replace(story.settings, reading="new", posts="new")
    story.later(seconds=2).write("new.md", quiet=True)
    story.round()
    assert story.queued == ["New"]


def test_an_author_who_says_so_mails_an_old_or_undated_post() -> None:
    """``newsletter: true``.

    Neither its age nor the number of them holds it, and others are held as always.
    """
    story = settled(burst=2)
    for number in range(4):
        date = MORNING - timedelta(days=300) if number else None
        story.write(
            f"{number}.md",
            File(title=f"Asked {number}", body=f"{number} {number}", date=date, asked=True),
        )
    story.write("other.md", File(title="Other", body="x y", date=MORNING))
    story.round()
    assert sorted(story.queued) == [f"Asked {number}" for number in range(4)]
    assert story.reason("other.md") == HoldReason.BULK


def test_an_author_who_says_so_is_not_held_with_the_flood_that_follows() -> None:
    """Also while it waits (seen to fail where ``issues.follow`` holds all that wait)."""
    story = settled(burst=2, one_shot=False)
    story.write("asked.md", File(title="Asked", body="q", date=MORNING, asked=True))
    story.write("plain.md", File(title="Plain", body="r", date=MORNING))
    story.round()
    for number in range(4):
        story.write(
            f"{number}.md", File(title=f"Post {number}", body=f"{number} {number}", date=MORNING)
        )
    story.later(minutes=1).round()
    assert (story.reason("asked.md"), story.reason("plain.md")) == ("waiting", HoldReason.BULK)
    story.later(minutes=6).round()
    assert story.queued == ["Asked"]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"restored": True}, HoldReason.RESTORED), ({"manual": True}, HoldReason.APPROVAL)],
    ids=["restored", "approval"],
)
def test_what_else_holds_a_post_holds_it_although_its_author_says_so(
    settings: dict[str, object], reason: HoldReason
) -> None:
    """An older copy of the database, and a site whose every issue is released by hand."""
    story = settled()
    story.write("a.md", File(date=None, asked=True))
    story.round(**settings)
    assert story.reason("a.md") == reason


def test_a_copy_is_held_although_its_author_says_so() -> None:
    """The switch is copied with the file."""
    story = settled()
    story.write("a.md", File(date=MORNING, asked=True))
    story.round()
    story.later(hours=1).write("b.md", story.files["a.md"])
    story.round()
    assert story.reason("b.md") == HoldReason.RESEMBLES


def test_a_first_run_mails_nobody_although_authors_say_so() -> None:
    """Everything that is there is baseline."""
    story = Story()
    story.write("a.md", File(date=MORNING, asked=True)).write(
        "b.md", File(title="B", body="b", date=None, asked=True)
    )
    story.round()
    assert story.queued == []
    assert story.reason("a.md") == HoldReason.FIRST_RUN
