"""The systemd unit as it is shipped, and what it says."""

from __future__ import annotations

import shutil

import pytest

from tests.conftest import ROOT

UNIT = ROOT / "deploy" / "publisher.service"
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def unit_settings() -> dict[str, list[str]]:
    """Return what the unit says: the values of each key, in order, without comments."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text("utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith(("#", "[")):
            found.setdefault(key, []).append(value)
    return found
