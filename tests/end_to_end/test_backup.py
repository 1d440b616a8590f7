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
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from publisher.app import keyring_of
from publisher.database.database import Database
from publisher.errors import UsageError
from publisher.newsletter.issue import HoldReason, IssueState
from publisher.subscribers.models import Event, Subscriber
from publisher.subscribers.models import SubscriberState as MembershipService
from publisher.subscribers.store import SubscriberStore
from publisher.subscribers.tokens import Purpose
from publisher.system.archive import write_archive
from tests.commands import publisher
from tests.conftest import ROOT
from tests.end_to_end.site import Site
from tests.postgres import programs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from publisher.app import App as OpenSite
    from publisher.publishing.report import Report
    from publisher.subscribers.tokens import Keyring

TODAY = datetime.now(UTC).strftime("%Y-%m-%d")
OLD = "---\ntitle: Old\ndate: 2020-01-01\n---\nOld words.\n"
NEWS = "---\ntitle: {title}\ndate: 2026-03-01\n---\nWords of {title}.\n"
BOTH = ("subscribers", "subscriber_events")
SQLITE = ["state/publisher.db", "state/publisher.db-wal", "state/secret.key", "newsletters/.mark"]

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from publisher.database.database import Database
from tests.end_to_end.test_backup import join
state, number = Database.open(Path(sys.argv[1])), 0
while True:
    join(state, f"late{number}", datetime.now(UTC))
    number += 1
    print(number, flush=True)
"""


def join(state: Database, name: str, now: datetime) -> None:
    """Let somebody join: a row and its proof, in one transaction."""
    address = f"{name}@example.org"
    with state.transaction() as transaction:
        person = Subscriber(address, address, MembershipService.ACTIVE, now)
        SubscriberStore(transaction).add_subscriber(
            person, Event(now, "add", MembershipService.ACTIVE, "command line")
        )


def _run(
    *words: object, cwd: Path = ROOT, path: str | None = None
) -> subprocess.CompletedProcess[str]:
    return publisher(*words, cwd=cwd, PATH=path if path is not None else programs())


def _back_up(site: Site, *words: object) -> dict[str, object]:
    done = _run("backup", *words, "--json", "-c", site.config_file)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def _unpack(archive: object, folder: Path) -> None:
    """Put an archive back the way the documentation says."""
    subprocess.run(["tar", "-xzf", str(archive), "-C", str(folder)], check=True)


def _publish(site: Site, title: str) -> Report:
    site.later(hours=1)
    site.write(f"{title.lower()}.md", NEWS.format(title=title))
    return site.build()


def _told(report: Report) -> list[tuple[str, IssueState, HoldReason | None]]:
    return [(line.issue.subject, line.issue.state, line.issue.reason) for line in report.issues]


@contextmanager
def _opened(site: Site) -> Iterator[OpenSite]:
    opened = site.open()
    yield opened
    opened.database.close()


def _keyring(site: OpenSite) -> Keyring:
    return keyring_of(site.config)


def _settled(site: Site) -> Site:
    """Give a site with keys, one reader, and one issue that is queued and not sent."""
    site.write("old.md", OLD)
    site.build()
    with _opened(site) as opened:
        if opened.config.state.url:
            opened.config.state_folder.mkdir(parents=True, exist_ok=True)
            (opened.config.state_folder / "secret.key").write_text("a1" * 32 + "\n")
        _keyring(opened)
        join(opened.database, "ada", site.now)
    assert _told(_publish(site, "Before")) == [("Before", IssueState.QUEUED, None)]
    return site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site on SQLite."""
    return _settled(Site(tmp_path / "site"))


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
    done = _run("backup", "-c", site.config_file, cwd=tmp_path)
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
    again = _run("backup", tmp_path / "backups", "-c", site.config_file)
    assert (again.returncode, "--force" in again.stderr) == (2, True)
    assert archive.read_text() == "the only one"
    with pytest.raises(UsageError, match="exists already"):
        write_archive(archive, {"x": site.config_file}, site.folder, overwrite=False)
    assert archive.read_text() == "the only one"
    made = _back_up(site, tmp_path / "backups", "--force")
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
    done = _run("backup", site.folder / where, "-c", site.config_file)
    assert done.returncode == 2
    assert done.stderr.startswith("publisher: ")
    assert not (site.folder / where).exists()


