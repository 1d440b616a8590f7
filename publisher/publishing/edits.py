"""The round after an edit of what is published already.

The edit is in the feeds at once, without a look at the rest of the catalogue.

Most saves are such edits, and whoever saves wants to see what came of it. Everything else is left
to a whole round: a new file, a draft, a date, an address or a term that changed. In a daemon a
whole round follows anyway, when the file has been left alone for a while; it finds the row as this
one left it, lets an open issue follow its post, and has nothing to add to the feeds. Nothing
follows a one-shot: it leaves to a whole round what could not be decided here too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from publisher.database.site_state import SiteStateStore
from publisher.newsletter.issue import IssueState
from publisher.newsletter.store import IssueStore
from publisher.posts.feed_dates import FeedDates, Instants, updates_of
from publisher.posts.models import FileKind
from publisher.posts.post_status import status_at
from publisher.posts.records import KnownAs
from publisher.posts.store import PostStore
from publisher.publishing.decisions.seen import look_into

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from publisher.database.connection import Transaction
    from publisher.feeds.planner import FeedPlanner
    from publisher.posts.records import PostRecord, PostSummary
    from publisher.posts.scan import ScannedFile
    from publisher.posts.scanner import Scanner
    from publisher.publishing.report import Report


MOST = 10
"""So many files at once are no longer somebody's edit."""
_OPEN = (IssueState.HELD, IssueState.WAITING)
_WORDS = ("title", "modified", "words", "entry", "body", "is_long")
"""Facts that change no decision, and no place in any feed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a process remembers of its last round.

    It holds while nobody else has moved the catalogue's counter.

    Attributes:
        counter: Of the database's memory.
        records: Every row of the catalogue, by number; or those of some files, see
            :meth:`of_files`.
        living: Numbers of the rows whose files are there, by path.
        updates: The ``updated`` instants that are taken.
        report: Of that round.
        is_whole: Every row is there.
    """

    counter: int
    records: Mapping[int, PostRecord]
    living: Mapping[str, int]
    updates: Instants
    report: Report
    is_whole: bool = True

    @classmethod
    def of_files(
        cls, transaction: Transaction, counter: int, paths: Collection[str], report: Report
    ) -> Kept:
        """Keep the rows of some files only, of a process that has not seen the others."""
        records = {row.key: row for row in PostStore(transaction).records_at(paths)}
        living = {row.path: key for key, row in records.items()}
        return cls(
            counter,
            records,
            living,
            Instants(PostStore(transaction).updates()),
            report,
            is_whole=False,
        )

    @classmethod
    def of(cls, counter: int, records: Mapping[int, PostRecord], report: Report) -> Kept:
        """Keep the rows of a whole round."""
        living = {row.path: key for key, row in records.items() if row.gone_at is None}
        return cls(counter, records, living, updates_of(records.values()), report)


def publish_edits(
    scanner: Scanner,
    planner: FeedPlanner,
    kept: Kept,
    paths: Collection[str],
    now: datetime,
    *,
    follows: bool = True,
) -> Kept | None:
    """Bring edited posts into the feeds.

    Args:
        scanner: Looks at the files.
        planner: Plans the site's feeds; the same one as in every round.
        kept: What the last round left.
        paths: Of files that changed, relative to the posts folder.
        now: Aware, and a time at which nothing is due.
        follows: A whole round follows.

    Returns:
        What this round left, its report included; None where a whole round is to do it, and nothing
        was done.
    """
    if len(paths) > MOST:
        return None
    edits: list[tuple[PostRecord, ScannedFile]] = []
    for path in sorted(paths):
        record = kept.records.get(kept.living.get(path, 0))
        look = scanner.look_at(path) if record is not None else None
        if record is None or look is None or not _is_edit(record, look, now):
            return None
        if look.source_hash != record.source_hash:
            edits.append((record, look))
    if not edits:
        return None
    dating = FeedDates((), (), now, first_run=False, updates=kept.updates)
    with planner.database.writing_core() as transaction:
        memory = SiteStateStore(transaction).memory()
        if memory.counter != kept.counter or not planner.settings.are_current(memory):
            return None
        followed = {key for issue in IssueStore(transaction).issues(_OPEN) for key in issue.posts}
        decided = [look.settled and record.key not in followed for record, look in edits]
        if not follows and not all(decided):
            return None
        rows = [
            _edited(dating, record, look, now, is_decided=done)
            for (record, look), done in zip(edits, decided, strict=True)
        ]
        changed = {row.key: row for row in rows}
        PostStore(transaction).update_records(rows)
        PostStore(transaction).save_sources(
            (record.key, look.source()) for record, look in edits if look.source is not None
        )
        beside = (
            kept.records.values()
            if kept.is_whole
            else planner.rows_beside(transaction, [record for record, _ in edits], now)
        )
        memory = replace(memory, latest=now, feeds_dirty=True, stopped="")
        SiteStateStore(transaction).save_site_state(memory)
    feeds = planner.rewrite(memory, beside, changed, now)
    before = kept.report.feeds
    feeds = replace(feeds, unchanged=len(before.written) + before.unchanged - len(feeds.written))
    report = replace(kept.report, feeds=feeds, issues=(), look_again=follows, first_run=False)
    return replace(kept, records={**kept.records, **changed}, report=report)


def _is_edit(record: PostRecord, look: ScannedFile, now: datetime) -> bool:
    """Return whether nothing but the words of a post changed that is published."""
    if look.facts is None or record.facts is None or record.kind is not FileKind.POST:
        return False
    if (
        record.known_as is not KnownAs.PUBLISHED
        or record.feed_id is None
        or look.reading.problems != record.problems
    ):
        return False
    return (
        _place(look.facts) == _place(record.facts) and status_at(record, now) is KnownAs.PUBLISHED
    )


def _place(facts: PostSummary) -> Sequence[object]:
    return [value for name, value in zip(facts._fields, facts, strict=True) if name not in _WORDS]


def _edited(
    dating: FeedDates, record: PostRecord, look: ScannedFile, now: datetime, *, is_decided: bool
) -> PostRecord:
    """Return the row after an edit; what is not decided yet, a whole round reads again."""
    row = look_into(record, record.path, look, now)
    assert row is not None
    dated = dating.date(record, row)
    return dated._replace(decided_hash=dated.source_hash) if is_decided else dated
