"""How programs save.

Each in its own way, and the daemon sees one post, one piece of news, and no trouble.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.daemon.running import POST, Daemon
from tests.torture.rows import Trial, record
from tests.torture.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def in_place(path: Path, text: str) -> None:
    """VS Code: cut to nothing, then written in pieces."""
    with path.open("w") as file:
        for start in range(0, len(text), 20):
            file.write(text[start : start + 20])
            file.flush()
            time.sleep(0.01)


def by_rename(path: Path, text: str) -> None:
    """gedit, Obsidian, Syncthing: beside, synced, renamed over it."""
    beside = path.with_name(f".goutputstream-{os.getpid()}")
    with beside.open("w") as file:
        file.write(text)
        os.fsync(file.fileno())
    beside.rename(path)


def as_vim(path: Path, text: str) -> None:
    """Vim: a swap file, a test file called 4913, a renamed backup, the new file written."""
    swap, probe, backup = (
        path.with_name(f".{path.name}.swp"),
        path.with_name("4913"),
        path.with_name(f"{path.name}~"),
    )
    swap.write_bytes(b"b0VIM 9.0")
    probe.touch()
    probe.unlink()
    if path.exists():
        path.rename(backup)
    in_place(path, text)
    backup.unlink(missing_ok=True)
    swap.unlink()


def as_emacs(path: Path, text: str) -> None:
    """Emacs: a lock that links to nowhere, an autosave file, a backup copy, written in place."""
    lock, autosave = path.with_name(f".#{path.name}"), path.with_name(f"#{path.name}#")
    lock.symlink_to("somebody@somewhere.1234:1700000000")
    autosave.write_text(text[: len(text) // 2])
    if path.exists():
        shutil.copy2(path, path.with_name(f"{path.name}~"))
    in_place(path, text)
    autosave.unlink()
    lock.unlink()


def as_rsync(path: Path, text: str) -> None:
    """Rsync: a hidden file of another name that grows, its old time set, renamed."""
    beside = path.with_name(f".{path.name}.Xy12ab")
    in_place(beside, text)
    os.utime(beside, (1_700_000_000, 1_700_000_000))
    beside.rename(path)


@pytest.mark.parametrize("save", [in_place, by_rename, as_vim, as_emacs, as_rsync][: scaled(5, 3)])
def test_however_a_post_is_saved_its_news_goes_once(
    tmp_path: Path, save: Callable[[Path, str], None]
) -> None:
    """A draft, edited, published, edited again.

    What the feed shows follows, one issue is made, nothing is a problem.

    The defences are ``Scanner._is_settled`` and ``_PAUSE`` of ``daemon/scheduler.py``; seen to fail
    without both.
    """
    today = datetime.now(UTC).date().isoformat()
    with Daemon(tmp_path) as daemon:
        daemon.write("old.md", "Old")
        daemon.until(lambda: daemon.titles() == ["Old"])
        path = daemon.posts / "news.md"
        save(path, POST.format(title="Draft", date=today, draft="true"))
        daemon.until(lambda: daemon.known_as("news.md") == "draft")
        save(path, POST.format(title="News", date=today, draft="false"))
        daemon.until(lambda: "News" in daemon.titles())
        daemon.until(lambda: daemon.issues().get("News") == "sent")
        save(path, POST.format(title="News, corrected", date=today, draft="false"))
        daemon.until(lambda: "News, corrected" in daemon.titles())
        assert [subject for subject, state in daemon.issues().items() if state != "held"] == [
            "News"
        ]
        assert not daemon.complaints()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_checkout_of_another_branch_and_back_announces_nothing(tmp_path: Path) -> None:
    """All posts but one go and as many others come, and back again.

    The feeds follow, what is new is held, ids and bytes are as before.

    The defences are that more than half of the posts are still there, only other ones, and that
    what came at once is held as a burst (``_Round._is_bulk``); tombstones keep ids (``match``).
    Seen to fail without the last two; and once, where a round fell in the middle of a checkout and
    said at once what was missing (``Settings.may_come``;
    ``tests/publishing/test_round_missing_posts.py`` lets it fall there).
    """
    today, count = datetime.now(UTC).date().isoformat(), scaled(500, 50)

    def git(*words: str) -> None:
        command = [
            "git",
            "-C",
            str(tmp_path / "posts"),
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@example.org",
            *words,
        ]
        subprocess.run(command, check=True, capture_output=True)

    (tmp_path / "posts").mkdir()
    git("init", "-q", "-b", "one")
    (tmp_path / "posts" / "both.md").write_text(
        POST.format(title="Both", date="2020-01-01", draft="false")
    )
    for branch in ("one", "two"):
        if branch == "two":
            git("checkout", "-q", "-b", "two")
        for number in range(count):
            name = tmp_path / "posts" / f"{branch}-{number}.md"
            own_words = " ".join(
                hashlib.sha256(f"{branch} {number} {word}".encode()).hexdigest()
                for word in range(8)
            )
            name.write_text(
                POST.format(title=f"{branch} {number}", date=today, draft="false") + own_words
            )
        if branch == "two":
            git("rm", "-q", *(f"one-{number}.md" for number in range(count)))
        git("add", ".")
        git("commit", "-q", "-m", branch)
    git("checkout", "-q", "one")
    with Daemon(tmp_path) as daemon:
        daemon.until(
            lambda: daemon.titles() and all(title.startswith("one") for title in daemon.titles())
        )
        before = (tmp_path / "public" / "feed.xml").read_bytes()
        git("checkout", "-q", "two")
        daemon.until(
            lambda: daemon.titles() and all(title.startswith("two") for title in daemon.titles())
        )
        daemon.until(
            lambda: (
                daemon.query("SELECT count(*) FROM issues WHERE state = 'held' AND reason = 'bulk'")
                == [(count,)]
            )
        )
        git("checkout", "-q", "one")
        daemon.until(lambda: (tmp_path / "public" / "feed.xml").read_bytes() == before)
        daemon.until(lambda: not daemon.query("SELECT 1 FROM issues WHERE state = 'waiting'"))
        assert {state for (state,) in daemon.query("SELECT DISTINCT state FROM issues")} <= {
            "held",
            "cancelled",
        }
        assert not daemon.complaints()
    record(Trial("daemon: git checkout of another branch and back", 1, 0, f"{count} posts each"))
