"""An older copy, or a long stop: what is frozen is taken back before anything of it is sent."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from publisher.database import schema
from publisher.database.site_state import SiteStateStore, is_older_copy
from publisher.delivery.claim_store import ClaimStore
from publisher.delivery.models import DeliveryState, MessageKind
from publisher.delivery.store import DeliveryStore
from publisher.newsletter.issue import HoldReason, IssueState
from publisher.newsletter.store import IssueStore
from publisher.posts.models import Announcement
from publisher.subscribers.models import Event
from publisher.subscribers.models import SubscriberState as MembershipService
from publisher.subscribers.store import SubscriberStore
from publisher.system.files import OutputFolder
from publisher.system.restore_mark import RestoreMark, RestoreMarkFile
from tests.end_to_end.site import Site
from tests.issues.queued_site import HOOK, NEWS, Story, issue_states

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from publisher.publishing.report import Report


@pytest.fixture(params=["sqlite", "postgresql"])
def story(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Story]:
    """One queued issue, on each database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    made = Story(Site(tmp_path, more=HOOK + (f'[state]\nurl = "{url}"\n' if url else "")))
    yield made
    made.state.close()


def test_an_older_copy_holds_what_nobody_was_sent(story: Story) -> None:
    """Its messages are withdrawn, people and hooks are told, and later rounds do nothing more."""
    story.restore()
    story.site.later(minutes=5)
    report = story.site.build()
    assert issue_states(report) == [(story.key, IssueState.HELD, HoldReason.RESTORED)]
    assert (
        "older copy of the database, as it was on 2026-03-02 at 09:00 UTC"
        in report.problems[0].found
    )
    assert (story.announcement(), story.messages(), story.dues()) == (Announcement.PENDING, [], [])
    told = json.loads((story.site.folder / "held.json").read_text())
    assert [issue["reason"] for issue in told["issues"]] == ["restored"]
    story.site.later(minutes=5)
    again = story.site.build()
    assert (again.issues, again.problems) == ((), ())
    assert story.issue().state is IssueState.HELD


def test_an_older_copy_pauses_what_somebody_may_have(story: Story) -> None:
    """One attempt is enough.

    The rest waits for a person, and for the audience it was frozen for.
    """
    story.attempt()
    story.restore()
    report = story.site.build()
    assert issue_states(report) == [(story.key, IssueState.PAUSED, HoldReason.RESTORED)]
    assert [line.issue.key for line in report.paused()] == [story.key]
    assert (story.announcement(), story.messages(), story.dues()) == (
        Announcement.ANNOUNCED,
        ["ada", "bob", "cyd"],
        ["dee"],
    )
    assert story.issue().audience == 3
    told = json.loads((story.site.folder / "held.json").read_text())
    assert [issue["state"] for issue in told["issues"]] == ["paused"]
    lines = {line.issue.key: line.issue.reason for line in story.opened.issue_service().issues()}
    assert lines[story.key] is HoldReason.RESTORED


def test_what_is_released_after_a_recall_is_frozen_anew(story: Story) -> None:
    """Edited words, new readers, no collision with the messages that were withdrawn."""
    story.restore()
    story.site.build()
    story.join("eve")
    with story.state.transaction() as transaction:
        ada = SubscriberStore(transaction).subscriber(folded="ada@example.org")
        assert ada is not None
        gone = replace(ada, state=MembershipService.UNSUBSCRIBED)
        SubscriberStore(transaction).update_subscriber(
            gone, Event(story.site.now, "unsubscribe", MembershipService.UNSUBSCRIBED, "web form")
        )
    story.site.later(minutes=5)
    story.site.write("news.md", NEWS.replace("The news", "The better news"))
    assert issue_states(story.site.build()) == [(story.key, IssueState.HELD, HoldReason.RESTORED)]
    (line,) = story.opened.issue_service().release([story.key], None, story.site.now)
    assert (line.issue.state, line.issue.audience) == (IssueState.QUEUED, 3)
    assert (story.announcement(), story.messages(), story.dues()) == (
        Announcement.ANNOUNCED,
        ["bob", "cyd", "eve"],
        ["dee"],
    )
    with story.state.reading() as transaction:
        content = IssueStore(transaction).content(story.key)
    assert content is not None
    assert "The better news" in content.text
    story.site.later(minutes=5)
    assert story.site.build().issues == ()


