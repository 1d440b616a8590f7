"""A build with a full or read-only disk, no real folder, or a database held, newer, or gone."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.commands import publisher
from tests.conftest import ROOT
from tests.torture.aftermath import AfterNews, shown
from tests.torture.daemons import free_port, running, until
from tests.torture.driver import REFUSED
from tests.torture.mounts import enlarge, leave, read_only, small_disk
from tests.torture.rows import Trial, record
from tests.torture.scale import LONG, scaled
from tests.torture.subscribed_site import SubscribedSite
from tests.torture.tracing import let_go, need_tracing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.delivery.smtp_server import SmtpServer
    from tests.torture.forks import Forks

ROOM = 32
"""Megabytes of a disk with room."""
PAGES = {"": range(400) if LONG else (20,), "public": range(400) if LONG else (1, 15)}
WORDS = "These are the words of a long letter. " * 1000
ENOUGH = 5
FOLDERS = ("public", "newsletters", "state")


@pytest.fixture
def subscribed_site(tmp_path: Path) -> SubscribedSite:
    """A site with two readers."""
    return SubscribedSite(tmp_path / "site", 2)


@pytest.fixture
def aftermath(subscribed_site: SubscribedSite, forks: Forks) -> AfterNews:
    """It has published once, and there is news."""
    return AfterNews(subscribed_site, forks)


@pytest.mark.parametrize("folder", PAGES, ids=["everything", "public"])
def test_a_disk_that_is_full_at_any_point_of_a_build(
    tmp_path: Path, forks: Forks, folder: str
) -> None:
    """A page more room each time, until there is enough.

    One sentence, feeds old or new, and with room the build goes on.

    The defence is that ``output.py:_replace`` writes beside and renames (seen to fail where it
    writes in place).
    """
    kept, site = tmp_path / "kept", tmp_path / "site"
    with small_disk(site, ROOM):
        subscribed_site = SubscribedSite(site, 2)
        aftermath = AfterNews(subscribed_site, forks, WORDS)
        shutil.copytree(site, kept)
    full = harmless = 0
    for pages in PAGES[folder]:
        with small_disk(site / folder, ROOM) as disk:
            shutil.copytree(kept, site, dirs_exist_ok=True)
            leave(disk, pages)
            status = forks.begin(subscribed_site, builds=True).wait()
            assert status in {0, REFUSED}, forks.said()
            enlarge(disk, ROOM)
            if status == 0:
                harmless += 1
            else:
                full, harmless = full + 1, 0
                aftermath.check(f"{pages} pages")
        shutil.rmtree(site)
        if harmless == ENOUGH:
            break
    record(
        Trial(
            f"build: {folder or 'everything'} on a full tmpfs, 4 KB more room each time",
            runs=full,
            harm=0,
        )
    )
    assert full >= scaled(20, 1)


@pytest.mark.parametrize("folder", FOLDERS if LONG else ("public", "state"))
def test_a_folder_that_may_not_be_written(
    subscribed_site: SubscribedSite, aftermath: AfterNews, folder: str
) -> None:
    """A read-only mount, which stops root too: one sentence, old feeds to the byte.

    Afterwards the news is announced once.

    For the outputs the defence is the ``except`` of ``output.py:write``. For the state it is
    ``SqliteFile``, which looks first, and ``_CURES`` of ``database/errors.py`` behind it: seen to
    fail, and to tell of a damaged database, without both.
    """
    with read_only(subscribed_site.folder / folder):
        done = publisher("build", "-c", subscribed_site.config_file)
        assert (done.returncode in {1, 2}, "Traceback" in done.stderr) == (True, False), done.stderr
        assert str(subscribed_site.folder / folder) in done.stderr
        assert "damaged" not in done.stderr
        assert aftermath.is_untouched()
    aftermath.check(folder)


@pytest.mark.skipif(not LONG, reason="the share is a read-only mount")
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_without_permission(
    subscribed_site: SubscribedSite, aftermath: AfterNews, folder: str
) -> None:
    """The same of a mode, with the same defences, for a process without root's way around it."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("setpriv takes from root what others never had")
    (subscribed_site.folder / folder).chmod(0o555)
    powerless = [
        "setpriv",
        "--bounding-set=-dac_override,-dac_read_search",
        "--inh-caps=-dac_override,-dac_read_search",
    ]
    command = [
        *powerless,
        sys.executable,
        "-m",
        "publisher",
        "build",
        "-c",
        str(subscribed_site.config_file),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode in {1, 2}, "Traceback" in done.stderr) == (True, False), done.stderr
    assert "permission" in done.stderr.lower()
    assert aftermath.is_untouched()
    (subscribed_site.folder / folder).chmod(0o755)
    aftermath.check(folder)


@pytest.mark.parametrize("folder", ["public", "newsletters"] if LONG else ["public"])
def test_a_folder_that_became_a_file(
    subscribed_site: SubscribedSite, aftermath: AfterNews, folder: str
) -> None:
    """The file stays as it is, and one sentence names it.

    Afterwards the news is announced once, or held where the mark was not there.

    The defence is the ``except`` of ``output.py:write``.
    """
    aside = subscribed_site.folder / "aside"
    (subscribed_site.folder / folder).rename(aside)
    (subscribed_site.folder / folder).write_text("a file")
    done = publisher("build", "-c", subscribed_site.config_file)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert str(subscribed_site.folder / folder) in done.stderr
    assert (subscribed_site.folder / folder).read_text() == "a file"
    (subscribed_site.folder / folder).unlink()
    aside.rename(subscribed_site.folder / folder)
    aftermath.check(folder, held=folder == "newsletters")


