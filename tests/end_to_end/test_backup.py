"""``publisher backup`` and what comes of putting an archive back, as an operator does it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from publisher.database.database import Database
from publisher.errors import UsageError
from publisher.newsletter.issue import HoldReason, IssueState
from publisher.subscribers.tokens import Purpose
from publisher.system.archive import write_archive
from tests.conftest import ROOT
from tests.end_to_end.backed_up import (
    OLD,
    SQLITE,
    TODAY,
    WRITER,
    back_up,
    issue_states,
    keyring,
    opened_site,
    publish,
    run,
    settled,
    unpack,
)
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site on SQLite."""
    return settled(Site(tmp_path / "site"))


def _check(copy: Path) -> tuple[int, int]:
    """Check a copied database by itself, and count people and their proofs."""
    with closing(sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT value FROM memory WHERE name = 'is_copy'").fetchall() == [
            ("true",)
        ]
        people = connection.execute("SELECT count(*) FROM subscribers").fetchone()[0]
        return people, connection.execute("SELECT count(*) FROM subscriber_events").fetchone()[0]


def test_one_archive_that_only_its_owner_can_read(site: Site, tmp_path: Path) -> None:
    """Database, keys and mark, named as they lie in the site's folder.

    The commands end with how to put it back.
    """
    done = run("backup", "-c", site.config_file, cwd=tmp_path)
    archive = tmp_path / f"publisher-backup-{TODAY}.tar.gz"
    assert done.returncode == 0, done.stderr
    assert f"tar -xzf {archive} -C {site.folder}" in done.stdout
    assert archive.stat().st_mode & 0o777 == 0o600
    with tarfile.open(archive) as opened:
        assert [member.name for member in opened if member.isfile()] == SQLITE
        assert {member.mode for member in opened if member.isfile()} == {0o600}
        assert {(member.name, member.mode) for member in opened if member.isdir()} == {
            ("state", 0o700)
        }
    assert sorted(path.name for path in tmp_path.iterdir()) == [archive.name, "site"]
    assert not list((site.folder / "state").glob(".copy-*"))


def test_what_is_there_is_replaced_only_when_said(site: Site, tmp_path: Path) -> None:
    """An older archive is somebody's last hope."""
    (tmp_path / "backups").mkdir()
    archive = tmp_path / "backups" / f"publisher-backup-{TODAY}.tar.gz"
    archive.write_text("the only one")
    again = run("backup", tmp_path / "backups", "-c", site.config_file)
    assert (again.returncode, "--force" in again.stderr) == (2, True)
    assert archive.read_text() == "the only one"
    with pytest.raises(UsageError, match="exists already"):
        write_archive(archive, {"x": site.config_file}, site.folder, overwrite=False)
    assert archive.read_text() == "the only one"
    made = back_up(site, tmp_path / "backups", "--force")
    assert (made["path"], made["files"], made["database"], made["keys"]) == (
        str(archive),
        SQLITE,
        "sqlite",
        True,
    )
    assert made["bytes"] == archive.stat().st_size
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [archive.name]


@pytest.mark.parametrize("where", ["public/backup.tar.gz", "nowhere/backup.tar.gz"])
def test_where_a_backup_is_not_put(site: Site, where: str) -> None:
    """Not where everybody can read every address, and not in a folder that is not there."""
    done = run("backup", site.folder / where, "-c", site.config_file)
    assert done.returncode == 2
    assert done.stderr.startswith("publisher: ")
    assert not (site.folder / where).exists()


def test_a_restored_backup_is_noticed_once_and_goes_on(site: Site, tmp_path: Path) -> None:
    """What was announced or queued since is held, the mark is written anew, news is news again."""
    made = back_up(site, tmp_path / "b.tar.gz")
    publish(site, "After")
    unpack(made["path"], site.folder)
    site.later(hours=1)
    report = site.build()
    assert sorted(issue_states(report)) == [
        ("After", IssueState.HELD, HoldReason.RESTORED),
        ("Before", IssueState.HELD, HoldReason.RESTORED),
    ]
    assert (
        "This is an older copy of the database, as it was on 2026-03-02 at 09:00 UTC"
        in report.problems[0].found
    )
    mark = json.loads((site.folder / "newsletters" / ".mark").read_text())
    with closing(sqlite3.connect(site.folder / "state" / "publisher.db")) as connection:
        memory = dict(connection.execute("SELECT name, value FROM memory").fetchall())
    assert (json.dumps(mark["instance"]), json.dumps(mark["counter"])) == (
        memory["instance"],
        memory["counter"],
    )
    assert memory["is_copy"] == "false"
    assert issue_states(publish(site, "Next")) == [("Next", IssueState.QUEUED, None)]
    assert run("issues", "release", "--reason", "restored", "-c", site.config_file).returncode == 0


