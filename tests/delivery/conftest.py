"""Sites with readers, for stories about who gets what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.delivery.readership import Readership

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
