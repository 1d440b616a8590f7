"""A state that is damaged, gone or in somebody's hands.

One sentence, the old feeds, and the next build goes on.
"""

from __future__ import annotations

import random
import re
import shutil
import sqlite3
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.commands import publisher
from tests.end_to_end.site import Site
from tests.torture.scale import LONG

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = range(200) if LONG else (0, 26, 37, 140, 168, 188)
"""Those of ``make test`` are the ones that ended in a traceback before what the file gives was
doubted."""
POST = "---\ntitle: {title}\ndate: 2020-01-02\n---\nWords of {title}.\n"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with a few posts, built."""
    made = Site(tmp_path)
    for number in range(20):
        made.write(f"post-{number}.md", POST.format(title=f"Post {number}"))
    made.build()
    return made


@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_database_is_told_in_one_sentence_and_the_feeds_stay(
    site: Site, seed: int
) -> None:
    """Bytes overwritten anywhere: never a traceback, never another feed.

    A backup brought back goes on.

    The defence is that ``database/errors.py:explained`` asks ``_is_damage``: seen to end in a
    traceback where it does not.
    """
    database, chance = site.folder / "state" / "publisher.db", random.Random(seed)
    shutil.copy(database, site.folder / "kept.db")
    data, before = bytearray(database.read_bytes()), site.bytes()
    start = chance.randrange(100, len(data))
    length = min(chance.choice([10, 1000, 5000]), len(data) - start)
    data[start : start + length] = (
        bytes(length) if chance.random() < 0.5 else chance.randbytes(length)
    )
    database.write_bytes(data)
    site.write("post-3.md", POST.format(title="Changed"))
    done = publisher("build", "-c", site.config_file)
    assert "Traceback" not in done.stderr, done.stderr
    if done.returncode:
        assert (done.returncode, site.bytes()) == (
            2,
            before,
        ) or "damaged" in done.stderr, done.stderr
        for name in ("publisher.db-wal", "publisher.db-shm"):
            (database.parent / name).unlink(missing_ok=True)
        shutil.copy(site.folder / "kept.db", database)
        assert publisher("build", "-c", site.config_file).returncode == 0
    assert b"Changed" in (site.folder / "public" / "feed.xml").read_bytes()


def test_a_database_that_somebody_holds_is_waited_for(site: Site) -> None:
    """Longer than a commit takes: the build waits, and tells who waits in vain what to do.

    The defence is ``busy_timeout`` in ``database/sqlite.py`` (seen to fail without). It is held for
    longer in ``make torture``.
    """
    site.write("post-3.md", POST.format(title="Changed"))
    holder = sqlite3.connect(
        site.folder / "state" / "publisher.db", isolation_level=None, check_same_thread=False
    )
    holder.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(2.0, lambda: holder.execute("ROLLBACK"))
    timer.start()
    done = publisher("build", "-c", site.config_file)
    timer.join()
    holder.close()
    assert done.returncode == 0, done.stderr


def test_a_database_that_is_deleted_begins_anew_and_says_so(tmp_path: Path) -> None:
    """Nothing is announced twice.

    Everything is baseline again, also what is as fresh as news, and the ids are the same.

    The defence is that a first run announces nothing (``_Round.first_run`` of
    ``publishing/decisions/decide.py``); seen to fail without.
    """
    site, today = Site(tmp_path), datetime.now(UTC).date().isoformat()
    site.write("old.md", POST.format(title="Old"))
    assert publisher("build", "-c", site.config_file).returncode == 0
    for name in ("one", "two"):
        site.write(f"{name}.md", POST.format(title=name).replace("2020-01-02", today))
    assert "queued" in publisher("build", "-c", site.config_file).stdout
    before = _ids(site)
    for path in (site.folder / "state").glob("publisher.db*"):
        path.unlink()
    done = publisher("build", "-c", site.config_file)
    assert done.returncode == 0
    assert "Another database wrote here before" in done.stdout
    assert "queued" not in done.stdout
    assert _ids(site) == before


def _ids(site: Site) -> list[str]:
    """Return the feed's ids as it shows them."""
    return re.findall(
        r"<guid[^>]*>([^<]*)<", (site.folder / "public" / "feed.xml").read_text("utf-8")
    )
