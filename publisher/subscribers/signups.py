"""A request to subscribe, as it came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.subscribers.model import Cadence

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Signup:
    """A request that passed the limits.

    What becomes of it is decided later, out of the caller's sight.

    Attributes:
        address: As typed, checked.
        at: When.
        source: ``web form``, ``other site`` or ``api``.
        network: The network address it came from.
        wording: What the form said.
        name: Or empty.
        cadence: How often.
        wanted: Tags.
    """

    address: str
    at: datetime
    source: str
    network: str
    wording: str
    name: str = ""
    cadence: Cadence = Cadence.EVERY_POST
    wanted: tuple[str, ...] = ()
