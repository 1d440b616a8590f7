"""What becomes of an issue that is frozen but not yet sent, when it must not simply go on.

Held again, or paused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from publisher.database.site_state import RESTORED_NOTE, SiteStateStore, instant_of
from publisher.errors import Level, Problem
from publisher.issues.transitions import Transition, withdraw
from publisher.newsletter.issue import HoldReason, IssueState
from publisher.newsletter.store import IssueStore
from publisher.posts.models import Announcement
from publisher.posts.store import PostStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from publisher.database.connection import Transaction
    from publisher.database.site_state import SiteState
    from publisher.delivery.audience_store import AudienceStore
    from publisher.issues.models import Settings
    from publisher.newsletter.issue import IssueRecord
    from publisher.posts.records import PostRecord
    from publisher.system.restore_mark import RestoreMark


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
    row: PostRecord, issue: IssueRecord, reason: HoldReason, *, attempted: bool
) -> Transition | None:
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
    # Some have it already; the others get it late rather than never.
    if attempted and reason is HoldReason.STALE:
        return None
    # Paused, not held: held issues are composed anew, and some readers have these very words.
    if attempted or issue.digest:
        return Transition(row, replace(issue, state=IssueState.PAUSED, reason=reason))
    held = replace(issue, state=IssueState.HELD, reason=reason, queued_at=None, audience=None)
    pending = row._replace(announcement=Announcement.PENDING, why=reason)
    return withdraw(pending, held) if row.gone_at is not None else Transition(pending, held)


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was taken back.

    Attributes:
        records: Every row of the catalogue as it is now.
        issues: The issues that were held again, paused or cancelled, as they are now.
        letters: How many letters were cancelled.
    """

    records: Sequence[PostRecord]
    issues: Sequence[IssueRecord] = ()
    letters: int = 0

    def held(self) -> tuple[IssueRecord, ...]:
        """Return those that wait for a person again, and so follow their posts."""
        return tuple(issue for issue in self.issues if issue.state is IssueState.HELD)


def _ledger(transaction: Transaction) -> AudienceStore:
    # SQLAlchemy takes a quarter of a second to load, and most rounds take nothing back.
    from publisher.delivery.audience_store import AudienceStore  # noqa: PLC0415

    return AudienceStore(transaction)


def recall_frozen(
    transaction: Transaction,
    records: Sequence[PostRecord],
    memory: SiteState,
    settings: Settings,
    now: datetime,
    *,
    write: bool = True,
) -> Recalled:
    """Hold again, or pause, what is frozen and may not go on by itself.

    Letters of an older copy are cancelled: whoever asked for one has had it, or can ask again.

    Args:
        transaction: The round's; nobody claims a message of a recalled issue before it ends.
        records: Every row of the catalogue.
        memory: What the database remembers.
        settings: Say whether this is an older copy, and ``newsletter.max_age``.
        now: Aware.
        write: Carry it out; else only say what would become of them.
    """
    instant, _ = instant_of(memory, now, accept_clock=settings.accept_clock)
    changed: dict[int, PostRecord] = {}
    recalled: list[IssueRecord] = []
    for row, outcome in _outcomes(transaction, records, settings, instant, lock=write):
        if outcome.row != row:
            changed[row.key] = outcome.row
        if outcome.issue is not None:
            recalled.append(outcome.issue)
    is_something = bool(changed or recalled or settings.restored)
    letters = (
        _carry_out(transaction, list(changed.values()), recalled, settings, instant)
        if write and is_something
        else 0
    )
    return Recalled([changed.get(record.key, record) for record in records], recalled, letters)


def _outcomes(
    transaction: Transaction,
    records: Sequence[PostRecord],
    settings: Settings,
    instant: datetime,
    *,
    lock: bool,
) -> Iterator[tuple[PostRecord, Transition]]:
    """Yield what becomes of each frozen issue that may not go on.

    Claims wait for what is locked.
    """
    rows = {record.key: record for record in records}
    for issue in IssueStore(transaction).issues(FROZEN):
        reason = why_recalled(issue, settings, instant)
        if reason is None:
            continue
        ledger = transaction
        if lock:
            _ledger(ledger).hold_still(issue.key)
        if _ledger(ledger).is_unsent(issue.key):
            row = rows[issue.posts[0]]
            outcome = recall(row, issue, reason, attempted=_ledger(ledger).was_attempted(issue.key))
            if outcome is not None:
                yield row, outcome


def _carry_out(
    transaction: Transaction,
    rows: Sequence[PostRecord],
    issues: Sequence[IssueRecord],
    settings: Settings,
    instant: datetime,
) -> int:
    """Write it, and return how many letters of an older copy were cancelled."""
    for issue in issues:
        if issue.state is not IssueState.PAUSED:
            _ledger(transaction).withdraw_deliveries(issue.key)
    PostStore(transaction).update_records(rows)
    IssueStore(transaction).update_issues(issues)
    if not settings.restored:
        return 0
    SiteStateStore(transaction).save_note(RESTORED_NOTE, instant.isoformat())
    return _ledger(transaction).cancel_transactional(HoldReason.RESTORED, instant)


def warn_of_copy(memory: SiteState, mark: RestoreMark | None, settings: Settings) -> list[Problem]:
    """Return the warning that this is an older copy, or that another database wrote here before.

    It is none in the usual case.

    Args:
        memory: What the database remembered before the round.
        mark: What ``newsletters/.mark`` said then.
        settings: Say whether an older copy came back.
    """
    if settings.restored:
        since = (
            f", as it was on {memory.latest:%Y-%m-%d at %H:%M} UTC"
            if memory.latest is not None
            else ""
        )
        found = (
            f"This is an older copy of the database{since}: what is newly published is held, and so"
            " is what was not sent by then."
        )
        return [
            Problem(
                "",
                None,
                Level.WARNING,
                found,
                "See 'publisher issues list', then release or discard.",
            )
        ]
    if not memory.scanned and mark is not None:
        found = (
            "Another database wrote here before: its adopted ids, subscribers and keys are not in"
            " this one."
        )
        return [
            Problem(
                "",
                None,
                Level.WARNING,
                found,
                "Bring the old state folder back if you still have it.",
            )
        ]
    return []


def cancelled_transactional(recalled: Recalled) -> list[Problem]:
    """Return how many letters of an older copy were cancelled."""
    if not recalled.letters:
        return []
    found = f"Letters to subscribers that waited in this copy were cancelled: {recalled.letters}."
    return [Problem("", None, Level.WARNING, found, "Whoever had none can ask again.")]
