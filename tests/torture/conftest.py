"""What the torture works with: processes that send, mail servers that take everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.delivery.postfix import mail_system
from tests.delivery.smtp_server import SmtpServer
from tests.torture.aftermath import AfterNews
from tests.torture.forks import Forks
from tests.torture.mail_sinks import Direct, ThroughPostfix
from tests.torture.subscribed_site import SubscribedSite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.delivery.postfix import Postfix

system = pytest.fixture(mail_system, scope="session")


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """Processes that send."""
    with Forks(tmp_path_factory.mktemp("forks") / "log") as running:
        yield running


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """A mail server that takes everything."""
    with SmtpServer() as running:
        yield running


@pytest.fixture
def direct(server: SmtpServer) -> Direct:
    """The readers behind it."""
    return Direct(server)


@pytest.fixture
def through_postfix(system: tuple[Postfix, SmtpServer]) -> ThroughPostfix:
    """Readers behind a real Postfix."""
    return ThroughPostfix(*system)


@pytest.fixture
def subscribed_site(tmp_path: Path) -> SubscribedSite:
    """A site with two readers."""
    return SubscribedSite(tmp_path / "site", 2)


@pytest.fixture
def aftermath(subscribed_site: SubscribedSite, forks: Forks) -> AfterNews:
    """It has published once, and there is news."""
    return AfterNews(subscribed_site, forks)
