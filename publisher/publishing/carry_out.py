"""Write what a round decided: in one transaction, then the mark, then the feeds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from publisher.database.site_state import SiteStateStore
from publisher.feeds.models import FeedsReport
from publisher.newsletter.issue import HoldReason, IssueLine, IssueState
from publisher.posts.store import PostStore
from publisher.publishing.options import Known
from publisher.publishing.round_parts import RoundParts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from publisher.database.connection import Transaction
    from publisher.database.site_state import SiteState
    from publisher.issues.models import Settings
    from publisher.issues.restore_guard import Recalled
    from publisher.newsletter.composer import IssueComposer
    from publisher.newsletter.issue import IssueRecord
    from publisher.posts.entries import EntryMaker
    from publisher.posts.records import PostRecord
    from publisher.posts.scan import ScanResult
    from publisher.publishing.decisions.models import Changes
    from publisher.system.restore_mark import RestoreMark


_FAULT_AGAIN = timedelta(minutes=1)
"""A daemon tries again after this to compose what could not be composed."""


class RoundWriter(RoundParts):
    """Carries a round's decisions out, or rehearses that."""

    def _rehearse_recall(
        self, known: Known, settings: Settings, now: datetime
    ) -> tuple[Known, Recalled]:
        with self.database.reading_core() as transaction:
            return self._recall(transaction, known, settings, now, write=False)

    @staticmethod
    def _recall(
        transaction: Transaction, known: Known, settings: Settings, now: datetime, *, write: bool
    ) -> tuple[Known, Recalled]:
        """Take frozen issues back that may not go on.

        What is held again is then decided about like everything that is held.
        """
        from publisher.issues.restore_guard import recall_frozen

        recalled = recall_frozen(
            transaction, known.records, known.memory, settings, now, write=write
        )
        memory = replace(known.memory, counter=known.memory.counter + bool(recalled.issues))
        return (
            Known(memory, recalled.records, (*known.issues, *recalled.held()), known.adopted),
            recalled,
        )

    def _with_recalled(
        self, recalled: Recalled, known: Known, lines: Sequence[IssueLine]
    ) -> list[IssueLine]:
        """Tell of what was taken back too, except where the round did something else with it."""
        told = {line.issue.key for line in lines}
        paths = {record.key: record.path for record in known.records}
        issues = [issue for issue in recalled.issues if issue.key not in told]
        return [
            *(
                IssueLine(
                    one, tuple(paths[key] for key in one.posts), self.composing.issue_path(one)
                )
                for one in issues
            ),
            *lines,
        ]

    def _carry_out(
        self,
        changes: Changes,
        known: Known,
        scan_result: ScanResult,
        settings: Settings,
        now: datetime,
        mark: RestoreMark | None,
    ) -> tuple[Changes, list[IssueLine], FeedsReport, Mapping[int, PostRecord]]:
        """Write the change, the announcements and the issues in one transaction.

        The mark and the feeds follow. Return every row as it is then, too.

        Where a command moved an issue since the round began, what was decided is decided again.
        """
        from publisher.issues.restore_guard import cancelled_transactional
        from publisher.posts.entries import EntryMaker
        from publisher.publishing.commit import Recorder

        with self.database.writing_core() as transaction:
            moved = SiteStateStore(transaction).memory().counter != known.memory.counter
            if moved:
                known = Known.of(transaction)
            before = {issue.key for issue in known.issues if issue.state is IssueState.HELD}
            known, recalled = self._recall(transaction, known, settings, now, write=True)
            if moved or recalled.issues:
                changes = self._decide(known, scan_result, settings, now, transaction)
            entries = EntryMaker(PostStore(transaction), self.config.site.author)
            compose = partial(self._make_composer, entries, transaction, changes.instant)
            freeze = partial(self._freeze, transaction, changes.instant)
            recorder = Recorder(transaction, compose, settings.burst, freeze)
            lines = recorder.record(changes, scan_result.files, known.records)
            PostStore(transaction).save_renders(entries.fresh)
            if recorder.is_faulty:
                soon = changes.instant + _FAULT_AGAIN
                changes = replace(changes, next_due=min(changes.next_due or soon, soon))
            self.tell_held(
                transaction,
                _newly_held(before, (*recalled.issues, *(line.issue for line in lines))),
                changes.instant,
            )
        lines = self._with_recalled(recalled, known, lines)
        self._write_mark(changes.memory, mark)
        feeds = (
            self._feed_planner().write(changes.memory, changes.instant, recorder.rows.values())
            if not changes.stopped
            else FeedsReport()
        )
        problems = (
            *cancelled_transactional(recalled),
            *recorder.problems,
            *entries.problems,
            *feeds.problems,
        )
        return (
            changes,
            lines,
            replace(feeds, problems=tuple(dict.fromkeys(problems))),
            recorder.rows,
        )

    def _make_composer(
        self, entries: EntryMaker, transaction: Transaction, instant: datetime
    ) -> IssueComposer:
        from publisher.newsletter.composer import IssueComposer

        return IssueComposer(self.composing, entries, transaction, instant)

    def _freeze(
        self, transaction: Transaction, instant: datetime, issue: IssueRecord, record: PostRecord
    ) -> IssueRecord:
        from publisher.issues.enqueue import enqueue_issue

        return enqueue_issue(transaction, self.config, issue, record, now=instant)

    def _write_mark(self, memory: SiteState, mark: RestoreMark | None) -> None:
        if mark != memory.mark:
            self.mark_file.write(memory.mark)


def _newly_held(before: Collection[int], issues: Sequence[IssueRecord]) -> list[IssueRecord]:
    """Return the issues that wait for a person since this round.

    Of a first run somebody is looking on.
    """
    stopped = {
        issue.key: issue for issue in issues if issue.state in {IssueState.HELD, IssueState.PAUSED}
    }
    return [
        issue
        for key, issue in stopped.items()
        if key not in before and issue.reason is not HoldReason.FIRST_RUN
    ]
