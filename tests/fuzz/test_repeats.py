"""No text that somebody else wrote costs more than in proportion to its length."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.fuzz.repeats import FUNCTIONS


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_hostile_repeats_cost_in_proportion_to_their_length(name: str) -> None:
    """One pattern of exponential or quadratic time stops every thread, and signals wait."""
    command = [sys.executable, "-m", "tests.fuzz.repeats", name]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, (
        f"{name}: it does not end, or raises, with the last of these repeated: {ended.stdout[-40:]}"
        f" {ended.stderr[-2000:]}"
    )
    assert json.loads(ended.stdout.splitlines()[-1]) == []
