"""The daemon, started for real.

What it does when files change, time comes, the folder goes, signals arrive.
"""

from __future__ import annotations

import json
import shutil
import signal
import socket
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.daemon.running import PATIENCE, Daemon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon over a site with one old post, after its first round."""
    made = Daemon(tmp_path)
    made.write("first.md", "First")
    made.write("second.md", "Second")
    with made:
        yield made


def test_it_follows_the_folder(daemon: Daemon) -> None:
    """A new post, an edit, a draft that is published, a delete.

    The feeds follow, and the news goes once.
    """
    assert set(daemon.titles()) == {"First", "Second"}
    daemon.write("third.md", "Third", draft=True)
    daemon.write("first.md", "First, edited")
    daemon.until(lambda: set(daemon.titles()) == {"First, edited", "Second"})
    daemon.until(lambda: daemon.known_as("third.md") == "draft")
    daemon.write("third.md", "Third")
    daemon.until(lambda: "Third" in daemon.titles())
    daemon.until(lambda: daemon.issues().get("Third") == "sent")
    (daemon.posts / "second.md").unlink()
    daemon.until(lambda: "Second" not in daemon.titles())
    assert [issue for issue in daemon.issues().items() if issue[1] == "sent"] == [("Third", "sent")]


def test_a_scheduled_post_is_published_when_its_time_comes(daemon: Daemon) -> None:
    """Nobody saves anything: the clock alone does it."""
    soon = datetime.now(UTC) + timedelta(seconds=4)
    daemon.write("later.md", "Later", date=soon.isoformat())
    daemon.until(lambda: "scheduled" in daemon.publisher("status").stdout)
    assert "Later" not in daemon.titles()
    daemon.until(lambda: "Later" in daemon.titles())
    assert datetime.now(UTC) >= soon


def test_it_survives_a_folder_that_vanishes(daemon: Daemon) -> None:
    """Unmounted and back.

    The feeds stay, the problem is told, nothing is announced, and it goes on following.
    """
    away = daemon.folder / "away"
    daemon.posts.rename(away)
    daemon.until(lambda: any(line.get("level") == "error" for line in daemon.said()))
    assert set(daemon.titles()) == {"First", "Second"}
    away.rename(daemon.posts)
    daemon.write("fresh.md", "Fresh", date=datetime.now(UTC).date().isoformat())
    daemon.until(lambda: "Fresh" in daemon.titles())
    assert set(daemon.titles()) == {"First", "Second", "Fresh"}


def test_it_survives_a_flood(daemon: Daemon) -> None:
    """Five hundred files at once: all are in the archive, none is mailed."""
    today = datetime.now(UTC).date().isoformat()
    for number in range(500):
        daemon.write(f"n{number}.md", f"Note {number}", date=today)
    daemon.until(
        lambda: json.loads(daemon.publisher("status", "--json").stdout)["posts"]["published"] == 502
    )
    daemon.until(lambda: not any(state == "waiting" for state in daemon.issues().values()))
    assert set(daemon.issues().values()) <= {"held"}


def test_build_beside_it_asks_it_to_look_now(daemon: Daemon) -> None:
    """The daemon does it and the command prints its result."""
    daemon.write("extra.md", "Extra")
    built = daemon.publisher("build", "--json")
    assert built.returncode == 0, built.stderr
    assert json.loads(built.stdout)["posts"]["published"] == 3


def test_build_beside_it_says_at_once_what_is_missing(daemon: Daemon) -> None:
    """The daemon itself would give the posts a while to come.

    The defence is ``Options.asked`` (seen to fail where ``cli/running.py`` does not say so: status
    0, and not a word).
    """
    daemon.posts.rename(daemon.folder / "away")
    built = daemon.publisher("build", "--json")
    assert built.returncode == 1
    assert [problem["level"] for problem in json.loads(built.stdout)["problems"]] == ["error"]


def test_a_second_run_exits_with_3_and_names_the_holder(daemon: Daemon) -> None:
    """One scheduler for one state.

    The defence is ``LOCK_EX`` in ``database/locks.py`` (seen to fail with a lock that is shared).
    """
    second = daemon.publisher("run")
    assert second.returncode == 3
    assert str(daemon.process.pid) in second.stderr


def test_other_commands_work_beside_it(daemon: Daemon) -> None:
    """Short transactions: status, issues, post show, check, adopt."""
    for arguments in (
        ["status"],
        ["issues", "list"],
        ["issues", "show", "1"],
        ["issues", "release", "1"],
        ["post", "show", "first.md"],
    ):
        done = daemon.publisher(*arguments)
        assert done.returncode == 0, (arguments, done.stderr)
    assert daemon.publisher("check").returncode == 0
    daemon.until(lambda: "sent" in daemon.issues().values())


def test_sigterm_finishes_and_exits_cleanly(daemon: Daemon) -> None:
    """Within ten seconds, with status 0, and the next one starts at once."""
    started = time.monotonic()
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(15) == 0
    assert time.monotonic() - started < 10
    assert not (daemon.folder / "state" / "control.sock").exists()


def test_sighup_rereads_the_configuration_and_keeps_the_old_one_when_the_new_is_wrong(
    daemon: Daemon,
) -> None:
    """A typo in the file does not end the service."""
    good = daemon.config.read_text()
    daemon.config.write_text(good + "[nonsense]\nx = 1\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.until(lambda: any("not taken over" in str(line["event"]) for line in daemon.said()))
    daemon.write("third.md", "Third")
    daemon.until(lambda: "Third" in daemon.titles())
    daemon.config.write_text(good.replace("A site", "Another name"))
    daemon.process.send_signal(signal.SIGHUP)
    daemon.until(lambda: any(line["event"] == "configuration reread" for line in daemon.said()))
    daemon.until(lambda: b"Another name" in (daemon.folder / "public" / "feed.xml").read_bytes())


def test_systemd_is_told(tmp_path: Path) -> None:
    """READY after the first round, WATCHDOG while it works, STOPPING at the end."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    channel.bind(str(tmp_path / "notify"))
    channel.settimeout(PATIENCE)
    daemon = Daemon(tmp_path, NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="600000")
    daemon.write("first.md", "First")
    heard = ""
    with daemon:
        while "READY=1" not in heard or "WATCHDOG=1" not in heard:
            heard += channel.recv(4096).decode() + "\n"
    while "STOPPING=1" not in heard:
        heard += channel.recv(4096).decode() + "\n"
    channel.close()
    assert "STATUS=" in heard


