"""Every rule of "Status and newly published", as a short story each.

The names are those of the design.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from publisher.database.site_state import is_restored
from publisher.issues.models import EXCLUDED, NOT_INCLUDED, NOT_WANTED
from publisher.newsletter.issue import HoldReason
from publisher.posts.models import Announcement, FileKind
from publisher.system.restore_mark import RestoreMark
from tests.publishing.announced_post import NEW, OLD
from tests.publishing.round_story import MORNING, File, settled


@pytest.mark.parametrize(
    ("file", "settings", "why"),
    [
        pytest.param(File(send=False, date=NEW), {}, NOT_WANTED, id="newsletter: false"),
        pytest.param(
            File(tags=("Notes",), date=NEW),
            {"include": frozenset({"essays"})},
            NOT_INCLUDED,
            id="not included",
        ),
        pytest.param(
            File(tags=("Notes",), date=NEW),
            {"exclude": frozenset({"notes"})},
            EXCLUDED,
            id="excluded",
        ),
    ],
)
def test_skipped_posts_are_never_mailed(file: File, settings: dict[str, object], why: str) -> None:
    """Skipped: switched off in the file, or outside the newsletter's tags."""
    story = settled(**settings)
    story.write("a.md", file)
    story.round()
    assert (story.row("a.md").announcement, story.row("a.md").why) == (Announcement.SKIPPED, why)
    assert story.queued == []


def test_skipped_switch_removed_counts_as_first_appearing_published() -> None:
    """Skipped: without the switch a fresh post is news, an old one is old news."""
    story = settled()
    story.write("new.md", title="New", date=NEW, send=False).write(
        "old.md", title="Old", body="x", date=OLD, send=False
    )
    story.round()
    story.later(hours=1).write("new.md", send=True).write("old.md", send=True)
    story.round()
    assert story.queued == ["New"]
    assert story.reason("old.md") == HoldReason.OLD_NEWS


def test_skipped_by_a_setting_stays_skipped_when_the_setting_changes() -> None:
    """Skipped: a changed setting mails nobody."""
    story = settled(exclude=frozenset({"notes"}))
    story.write("a.md", tags=("notes",), date=NEW)
    story.round()
    story.later(hours=1)
    story.round(exclude=frozenset())
    assert story.row("a.md").announcement is Announcement.SKIPPED
    assert story.queued == []


def test_restored_copy_of_the_database_holds_once() -> None:
    """Restored: what an older copy takes for news is held; afterwards news is news again."""
    story = settled()
    story.write("a.md", title="Announced after the backup", date=NEW)
    story.round(restored=True, mark_counter=40)
    assert story.reason("a.md") == HoldReason.RESTORED
    assert story.memory.counter > 40
    story.later(hours=1).write("b.md", title="Next", body="other", date=NEW)
    story.round()
    assert story.queued == ["Next"]


@pytest.mark.parametrize(
    ("mark", "identity", "restored"),
    [
        pytest.param(RestoreMark("db", 3), "", False, id="the mark agrees"),
        pytest.param(RestoreMark("db", 2), "", False, id="crashed before the mark was written"),
        pytest.param(RestoreMark("db", 4), "", True, id="the mark is ahead"),
        pytest.param(RestoreMark("other", 1), "", True, id="another database wrote it"),
        pytest.param(None, "", True, id="SQLite and no mark"),
        pytest.param(None, "cluster/1", False, id="PostgreSQL and no mark"),
        pytest.param(
            RestoreMark("db", 3), "cluster/2", True, id="PostgreSQL says it is another database"
        ),
    ],
)
def test_restored_is_told_by_the_mark_and_the_server(
    mark: RestoreMark | None, identity: str, *, restored: bool
) -> None:
    """Restored: the mark is ahead, missing with SQLite, or of a database of another name."""
    story = settled()
    from dataclasses import replace

    known = "cluster/1" if identity else ""
    memory = replace(story.memory, counter=3, identity=known)
    assert is_restored(memory, mark, identity) is restored


def test_clock_set_back_holds_news_and_unpublishes_nothing() -> None:
    """Clock: feeds keep what they had; what is published meanwhile is held."""
    story = settled()
    story.write("a.md", title="Was news", date=NEW)
    story.round()
    shown = story.shown()
    story.later(days=-3).write("b.md", title="Other", body="other", date=NEW)
    changes = story.round()
    assert "2026-03-02" in changes.problems[0].found
    assert story.reason("b.md") == HoldReason.CLOCK
    assert shown.items() <= story.shown().items()


def test_clock_five_minutes_behind_is_a_wobble() -> None:
    """Clock: five minutes are tolerated."""
    story = settled()
    story.later(minutes=-5).write("b.md", date=NEW)
    assert story.round().problems == ()
    assert story.queued == ["A title"]


def test_clock_accepted_by_the_operator_is_believed() -> None:
    """Clock: ``--accept-clock`` takes the machine's word again."""
    story = settled()
    story.later(days=-3)
    story.round(accept_clock=True)
    story.write("b.md", date=story.now - timedelta(hours=1))
    assert story.round().problems == ()
    assert story.queued == ["A title"]