def test_a_public_folder_that_is_gone_is_written_anew(
    subscribed_site: SubscribedSite, forks: Forks, aftermath: AfterNews
) -> None:
    """Also where no post changed since.

    The defence is that ``feeds/documents.py:Documents`` looks whether each document is there.
    """
    aftermath.check("first")
    before = shown(subscribed_site)
    shutil.rmtree(subscribed_site.folder / "public")
    assert forks.begin(subscribed_site, builds=True).wait() == 0
    assert shown(subscribed_site) == before


@contextmanager
def holding(subscribed_site: SubscribedSite, seconds: float) -> Iterator[None]:
    """Hold the database as a writer that does not end does, for so long."""
    with closing(
        sqlite3.connect(
            subscribed_site.folder / "state" / "publisher.db",
            isolation_level=None,
            check_same_thread=False,
        )
    ) as holder:
        holder.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(seconds, holder.execute, ["ROLLBACK"])
        timer.start()
        yield
        timer.cancel()
        timer.join()


def test_a_database_that_is_held_for_longer_than_anybody_waits(
    subscribed_site: SubscribedSite, forks: Forks, aftermath: AfterNews
) -> None:
    """After 30 seconds one sentence, nothing written; then the next build goes on.

    In the share these pass at once.

    The defence is the ``locked`` in ``database/errors.py``.
    """
    need_tracing()
    with holding(subscribed_site, 60):
        waiting = forks.begin(subscribed_site, waits=True, builds=True)
        injected = (
            ("write:delay_enter=1:when=1",) if LONG else ("nanosleep,clock_nanosleep:retval=0",)
        )
        assert let_go(waiting, *injected) == REFUSED, forks.said()
    assert "Another program holds the database" in forks.said()
    assert aftermath.is_untouched()
    aftermath.check("held")


@pytest.mark.skipif(
    not LONG, reason="waits for half a minute; a share waits for two seconds in tests/end_to_end"
)
def test_a_database_that_is_held_for_almost_30_seconds_is_waited_for(
    subscribed_site: SubscribedSite, forks: Forks, aftermath: AfterNews
) -> None:
    """The defence is ``busy_timeout`` in ``database/sqlite.py``."""
    with holding(subscribed_site, 28):
        assert forks.begin(subscribed_site, builds=True).wait() == 0, forks.said()
    aftermath.check("held")


def test_a_database_of_a_newer_version_is_left_alone(
    subscribed_site: SubscribedSite, aftermath: AfterNews
) -> None:
    """One sentence, not a byte of it changed, nor of the feeds; the newer version goes on.

    The defence is ``NewerStateError`` in ``database/engine.py:_bring_up``.
    """
    database = subscribed_site.folder / "state" / "publisher.db"
    ((version,),) = subscribed_site.query("SELECT version_num FROM alembic_version")
    _set_version(database, "9999")
    kept = database.read_bytes()
    done = publisher("build", "-c", subscribed_site.config_file)
    assert (done.returncode, "newer version" in done.stderr) == (2, True)
    assert database.read_bytes() == kept
    assert aftermath.is_untouched()
    _set_version(database, str(version))
    aftermath.check("newer")


def _set_version(database: Path, version: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.skipif(not LONG, reason="the share is in tests/database/test_database.py")
@pytest.mark.parametrize("then", ["brought back", "begun anew"])
def test_a_database_that_is_deleted_while_the_daemon_runs(
    tmp_path: Path, forks: Forks, server: SmtpServer, then: str
) -> None:
    """It says so, sends nothing and writes nothing.

    A new database takes everything for old, the old one brought back goes on.

    The defence is ``database/database.py:_connect``: a file that is deleted can still be written,
    and all of it would be lost.
    """
    subscribed_site = SubscribedSite(tmp_path / "site", 2, port=server.port, web=free_port())
    aftermath = AfterNews(subscribed_site, forks)
    news = subscribed_site.folder / "posts" / "news.md"
    news.rename(tmp_path / "news.md")
    aside = tmp_path / "aside"
    with running(subscribed_site) as daemon:
        until(
            lambda: b"Other words" in (subscribed_site.folder / "public" / "feed.xml").read_bytes()
        )
        before = shown(subscribed_site)
        (subscribed_site.folder / "state").rename(aside)
        (subscribed_site.folder / "state").mkdir()
        (tmp_path / "news.md").rename(news)
        daemon.until(
            lambda: any(
                "was deleted or replaced" in str(line["error"])
                for line in daemon.said("round failed")
            )
        )
        assert shown(subscribed_site) == before
    assert server.messages == []
    if then == "brought back":
        (subscribed_site.folder / "state").rmdir()
        aside.rename(subscribed_site.folder / "state")
        assert forks.begin(subscribed_site, builds=True).wait() == 0, forks.said()
        assert subscribed_site.issue_states("News") == ["queued"]
    else:
        done = publisher("build", "-c", subscribed_site.config_file)
        assert "Another database wrote here before" in done.stdout
        assert set(subscribed_site.issue_states()) == {"held"}
    assert not aftermath.is_untouched()
