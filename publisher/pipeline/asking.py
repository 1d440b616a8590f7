"""Ask for the pages that issues wait for.

Outside of any transaction, each once a round, all of them within a bounded time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from publisher.pipeline.site import PageAsker

BUDGET = 15.0
"""Seconds that all pages of a round may take together."""


def ask_pages(
    pages: Sequence[str], ask: PageAsker, monotonic: Callable[[], float], now: datetime
) -> Mapping[str, str]:
    """Give for each page that was asked why it is not up, or nothing where it is.

    A server that hangs uses up the time; the pages left over are asked in a later round. Whose turn
    is first moves on with the minutes, so that one page that hangs keeps no other from ever being
    asked.
    """
    if not pages:
        return {}
    order = list(dict.fromkeys(pages))
    first = int(now.timestamp() // 60) % len(order)
    deadline = monotonic() + BUDGET
    said: dict[str, str] = {}
    for page in (*order[first:], *order[:first]):
        left = deadline - monotonic()
        if left > 0:
            said[page] = ask(page, left)
    return said
