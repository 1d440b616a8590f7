"""A fresh database; sites with readers, and the mail servers in front of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publisher.database.database import Database
from tests.delivery.mailing_site import MailingSite
from tests.delivery.smtp_server import SmtpServer
from tests.digests.readership import Readership

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def story(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Readership]:
    """A site whose first round is done, on a Monday at eight."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with Readership(tmp_path, url=url) as made:
        yield made


@pytest.fixture
def monday(tmp_path: Path) -> Iterator[Readership]:
    """The same on SQLite."""
    with Readership(tmp_path) as made:
        yield made


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """A mail server that takes everything."""
    with SmtpServer() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def mailing_site(
    request: pytest.FixtureRequest, tmp_path: Path, server: SmtpServer
) -> Iterator[MailingSite]:
    """A site in front of it, on each database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with MailingSite(tmp_path, server.port, url=url) as opened:
        yield opened


@pytest.fixture
def small(tmp_path: Path, server: SmtpServer) -> Iterator[MailingSite]:
    """The same on SQLite only."""
    with MailingSite(tmp_path, server.port) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh database, on SQLite and on PostgreSQL."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    opened = Database.open(tmp_path / "state", url)
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite"])
def single(
    request: pytest.FixtureRequest, tmp_path: Path, server: SmtpServer
) -> Iterator[MailingSite]:
    """A site with one connection: whatever is in hand is the only one."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with MailingSite(tmp_path, server.port, smtp="connections = 1", url=url) as opened:
        yield opened
