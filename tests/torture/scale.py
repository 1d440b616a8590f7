"""How much of the torture runs: a share in ``make test``, the whole in ``make torture``."""

from __future__ import annotations

import os

LONG = os.environ.get("PUBLISHER_TORTURE", "") == "1"
READERS = 1000 if LONG else 60
CONNECTIONS = (1, 8) if LONG else (8,)
"""How many connections a test has, one after another."""


def scaled(whole: int, share: int) -> int:
    """Return the number of the whole torture, or that of its share in ``make test``."""
    return whole if LONG else share
