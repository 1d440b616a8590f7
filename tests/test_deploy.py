"""The systemd unit is one that systemd accepts, and lets the service do little."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from publisher.cli import working
from publisher.daemon import service
from tests.conftest import ROOT
from tests.systemd_unit import UNIT, needs_systemd, unit_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with paths that exist here, because ``verify`` looks for them."""
    text = (
        UNIT.read_text("utf-8")
        .replace("/opt/publisher/bin/publisher", sys.executable)
        .replace("/srv/site", str(tmp_path))
    )
    copy = tmp_path / "publisher.service"
    copy.write_text(
        text.replace("User=publisher\nGroup=publisher\n", "DynamicUser=true\n"), "utf-8"
    )
    return copy


@pytest.mark.parametrize(
    ("key", "values", "reason"),
    [
        (
            "StateDirectory",
            ["publisher"],
            "systemd makes the folder that is written, and gives it to the user",
        ),
        ("StateDirectoryMode", ["0755"], "the web server passes through to public/"),
        ("UMask", ["0022"], "what hooks write can be served; what is private is 0600 in any case"),
        ("TimeoutStopSec", ["90"], "replies in hand are waited for up to 60 s"),
        ("WatchdogSec", ["120"], "a round that hangs is noticed"),
        ("ProtectSystem", ["strict"], "nothing else may be written"),
        (
            "IPAddressDeny",
            ["link-local multicast"],
            "the relay and the site must be reached, a cloud's metadata service never",
        ),
        ("IPAddressAllow", [], "an allow list is the operator's, in a drop-in"),
        ("NoNewPrivileges", ["true"], "a hook gains nothing"),
        ("CapabilityBoundingSet", [""], "none is needed"),
    ],
)
def test_the_unit_says_what_the_program_needs(key: str, values: list[str], reason: str) -> None:
    """Each with its reason."""
    assert unit_settings().get(key, []) == values, reason


def test_the_unit_waits_longer_than_the_program_does() -> None:
    """Killed in the middle of a message, nobody would know whether it went."""
    assert (
        float(unit_settings()["TimeoutStopSec"][0])
        > max(service.END_WITHIN, working._END_WITHIN) + 15
    )


def test_folders_that_may_be_missing_do_not_keep_the_unit_from_starting() -> None:
    """Without the dash systemd fails in the step NAMESPACE.

    And where they are, older sites and fresh ones may write them.
    """
    paths = [path for value in unit_settings()["ReadWritePaths"] for path in value.split()]
    assert all(path.startswith("-/srv/site/") for path in paths)
    names = {path.rpartition("/")[2] for path in paths}
    assert names == {".publisher", "public", "feeds", "state", "maildir", "newsletters"}


@needs_systemd
def test_the_unit_verifies(unit: Path) -> None:
    """No unknown key, no bad value."""
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
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


@needs_systemd
@pytest.mark.parametrize("add", ["", "addresses.conf"], ids=["as shipped", "with its drop-in"])
def test_addresses_are_the_operators_to_allow(unit: Path, add: str) -> None:
    """As shipped a relay anywhere can be reached.

    The drop-in is one that systemd takes, and forbids all but what it names.
    """
    shutil.copy(unit, unit.with_name("plain.service"))
    if add:
        folder = unit.with_name("publisher.service.d")
        folder.mkdir()
        shutil.copy(ROOT / "deploy" / add, folder / add)
        text = (folder / add).read_text("utf-8")
        assert "IPAddressDeny=any" in text
        assert "IPAddressAllow=localhost" in text
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert [
        line
        for line in done.stderr.splitlines()
        if "publisher.service" in line or "addresses.conf" in line
    ] == []


def test_the_container_installs_hashed_requirements_and_is_not_root() -> None:
    """What runs there is what was tested here."""
    text = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
    assert "--require-hashes -r requirements/runtime.txt" in text
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)
    assert "http" not in re.sub(r"^#.*$", "", text, flags=re.MULTILINE)
