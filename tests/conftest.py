"""Fixtures that several tests use, and how long Hypothesis may search."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import postgres_server, postgres_url, restartable

__all__ = ["postgres_server", "postgres_url", "restartable"]

# The same examples every time: what is found by searching is found by ``make torture``, not by
# chance in somebody's run.
settings.register_profile(
    "quick",
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "slow",
    max_examples=2500,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

pytest_plugins = ["tests.fixtures"]

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"


@pytest.fixture
def corpus() -> Path:
    """Real posts, beside the repository; tests that need them skip where they are absent."""
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real posts is not beside the repository")
    return CORPUS