def test_a_backup_put_back_on_another_machine_is_noticed(site: Site, tmp_path: Path) -> None:
    """Nothing is there but the posts: no newer mark, no database that was lost."""
    made = back_up(site, tmp_path / "b.tar.gz")
    other = Site(tmp_path / "other")
    shutil.rmtree(other.posts)
    shutil.copytree(site.posts, other.posts)
    site.config_file.rename(tmp_path / "old machine.toml")
    other.now = site.now
    unpack(made["path"], other.folder)
    assert issue_states(other.build()) == [("Before", IssueState.HELD, HoldReason.RESTORED)]
    assert (other.folder / "state").stat().st_mode & 0o777 == 0o700


def test_links_in_readers_inboxes_work_after_a_restore(site: Site, tmp_path: Path) -> None:
    """The keys are in the archive, also where the file is a link to one that is kept elsewhere."""
    with opened_site(site) as opened:
        token = keyring(opened).sign(Purpose.UNSUBSCRIBE, "ab" * 16, site.now)
    key = site.folder / "state" / "secret.key"
    shutil.move(key, tmp_path / "kept.key")
    key.symlink_to(tmp_path / "kept.key")
    made = back_up(site, tmp_path / "b.tar.gz")
    shutil.rmtree(site.folder / "state")
    (tmp_path / "kept.key").unlink()
    unpack(made["path"], site.folder)
    with opened_site(site) as opened:
        read = keyring(opened).read(Purpose.UNSUBSCRIBE, token)
    assert read is not None
    assert read.subject == "ab" * 16


def test_a_backup_is_one_instant_while_others_write(
    site: Site, tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    """The copy is whole, with no transaction by half and none missing, and the writer goes on."""
    seen = []
    for number in range(3):
        with closing(sqlite3.connect(site.folder / "state" / "publisher.db")) as connection:
            before = connection.execute("SELECT count(*) FROM subscribers").fetchone()[0]
        made = back_up(site, tmp_path / f"{number}.tar.gz")
        unpack(made["path"], tmp_path)
        people, proofs = _check(tmp_path / "state" / "publisher.db")
        assert people == proofs
        assert people >= before
        seen.append(people)
    assert seen == sorted(set(seen)), "each copy is of a later instant"
    assert writer.poll() is None


def test_the_journal_of_a_later_database_does_not_get_into_a_restored_one(
    site: Site, tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    """A killed process leaves a WAL, which SQLite would play into any database beside it."""
    made = back_up(site, tmp_path / "b.tar.gz")
    assert writer.stdout is not None
    for _ in range(30):
        writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    state = site.folder / "state"
    assert (state / "publisher.db-wal").stat().st_size > 0
    unpack(made["path"], site.folder)
    (tmp_path / "alone").mkdir()
    unpack(made["path"], tmp_path / "alone")
    expected = _check(tmp_path / "alone" / "state" / "publisher.db")
    opened = Database.open(state)
    with opened.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        people = connection.exec_driver_sql("SELECT count(*) FROM subscribers").scalar()
    opened.close()
    assert people == expected[0]


def test_what_a_killed_backup_left_is_removed(site: Site, tmp_path: Path) -> None:
    """It is a copy of every address; that of a backup which still runs is left alone."""
    left, busy = site.folder / "state" / ".copy-left", site.folder / "state" / ".copy-busy"
    for folder in (left, busy):
        folder.mkdir()
        (folder / "publisher.db").write_text("addresses")
    lock = os.open(busy, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    back_up(site, tmp_path / "b.tar.gz")
    os.close(lock)
    assert (left.exists(), busy.exists()) == (False, True)


def test_folders_outside_the_site_are_named(tmp_path: Path) -> None:
    """The archive has them by their usual names, and the command says where their files go."""
    site = settled(Site(tmp_path / "site", more=f'[state]\nfolder = "{tmp_path / "var"}"\n'))
    done = run("backup", tmp_path / "b.tar.gz", "-c", site.config_file)
    assert f"move what is in state/ to {tmp_path / 'var'}" in done.stdout
    with tarfile.open(tmp_path / "b.tar.gz") as opened:
        assert [member.name for member in opened if member.isfile()] == SQLITE


def test_a_feed_without_readers_has_no_keys_yet(tmp_path: Path) -> None:
    """Nothing was ever signed, so nothing is missing."""
    site = Site(tmp_path / "site")
    site.write("old.md", OLD)
    site.build()
    done = run("backup", tmp_path / "b.tar.gz", "-c", site.config_file)
    assert (done.returncode, "there are no keys yet" in done.stdout) == (0, True)


@pytest.fixture
def writer(site: Site) -> Iterator[subprocess.Popen[str]]:
    """A process that lets one person after another join."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WRITER, str(site.folder / "state")]
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        yield process
        process.send_signal(signal.SIGKILL)
