"""What was put off, cancelled or changed before its digest goes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.newsletter.issue import IssueState
from publisher.newsletter.store import IssueStore

if TYPE_CHECKING:
    from tests.digests.readership import Readership


def test_a_cancelled_issue_leaves_the_digest_without_its_post(story: Readership) -> None:
    """Two were due, one was cancelled; a digest of cancelled ones only is none."""
    story.join("ada", "weekly")
    story.publish("One")
    cancelled = story.publish("Two")
    story.outgoing.cancel(cancelled, story.now)
    story.at("2026-03-09").digest()
    last = story.publish("Three")
    with story.state.transaction() as transaction:
        issue = IssueStore(transaction).issue(last)
        assert issue is not None
        IssueStore(transaction).update_issues([replace(issue, state=IssueState.CANCELLED)])
    assert story.at("2026-03-16").digest() == []
    assert story.got("ada") == ["One"]
    assert story.dues("ada") == 0


def test_a_paused_issue_is_carried_once_it_goes_on(monday: Readership) -> None:
    """Whoever paused it wanted nobody to get it meanwhile."""
    monday.join("ada", "daily")
    key = monday.publish("One")
    monday.outgoing.pause(key)
    assert monday.at("2026-03-03").digest() == []
    monday.outgoing.resume(key)
    assert monday.digest() == [], "tomorrow's is the next"
    monday.at("2026-03-04").digest()
    assert monday.got("ada") == ["One"]


def test_who_had_a_post_at_once_does_not_get_it_in_a_digest(story: Readership) -> None:
    """From every post to weekly between two posts, and back."""
    story.join("ada")
    story.publish("One")
    story.send()
    story.choose("ada", cadence="weekly")
    story.later(hours=1).publish("Two")
    story.at("2026-03-09").digest()
    assert story.got("ada") == ["One", "Two"]
    story.choose("ada", cadence="every post")
    story.publish("Three")
    story.at("2026-03-16").digest()
    assert story.got("ada") == ["One", "Two", "Three"]


def test_a_post_that_is_unpublished_when_its_digest_goes_waits_for_a_later_one(
    story: Readership,
) -> None:
    """Taken back and published again: it still reaches its readers, once, with the next digest."""
    story.join("ada", "weekly")
    story.publish("One")
    story.publish("Two")
    story.write("One", draft=True)
    story.round()
    story.at("2026-03-09").digest()
    story.write("One", date="2026-03-02")
    story.round()
    assert story.digest() == []
    assert story.at("2026-03-15").digest() == []
    story.at("2026-03-16").digest()
    assert story.got("ada") == ["Two", "One"]


def test_a_post_with_a_status_nobody_knows_waits_for_its_word(story: Readership) -> None:
    """It stays in the feeds, and is not mailed; without the word it goes with the next digest."""
    story.join("ada", "weekly")
    story.publish("One")
    story.publish("Two")
    story.write("One", date="2026-03-02", more="status: in review\n")
    story.round()
    story.at("2026-03-09").digest()
    assert story.got("ada") == ["Two"]
    story.write("One", date="2026-03-02")
    story.round()
    story.at("2026-03-16").digest()
    assert story.got("ada") == ["Two", "One"]


def test_a_post_that_stays_away_is_given_up_after_a_hundred_days(monday: Readership) -> None:
    """Expired, deleted, a draft again: its due rows do not pile up for ever."""
    monday.join("ada", "monthly")
    monday.publish("One")
    monday.publish("Two")
    (monday.site.posts / "one.md").unlink()
    monday.write("Two", draft=True)
    monday.round()
    for day in ("2026-04-01", "2026-05-01", "2026-06-01"):
        assert monday.at(day).digest() == []
        assert monday.dues("ada") == 2, day
    monday.at("2026-07-01").digest()
    assert monday.dues("ada") == 0


def test_a_retagged_post_reaches_only_those_it_matched_then_and_matches_now(
    monday: Readership,
) -> None:
    """Still matches: at the digest as well as at the freezing.

    A tag added today brings nobody anything.
    """
    monday.join("ada", "weekly", wanted=("tea",))
    monday.join("bob", "weekly", wanted=("ships",))
    monday.join("cyd", "weekly")
    monday.publish("One", "tea")
    monday.write("One", "ships", date="2026-03-02")
    monday.round()
    monday.at("2026-03-09").digest()
    assert [monday.got(name) for name in ("ada", "bob", "cyd")] == [[], [], ["One"]]
    monday.write("One", "tea", date="2026-03-02")
    monday.round()
    monday.at("2026-03-16").digest()
    assert [monday.got(name) for name in ("ada", "bob", "cyd")] == [["One"], [], ["One"]]


def test_a_topic_given_up_counts_at_the_digest(monday: Readership) -> None:
    """Preferences of the moment, both times."""
    monday.join("ada", "weekly")
    monday.publish("One", "tea")
    monday.publish("Two", "maps")
    monday.choose("ada", unwanted=("tea",))
    monday.at("2026-03-09").digest()
    assert monday.got("ada") == ["Two"]
