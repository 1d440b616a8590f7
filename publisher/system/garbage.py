"""How often Python looks for objects that only refer to each other.

Seldom in a command, never at its end, steadily in what stays.
"""

from __future__ import annotations

import gc

_SELDOM = (100_000, 50)
_STEADILY = (20_000, 20, 20)
"""New objects between two collections, and collections between two of older and of the oldest
objects."""


def collect_seldom() -> None:
    """Spare a process that ends soon from looking for what is no longer used."""
    gc.set_threshold(*_SELDOM)


def collect_no_more() -> None:
    """Spare a process that ends from looking through all it holds, twice.

    The system takes everything back at once.
    """
    gc.freeze()


def collect_steadily() -> None:
    """Collect what a process that stays leaves behind.

    What it has loaded by now stays too, and is not looked through again.
    """
    gc.freeze()
    gc.set_threshold(*_STEADILY)