def test_a_restored_backup_is_noticed_once_and_goes_on(site: Site, tmp_path: Path) -> None:
    """What was announced or queued since is held, the mark is written anew, news is news again."""
    made = _back_up(site, tmp_path / "b.tar.gz")
    _publish(site, "After")
    _unpack(made["path"], site.folder)
    site.later(hours=1)
    report = site.build()
    assert sorted(_told(report)) == [
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
    assert _told(_publish(site, "Next")) == [("Next", IssueState.QUEUED, None)]
    assert _run("issues", "release", "--reason", "restored", "-c", site.config_file).returncode == 0


def test_a_backup_put_back_on_another_machine_is_noticed(site: Site, tmp_path: Path) -> None:
    """Nothing is there but the posts: no newer mark, no database that was lost."""
    made = _back_up(site, tmp_path / "b.tar.gz")
    other = Site(tmp_path / "other")
    shutil.rmtree(other.posts)
    shutil.copytree(site.posts, other.posts)
    site.config_file.rename(tmp_path / "old machine.toml")
    other.now = site.now
    _unpack(made["path"], other.folder)
    assert _told(other.build()) == [("Before", IssueState.HELD, HoldReason.RESTORED)]
    assert (other.folder / "state").stat().st_mode & 0o777 == 0o700


def test_links_in_readers_inboxes_work_after_a_restore(site: Site, tmp_path: Path) -> None:
    """The keys are in the archive, also where the file is a link to one that is kept elsewhere."""
    with _opened(site) as opened:
        token = _keyring(opened).sign(Purpose.UNSUBSCRIBE, "ab" * 16, site.now)
    key = site.folder / "state" / "secret.key"
    shutil.move(key, tmp_path / "kept.key")
    key.symlink_to(tmp_path / "kept.key")
    made = _back_up(site, tmp_path / "b.tar.gz")
    shutil.rmtree(site.folder / "state")
    (tmp_path / "kept.key").unlink()
    _unpack(made["path"], site.folder)
    with _opened(site) as opened:
        read = _keyring(opened).read(Purpose.UNSUBSCRIBE, token)
    assert read is not None
    assert read.subject == "ab" * 16


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


def test_a_backup_is_one_instant_while_others_write(
    site: Site, tmp_path: Path, writer: subprocess.Popen[str]
) -> None:
    """The copy is whole, with no transaction by half and none missing, and the writer goes on."""
    seen = []
    for number in range(3):
        with closing(sqlite3.connect(site.folder / "state" / "publisher.db")) as connection:
            before = connection.execute("SELECT count(*) FROM subscribers").fetchone()[0]
        made = _back_up(site, tmp_path / f"{number}.tar.gz")
        _unpack(made["path"], tmp_path)
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
    made = _back_up(site, tmp_path / "b.tar.gz")
    assert writer.stdout is not None
    for _ in range(30):
        writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    state = site.folder / "state"
    assert (state / "publisher.db-wal").stat().st_size > 0
    _unpack(made["path"], site.folder)
    (tmp_path / "alone").mkdir()
    _unpack(made["path"], tmp_path / "alone")
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
    _back_up(site, tmp_path / "b.tar.gz")
    os.close(lock)
    assert (left.exists(), busy.exists()) == (False, True)


def test_folders_outside_the_site_are_named(tmp_path: Path) -> None:
    """The archive has them by their usual names, and the command says where their files go."""
    site = _settled(Site(tmp_path / "site", more=f'[state]\nfolder = "{tmp_path / "var"}"\n'))
    done = _run("backup", tmp_path / "b.tar.gz", "-c", site.config_file)
    assert f"move what is in state/ to {tmp_path / 'var'}" in done.stdout
    with tarfile.open(tmp_path / "b.tar.gz") as opened:
        assert [member.name for member in opened if member.isfile()] == SQLITE


def test_a_feed_without_readers_has_no_keys_yet(tmp_path: Path) -> None:
    """Nothing was ever signed, so nothing is missing."""
    site = Site(tmp_path / "site")
    site.write("old.md", OLD)
    site.build()
    done = _run("backup", tmp_path / "b.tar.gz", "-c", site.config_file)
    assert (done.returncode, "there are no keys yet" in done.stdout) == (0, True)


@pytest.fixture
def served(tmp_path: Path, postgres_url: str) -> Site:
    """A site on PostgreSQL, whose address holds a password."""
    url = postgres_url.replace("postgres:@", "postgres:hush@", 1)
    return _settled(Site(tmp_path / "site", more=f'[state]\nurl = "{url}"\n'))


def _psql(url: str, *words: object) -> None:
    done = subprocess.run(
        ["psql", "-q", "-1", "-v", "ON_ERROR_STOP=1", *map(str, words), url],
        env={**os.environ, "PATH": programs()}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_restored_backup_of_postgresql_is_noticed(
    served: Site, tmp_path: Path, postgres_url: str
) -> None:
    """Put back into the very same database, which its server still calls by the same name.

    The copy says that it is one.
    """
    done = _run("backup", tmp_path / "b.tar.gz", "-c", served.config_file)
    assert done.returncode == 0, done.stderr
    assert "psql" in done.stdout
    assert "hush" not in done.stdout
    _publish(served, "After")
    _unpack(tmp_path / "b.tar.gz", served.folder)
    _psql(postgres_url, "-f", served.folder / "state" / "publisher.sql")
    served.later(hours=1)
    report = served.build()
    assert sorted(_told(report)) == [
        ("After", IssueState.HELD, HoldReason.RESTORED),
        ("Before", IssueState.HELD, HoldReason.RESTORED),
    ]
    assert "older copy" in report.problems[0].found
    assert _told(_publish(served, "Next")) == [("Next", IssueState.QUEUED, None)]


def test_a_backup_of_postgresql_is_one_instant_while_others_write(
    served: Site, tmp_path: Path, postgres_url: str
) -> None:
    """Rows and their proofs are as many, whenever the dump was made."""
    opened, ending, number = served.open().database, threading.Event(), 0

    def write() -> None:
        nonlocal number
        while not ending.is_set():
            join(opened, f"late{number}", served.now)
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        _back_up(served, tmp_path / "b.tar.gz")
    finally:
        ending.set()
        thread.join()
        opened.close()
    _unpack(tmp_path / "b.tar.gz", served.folder)
    _psql(postgres_url, "-f", served.folder / "state" / "publisher.sql")
    with _opened(served) as restored, restored.database.reading() as transaction:
        counts = [
            transaction.connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
            for name in BOTH
        ]
    assert counts[0] == counts[1]
    assert 1 <= counts[0] <= number + 1


def test_without_pg_dump_the_line_to_run_is_said(served: Site, tmp_path: Path) -> None:
    """And no password with it."""
    done = _run("backup", tmp_path / "b.tar.gz", "-c", served.config_file, path="/nowhere")
    assert done.returncode == 2
    assert "pg_dump --clean --if-exists" in done.stderr
    assert "secret.key" in done.stderr
    assert "hush" not in done.stderr
    assert not (tmp_path / "b.tar.gz").exists()


def test_a_pg_dump_that_fails_is_reported(served: Site, tmp_path: Path) -> None:
    """In its own words, with no archive and no password."""
    fake = tmp_path / "bin" / "pg_dump"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'aborting because of server version mismatch' >&2\nexit 1\n")
    fake.chmod(0o755)
    done = _run(
        "backup",
        tmp_path / "b.tar.gz",
        "-c",
        served.config_file,
        path=f"{fake.parent}:{os.environ['PATH']}",
    )
    assert (done.returncode, "version mismatch" in done.stderr, "hush" in done.stderr) == (
        2,
        True,
        False,
    )
    assert not (tmp_path / "b.tar.gz").exists()
    assert not list((served.folder / "state").glob(".copy-*"))