def test_read_differently_holds_what_changed_status_without_changing_bytes() -> None:
    """Read differently: a setting or a new version found the post, not its author."""
    story = settled()
    story.write("a.md", kind=FileKind.IGNORED, reason="layout: page")
    story.round()
    reread = File(date=NEW)
    story.files["a.md"] = reread
    same_bytes = story.row("a.md").source_hash
    story.later(hours=1)
    scan_result = story.sight(story.settings)
    look = scan_result.files["a.md"]
    from dataclasses import replace

    from publisher.publishing.decisions.decide import decide

    seen = replace(scan_result, files={"a.md": replace(look, source_hash=same_bytes)})
    story.apply(
        decide(
            story.memory, list(story.records.values()), [], seen, story.settings, story.now, story
        )
    )
    assert story.reason("a.md") == HoldReason.READ_DIFFERENTLY


def test_read_differently_holds_what_is_first_seen_after_the_settings_of_posts_changed() -> None:
    """Read differently: a widened ``[posts]`` brings posts nobody published just now."""
    story = settled()
    story.write("a.md", date=NEW)
    story.round(posts="other", reading="other")
    assert story.reason("a.md") == HoldReason.READ_DIFFERENTLY


def test_read_differently_does_not_hold_a_draft_published_after_an_upgrade() -> None:
    """Read differently: other bytes are the author's doing."""
    story = settled()
    story.write("a.md", draft=True, date=OLD)
    story.round()
    story.later(hours=1).write("a.md", draft=False)
    story.round(posts="other", reading="other")
    assert story.queued == ["A title"]


def test_stale_scheduled_post_is_held_when_its_time_passed_long_ago() -> None:
    """Stale: the daemon was off for weeks; the news is old."""
    story = settled()
    story.write("a.md", date=MORNING + timedelta(days=1))
    story.round()
    story.later(days=10)
    story.round()
    assert story.reason("a.md") == HoldReason.STALE


def test_scheduled_post_is_news_when_its_time_comes() -> None:
    """News: a scheduled post whose date passed, its bytes unchanged."""
    story = settled()
    story.write("a.md", date=MORNING + timedelta(days=1))
    changes = story.round()
    assert changes.next_due == MORNING + timedelta(days=1)
    story.later(days=1)
    story.round()
    assert story.queued == ["A title"]


def test_stale_waiting_issue_is_held_when_found_long_after_its_due_time() -> None:
    """Stale: an issue that waited while the daemon was off for weeks."""
    story = settled(one_shot=False)
    story.write("a.md", date=NEW)
    story.round()
    story.later(days=8)
    story.round()
    assert story.reason("a.md") == HoldReason.STALE


@pytest.mark.parametrize("date", [OLD, None], ids=["old", "undated"])
def test_old_news_is_held(date: object) -> None:
    """Old news: a post that appears published, undated or dated long ago."""
    story = settled()
    story.write("a.md", date=date)
    story.round()
    assert story.reason("a.md") == HoldReason.OLD_NEWS


def test_bulk_import_holds_everything_not_yet_queued() -> None:
    """Bulk: more than ``burst`` in ten minutes, counted across scans."""
    story = settled(one_shot=False, burst=5)
    for number in range(8):
        story.write(f"{number}.md", title=f"Post {number}", body=f"Words {number}", date=NEW).later(
            seconds=1
        )
        story.round()
    assert {story.reason(f"{number}.md") for number in range(8)} == {HoldReason.BULK}
    story.later(hours=2)
    story.round()
    assert story.queued == []


def test_bulk_counts_only_ten_minutes() -> None:
    """Bulk: five posts a day are no flood."""
    story = settled(burst=2)
    for number in range(6):
        story.write(f"{number}.md", title=f"Post {number}", body=f"Words {number}", date=NEW).later(
            minutes=6
        )
        story.round()
    assert len(story.queued) == 6


def test_news_is_a_draft_that_is_published_whatever_its_date() -> None:
    """News: the main case; and once only."""
    story = settled()
    story.write("a.md", draft=True, date=OLD)
    story.round()
    story.later(hours=1).write("a.md", draft=False)
    story.round()
    story.later(hours=1)
    story.round()
    story.write("a.md", draft=True)
    story.round()
    story.write("a.md", draft=False)
    story.round()
    assert story.queued == ["A title"]


def test_news_is_a_post_that_appears_published_with_a_fresh_date() -> None:
    """News: first appearing published and dated within ``max_age``."""
    story = settled()
    story.write("a.md", date=NEW)
    story.round()
    assert story.queued == ["A title"]


def test_approval_manual_holds_every_issue() -> None:
    """``newsletter.approval = "manual"`` holds everything."""
    story = settled(manual=True)
    story.write("a.md", date=NEW)
    story.round()
    assert story.reason("a.md") == HoldReason.APPROVAL