def test_a_killed_daemon_leaves_a_state_that_opens(daemon: Daemon) -> None:
    """After SIGKILL the lock is gone, a stale socket is no obstacle, a build changes nothing."""
    before = (daemon.folder / "public" / "feed.xml").read_bytes()
    daemon.process.kill()
    daemon.process.wait()
    assert daemon.publisher("build").returncode == 0
    assert (daemon.folder / "public" / "feed.xml").read_bytes() == before
    shutil.rmtree(daemon.folder / "public")
    assert daemon.publisher("build").returncode == 0
    assert (daemon.folder / "public" / "feed.xml").read_bytes() == before


@pytest.mark.parametrize(("watch", "scan"), [("poll", "1h"), ("off", "1")])
def test_a_folder_the_system_does_not_watch_is_seen_all_the_same(
    tmp_path: Path, watch: str, scan: str
) -> None:
    """Network and container mounts.

    Polled when said so, and the rescan of every ``schedule.scan`` is the safety net.
    """
    with Daemon(tmp_path, PUBLISHER_SCHEDULE__WATCH=watch, PUBLISHER_SCHEDULE__SCAN=scan) as daemon:
        daemon.write("a.md", "A")
        daemon.until(lambda: daemon.titles() == ["A"])
        assert daemon.said()[-1]["level"] != "error"
