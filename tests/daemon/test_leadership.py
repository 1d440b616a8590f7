"""Two schedulers on one PostgreSQL: one works, the other stands by and takes over."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from publisher.database.database import Database
from publisher.database.locks import RunLock
from publisher.errors import StateBusyError
from tests.conftest import ROOT
from tests.delivery.long_running import Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


CONFIG = (
    '[site]\ntitle = "A site"\nurl = "https://example.org"\n[posts]\nsettle = 0.2\n[state]\nurl ='
    ' "{url}"\n'
)
POST = "---\ntitle: {title}\ndate: 2020-01-01\n---\nWords.\n"
HOLDER = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND"
    " application_name LIKE 'publisher, %'"
)


@pytest.fixture
def config(tmp_path: Path, postgres_url: str) -> Path:
    """A site whose state is on PostgreSQL."""
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "first.md").write_text(POST.format(title="First"))
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "secret.key").write_text("6b" * 32 + "\n")
    path = tmp_path / "config.toml"
    path.write_text(CONFIG.format(url=postgres_url))
    return path


@pytest.fixture
def admin(postgres_url: str) -> Iterator[Engine]:
    """The database, for who looks after it."""
    engine = create_engine(
        postgres_url.replace("postgresql://", "postgresql+psycopg://", 1),
        isolation_level="AUTOCOMMIT",
    )
    yield engine
    engine.dispose()


def test_a_second_run_stands_by_and_takes_over_when_the_first_dies(
    config: Path, tmp_path: Path
) -> None:
    """It says who works, is ready, works ten seconds after the other's death, and ends by itself.

    Seen to fail where ``Turn.take`` waits for no state that somebody else has.
    """
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    channel.bind(str(tmp_path / "notify"))
    channel.settimeout(30)
    with Program("run", config, "first") as first:
        first.until_it_says("watching")
        with Program("run", config, "second", NOTIFY_SOCKET=str(tmp_path / "notify")) as second:
            second.until_it_says("standing by")
            assert f"process {first.process.pid} on {socket.gethostname()}" in str(
                second.said("standing by")[0]["why"]
            )
            assert channel.recv(4096).startswith(b"READY=1\nSTATUS=Standing by")
            first.signal(signal.SIGKILL)
            assert second.until_it_says("watching") < 10
            (config.parent / "posts" / "second.md").write_text(POST.format(title="Second"))
            second.until(lambda: b"Second" in (config.parent / "public" / "feed.xml").read_bytes())
            command = [sys.executable, "-m", "publisher", "build", "--json", "-c", str(config)]
            built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
            assert json.loads(built.stdout)["posts"]["published"] == 2, (
                "a build beside it asks it, as ever"
            )
            assert second.end() == 0
    channel.close()


def test_a_run_that_loses_its_connection_stops_and_stands_by_again(
    config: Path, admin: Engine
) -> None:
    """Another one may have the state by then. Whoever stands by ends when told to, with 0.

    Seen to fail where the service does not ask ``Turn.is_held`` while it works.
    """
    with Program("run", config, "first") as first:
        first.until_it_says("watching")
        with admin.connect() as connection:
            assert connection.execute(text(HOLDER)).scalar() is True
        first.until_it_says(
            "the connection that holds the state is lost; another run may have it by now"
        )
        first.until_it_says("watching", times=2)
        with Program("run", config, "second") as second:
            second.until_it_says("standing by")
            began = time.monotonic()
            assert second.end() == 0
            assert time.monotonic() - began < 5
        assert first.end() == 0


def test_the_lock_is_lost_with_its_connection_and_stays_lost(
    tmp_path: Path, postgres_url: str, admin: Engine
) -> None:
    """Whoever asks is told, and somebody else can have it at once; a one-shot waits for it.

    Seen to fail where ``AdvisoryLock.is_held`` takes an error for a yes.
    """
    state = Database.open(tmp_path / "state", postgres_url)
    lock = RunLock(state)
    assert lock.is_held()
    with pytest.raises(StateBusyError, match=r"process \d+ on "):
        RunLock(state, wait=0.2)
    with admin.connect() as connection:
        connection.execute(text(HOLDER))
    assert not lock.is_held()
    with RunLock(state) as other:
        assert other.is_held()
        assert not lock.is_held()
    lock.release()
    state.close()
