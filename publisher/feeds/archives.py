"""RFC 5005: the whole history in documents that stay put, numbered from the oldest."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One archive document.

    Attributes:
        number: From 1, the oldest.
        start: Index of its first entry, counted from the oldest.
        stop: Index after its last entry.
    """

    number: int
    start: int
    stop: int


def archive_pages(count: int, size: int) -> list[Page]:
    """Cut ``count`` entries into full documents of ``size``, oldest first.

    Entries newer than the last full document are in the subscription document, which holds at least
    ``size``: no entry is ever in neither, and a document once written keeps its entries.
    """
    # Cut from the oldest on: a new post never moves an older one into another document, so readers
    # may keep archives for ever (RFC 5005).
    return [Page(number + 1, number * size, (number + 1) * size) for number in range(count // size)]
