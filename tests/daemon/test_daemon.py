"""The daemon, started for real.

What it does when files change, time comes, the folder goes, signals arrive.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

import feedparser
import pytest

from tests.commands import publisher
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PATIENCE = 60.0
CONFIG = (
    '[site]\ntitle = "A site"\nurl = "https://example.org"\ntimezone = "UTC"\n[posts]\nsettle ='
    ' "200ms"\n[newsletter]\ndelay = "{delay}"\n'
)
POST = "---\ntitle: {title}\ndate: {date}\ndraft: {draft}\n---\nWords of {title}.\n"


class Daemon:
    """A running ``publisher run`` on a site in a temporary folder.

    Attributes:
        under: Words of a command that starts it.
    """

    under: Sequence[str] = ()

    def __init__(self, folder: Path, delay: str = "1s", **environ: str) -> None:
        self.folder = folder
        self.posts = folder / "posts"
        self.posts.mkdir(exist_ok=True)
        self.config = folder / "config.toml"
        if not self.config.exists():
            self.config.write_text(CONFIG.format(delay=delay).replace('"200ms"', "0.2"))
        self.changed = {"PUBLISHER_LOG__FORMAT": "json", **environ}

    def __enter__(self) -> Self:
        self.log = (self.folder / "log").open("w")
        command = [*self.under, sys.executable, "-m", "publisher", "run", "-c", str(self.config)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **self.changed},
            stderr=self.log,
            stdout=subprocess.DEVNULL,
        )
        self.until(lambda: any(line.get("event") == "watching" for line in self.said()))
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(15)
        self.log.close()

    def said(self) -> list[dict[str, object]]:
        """Give the log so far."""
        return [
            json.loads(line)
            for line in (self.folder / "log").read_text().splitlines()
            if line.startswith("{")
        ]

    def complaints(self) -> list[dict[str, object]]:
        """Give what it warned of, or called an error."""
        return [line for line in self.said() if line["level"] in {"warning", "error"}]

    def memory(self, what: str) -> float:
        """Give a size of the process, in MB: ``VmRSS``, or the highest so far, ``VmHWM``."""
        status = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in status if line.startswith(what)) / 1024

    def until(self, condition: Callable[[], object]) -> None:
        """Wait, within reason, until something is true."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)

    def titles(self) -> list[str]:
        """Give the titles that the feed shows."""
        path = self.folder / "public" / "feed.xml"
        return (
            [entry.title for entry in feedparser.parse(path.read_bytes()).entries]
            if path.exists()
            else []
        )

    def write(
        self, name: str, title: str, *, draft: bool = False, date: str = "2020-01-01"
    ) -> None:
        """Save a post as most editors do: beside, then renamed."""
        beside = self.posts / f".{name}.swp"
        beside.write_text(POST.format(title=title, date=date, draft=str(draft).lower()))
        beside.rename(self.posts / name)

    def publisher(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command beside the daemon."""
        return publisher(*arguments, "-c", self.config, cwd=ROOT, **self.changed)

    def known_as(self, path: str) -> str:
        """Give what the catalogue last decided a file to be."""
        found = self.query("SELECT known_as FROM posts WHERE path = ?", path)
        return str(found[0][0]) if found else ""

    def query(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database, as it is now."""
        with closing(
            sqlite3.connect(f"file:{self.folder}/state/publisher.db?mode=ro", uri=True, timeout=30)
        ) as connection:
            return connection.execute(sql, values).fetchall()

    def issues(self) -> dict[str, str]:
        """Give issue states by subject."""
        listed = json.loads(self.publisher("issues", "list", "--json").stdout)["issues"]
        return {issue["subject"]: issue["state"] for issue in listed}


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
