"""Sites as an older version left them, each on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.kept.kept_site import Site, taken_out
from tests.kept.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = Path(__file__).parent
KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def shelf(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shelf]:
    """What is kept of version 0.1.0."""
    opened = Shelf(
        KEPT / "0.1.0",
        tmp_path_factory.mktemp("kept"),
        lambda: str(request.getfixturevalue("postgres_server")),
    )
    yield opened
    opened.close()


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, shelf: Shelf, tmp_path: Path) -> Iterator[Site]:
    """A site that version 0.1.0 was stopped in, twelve minutes later."""
    with taken_out(shelf, request.param, tmp_path / "site") as opened:
        yield opened.at("2026-03-06T09:43")
