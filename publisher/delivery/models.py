"""One message to one subscriber, as the ledger keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from publisher.delivery.rate_limits import RelayPause
    from publisher.newsletter.issue import IssueContent, IssueRecord


class MessageKind(StrEnum):
    """What a message is."""

    ISSUE = "issue"
    TRANSACTIONAL = "transactional"


class DeliveryState(StrEnum):
    """Where a message stands.

    ``sending`` is in doubt after a crash; ``written`` is in a maildir, which is not sent.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    WRITTEN = "written"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of the ledger.

    Attributes:
        kind: What it is.
        dedup_key: Unique: the same message is never queued twice. ``issue:<id>:<subscriber>``,
            ``confirm:<subscriber>:<day>``.
        address: Copied when it was queued; None once its owner was forgotten.
        message_id: With angle brackets; the same at every attempt.
        queued: When.
        due: Not before this.
        changed: When its state changed last.
        key: Number of the row; 0 until it is stored.
        issue: Number of its issue, or None.
        subscriber: Number of its subscriber, or None.
        state: Where it stands.
        reason: Why it was skipped, failed or cancelled.
        attempts: How often it was claimed.
        worker: Who claimed it last.
        lease: Until when that claim holds.
        attempted: When it was claimed first: the message's Date.
        reply: The server's own words, last.
        content: What a transactional message says.
    """

    kind: MessageKind
    dedup_key: str
    address: str | None
    message_id: str
    queued: datetime
    due: datetime
    changed: datetime
    key: int = 0
    issue: int | None = None
    subscriber: int | None = None
    state: DeliveryState = DeliveryState.QUEUED
    reason: str = ""
    attempts: int = 0
    worker: str = ""
    lease: datetime | None = None
    attempted: datetime | None = None
    reply: str = ""
    content: IssueContent | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that may be claimed: what the sender reads ahead.

    Attributes:
        key: Number of the row.
        kind: What it is.
        issue: Number of its issue; 0 for a letter.
        address: Whom it goes to.
        public: The subscriber's name in tokens; empty for a letter.
        name: The subscriber's own; may be empty.
        message_id: Of a letter, or of one that was tried before; an issue's is made when it is
            claimed.
        attempts: How often it was tried.
        attempted: When it was tried first.
    """

    key: int
    kind: MessageKind
    issue: int
    address: str
    public: str = ""
    name: str = ""
    message_id: str = ""
    attempts: int = 0
    attempted: datetime | None = None
    domain: str = field(init=False)
    """The domain it goes to, lower case."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "domain", self.address.rpartition("@")[2].lower())


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt at a message, committed before anything is sent.

    Attributes:
        candidate: Which message.
        message_id: With angle brackets; the same at every attempt.
        attempts: Which attempt this is, from 1 on: with the worker's name it tells this claim from
            every other.
        attempted: When the first began: the message's Date.
        until: Seconds of the clock that goes on while a machine sleeps; afterwards the claim is
            somebody else's.
    """

    candidate: Candidate
    message_id: str
    attempts: int
    attempted: datetime
    until: float


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message ready to be handed over.

    Attributes:
        sender: Return path.
        recipient: As the envelope has it: the domain as A-labels.
        data: The message with CRLF line ends.
        is_clean: It is known that no other line ends are in it, that it ends with one, and that no
            line begins with a dot.
    """

    sender: str
    recipient: str
    data: bytes
    is_clean: bool = False


@dataclass(frozen=True, slots=True)
class SendFilter:
    """What is sent.

    Attributes:
        letters: Confirm mails and other letters.
        issues: Messages of issues.
        issue: Only of this one, where it is not 0.
        after: Only rows after this one.
        until: Only rows up to this one.
    """

    letters: bool = True
    issues: bool = True
    issue: int = 0
    after: int = 0
    until: int = 2**62


@dataclass
class SendStats:
    """What a round of sending did.

    Attributes:
        handed: Messages that were taken.
        failed: Messages that were refused for good.
        deferred: Attempts that are to be made again.
        doubtful: Messages that may or may not have been taken.
        finished: Issues whose last message is done.
        pause: The relay takes nothing.
        day_is_full: ``smtp.per_day`` was reached.
    """

    handed: int = 0
    failed: int = 0
    deferred: int = 0
    doubtful: int = 0
    finished: list[Finished] = field(default_factory=list)
    pause: RelayPause | None = None
    day_is_full: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """An issue whose last message is done.

    Attributes:
        issue: The issue as it is now.
        counts: Its messages by state.
    """

    issue: IssueRecord
    counts: Mapping[DeliveryState, int]
