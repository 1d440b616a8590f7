"""A first run, and files that are still being written, told as stories."""

from __future__ import annotations

from publisher.newsletter.issue import HoldReason
from publisher.posts.models import Announcement, FileKind
from tests.publishing.announced_post import NEW, OLD
from tests.publishing.round_story import Story, settled


def test_first_run_makes_everything_baseline_and_holds_only_the_newest_dated_post() -> None:
    """First run: nothing is mailed; one newsletter is there to look at."""
    story = Story()
    story.write("a.md", title="Old", date=OLD).write("b.md", title="New", date=NEW).write(
        "c.md", title="Undated", date=None
    )
    story.round()
    assert {row.announcement for row in story.records.values()} == {Announcement.BASELINE}
    assert story.reason("b.md") == HoldReason.FIRST_RUN
    assert [story.reason("a.md"), story.reason("c.md")] == ["", ""]
    assert story.queued == []


def test_first_run_takes_files_that_are_still_being_written_too() -> None:
    """First run: quiet or not, what reads is baseline, so that its next save mails nobody."""
    story = Story()
    story.write("a.md", quiet=False, date=NEW)
    story.round()
    story.later(seconds=5).write("a.md", quiet=True, body="Finished.")
    story.round()
    assert story.row("a.md").announcement is Announcement.BASELINE
    assert story.queued == []


def test_first_run_of_an_empty_folder_makes_the_next_post_news() -> None:
    """First run: an empty folder completes one."""
    story = Story()
    story.round()
    story.later(minutes=5).write("a.md", date=NEW)
    story.round()
    assert story.queued == ["A title"]


def test_first_run_is_not_completed_by_a_missing_folder() -> None:
    """First run: while the folder is missing nothing was scanned."""
    story = Story(missing=True)
    assert story.round().stopped
    story.missing = False
    story.write("a.md", date=NEW)
    story.round()
    assert story.row("a.md").announcement is Announcement.BASELINE


def test_half_written_file_is_decided_only_when_quiet() -> None:
    """Half-written.

    It may be in the feeds, but its news waits, and the catalogue still knows the draft.
    """
    story = settled()
    story.write("a.md", draft=True, date=OLD)
    story.round()
    story.later(hours=1).write("a.md", draft=False, quiet=False)
    assert story.round().look_again
    assert "a.md" in story.shown()
    assert story.queued == []
    story.later(seconds=2).write("a.md", quiet=True)
    story.round()
    assert story.queued == ["A title"]


def test_half_written_file_that_does_not_read_keeps_its_last_good_version() -> None:
    """Half-written: no problem is reported by the daemon, the feeds stay."""
    story = settled(one_shot=False)
    story.later(hours=1).write("first.md", kind=FileKind.INVALID, quiet=False)
    changes = story.round()
    assert changes.look_again
    assert changes.problems == ()
    assert story.row("first.md").problems == ()
    assert set(story.shown()) == {"first.md"}
