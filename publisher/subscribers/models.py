"""What is known of a subscriber."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class SubscriberState(StrEnum):
    """Whether somebody gets mail. Only ``active`` does."""

    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class CadenceWords(NamedTuple):
    """What pages call a cadence.

    Attributes:
        label: In a list to choose from.
        often: Behind "you get it".
        rarely: The same, for who chose it instead of leaving.
        instead: On the button for who came to leave.
    """

    label: str
    often: str
    rarely: str
    instead: str = ""


class Cadence(StrEnum):
    """How often somebody wants mail.

    When its digests go is in :data:`publisher.digests.schedule.RULES`.
    """

    EVERY_POST = "every post"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"

    @property
    def words(self) -> CadenceWords:
        """What pages call it."""
        return _WORDS[self]


_WORDS = {
    Cadence.EVERY_POST: CadenceWords("Every post", "every post as it appears", "with every post"),
    Cadence.DAILY: CadenceWords(
        "Daily digest", "once a day, when there is news", "at most once a day", "Once a day instead"
    ),
    Cadence.WEEKLY: CadenceWords(
        "Weekly digest", "once a week", "once a week", "Once a week instead"
    ),
    Cadence.MONTHLY: CadenceWords(
        "Monthly digest", "once a month", "once a month", "Once a month instead"
    ),
}


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a subscriber chose.

    Attributes:
        cadence: How often.
        wanted: Tags or categories; when there are any, only posts that share one are sent.
        unwanted: Tags or categories that are never sent.
        zone: IANA name for digests; the site's when empty.
        language: BCP 47; the site's when empty.
        name: For the address line; may be empty.
    """

    cadence: Cadence = Cadence.EVERY_POST
    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    zone: str = ""
    language: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One row of the list.

    Attributes:
        address: As typed.
        folded: As compared: the domain as case-folded A-labels.
        state: See :class:`SubscriberState`.
        preferences: See :class:`Preferences`.
        created: When the row was made.
        key: Number of the row; 0 until it is stored.
        public: 16 random bytes as hex: what tokens carry instead of the address.
        activated: When this program made the address active, last; None when it never was.
        suppressed: Unsubscribed by the operator.
    """

    address: str
    folded: str
    state: SubscriberState
    created: datetime
    preferences: Preferences = field(default_factory=Preferences)
    key: int = 0
    public: str = ""
    activated: datetime | None = None
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One change of a subscriber, kept as proof.

    Attributes:
        at: When.
        what: The step (:class:`publisher.subscribers.states.StateChange`) or ``preferences``.
        state: After it.
        source: ``web form``, ``other site``, ``api``, ``mail client``, ``command line``,
            ``import``.
        network: The network address it came from; empty for commands.
        wording: What was shown, or how consent was given.
    """

    at: datetime
    what: str
    state: SubscriberState
    source: str
    network: str = ""
    wording: str = ""


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


class Reader(NamedTuple):
    """What of a subscriber decides what they get.

    A million of these are made when an audience is frozen.

    Attributes:
        key: Number of the row.
        state: Only who is active gets mail.
        cadence: How often.
        wanted: See :class:`Preferences`.
        unwanted: See :class:`Preferences`.
        zone: Of their digests; empty for the site's.
        language: Of their digests; empty for the site's.
        activated: When this program made the address active, last.
    """

    key: int
    state: SubscriberState
    cadence: Cadence
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    zone: str
    language: str
    activated: datetime | None
