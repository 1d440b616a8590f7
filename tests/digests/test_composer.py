"""When a digest goes, whatever its readers, the clock and the configuration do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from publisher.digests.composer import DigestComposer
from publisher.newsletter.store import IssueStore

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.digests.groups import Group
    from publisher.newsletter.models import Composition
    from publisher.posts.entries import EntryMaker
    from tests.digests.readership import Readership


def test_who_wants_every_post_from_now_on_gets_what_is_due_as_one_last_digest(
    story: Readership,
) -> None:
    """At the old time, and in the old zone; nothing is skipped and nothing comes twice."""
    story.join("ada", "weekly", zone="Asia/Tokyo")
    story.publish("One")
    story.later(days=1)
    story.choose("ada", cadence="every post", zone="")
    story.publish("Two")
    assert story.at("2026-03-08", "22:59").digest() == []
    (line,) = story.at("2026-03-08", "23:00").digest()
    assert line.issue.digest == "weekly:2026-W11"
    assert story.at("2026-03-23").digest() == []
    assert story.got("ada") == ["Two", "One"]


def test_a_changed_cadence_neither_repeats_nor_skips(story: Readership) -> None:
    """What is due goes at the next time of the new cadence."""
    story.join("ada", "weekly")
    story.publish("One")
    story.later(days=1)
    story.choose("ada", cadence="daily")
    assert story.digest() == [], "this morning's was not theirs"
    story.at("2026-03-04").digest()
    story.publish("Two")
    story.choose("ada", cadence="monthly")
    story.at("2026-03-30").digest()
    assert story.got("ada") == ["One"]
    (line,) = story.at("2026-04-01").digest()
    assert line.issue.digest == "monthly:2026-04"
    story.publish("Three")
    story.choose("ada", cadence="weekly")
    story.at("2026-04-06").digest()
    assert story.got("ada") == ["One", "Two", "Three"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("Pacific/Auckland", "America/Los_Angeles"), ("America/Los_Angeles", "Pacific/Auckland")],
)
def test_a_changed_zone_sends_no_period_twice_and_skips_nothing(
    monday: Readership, first: str, second: str
) -> None:
    """West: the same morning comes again; east: it comes sooner.

    Every post reaches them, and no day has two digests.
    """
    monday.join("ada", "daily", zone=first)
    for number in range(72):
        if number % 7 == 0:
            monday.publish(f"Post{number}")
        if number == 40:
            monday.choose("ada", zone=second)
        monday.digest()
        monday.later(hours=1)
    monday.at("2026-03-10").digest()
    mails = monday.mails()
    periods = [mail.digest for mail in mails]
    assert len(periods) == len(set(periods))
    carried = [title for mail in mails for title in mail.posts]
    assert sorted(carried) == sorted(f"Post{number}" for number in range(0, 72, 7))


def test_a_period_that_was_had_puts_off_what_is_due_to_the_next(monday: Readership) -> None:
    """Auckland's Monday is over when Los Angeles' begins: its digest is the same day's."""
    monday.join("ada", "daily", zone="Pacific/Auckland")
    monday.at("2026-03-02", "09:00").publish("One")
    monday.at("2026-03-02", "20:00").digest()
    monday.choose("ada", zone="America/Los_Angeles")
    monday.publish("Two")
    assert monday.at("2026-03-03", "16:01").digest() == [], "the third of March was had in Auckland"
    assert monday.dues("ada") == 1
    (line,) = monday.at("2026-03-04", "16:00").digest()
    assert line.issue.digest == "daily:2026-03-04"
    assert monday.got("ada") == ["One", "Two"]


def test_after_a_long_stop_there_is_one_digest(story: Readership) -> None:
    """Three weeks of days make one daily digest, and the day after goes on as ever."""
    story.join("ada", "daily")
    story.publish("One")
    story.at("2026-03-05").publish("Two")
    (line,) = story.at("2026-03-26", "15:00").digest()
    assert line.posts == ("two.md", "one.md")
    story.publish("Three")
    assert story.digest() == []
    story.at("2026-03-27").digest()
    assert story.got("ada") == ["Two One", "Three"]


