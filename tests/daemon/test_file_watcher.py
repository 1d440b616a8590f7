"""The watch over the posts folder."""

from __future__ import annotations

import shutil
import subprocess
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from publisher.daemon.file_watcher import FileWatcher
from publisher.system.health import Health
from tests.daemon.running import POST, Daemon
from tests.torture.scale import scaled

if TYPE_CHECKING:
    from pathlib import Path


FOLDERS = "abcde"


def test_once_the_watch_is_there_the_folder_is_looked_at_again(tmp_path: Path) -> None:
    """What changed after the first look and before the watch was there, nobody has told of.

    Seen to fail without the first turn.
    """
    woken = threading.Event()
    watcher = FileWatcher(
        tmp_path, "auto", lambda _paths: woken.set(), Health(lambda: datetime.now(UTC))
    )
    watcher.start()
    try:
        assert woken.wait(10), "nobody looks again before something else changes"
    finally:
        watcher.stop()


def as_another(*words: str) -> list[str]:
    """Return words that start a command as nobody, in a user namespace with limits of its own."""
    command = ["unshare", "--user", *words]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*command, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no user namespace may be made here")
    return command


def with_limit(limit: str, most: int) -> list[str]:
    """Return words that start a command with so many inotify ``watches`` or ``instances``."""
    return as_another(
        "--map-root-user",
        "sh",
        "-c",
        f'echo {most} > /proc/sys/user/max_inotify_{limit} && exec "$@"',
        "sh",
    )


def daemon_over_folders(folder: Path, *under: str) -> Daemon:
    """Return a daemon started by these words, over a few folders, that scans once an hour."""
    daemon = Daemon(folder, PUBLISHER_SCHEDULE__SCAN="1h")
    daemon.under = under
    for name in FOLDERS:
        (daemon.posts / name).mkdir()
    return daemon


def save_in(daemon: Daemon, folders: str) -> None:
    """Save a post in each of these folders, and see them in the feed."""
    for name in folders:
        (daemon.posts / name / "post.md").write_text(
            POST.format(title=f"In {name}", date="2020-01-01", draft="false")
        )
    daemon.until(lambda: len(daemon.titles()) == len(folders))


@pytest.mark.parametrize(("limit", "most"), [("watches", 3), ("instances", 0)][: scaled(2, 1)])
def test_where_the_system_watches_no_more_it_says_so_and_looks_by_itself(
    tmp_path: Path, limit: str, most: int
) -> None:
    """A user who may have no more watches, or no watcher at all.

    One warning with the cure, and what is saved in any folder is seen soon.

    The defence is that ``Watcher._run`` polls after RuntimeError and OSError, and that
    ``Watcher._watch`` lets the system tell of its limit (seen to fail without either: nothing was
    told, and folders beyond the limit were looked at by the scheduled scan only).
    """
    with daemon_over_folders(tmp_path, *with_limit(limit, most)) as daemon:
        daemon.until(daemon.complaints)
        save_in(daemon, FOLDERS)
        (warning,) = daemon.complaints()
    assert "max_user_watches" in str(warning["cure"])
    assert "polled" in str(warning["cure"])


def test_a_folder_that_may_not_be_read_is_told_and_the_others_are_watched(tmp_path: Path) -> None:
    """It is named with its cure, and what is saved beside it is seen at once, by the watch.

    The defence is that ``Watcher._run`` leaves out what is shut after PermissionError (seen to fail
    without: the folder was polled, and the operator was told to raise a limit).
    """
    daemon = daemon_over_folders(tmp_path, *as_another())
    shut = daemon.posts / "e"
    shut.chmod(0)
    try:
        with daemon:
            daemon.until(daemon.complaints)
            save_in(daemon, "abcd")
            (problem,) = daemon.complaints()
        assert (problem["file"], problem["cure"]) == ("e", "Mend its permissions.")
    finally:
        shut.chmod(0o755)


def test_the_watch_outlives_whoever_it_wakes(tmp_path: Path) -> None:
    """Whatever the one who is woken raises.

    It is told of, and the watch begins anew (seen to end for ever without ``Supervised``).
    """
    health, woken = Health(lambda: datetime.now(UTC)), threading.Event()
    errors = [ValueError("a fault of ours")]

    def wake(_paths: object) -> None:
        if errors:
            raise errors.pop()
        woken.set()

    watcher = FileWatcher(tmp_path, "auto", wake, health)
    watcher.start()
    try:
        assert woken.wait(20), "the thread ended"
        woken.clear()
        (tmp_path / "post.md").write_text("x")
        assert woken.wait(20), "it watches no more"
        assert health.faults() == []
    finally:
        watcher.stop()
