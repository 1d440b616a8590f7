"""What is looked at before anything is decided.

An older copy of the state, the clock, a folder that vanished.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem
from publisher.posts.models import FileKind
from publisher.posts.post_status import is_visible

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from publisher.database.site_state import SiteState
    from publisher.issues.models import Settings
    from publisher.posts.records import PostRecord
    from publisher.publishing.decisions.seen import Seen


_COUNTS_KEPT = timedelta(hours=1)
_LEAST_LARGEST = 5
_FEW_HIDDEN = 5
"""So many posts may leave the feeds by a new version or setting; a person sees what became of
them."""
_HIDDEN_PART = 10
"""One in so many may leave too."""
_NAMED = 50
"""Posts that are named, where many would go."""


def lost_too_much(memory: SiteState, posts: int) -> Problem | None:
    """Return the problem where more than half of the posts vanished.

    That is an unmounted or emptied folder, not a deletion.

    Args:
        memory: Knows the counts of the good scans of the last hour.
        posts: How many posts are there now.
    """
    if not memory.counts:
        return None
    last = memory.counts[-1][1]
    largest = max(count for _, count in memory.counts)
    # The largest of the last hour, or files that vanish a few at a time would never be half.
    before = largest if largest >= _LEAST_LARGEST else last
    if posts * 2 >= max(before, last):
        return None
    # Without the posts that are left: it is one problem, told once, while they go one by one.
    found = (
        f"The posts folder has lost more than half of its {max(before, last)} posts: nothing is"
        " deleted, the feeds stay as they are."
    )
    cure = (
        "Bring the files back; if they were meant to go, run 'publisher build --accept-deletions'."
    )
    return Problem("", None, Level.ERROR, found, cure)


def hides_too_much(
    memory: SiteState,
    records: Sequence[PostRecord],
    seen: Seen,
    settings: Settings,
    instant: datetime,
) -> tuple[Problem, ...]:
    """Return which posts a new version or setting would hide, where they are too many.

    It is the rule "a stricter reading".

    What an author changed is an author's doing, and does not count.

    Args:
        memory: Knows how files were read last.
        records: Every row as it was.
        seen: What the files are now.
        settings: Say how files are read now.
        instant: Of the round.

    Returns:
        The problem, and one for each post, with what became of it; nothing where the round may go
        on.
    """
    if not memory.scanned or memory.reading == settings.reading or settings.accept_hidden:
        return ()
    now = {row.key: row for row in seen.rows.values()}
    gave_way = {copy.key for given in seen.matched.merged.values() for copy in given}
    shown = [
        record for record in records if record.key not in gave_way and is_visible(record, instant)
    ]
    hidden = [
        record for record in shown if _is_hidden(record, now.get(record.key), settings, instant)
    ]
    # Both: five of six posts of a small site are few, and a tenth of a large one is what a changed
    # rule may mean.
    if len(hidden) <= _FEW_HIDDEN or len(hidden) * _HIDDEN_PART <= len(shown):
        return ()
    found = (
        f"This version or these settings would take {len(hidden)} of {len(shown)} published posts"
        " out of the feeds: they stay as they are."
    )
    cure = (
        "See what is said of each post; correct it or the setting, or run 'publisher build"
        " --accept-hidden' if they are meant to go."
    )
    named = [
        Problem(
            r.path,
            1,
            Level.WARNING,
            f"It would be taken out of the feeds: {_why_hidden(now.get(r.key))}.",
            "",
        )
        for r in hidden
    ]
    more = len(named) - _NAMED
    rest = (
        [
            Problem(
                "",
                None,
                Level.WARNING,
                f"And {more} more posts would be taken out of the feeds.",
                "",
            )
        ]
        if more > 0
        else []
    )
    return (Problem("", None, Level.ERROR, found, cure), *named[:_NAMED], *rest)


def _is_hidden(
    record: PostRecord, row: PostRecord | None, settings: Settings, instant: datetime
) -> bool:
    """Return whether a post that was shown is not any more, although its file is as it was."""
    if row is None:
        return not settings.accept_deletions
    return row.source_hash == record.source_hash and not is_visible(row, instant)


def _why_hidden(row: PostRecord | None) -> str:
    if row is None:
        return "its file is gone, or not among the posts any more"
    if row.kind is FileKind.IGNORED:
        return row.reason
    if row.facts is not None and row.facts.draft:
        return "it is read as a draft"
    if row.facts is not None and not row.facts.feed:
        return "it is read as not for feeds"
    return "its date is read differently"


def counts_after(
    memory: SiteState, instant: datetime, posts: int, *, accepted: bool
) -> tuple[tuple[datetime, int], ...]:
    """Remember the counts of the good scans of the hour before this one.

    There is one for each minute and change.
    """
    # The old counts would stop the next round again.
    if accepted:
        return ((instant, posts),)
    kept = [(at, count) for at, count in memory.counts if instant - at <= _COUNTS_KEPT]
    if len(kept) > 1 and kept[-1][1] == posts and kept[-2][1] == posts:
        kept.pop()
    return (*kept, (instant, posts))
