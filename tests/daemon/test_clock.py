"""The daemon when somebody sets the machine's clock.

It goes on looking, and what fell due meanwhile happens.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.daemon.running import Daemon
from tests.daemon.wrong_clock import WrongClock
from tests.torture.rows import Trial, record

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600


def test_a_clock_that_is_set_neither_stops_the_daemon_nor_keeps_what_is_due_waiting(
    tmp_path: Path,
) -> None:
    """An hour back: the folder is looked at as ever, and what is published is held.

    Two hours on: what is due by then is published.

    The defence is ``Jobs.heed_clock`` (seen to fail without: nothing was looked at for an hour).
    """
    clock, now = WrongClock(tmp_path / "clock"), datetime.now(UTC)
    with Daemon(
        tmp_path, **clock.environ, PUBLISHER_SCHEDULE__WATCH="off", PUBLISHER_SCHEDULE__SCAN="2s"
    ) as daemon:
        daemon.write("draft.md", "News", draft=True, date=now.isoformat())
        daemon.write("later.md", "Later", date=(now + timedelta(hours=1.5)).isoformat())
        daemon.until(
            lambda: (
                daemon.known_as("draft.md") == "draft"
                and daemon.known_as("later.md") == "scheduled"
            )
        )
        clock.set(-HOUR)
        daemon.write("draft.md", "News", date=now.isoformat())
        daemon.until(lambda: "News" in daemon.titles())
        daemon.until(
            lambda: daemon.query("SELECT state, reason FROM issues") == [("held", "clock")]
        )
        (told,) = daemon.complaints()
        assert "--accept-clock" in str(told["cure"])
        clock.set(2 * HOUR)
        daemon.until(lambda: "Later" in daemon.titles())
        daemon.until(
            lambda: ("sent",) in daemon.query("SELECT state FROM issues WHERE subject = 'Later'")
        )
    record(Trial("daemon: a clock set back by an hour, then forward by three", 1, 0))