@pytest.mark.parametrize(("days", "held"), [(6, False), (8, True)])
def test_a_long_stop_holds_what_was_queued_before_it(
    story: Story, days: int, *, held: bool
) -> None:
    """Stale: nobody wants last week's news in one heap on the day the machine is back."""
    with story.state.reading() as transaction:
        before = SiteStateStore(transaction).memory().counter
    story.site.later(days=days)
    report = story.site.build()
    assert issue_states(report) == (
        [(story.key, IssueState.HELD, HoldReason.STALE)] if held else []
    )
    assert story.messages() == ([] if held else ["ada", "bob", "cyd"])
    with story.state.reading() as transaction:
        memory = SiteStateStore(transaction).memory()
    assert (memory.counter > before) is held, "a copy made before this round is an older one"
    assert story.opened.mark_file.read() == RestoreMark(memory.instance, memory.counter)


def test_a_long_stop_in_the_middle_of_an_issue_holds_nothing(story: Story) -> None:
    """Stale: half of the readers have it; the others get it as soon as the machine is back."""
    story.attempt()
    story.site.later(days=30)
    assert story.site.build().issues == ()
    assert story.issue().state is IssueState.SENDING


def test_what_has_nothing_left_to_send_is_left_alone(story: Story) -> None:
    """Every message of it ended; a restored copy has nothing to hold back."""
    with story.state.engine.begin() as connection:
        connection.execute(update(schema.deliveries).values(state="sent", attempts=1))
    story.restore()
    assert story.site.build().issues == ()
    assert story.issue().state is IssueState.QUEUED


def test_an_issue_whose_post_went_with_the_restored_files_is_cancelled(story: Story) -> None:
    """The post comes back from nowhere later: its news is held, for the old reason."""
    story.site.later(minutes=5)
    (story.site.posts / "news.md").unlink()
    story.restore()
    assert issue_states(story.site.build()) == [
        (story.key, IssueState.CANCELLED, HoldReason.RESTORED)
    ]
    assert (story.messages(), story.dues()) == ([], [])
    story.site.later(minutes=30)
    story.site.write("news.md", NEWS)
    assert [(line.issue.state, line.issue.reason) for line in story.site.build().issues] == [
        (IssueState.HELD, HoldReason.RESTORED)
    ]


def test_letters_of_an_older_copy_are_cancelled_and_people_can_ask_again(story: Story) -> None:
    """Whoever asked has had theirs from the database that was lost.

    The same request on the same day makes a new one.
    """
    assert story.letter("confirm:1:2026-03-02")
    assert not story.letter("confirm:1:2026-03-02")
    story.restore()
    report = story.site.build()
    assert any("Letters" in problem.found and "1" in problem.found for problem in report.problems)
    with story.state.reading() as transaction:
        counts = DeliveryStore(transaction).count_deliveries()
    assert counts == {(MessageKind.TRANSACTIONAL, DeliveryState.CANCELLED): 1}
    assert story.letter("confirm:1:2026-03-02")


def test_a_dry_run_says_what_would_be_held_and_holds_nothing(story: Story) -> None:
    """Decide and report, write nothing; the real round does it."""
    story.restore()
    assert issue_states(story.site.build(dry_run=True)) == [
        (story.key, IssueState.HELD, HoldReason.RESTORED)
    ]
    assert (story.issue().state, story.messages()) == (IssueState.QUEUED, ["ada", "bob", "cyd"])
    assert issue_states(story.site.build()) == [(story.key, IssueState.HELD, HoldReason.RESTORED)]


def test_a_round_that_finds_no_folder_recalls_and_goes_on_noticing(story: Story) -> None:
    """The disk with the posts comes back after the database.

    What is news to the older copy is held all the same.
    """
    story.restore()
    story.site.posts.rename(story.site.folder / "away")
    stopped = story.site.build()
    assert stopped.stopped
    assert issue_states(stopped) == [(story.key, IssueState.HELD, HoldReason.RESTORED)]
    assert is_older_copy(story.state, story.opened.mark_file)
    (story.site.folder / "away").rename(story.site.posts)
    story.site.write("later.md", NEWS.replace("News", "Announced after the copy"))
    assert [line.issue.reason for line in story.site.build().issues] == [HoldReason.RESTORED]
    assert not is_older_copy(story.state, story.opened.mark_file)


