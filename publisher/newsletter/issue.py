"""Issues as values: what one says, where it stands, why it is held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.posts.records import PostRecord


class IssueState(StrEnum):
    """Where an issue of the newsletter stands.

    HELD waits for a person, WAITING for its grace period; QUEUED is frozen, its audience fixed.
    WRITTEN went to a maildir, which is not SENT.
    """

    HELD = "held"
    WAITING = "waiting"
    QUEUED = "queued"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    WRITTEN = "written"
    CANCELLED = "cancelled"


class HoldReason(StrEnum):
    """Why an issue is held: one per rule of "Status and newly published".

    PAGE_MISSING also marks an issue that is still waiting, and for its post's page. What is held
    for FAULT goes on by itself in the first round in which it can be composed.
    """

    FIRST_RUN = "first run"
    RESTORED = "restored"
    CLOCK = "clock"
    READ_DIFFERENTLY = "read differently"
    RESEMBLES = "renamed or copied"
    STALE = "stale"
    OLD_NEWS = "old news"
    BULK = "bulk"
    APPROVAL = "approval"
    PAGE_MISSING = "page not up"
    BY_HAND = "by hand"
    COUNTS = "messages do not add up"
    FAULT = "not composed"


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """One issue of the newsletter, as stored.

    Attributes:
        key: Number of the issue; 0 until it is stored.
        posts: Keys of its posts' records, in order.
        state: Where it stands.
        subject: Its subject; that of its post until it is composed.
        created: When it was first recorded.
        reason: Why it is held, or ``PAGE_MISSING`` while it waits for its post's page; else None.
        due_at: When a waiting issue is queued, or its page asked for again.
        waiting_since: When its grace began.
        queued_at: When it was frozen.
        folder: Name of its folder below the newsletters folder; None until it is written.
        entry: ``Facts.entry`` it was composed from; empty until it is composed.
        public: Random name of its page on the web; given when it is stored.
        digest: ``weekly:2026-W14`` for a digest; empty for the issue of one post.
        audience: How many deliveries it was frozen with; None until then.
    """

    posts: tuple[int, ...]
    state: IssueState
    subject: str
    created: datetime
    key: int = 0
    reason: HoldReason | None = None
    due_at: datetime | None = None
    waiting_since: datetime | None = None
    queued_at: datetime | None = None
    folder: str | None = None
    entry: str = ""
    public: str = ""
    digest: str = ""
    audience: int | None = None


@dataclass(frozen=True, slots=True)
class IssueContent:
    """What an issue says: frozen bytes from ``queued`` on.

    Attributes:
        subject: One line.
        preheader: One line.
        html: With the placeholders of a recipient's own addresses in it.
        text: The same.
        mark: Of these placeholders; empty for what version 0.1.0 composed.
    """

    subject: str
    preheader: str
    html: str
    text: str
    mark: str = ""


PAGE_LIMIT = timedelta(hours=24)
"""An issue waits this long for its post's page, counted from the beginning of its grace; then a
person must look."""


def gives_up_at(issue: IssueRecord) -> datetime | None:
    """Return when an issue that waits for its post's page is held instead, or None."""
    if issue.state is not IssueState.WAITING or issue.reason is not HoldReason.PAGE_MISSING:
        return None
    return (issue.waiting_since or issue.created) + PAGE_LIMIT


@dataclass(frozen=True, slots=True)
class IssueLine:
    """An issue that a round composed or changed.

    Attributes:
        issue: The issue.
        posts: Paths of its posts.
        path: Its HTML file, relative to the configuration's folder; None until it is written.
        page: Address of its post's page, while it waits for that or is held for want of it; else
            empty.
        said: Why that page was not up when this round asked, or why it cannot be composed; empty
            where nobody asked.
    """

    issue: IssueRecord
    posts: tuple[str, ...]
    path: str | None
    page: str = ""
    said: str = ""

    @property
    def gives_up_at(self) -> datetime | None:
        """Instant at which it is held for want of its page; None unless it waits for that."""
        return gives_up_at(self.issue)


def page_of(issue: IssueRecord, record: PostRecord | None) -> str:
    """Return the address of the page an issue waits for, or is held for want of; else nothing."""
    is_open = issue.state in {IssueState.HELD, IssueState.WAITING}
    if (
        not is_open
        or issue.reason is not HoldReason.PAGE_MISSING
        or record is None
        or record.facts is None
    ):
        return ""
    return record.facts.url
