"""A build whose database is held, of a newer version, or gone."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.commands import publisher
from tests.torture.aftermath import AfterNews, shown
from tests.torture.daemons import free_port, running, until
from tests.torture.driver import REFUSED
from tests.torture.scale import LONG
from tests.torture.subscribed_site import SubscribedSite
from tests.torture.tracing import let_go, need_tracing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.delivery.smtp_server import SmtpServer
    from tests.torture.forks import Forks


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