def test_a_command_before_the_first_round_does_not_hide_an_older_copy(story: Story) -> None:
    """Its mark says where this database is, which is not where the lost one was."""
    story.restore()
    opened = story.site.open()
    opened.issue_service().discard([], HoldReason.FIRST_RUN)
    opened.database.close()
    assert is_older_copy(story.state, story.opened.mark_file)
    assert issue_states(story.site.build()) == [(story.key, IssueState.HELD, HoldReason.RESTORED)]


def test_a_command_beside_a_round_is_not_taken_for_an_older_copy(story: Story) -> None:
    """It writes a mark in the middle of the round, which is ahead of what the round read before."""

    class BesideACommand(RestoreMarkFile):
        """Is read when a command has just moved an issue."""

        def read(self) -> RestoreMark | None:
            story.opened.issue_service().new("old.md", story.site.now, again=True)
            return super().read()

    story.opened.issue_service().discard([], HoldReason.FIRST_RUN)
    newsletters = OutputFolder(story.site.folder / "newsletters", private=True)
    opened = replace(story.opened, mark_file=BesideACommand(newsletters))
    report = opened.publisher().publish_once(story.site.now)
    assert (report.issues, report.problems) == ((), ())
    assert story.issue().state is IssueState.QUEUED


def test_a_digest_that_was_due_before_an_older_copy_came_back_is_paused(story: Story) -> None:
    """The lost database may have sent it; the one that is due next goes by itself."""
    story.site.later(days=8)
    with story.state.engine.begin() as connection:
        connection.execute(update(schema.deliveries).values(state="sent", attempts=1))
    story.restore()
    assert story.opened.digest_composer(story.site.now).run() == [], "a round comes first"
    story.site.build()
    digest = story.opened.digest_composer(story.site.now).run()[0].issue
    assert (digest.state, digest.reason) == (IssueState.PAUSED, HoldReason.RESTORED)
    story.site.write("next.md", NEWS.replace("News", "Next").replace("2026-03-01", "2026-03-09"))
    story.site.later(hours=1)
    story.site.build()
    story.site.later(days=7)
    following = story.opened.digest_composer(story.site.now).run()[0].issue
    assert following.state is IssueState.QUEUED


def test_a_queued_digest_of_an_older_copy_is_paused(story: Story) -> None:
    """Its readers were found by their calendar, not by what they chose.

    They cannot be found again.
    """
    story.site.later(days=8)
    digest = story.opened.digest_composer(story.site.now).run()[0].issue
    story.restore()
    told = issue_states(story.site.build())
    assert (digest.key, IssueState.PAUSED, HoldReason.RESTORED) in told
    assert "dee" in story.messages()


def test_a_claim_in_progress_is_waited_for(story: Story) -> None:
    """PostgreSQL: while one sender claims, a round asks nobody's leave.

    What it then finds was attempted.
    """
    if not story.state.url:
        pytest.skip("SQLite has one writer")
    with story.state.transaction() as transaction:
        IssueStore(transaction).update_issues([replace(story.issue(), state=IssueState.SENDING)])
    story.restore()
    reports: list[Report] = []
    now, ledger = story.site.now, ClaimStore(story.state)
    round_ = threading.Thread(target=lambda: reports.append(story.site.build()))
    with ledger.ledger() as claiming:
        first, *_ = claiming.messages(story.key, DeliveryState.QUEUED, now)
        assert claiming.claim(
            {first.key: (first, "<1@example.org>")},
            "sender",
            now,
            now + timedelta(minutes=5),
            300.0,
        )
        round_.start()
        round_.join(2)
        assert round_.is_alive()
    round_.join()
    ledger.close()
    assert issue_states(reports[0]) == [(story.key, IssueState.PAUSED, HoldReason.RESTORED)]
