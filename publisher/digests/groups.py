"""Readers who get the same digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.digests.selection import DigestSelection
    from publisher.subscribers.models import Cadence

    Chosen = dict[tuple[DigestSelection, Cadence, str], list[int]]
    """Readers by what becomes of what is due to them, by cadence and by zone."""


@dataclass(frozen=True, slots=True)
class Group:
    """Readers who get the same digest.

    Attributes:
        cadence: Of the digest.
        at: When it was to go.
        period: Of the digest.
        posts: Newest first.
        language: Of what is not a post's.
        recalled: Another copy of this database may have sent it: it waits for a person.
    """

    cadence: Cadence
    at: datetime
    period: str
    posts: tuple[int, ...]
    language: str
    recalled: bool
