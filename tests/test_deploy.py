"""The systemd unit is one that systemd accepts, and lets the service do little."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

UNIT = ROOT / "deploy" / "publisher.service"

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with paths that exist here, because ``verify`` looks for them."""
    text = UNIT.read_text("utf-8").replace("/opt/publisher/bin/publisher", sys.executable).replace("/srv/site", str(tmp_path))
    copy = tmp_path / "publisher.service"
    copy.write_text(text.replace("User=publisher\nGroup=publisher\n", "DynamicUser=true\n"), "utf-8")
    return copy


@needs_systemd
def test_the_unit_verifies(unit: Path) -> None:
    """No unknown key, no bad value."""
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    mine = [line for line in done.stderr.splitlines() if "publisher.service" in line]
    assert (done.returncode, mine) == (0, [])


@needs_systemd
def test_the_unit_scores_below_two(unit: Path) -> None:
    """``systemd-analyze security``: 0 is shut, 10 is open."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    score = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert score is not None, done.stdout + done.stderr
    assert float(score[1]) < 2.0


def test_the_container_installs_hashed_requirements_and_is_not_root() -> None:
    """What runs there is what was tested here."""
    text = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
    assert "--require-hashes -r requirements/runtime.txt" in text
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)
    assert "http" not in re.sub(r"^#.*$", "", text, flags=re.MULTILINE)
