"""Floods: thousands of files at once, slowly, or gone; a daemon that sleeps meanwhile.

Feeds follow, and nobody is mailed by accident.
"""

from __future__ import annotations

import shutil
import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import feedparser
import pytest

from tests.daemon.running import POST, Daemon
from tests.daemon.test_saving import as_rsync
from tests.daemon.test_sending import CONFIG
from tests.delivery.smtp_server import SmtpServer
from tests.torture.rows import Trial, record
from tests.torture.scale import scaled
from tests.torture.subscribed_site import subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLD = datetime(2010, 1, 1, tzinfo=UTC)
SHOWN = 20
"""Entries of a feed."""


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """A mail server that takes everything."""
    with SmtpServer() as running:
        yield running


class Flooded(Daemon):
    """A daemon over many old posts, with a reader behind a mail server.

    Attributes:
        server: The mail server.
    """

    def __init__(
        self, folder: Path, server: SmtpServer, posts: int = 1, delay: str = "0s", **environ: str
    ) -> None:
        (folder / "config.toml").write_text(
            CONFIG.format(port=server.port).replace("delay = 0", f'delay = "{delay}"')
        )
        super().__init__(folder, **environ)
        self.server = server
        for number in range(posts):
            self.path(number).parent.mkdir(exist_ok=True)
            self.path(number).write_text(post(number))
        for arguments in (
            ["build"],
            ["subscribers", "add", "ada@example.net", "--consent", "asked"],
        ):
            assert self.publisher(*arguments).returncode == 0
        server.messages.clear()

    def path(self, number: int) -> Path:
        """Return the path of an old post; fifty are in a folder."""
        return self.posts / f"{number // 50:03d}" / f"{number:04d}.md"

    def shown(self) -> dict[str, tuple[str, str]]:
        """Return id and words of what the feed shows, by title; it is never torn."""
        feed = feedparser.parse((self.folder / "public" / "feed.xml").read_bytes())
        assert not feed.bozo, "a torn feed"
        return {
            entry.title: (entry.id, entry.content[0].value if "content" in entry else entry.summary)
            for entry in feed.entries
        }

    def issues_by_fate(self) -> Counter[tuple[str, str]]:
        """Count issues by state and reason, without the one that a first run holds."""
        sql = (
            "SELECT state, coalesce(reason, '') FROM issues WHERE coalesce(reason, '') <> 'first"
            " run'"
        )
        return Counter((str(state), str(reason)) for state, reason in self.query(sql))

    def public(self) -> dict[str, bytes]:
        """Return every file that is published."""
        files = sorted(path for path in (self.folder / "public").rglob("[!.]*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}

    def publish_a_draft(self, title: str) -> None:
        """Write a draft, publish it once it is known, and wait for its one message."""
        today, name = datetime.now(UTC).date().isoformat(), f"{title.lower()}.md"
        self.write(name, title, draft=True, date=today)
        self.until(lambda: self.known_as(name) == "draft")
        self.write(name, title, date=today)
        self.until(lambda: self.subjects().count(title) == 1)

    def subjects(self) -> list[str]:
        """Return the subjects of what was mailed."""
        return [subject_of(message.data) for message in self.server.messages]


def post(number: int, words: str = "First") -> str:
    """Return the text of an old post."""
    day = OLD + timedelta(days=number)
    return (
        POST.format(title=f"Post {number}", date=f"{day:%Y-%m-%d}", draft="false")
        + f"{words} words of number {number}.\n\n" * 5
    )


def test_thousands_of_files_rewritten_in_a_second_change_the_feeds_and_nothing_else(
    tmp_path: Path, server: SmtpServer
) -> None:
    """A new generator, a search and replace.

    The newest entries have the new words and their old ids, none is mailed; then a draft is.

    The defences are that what was announced stays so (``_Round._is_candidate``), that an id is
    minted once (``Dating.date``), and that what is asked for during a round leads to one more
    (``Jobs.request``); seen to fail without each.
    """
    count = scaled(5000, 100)
    with Flooded(tmp_path, server, count) as daemon:
        before, memory = daemon.shown(), daemon.memory("VmRSS")
        began = time.monotonic()
        for number in range(count):
            daemon.path(number).write_text(post(number, "Second"))
        written = time.monotonic() - began
        daemon.until(lambda: all("Second words" in words for _, words in daemon.shown().values()))
        converged = time.monotonic() - began
        after, grown = daemon.shown(), daemon.memory("VmHWM") - memory
        assert {title: key for title, (key, _) in after.items()} == {
            title: key for title, (key, _) in before.items()
        }
        assert not daemon.issues_by_fate()
        daemon.publish_a_draft("News")
        daemon.until(lambda: daemon.issues_by_fate() == {("sent", ""): 1})
        assert daemon.subjects() == ["News"]
        assert not daemon.complaints()
    measured = (
        f"{count:,} files in {written:.1f} s, feeds after {converged:.1f} s, {grown:.0f} MB more at"
        " most"
    )
    record(Trial("daemon: files rewritten at once", 1, 0, measured))
    assert grown < 150


def test_a_copy_that_takes_ten_minutes_is_held_from_its_first_post_on(
    tmp_path: Path, server: SmtpServer
) -> None:
    """Posts of today that arrive one by one, as rsync brings them.

    All are published, all are held as one burst, none is mailed.

    The defence is that the first of them wait for ``newsletter.delay``, and that ``follow`` holds
    what waits when a burst is noticed (seen to fail without: the first two waited on for their
    time).
    """
    count, pause = scaled(300, 20), scaled(2000, 50) / 1000
    today = datetime.now(UTC).date().isoformat()
    with Flooded(tmp_path, server, delay="5m") as daemon:
        began = time.monotonic()
        for number in range(count):
            as_rsync(
                daemon.posts / f"new-{number:03d}.md",
                POST.format(title=f"New {number}", date=today, draft="false"),
            )
            time.sleep(max(0.0, began + (number + 1) * pause - time.monotonic()))
        daemon.until(lambda: daemon.issues_by_fate() == {("held", "bulk"): count})
        took = time.monotonic() - began
        daemon.until(lambda: len(daemon.shown()) == SHOWN)
        assert daemon.subjects() == []
        assert not daemon.complaints()
    record(
        Trial("daemon: a slow copy of new posts", 1, 0, f"{count} posts in {took:.0f} s, all held")
    )


def test_while_a_tree_is_deleted_the_feeds_stay_and_they_are_the_same_when_it_is_back(
    tmp_path: Path, server: SmtpServer
) -> None:
    """``rm -rf``, at the pace of a slow disk, oldest first.

    Less than half may be meant, from then on nothing changes and it is told once.

    The defence is that ``guards.lost_too_much`` compares with the most posts of the last hour, not
    with the last look (seen to fail with the latter: entry by entry the feed went empty).
    """
    count = scaled(2000, 100)
    with Flooded(tmp_path, server, count) as daemon:
        before, newest = daemon.public(), daemon.shown()
        shutil.copytree(daemon.posts, tmp_path / "kept")
        for folder in sorted(daemon.posts.iterdir()):
            for path in sorted(folder.iterdir()):
                path.unlink()
                time.sleep(0.005)
                if path.name.endswith("0.md"):
                    assert daemon.shown() == newest
            folder.rmdir()
        daemon.until(daemon.complaints)
        time.sleep(scaled(10, 1))
        assert daemon.shown() == newest
        (told,) = daemon.complaints()
        assert "has lost more than half of its" in str(told["event"])
        shutil.copytree(tmp_path / "kept", daemon.posts, dirs_exist_ok=True)
        daemon.until(lambda: daemon.public() == before)
        daemon.publish_a_draft("News")
        daemon.until(lambda: daemon.issues_by_fate() == {("sent", ""): 1})
        assert daemon.subjects() == ["News"]
    record(Trial("daemon: a tree of posts deleted and brought back", 1, 0, f"{count:,} posts"))


def test_what_happens_while_it_is_stopped_is_done_once_when_it_goes_on(
    tmp_path: Path, server: SmtpServer
) -> None:
    """SIGSTOP, SIGCONT: a laptop that sleeps, a machine that is moved.

    What was saved is seen, what fell due is published, nothing twice.

    The defences are the system's queue of changes, asked when it goes on (``Watcher._watch``), and
    that no job is too late (``misfire_grace_time`` in ``Scheduler``); seen to fail without either.
    """
    asleep = scaled(60, 1)
    with Flooded(tmp_path, server, 30, PUBLISHER_SCHEDULE__SCAN="1h") as daemon:
        soon = datetime.now(UTC) + timedelta(seconds=2)
        daemon.write("due.md", "Due", date=soon.isoformat())
        daemon.until(lambda: daemon.known_as("due.md") == "scheduled")
        daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(asleep + 2)
        daemon.process.send_signal(signal.SIGCONT)
        daemon.until(lambda: "Due" in daemon.subjects())
        daemon.process.send_signal(signal.SIGSTOP)
        today = datetime.now(UTC).date().isoformat()
        daemon.write("saved.md", "Saved", date=today)
        daemon.path(29).write_text(post(29, "Second"))
        daemon.path(28).unlink()
        daemon.path(27).rename(daemon.posts / "elsewhere.md")
        time.sleep(asleep)
        daemon.process.send_signal(signal.SIGCONT)
        daemon.until(lambda: "Saved" in daemon.subjects())
        shown = daemon.shown()
        assert "Second words" in shown["Post 29"][1]
        assert "Post 28" not in shown
        assert "Post 27" in shown
        daemon.until(lambda: daemon.issues_by_fate() == {("sent", ""): 2})
        assert daemon.subjects() == ["Due", "Saved"]
        assert not daemon.complaints()
    record(Trial("daemon: SIGSTOP and SIGCONT", 2, 0, f"{asleep} s each"))
