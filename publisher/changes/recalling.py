"""What becomes of an issue that is frozen but not yet sent, when it must not simply go on.

Held again, or paused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.changes.issues import Outcome, withdraw
from publisher.models import Announcement, HoldReason, IssueState

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.catalogue import IssueRecord, Record
    from publisher.changes.model import Settings

FROZEN = frozenset({IssueState.QUEUED, IssueState.SENDING})
"""States in which an issue is sent without anybody being asked again."""


def why_recalled(issue: IssueRecord, settings: Settings, instant: datetime) -> HoldReason | None:
    """Return why a frozen issue with unsent messages may not go on by itself, or None.

    These are the rules "restored" and "stale".

    Args:
        issue: Queued, or being sent.
        settings: Say whether this is an older copy, and ``newsletter.max_age``.
        instant: The round's.
    """
    if settings.restored:
        return HoldReason.RESTORED
    if issue.queued_at is not None and issue.queued_at < instant - settings.max_age:
        return HoldReason.STALE
    return None


def recall(
    row: Record, issue: IssueRecord, reason: HoldReason, *, attempted: bool
) -> Outcome | None:
    """Take a frozen issue back.

    Nothing attempted: it is held, and whoever releases it freezes a new audience; an issue whose
    post is gone is cancelled, as a held one would have been. Something attempted: it is paused,
    because the rest must go to the audience it was frozen for; the same holds for digests, whose
    readers cannot be found again by what they chose.

    Args:
        row: The catalogue's row of its (first) post.
        issue: Queued, or being sent, with unsent messages.
        reason: Restored or stale.
        attempted: At least one of its messages was claimed.

    Returns:
        None where the issue goes on: one that is merely slow is not stale.
    """
    if attempted and reason is HoldReason.STALE:
        return None
    if attempted or issue.digest:
        return Outcome(row, replace(issue, state=IssueState.PAUSED, reason=reason))
    held = replace(issue, state=IssueState.HELD, reason=reason, queued_at=None, audience=None)
    pending = row._replace(announcement=Announcement.PENDING, why=reason)
    return withdraw(pending, held) if row.gone_at is not None else Outcome(pending, held)
