"""What becomes of issues that are held or waiting.

Grace, edits, their posts' pages, queueing, withdrawal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from publisher.issues.models import DISCARDED, GRACE_LIMIT, PAGE_AGAIN, Settings
from publisher.newsletter.issue import PAGE_LIMIT, HoldReason, IssueRecord, IssueState
from publisher.posts.models import Announcement
from publisher.system.urls import origin_of

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.posts.records import PostRecord, PostSummary


@dataclass(frozen=True, slots=True)
class Transition:
    """A row and its issue after a decision.

    Attributes:
        row: The row.
        issue: The issue; None where nothing is to be written of it.
        page: Address of the page for want of which the issue was not queued; empty when that is not
            why.
    """

    row: PostRecord
    issue: IssueRecord | None = None
    page: str = ""


def announce(
    row: PostRecord, reason: HoldReason | None, settings: Settings, instant: datetime
) -> Transition:
    """Make the issue of a newly published post.

    It is held, waits for its grace or its page, or is queued at once.
    """
    assert row.facts is not None
    issue = IssueRecord(
        posts=(), state=IssueState.HELD, subject=row.facts.title, created=instant, reason=reason
    )
    # Pending from the first moment: whatever happens to the issue, this post is never news a second
    # time.
    pending = row._replace(announcement=Announcement.PENDING, why=reason or "", news_at=instant)
    if reason is not None:
        return Transition(pending, issue)
    if settings.one_shot or not settings.delay:
        return _queue_with_page(pending, issue, settings, instant)
    due = instant + settings.delay
    return Transition(
        pending, replace(issue, state=IssueState.WAITING, due_at=due, waiting_since=instant)
    )


def queue(row: PostRecord, issue: IssueRecord, instant: datetime) -> Transition:
    """Freeze an issue: from now on nothing changes it, and its post is announced."""
    queued = replace(issue, state=IssueState.QUEUED, reason=None, due_at=None, queued_at=instant)
    return Transition(
        row._replace(announcement=Announcement.ANNOUNCED, why="", resembles=None), queued
    )


def _queue_with_page(
    row: PostRecord, issue: IssueRecord, settings: Settings, instant: datetime
) -> Transition:
    """Queue an issue whose time has come, unless its post's page is not up.

    It waits on then, and is held after a day.

    The site is often deployed minutes after the file was saved, and a newsletter must not lead to a
    page that is not there. A page that was not asked for in this round is not up, but no reason to
    hold either.
    """
    assert row.facts is not None
    up = settings.pages_up.get(row.facts.url)
    if up or not _waits_for_page(row.facts, settings):
        return queue(row, issue, instant)
    since = issue.waiting_since or instant
    if up is False and instant - since >= PAGE_LIMIT:
        held = replace(issue, state=IssueState.HELD, reason=HoldReason.PAGE_MISSING, due_at=None)
        return Transition(row._replace(why=HoldReason.PAGE_MISSING), held, row.facts.url)
    due = instant + PAGE_AGAIN
    waiting = replace(
        issue,
        state=IssueState.WAITING,
        reason=HoldReason.PAGE_MISSING,
        due_at=due,
        waiting_since=since,
    )
    return Transition(row, waiting, row.facts.url)


def _waits_for_page(facts: PostSummary, settings: Settings) -> bool:
    """Return whether a post's page is to be waited for: on the site's own host only."""
    return bool(settings.page_origin) and origin_of(facts.url) == settings.page_origin


def withdraw(row: PostRecord, issue: IssueRecord) -> Transition:
    """Cancel the issue of a post that is no longer published, and restore its announcement.

    A baseline stays one; a hold reason is kept for when the post is published again.
    """
    cancelled = replace(issue, state=IssueState.CANCELLED, due_at=None)
    if row.announcement is not Announcement.PENDING:
        return Transition(row, cancelled)
    return Transition(row._replace(announcement=Announcement.NONE), cancelled)


def skip(row: PostRecord, why: str, issue: IssueRecord | None = None) -> Transition:
    """Skip a post's news for ever (rule "skipped", or discarded by a person).

    An open issue is cancelled.
    """
    cancelled = (
        replace(issue, state=IssueState.CANCELLED, due_at=None) if issue is not None else None
    )
    kept = row.announcement is Announcement.BASELINE
    return Transition(
        row if kept else row._replace(announcement=Announcement.SKIPPED, why=why), cancelled
    )


def discard(row: PostRecord, issue: IssueRecord) -> Transition:
    """Discard an issue for a person: it is cancelled and its post is skipped."""
    return skip(row, DISCARDED, issue)


def follow(
    row: PostRecord, issue: IssueRecord, settings: Settings, instant: datetime, *, bulk: bool
) -> Transition:
    """Follow the edits of an open issue's published post, and move it on when it is time."""
    assert row.facts is not None
    if issue.state is IssueState.HELD and issue.reason is HoldReason.FAULT:
        return _try_again(row, issue, settings, instant, bulk=bulk)
    if issue.state is IssueState.HELD:
        # An issue of a burst was only recorded, without words: there is nothing to compose anew.
        edited = issue.entry not in {"", row.facts.entry}
        return Transition(row, issue if edited else None)
    reason = _hold_after_all(issue, settings, instant, bulk=bulk and not row.facts.asked)
    if reason is not None:
        held = replace(issue, state=IssueState.HELD, reason=reason, due_at=None)
        return Transition(row._replace(why=reason), held)
    moved = _restart_grace(row, issue, settings, instant)
    if settings.one_shot or moved.due_at is None or moved.due_at <= instant:
        return _queue_with_page(row, moved, settings, instant)
    return Transition(row, moved if moved != issue else None)


def _try_again(
    row: PostRecord, issue: IssueRecord, settings: Settings, instant: datetime, *, bulk: bool
) -> Transition:
    """Restart an issue that could not be composed as if it were new, with its whole grace.

    Whoever writes it says whether it can be.
    """
    reason = _hold_after_all(replace(issue, due_at=issue.created), settings, instant, bulk=bulk)
    if reason is not None:
        return Transition(row._replace(why=reason), replace(issue, reason=reason))
    due, row = instant + settings.delay, row._replace(why="")
    waiting = replace(
        issue, state=IssueState.WAITING, reason=None, due_at=due, waiting_since=instant
    )
    if settings.one_shot or not settings.delay:
        return _queue_with_page(row, waiting, settings, instant)
    return Transition(row, waiting)


def _hold_after_all(
    issue: IssueRecord, settings: Settings, instant: datetime, *, bulk: bool
) -> HoldReason | None:
    if settings.restored:
        return HoldReason.RESTORED
    # The machine was off for longer than news stays news; nobody wants Monday's mail on Friday by
    # surprise.
    if issue.due_at is not None and issue.due_at < instant - settings.max_age:
        return HoldReason.STALE
    if bulk:
        return HoldReason.BULK
    return HoldReason.APPROVAL if settings.manual else None


def _restart_grace(
    row: PostRecord, issue: IssueRecord, settings: Settings, instant: datetime
) -> IssueRecord:
    """Return an edited post its grace again, an hour in all."""
    assert row.facts is not None
    if issue.entry == row.facts.entry or issue.due_at is None:
        return issue
    started = issue.waiting_since or instant
    # Each edit restarts the grace, but not for ever: an author who saves every minute still
    # publishes.
    due = max(issue.due_at, min(instant + settings.delay, started + GRACE_LIMIT))
    return issue if due == issue.due_at else replace(issue, due_at=due, reason=None)