def test_no_digest_goes_while_the_clock_is_set_back(monday: Readership) -> None:
    """What is due waits until the clock has caught up; nothing is sent a second time."""
    monday.join("ada", "daily")
    monday.publish("One")
    monday.at("2026-03-03").digest()
    monday.publish("Two")
    monday.at("2026-03-04", "12:00").round()
    assert monday.at("2026-03-02", "12:00").digest() == []
    assert monday.at("2026-03-03", "12:00").digest() == []
    monday.at("2026-03-04", "11:57").digest()
    assert monday.got("ada") == ["One", "Two"]


def test_a_changed_timetable_counts_from_now_on(monday: Readership) -> None:
    """What is due already goes as it was planned.

    What is not is planned again, and no day has two digests.
    """
    monday.join("ada", "daily")
    monday.join("bob", "weekly")
    monday.publish("One")
    assert monday.digest() == []
    monday.configure("burst = 50", 'burst = 50\ndigest_time = "18:00"\ndigest_weekday = "friday"')
    assert monday.at("2026-03-02", "17:59").digest() == []
    assert [line.issue.digest for line in monday.at("2026-03-02", "18:00").digest()] == [
        "daily:2026-03-02"
    ]
    monday.publish("Two")
    assert [line.issue.digest for line in monday.at("2026-03-06", "18:00").digest()] == [
        "daily:2026-03-03",
        "weekly:2026-W10",
    ]
    assert (monday.got("ada"), monday.got("bob")) == (["One", "Two"], ["Two One"])


def test_a_zone_that_nobody_knows_is_the_sites(monday: Readership) -> None:
    """Lists bring anything; a zone that a later tzdata lost stops nobody's mail."""
    monday.join("ada", "daily", zone="Mars/Olympus")
    monday.publish("One")
    monday.at("2026-03-03", "08:00").digest()
    assert monday.got("ada") == ["One"]


def test_who_leaves_while_a_digest_is_composed_gets_none(monday: Readership) -> None:
    """What is due is chosen again in the transaction that queues it.

    Whose choice is another by then waits a minute.
    """

    class Slow(DigestComposer):
        """Composes for so long that readers come and go meanwhile."""

        def _compose(self, group: Group, instant: datetime) -> tuple[Composition, EntryMaker]:
            monday.leave("ada")
            monday.choose("bob", wanted=("tea",))
            return super()._compose(group, instant)

    monday.join("ada", "daily")
    monday.join("bob", "daily")
    monday.join("cyd", "daily")
    monday.publish("One", "tea")
    monday.publish("Two")
    monday.at("2026-03-03")
    (line,) = Slow(*monday.parts(), monday.now).run()
    assert line.issue.audience == 1
    monday.digest()
    assert [monday.got(name) for name in ("ada", "bob", "cyd")] == [[], ["One"], ["Two One"]]


def test_nobody_is_left_and_no_issue_is_made(monday: Readership) -> None:
    """Everybody left while it was composed: an issue without readers would be noise."""

    class Slow(DigestComposer):
        """Composes for so long that everybody leaves."""

        def _compose(self, group: Group, instant: datetime) -> tuple[Composition, EntryMaker]:
            monday.leave("ada")
            return super()._compose(group, instant)

    monday.join("ada", "daily")
    monday.publish("One")
    assert Slow(*monday.parts(), monday.at("2026-03-03").now).run() == []
    with monday.state.reading() as transaction:
        assert [issue for issue in IssueStore(transaction).issues() if issue.digest] == []


def test_a_digest_moves_the_mark_so_that_an_older_copy_is_noticed(monday: Readership) -> None:
    """A database brought back from before a digest would send it again."""
    monday.join("ada", "weekly")
    monday.publish("One")
    before = json.loads((monday.site.folder / "newsletters" / ".mark").read_text("utf-8"))
    monday.at("2026-03-09").digest()
    after = json.loads((monday.site.folder / "newsletters" / ".mark").read_text("utf-8"))
    assert after["counter"] > before["counter"]
