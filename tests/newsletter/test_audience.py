"""Who gets an issue: at the moment it is frozen, and never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from publisher.delivery.audience_store import AudienceStore
from publisher.newsletter.audience import terms_of, wants
from publisher.newsletter.issue import IssueState
from publisher.newsletter.store import IssueStore
from publisher.posts.models import FileKind
from publisher.posts.records import PostRecord, PostSummary
from publisher.subscribers.models import Event, Preferences, SubscriberState
from publisher.subscribers.store import SubscriberStore
from publisher.system.files import FileStat

if TYPE_CHECKING:
    from tests.digests.readership import Readership

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def _record(*terms: tuple[str, str]) -> PostRecord:
    facts = PostSummary(
        "T", "https://example.org/", None, "x", False, NOW, None, None, "w", "e", terms, True, True
    )
    return PostRecord("a.md", FileStat(1, 1, 1), "h", FileKind.POST, NOW, facts=facts)


@pytest.mark.parametrize(
    ("wanted", "unwanted", "terms", "gets"),
    [
        ((), (), [], True),
        ((), (), [("tag", "tea")], True),
        (("tea",), (), [("tag", "tea"), ("tag", "ships")], True),
        (("tea",), (), [("tag", "ships")], False),
        (("tea",), (), [], False),
        ((), ("tea",), [], True),
        ((), ("tea",), [("tag", "tea"), ("tag", "ships")], False),
        (("ships",), ("tea",), [("tag", "tea"), ("tag", "ships")], False),
        (("tea",), ("tea",), [("tag", "tea")], False),
        (("TEA",), (), [("category", "Tea")], True),
        (("Stra\u00dfe",), (), [("tag", "STRASSE")], True),
        (("cafe\u0301",), (), [("tag", "caf\u00e9")], True),
        (("c",), (), [("tag", "C++")], False),
        (("Ada",), (), [("author", "Ada")], False),
    ],
)
def test_a_reader_gets_a_post_that_shares_what_they_want_and_nothing_they_do_not(
    wanted: tuple[str, ...], unwanted: tuple[str, ...], terms: list[tuple[str, str]], *, gets: bool
) -> None:
    """Tags and categories as terms; an untagged post reaches only those who want everything.

    Authors are no topics.
    """
    assert wants(Preferences(wanted=wanted, unwanted=unwanted), terms_of(_record(*terms))) is gets


def test_an_issue_is_frozen_for_whoever_is_there_and_matches(story: Readership) -> None:
    """One message a reader however many topics match, a due row for digests, else nothing."""
    story.join("ada")
    story.join("bob", wanted=("tea", "ships"))
    story.join("cyd", wanted=("maps",))
    story.join("dee", "weekly")
    story.join("eve", "weekly", unwanted=("tea",))
    story.join("fay")
    story.leave("fay")
    key = story.publish("News", "tea, ships")
    story.join("gus")
    assert [(mail.reader, mail.issue, mail.state) for mail in story.mails()] == [
        ("ada", key, "queued"),
        ("bob", key, "queued"),
    ]
    assert [story.dues(name) for name in ("ada", "dee", "eve", "fay", "gus")] == [0, 1, 0, 0, 0]
    with story.state.reading() as transaction:
        issue = IssueStore(transaction).issue(key)
    assert issue is not None
    assert issue.audience == 2


def test_who_comes_or_changes_before_the_freezing_counts_and_after_it_does_not(
    story: Readership,
) -> None:
    """Preferences count at that moment; a held issue is frozen when it is released."""
    story.join("ada")
    story.join("bob", wanted=("maps",))
    story.write("Old", "tea", date="2020-01-01")
    held = story.round().held()[0].issue.key
    story.later(hours=1)
    story.choose("bob", wanted=("tea",))
    story.join("cyd")
    story.issue_service.release([held], None, story.now)
    story.join("dee")
    story.choose("ada", wanted=("maps",))
    assert [mail.reader for mail in story.mails()] == ["ada", "cyd", "bob"]


def test_one_message_an_issue_and_subscriber_is_what_the_database_allows(story: Readership) -> None:
    """Whatever the program does: a second row is refused."""
    story.join("ada")
    key = story.publish("One")
    with pytest.raises(Exception, match=r"(?i)unique"), story.state.transaction() as transaction:
        AudienceStore(transaction).enqueue_for(key, [story.person("ada").key], story.now)
    assert story.got("ada") == ["One"]


def test_held_and_discarded_issues_never_slip_in_and_a_released_one_is_not_lost(
    story: Readership,
) -> None:
    """A due row is made when an issue is queued, and only then."""
    story.join("ada", "weekly")
    for title in ("Held", "Discarded", "Released"):
        story.write(title, date="2020-01-01")
    held = {line.issue.subject: line.issue.key for line in story.round().held()}
    story.publish("News")
    story.issue_service.discard([held["Discarded"]], None)
    story.at("2026-03-09").digest()
    story.issue_service.release([held["Released"]], None, story.now)
    story.at("2026-03-16").digest()
    assert story.got("ada") == ["News", "Released"]


def test_a_second_issue_of_a_post_reaches_every_post_readers_again_and_digest_readers_once(
    story: Readership,
) -> None:
    """A person may send an issue again; a digest is the program's, and it carries no post twice."""
    story.join("ada")
    story.join("bob", "weekly")
    story.publish("One")
    story.at("2026-03-09").digest()
    story.join("cyd", "weekly")
    second = story.issue_service.new("one.md", story.now, again=True).issue.key
    story.issue_service.release([second], None, story.now)
    story.at("2026-03-16").digest()
    assert [story.got(name) for name in ("ada", "bob", "cyd")] == [["One", "One"], ["One"], ["One"]]


