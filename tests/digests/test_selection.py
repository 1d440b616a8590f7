"""What everybody's digest carries: one story for each rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.newsletter.issue import IssueState
from publisher.newsletter.placeholders import Own, Placeholders
from publisher.newsletter.store import IssueStore
from publisher.subscribers.models import Cadence, Event, Preferences, Subscriber, SubscriberState
from publisher.subscribers.store import SubscriberStore
from tests.digests.readership import Readership

if TYPE_CHECKING:
    from pathlib import Path


def test_a_weekly_digest_carries_the_week_once(story: Readership) -> None:
    """On Monday at eight in the site's zone: what was queued since, newest first.

    Then nothing until there is something.
    """
    story.join("ada", "weekly")
    story.at("2026-03-03").publish("One")
    story.at("2026-03-05").publish("Two")
    assert story.at("2026-03-09", "07:59").digest() == []
    (line,) = story.at("2026-03-09", "08:00").digest()
    assert (line.issue.digest, line.issue.subject, line.issue.audience) == (
        "weekly:2026-W11",
        "This week: Two and 1 more",
        1,
    )
    assert line.posts == ("two.md", "one.md")
    assert story.got("ada") == ["Two One"]
    assert (story.digest(), story.dues("ada")) == ([], 0)
    assert story.at("2026-03-16").digest() == [], "no posts, no mail"
    assert story.got("ada") == ["Two One"]


def test_a_digest_is_kept_and_exported_like_every_issue(monday: Readership) -> None:
    """A folder, HTML, text and a message.

    Readers' own addresses stay placeholders in what is stored.
    """
    monday.configure("[feeds]", '[web]\nurl = "https://news.example.org"\n[feeds]')
    monday.join("ada", "weekly")
    monday.publish("One")
    (line,) = monday.at("2026-03-09").digest()
    assert line.path == "newsletters/2026-03-09-weekly/issue.html"
    folder = monday.site.folder / "newsletters" / "2026-03-09-weekly"
    assert sorted(path.name for path in folder.iterdir()) == [
        "issue.eml",
        "issue.html",
        "issue.txt",
    ]
    page = f"https://news.example.org/issues/{line.issue.public}"
    assert page in (folder / "issue.txt").read_text("utf-8")
    with monday.state.reading() as transaction:
        content = IssueStore(transaction).content(line.issue.key)
        assert IssueStore(transaction).issue_by_public(line.issue.public) == line.issue
    assert content is not None
    assert all(Placeholders(content.mark).address(own) in content.text for own in Own)
    assert [shown.issue for shown in monday.issue_service.issues()][-1] == line.issue
    assert monday.issue_service.show(line.issue.key, monday.now)[1] == content


def test_a_digest_of_one_post_keeps_the_subject_its_issue_had(monday: Readership) -> None:
    """Also the one that the post chose for itself."""
    monday.join("ada", "weekly")
    monday.write("One", date="2026-03-02", more="newsletter:\n  subject: A letter\n")
    assert monday.round().queued()[0].issue.subject == "A letter"
    assert [line.issue.subject for line in monday.at("2026-03-09").digest()] == ["A letter"]


def test_posts_beyond_digest_max_are_links(tmp_path: Path) -> None:
    """Whole the first, the others below "And also".

    A post that is to be shown as a summary is shown as one.
    """
    with Readership(tmp_path, more="digest_max = 2\n", plain=False) as story:
        story.join("ada", "weekly")
        for number, more in enumerate(
            ("", "", "newsletter:\n  content: summary\nsummary: In short.\n")
        ):
            story.later(minutes=11).publish(f"Post{number}", more=more)
        (line,) = story.at("2026-03-09").digest()
        with story.state.reading() as transaction:
            content = IssueStore(transaction).content(line.issue.key)
    assert content is not None
    words = content.text.partition("And also")
    assert "In short." in words[0]
    assert "Words of Post2" not in words[0]
    assert "Words of Post1" in words[0]
    assert "Post0" in words[2]
    assert "Words of Post0" not in content.text


def test_readers_with_the_same_posts_share_an_issue_and_others_have_their_own(
    story: Readership,
) -> None:
    """One for each cadence, instant, set of posts and language."""
    for name, cadence, chosen in (
        ("ada", "weekly", {}),
        ("bob", "weekly", {"wanted": ("tea",)}),
        ("cyd", "weekly", {"unwanted": ("tea",)}),
        ("dee", "weekly", {"language": "he"}),
        ("eve", "weekly", {"zone": "Europe/Berlin"}),
        ("fay", "daily", {}),
        ("gus", "weekly", {"unwanted": ("maps",)}),
    ):
        story.join(name, cadence, **chosen)
    story.at("2026-03-08", "12:00").publish("One", "tea")
    story.later(minutes=5).publish("Two")
    lines = story.at("2026-03-09", "08:01").digest()
    readers = {
        line.issue.key: [mail.reader for mail in story.mails() if mail.issue == line.issue.key]
        for line in lines
    }
    assert sorted(readers.values()) == [["ada", "gus"], ["bob"], ["cyd"], ["dee"], ["eve"], ["fay"]]
    assert all(line.issue.audience == len(readers[line.issue.key]) for line in lines)
    hebrew = next(line.issue.key for line in lines if readers[line.issue.key] == ["dee"])
    with story.state.reading() as transaction:
        assert [len(issue.posts) for issue in IssueStore(transaction).issues() if issue.digest] == [
            2,
            1,
            1,
            2,
            2,
            2,
        ]
        assert IssueStore(transaction).content(hebrew) is not None


def test_thousands_of_readers_get_one_digest_each(story: Readership) -> None:
    """More than one batch, in two zones; who left meanwhile gets none."""
    people = [
        Subscriber(
            f"r{n}@example.org",
            f"r{n}@example.org",
            SubscriberState.ACTIVE,
            story.now,
            _chosen(n),
            activated=story.now,
        )
        for n in range(2500)
    ]
    with story.state.transaction() as transaction:
        SubscriberStore(transaction).add_many(
            [
                (person, Event(story.now, "import", SubscriberState.ACTIVE, "test"))
                for person in people
            ]
        )
    key = story.publish("One", "tea")
    story.leave("r1")
    story.leave("r2")
    story.at("2026-03-09").digest()
    readers = [mail.reader for mail in story.mails() if mail.issue != key]
    assert len(readers) == len(set(readers)) == 1249
    assert {int(reader[1:]) % 2 for reader in readers} == {1}
    assert len({mail.issue for mail in story.mails() if mail.digest}) == 2


def _chosen(number: int) -> Preferences:
    return Preferences(
        Cadence.WEEKLY if number % 2 else Cadence.EVERY_POST,
        zone="Europe/Berlin" if number % 3 else "",
    )


def test_a_post_that_is_not_in_the_feeds_is_in_the_digests(monday: Readership) -> None:
    """``feed: false`` says nothing of the newsletter.

    An issue of it can be made by hand as well.
    """
    monday.join("ada", "weekly")
    monday.publish("One", more="feed: false\n")
    monday.at("2026-03-09").digest()
    assert monday.got("ada") == ["One"]
    assert monday.issue_service.new("one.md", monday.now, again=True).issue.state is IssueState.HELD
