"""A served site, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.served import Served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A served site on SQLite."""
    with Served(tmp_path) as site:
        yield site


@pytest.fixture(params=["sqlite", "postgresql"])
def served_on_both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    """A served site on each database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    with Served(tmp_path, postgres=url) as site:
        yield site
