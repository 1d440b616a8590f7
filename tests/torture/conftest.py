"""What the torture works with: processes that send, mail servers that take everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.delivery.postfix import mail_system
from tests.delivery.smtp_server import SmtpServer
from tests.torture.forks import Forks
from tests.torture.mail_sinks import Direct, ThroughPostfix

if TYPE_CHECKING:
    from collections.abc import Iterator

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
