"""An empty list of readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.membership.imported import Imported

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def imported(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Imported]:
    """An empty list, on each database."""
    made = Imported(
        tmp_path / "state",
        request.getfixturevalue("postgres_url") if request.param == "postgresql" else "",
    )
    yield made
    made.state.close()
