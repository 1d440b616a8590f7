"""A week of the daemon's life: the nights when clocks change, clocks that are wrong.

Every post reaches every reader once.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import feedparser
import pytest

from publisher.subscribers.models import Cadence
from tests.daemon.running import POST
from tests.daemon.simulated import MINUTE, Got, Simulated
from tests.daemon.test_sending import CONFIG
from tests.delivery.smtp_server import SmtpServer
from tests.torture.rows import Trial, record
from tests.torture.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPRING, AUTUMN = datetime(2026, 3, 23, tzinfo=BERLIN), datetime(2026, 10, 19, tzinfo=BERLIN)
"""Mondays; the Sunday after has 23 hours, or 25."""
NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
TITLE = re.compile(r"Words of (\w+)\.")
FIRST = scaled(0, 5)
"""The day with which a week begins."""
READERS: dict[str, dict[str, object]] = {
    "ada": {},
    "bob": {"cadence": Cadence.DAILY},
    "cyd": {"cadence": Cadence.WEEKLY},
    "dan": {"cadence": Cadence.DAILY, "zone": "America/New_York"},
}


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """A mail server that takes everything."""
    with SmtpServer() as running:
        yield running


class Week:
    """A week of drafts written every morning and published at noon.

    One post is planned for Sunday at 02:30.

    Attributes:
        daemon: What publishes it.
    """

    def __init__(self, folder: Path, server: SmtpServer, monday: datetime, step: timedelta) -> None:
        self.posts, self.monday = folder / "posts", monday
        self.posts.mkdir()
        (folder / "config.toml").write_text(
            CONFIG.format(port=server.port)
            .replace("[posts]\nsettle = 0.2", 'timezone = "Europe/Berlin"\n[posts]\nsettle = 0')
            .replace("delay = 0", 'delay = "5m"\ndigest_time = "02:30"\ncontent = "full"')
        )
        self.write("Old", "2020-01-01")
        self.daemon = Simulated(folder / "config.toml", server, self.at(FIRST, 0), step)

    def write(self, title: str, date: str, *, draft: bool = False) -> None:
        """Save a post."""
        (self.posts / f"{title.lower()}.md").write_text(
            POST.format(title=title, date=date, draft=str(draft).lower())
        )

    def at(self, day: int, hour: float) -> datetime:
        """Return an hour of a day of this week, in local time; the first is Monday, 0."""
        return (self.monday + timedelta(days=day, hours=hour)).astimezone(UTC)

    def shown(self) -> set[str]:
        """Return the titles that the feed shows."""
        feed = feedparser.parse((self.posts.parent / "public" / "feed.xml").read_bytes())
        return {entry.title for entry in feed.entries}

    def live(
        self, on_saturday: Callable[[Simulated], None] = lambda _daemon: None, more_days: int = 0
    ) -> list[Got]:
        """Live through it, and return what readers got.

        One thing more is done on Saturday at three, and the end may be later.
        """
        with self.daemon as daemon:
            for name, preferences in READERS.items():
                daemon.join(name, **preferences)
            for day, title in list(enumerate(NAMES))[FIRST:]:
                daemon.until(self.at(day, 10))
                date = f"{self.monday + day * DAY:%Y-%m-%d}"
                self.write(title, date, draft=True)
                daemon.until(self.at(day, 12))
                self.write(title, date)
                if day == max(FIRST, 4):
                    self.write("Night", f"{self.monday + 6 * DAY:%Y-%m-%d} 02:30")
                daemon.until(self.at(day, 15))
                if title == "Sat":
                    on_saturday(daemon)
                daemon.restart()
            daemon.until(self.at(7 + more_days, 9))
            return daemon.got


def titles(got: list[Got], reader: str) -> list[str]:
    """Return the posts that a reader got, in order."""
    return [title for one in got if one.reader == reader for title in TITLE.findall(one.text)]


def all_have_everything_once(got: list[Got], *besides: str) -> None:
    """See that each reader got each post of the week once, and nothing else."""
    for reader in READERS:
        assert Counter(titles(got, reader)) == Counter([*NAMES[FIRST:], "Night", *besides]), reader


@pytest.mark.parametrize(
    ("monday", "digest", "night"),
    [(SPRING, "01:00", "01:35"), (AUTUMN, "00:30", "00:35")],
    ids=["spring", "autumn"],
)
def test_the_nights_when_clocks_change(
    tmp_path: Path, server: SmtpServer, monday: datetime, digest: str, night: str
) -> None:
    """02:30 on Sunday is missing, or comes twice.

    The digest of that night goes once, the post of that minute is published once.

    A missing 02:30 is 03:00 for a digest, 03:30 for a post, whose offset was still that of winter.
    The defence is ``digests._instant`` (seen to fail without its loop in spring, with the second of
    two hours in autumn).
    """
    week = Week(tmp_path, server, monday, scaled(1, 30) * MINUTE)
    got = week.live()
    all_have_everything_once(got)
    went = [
        (one.reader, f"{one.at:%H:%M}") for one in got if week.at(6, 0) <= one.at <= week.at(6, 4)
    ]
    assert went == [("bob", digest), ("ada", night)]
    assert [one.reader for one in got].count("cyd") == 1
    record(
        Trial(
            f"daemon: a week with the night of {monday + 6 * DAY:%d %B}",
            1,
            0,
            f"{len(got)} messages, every minute simulated",
        )
    )


def test_a_clock_that_wobbles_keeps_nobody_waiting(tmp_path: Path, server: SmtpServer) -> None:
    """Four minutes back, as when a machine asks for the time again.

    What is published then is news as ever.

    The defence is ``CLOCK_TOLERANCE`` in ``guards.instant_of`` (seen to fail without: the post was
    held).
    """
    week = Week(tmp_path, server, SPRING, scaled(10, 120) * MINUTE)

    def wobble(daemon: Simulated) -> None:
        week.write("More", "2026-03-28", draft=True)
        daemon.round()
        daemon.wrong = -4 * MINUTE
        week.write("More", "2026-03-28")
        daemon.round()
        daemon.until(week.at(5, 16))

    got = week.live(wobble)
    all_have_everything_once(got, "More")
    record(
        Trial(
            "daemon: a clock set back by four minutes",
            1,
            0,
            f"a week simulated, {len(got)} messages",
        )
    )


def test_a_clock_that_is_set_back_un_publishes_nothing_and_sends_nothing_again(
    tmp_path: Path, server: SmtpServer
) -> None:
    """Two hours back, over the instants of the night's post and digest, and right by breakfast.

    The defence is that decisions go on with the latest instant known (``guards.instant_of``; seen
    to fail without: the feed lost the post).
    """
    week = Week(tmp_path, server, AUTUMN, scaled(10, 120) * MINUTE)

    def set_back(daemon: Simulated) -> None:
        daemon.until(week.at(6, 3))
        daemon.wrong = -2 * HOUR
        for hour in (3, 4, 6):
            daemon.restart()
            daemon.until(week.at(6, hour))
            assert "Night" in week.shown()
        daemon.wrong = 0 * HOUR

    got = week.live(set_back)
    all_have_everything_once(got)
    record(
        Trial(
            "daemon: a clock set back by two hours, and right again",
            1,
            0,
            f"a week simulated, {len(got)} messages",
        )
    )


def test_a_clock_that_was_ahead_sends_no_period_twice(tmp_path: Path, server: SmtpServer) -> None:
    """Three days ahead for an afternoon, unnoticed.

    Then right again, and a person says so: what went early does not go a second time.

    The defence is that nobody has two digests of a period (``carrying.choose`` asks ``slot.had``;
    seen to fail without).
    """
    week = Week(tmp_path, server, SPRING, scaled(10, 120) * MINUTE)

    def ahead(daemon: Simulated) -> None:
        daemon.wrong = 3 * DAY
        daemon.until(week.at(5, 18))
        daemon.wrong = 0 * DAY
        daemon.round(accept_clock=True)

    got = week.live(ahead, more_days=7)
    all_have_everything_once(got)
    record(
        Trial(
            "daemon: a clock three days ahead for an afternoon",
            1,
            0,
            f"two weeks simulated, {len(got)} messages",
        )
    )