def test_an_issue_taken_back_and_frozen_anew_comes_nobody_twice(story: Readership) -> None:
    """Stale: nothing of it was attempted for eight days.

    The digest that went out with it meanwhile is not repeated.
    """
    story.join("ada")
    story.join("bob", "daily")
    story.join("cyd", "monthly")
    key = story.publish("One")
    story.at("2026-03-03").digest()
    story.at("2026-03-11")
    assert [line.issue.state for line in story.round().issues if line.issue.key == key] == [
        IssueState.HELD
    ]
    assert (story.got("ada"), story.got("bob"), story.dues("cyd")) == ([], ["One"], 0)
    story.join("dee", "monthly")
    story.issue_service.release([key], None, story.now)
    story.at("2026-04-01").digest()
    assert [story.got(name) for name in ("ada", "bob", "cyd", "dee")] == [["One"]] * 4


def test_leaving_forgets_what_was_due_and_coming_back_begins_anew(story: Readership) -> None:
    """Unsubscribed means now; what is queued after the return counts."""
    story.join("ada", "weekly")
    story.publish("One")
    story.leave("ada")
    assert story.dues("ada") == 0
    story.join("ada")
    story.choose("ada", cadence="weekly")
    story.later(hours=1).publish("Two")
    story.at("2026-03-09").digest()
    assert story.got("ada") == ["Two"]


def test_whoever_was_away_meanwhile_begins_anew_even_if_nobody_took_back_what_was_due(
    story: Readership,
) -> None:
    """A bounce or another program's list can end a membership without a click.

    Activation is what counts.
    """
    story.join("ada", "weekly")
    story.join("bob", "weekly")
    story.publish("One")
    for name, state in (("ada", SubscriberState.BOUNCED), ("bob", SubscriberState.COMPLAINED)):
        with story.state.transaction() as transaction:
            event = Event(story.now, "bounce", state, "test")
            SubscriberStore(transaction).update_subscriber(
                replace(story.person(name), state=state), event
            )
    story.later(hours=1).join("ada")
    story.later(hours=1).publish("Two")
    story.at("2026-03-09").digest()
    assert (story.got("ada"), story.got("bob")) == (["Two"], [])
    assert (story.dues("ada"), story.dues("bob")) == (0, 0)


def test_the_queries_of_every_minute_need_no_scan(monday: Readership) -> None:
    """Whether anything is due, and what the sender asks, is answered from an index."""
    with monday.state.engine.connect() as connection:
        for query, index in (
            ("SELECT min(at) FROM due", "due_at"),
            ("SELECT subscriber_id FROM due WHERE at <= 5", "due_at"),
            (
                (
                    "SELECT id FROM deliveries WHERE state IN ('queued', 'deferred') AND kind ="
                    " 'transactional' AND due <= 5"
                ),
                "deliveries_due",
            ),
            ("SELECT id FROM deliveries WHERE state = 'sending' AND lease < 5", "deliveries_due"),
            (
                (
                    "SELECT id FROM deliveries WHERE issue_id = 5 AND state = 'queued' AND id > 3"
                    " ORDER BY id"
                ),
                "deliveries_issue",
            ),
            (
                "SELECT issue_id FROM deliveries WHERE subscriber_id IN (1, 2) AND issue_id >= 7",
                "deliveries_subscriber",
            ),
            ("SELECT issue_id FROM issue_posts WHERE post_id = 3", "issue_posts_post"),
        ):
            plan = " ".join(
                str(row[-1]) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))
            )
            assert f"INDEX {index}" in plan, query
            assert "SCAN deliveries" not in plan
