"""``publish_once``: the order of the steps, nothing else.

What only a whole round needs is loaded by the first: most rounds end before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.feeds.documents import Documents
from publisher.feeds.models import FeedsReport
from publisher.newsletter.issue import IssueLine, page_of
from publisher.publishing.carry_out import RoundWriter
from publisher.publishing.edits import Kept, publish_edits
from publisher.publishing.options import Known, Options
from publisher.publishing.report import Report, count_posts, issue_json
from publisher.publishing.unchanged import check_unchanged, is_unchanged, remember_round

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from publisher.database.site_state import SiteState
    from publisher.errors import Problem
    from publisher.posts.scan import FolderScan, ScanResult
    from publisher.publishing.decisions.models import Changes
    from publisher.system.restore_mark import RestoreMark


class Publisher(RoundWriter):
    """Publishes one site, round after round.

    What a round leaves, the next one need not read again.
    """

    def publish_edits(self, paths: Collection[str], now: datetime) -> Report | None:
        """Bring edits of published posts into the feeds at once.

        See :mod:`publisher.publishing.edits`.

        Args:
            paths: Of the files that changed, relative to the posts folder.
            now: The instant, aware.

        Returns:
            None where a whole round is to do it: nothing was done.

        Raises:
            PublisherError: As :meth:`publish_once`.
        """
        started, kept, self._unchanged = self._monotonic(), self._kept, None
        if kept is None:
            return None
        if not self._is_calm(self._memory(), self.mark_file.read(), now, Options(one_shot=False)):
            return None
        try:
            self._kept = publish_edits(self.scanner, self._feed_planner(), kept, paths, now)
        except BaseException:
            self._forget()
            raise
        if self._kept is None:
            self._kept = kept
            return None
        return replace(self._told(self._kept.report), seconds=self._monotonic() - started)

    def _forget(self) -> None:
        """Forget what earlier rounds left: this one may have changed it and not come to its end."""
        self._kept = None
        self._planner = None

    def publish_once(self, now: datetime, options: Options | None = None) -> Report:
        """Bring feeds and issues up to the posts folder, once.

        Args:
            now: The instant, aware.
            options: What is asked for; a one-shot round by default.

        Raises:
            PublisherError: The state or an output folder cannot be used; nothing is lost, the next
                round goes on.
        """
        options = options or Options()
        started = self._monotonic()
        mark, scan = self.mark_file.read(), self.scanner.folder.scan()
        report = self._at_a_glance(mark, scan, now, options)
        if report is not None:
            self._missing_since = None
            return replace(report, seconds=self._monotonic() - started)
        from publisher.issues.restore_guard import warn_of_copy
        from publisher.publishing.page_check import ask_pages

        known = self._known()
        settings = self._settings(known, mark, options)
        scan_result = self._look(scan, known, settings, now, options)
        decided = self._decide(known, scan_result, settings, now)
        self._missing_since = (self._missing_since or started) if decided.stopped else None
        said = ask_pages(decided.pages, self.ask_page, self._monotonic, now)
        if said:
            settings = replace(settings, pages_up={page: not why for page, why in said.items()})
            decided = self._decide(known, scan_result, settings, now)
        if options.dry_run:
            known, recalled = self._rehearse_recall(known, settings, now)
            changes = (
                self._decide(known, scan_result, settings, now) if recalled.issues else decided
            )
            lines = self._with_recalled(recalled, known, self._foreseen(changes, known))
            feeds = FeedsReport()
            rows = None
        else:
            self._kept = None
            changes, lines, feeds, rows = self._carry_out(
                decided, known, scan_result, settings, now, mark
            )
        lines = [replace(line, said=said.get(line.page, "")) for line in lines]
        warnings = [*warn_of_copy(known.memory, mark, settings), *changes.problems]
        report = self._report(known, changes, scan_result, lines, feeds, warnings)
        report = replace(report, seconds=self._monotonic() - started)
        if rows is None:
            return report
        if not changes.stopped and not options.one_shot:
            self._kept = Kept.of(changes.memory.counter, rows, report)
        return replace(report, problems=(*report.problems, *self._run_hooks(report)))

    def foresee_stop(self, now: datetime) -> Sequence[Problem]:
        """Return why a round would decide nothing; nothing where it would decide.

        Nothing is written, and no page is asked for.
        """
        options = Options(one_shot=False, asked=True, dry_run=True)
        mark, scan, known = self.mark_file.read(), self.scanner.folder.scan(), self._known()
        settings = self._settings(known, mark, options)
        decided = self._decide(
            known, self._look(scan, known, settings, now, options), settings, now
        )
        return decided.problems if decided.stopped else ()

    def _at_a_glance(
        self, mark: RestoreMark | None, scan: FolderScan, now: datetime, options: Options
    ) -> Report | None:
        """Return the report of a round in which nothing happened.

        It may be a one-shot's after a few edits, and is None when more did happen, or may have.
        """
        memory = self._memory()
        last, self._unchanged = self._unchanged, None
        if options.dry_run or not self._is_calm(memory, mark, now, options):
            return None
        kept = None
        with self.database.writing_core() as transaction:
            feeds = Documents.of(self.feeds.public, transaction).report_current(self.feeds, memory)
            glance = (
                check_unchanged(transaction, memory, scan, feeds, last)
                if feeds is not None
                else None
            )
            if glance is None or (glance.changed and not options.one_shot):
                return None
            if glance.changed:
                kept = Kept.of_files(transaction, memory.counter, glance.changed, glance.report)
            else:
                remember_round(transaction, memory, glance, now)
        if kept is not None:
            try:
                kept = publish_edits(
                    self.scanner, self._feed_planner(), kept, glance.changed, now, follows=False
                )
            finally:
                self._forget()
            return self._told(kept.report) if kept is not None else None
        self._write_mark(memory, mark)
        self._unchanged = glance
        return glance.report

    def _is_calm(
        self, memory: SiteState, mark: RestoreMark | None, now: datetime, options: Options
    ) -> bool:
        return is_unchanged(memory, self._settings(Known(memory, (), (), ()), mark, options), now)

    def _told(self, report: Report) -> Report:
        """Run the hooks, and return the report of edits with what printing and hooks found."""
        return replace(
            report,
            problems=tuple(
                dict.fromkeys((*report.problems, *report.feeds.problems, *self._run_hooks(report)))
            ),
        )

    @staticmethod
    def _foreseen(changes: Changes, known: Known) -> list[IssueLine]:
        """Return the issues of a round that writes nothing."""
        rows = {
            record.path: record
            for record in (*known.records, *changes.records)
            if record.gone_at is None
        }
        return [
            IssueLine(order.issue, (order.path,), None, page_of(order.issue, rows.get(order.path)))
            for order in changes.orders
        ]

    def _run_hooks(self, report: Report) -> list[Problem]:
        """Run the operator's own commands, once a round.

        A failing one is a problem and blocks nothing.
        """
        hooks = self.config.hooks
        news: list[tuple[tuple[str, ...], dict[str, object]]] = []
        if report.feeds.written:
            news.append(
                (
                    hooks.feeds_changed,
                    {"event": "feeds_changed", "written": list(report.feeds.written)},
                )
            )
        for command, event, lines in (
            (hooks.issue_held, "issue_held", (*report.held(), *report.paused())),
            (hooks.issue_queued, "issue_queued", report.queued()),
        ):
            if lines:
                news.append(
                    (command, {"event": event, "issues": [issue_json(line) for line in lines]})
                )
        found = [self.hook(command, payload) for command, payload in news if command]
        return [problem for problem in found if problem is not None]

    def _report(
        self,
        known: Known,
        changes: Changes,
        scan_result: ScanResult,
        lines: Sequence[IssueLine],
        feeds: FeedsReport,
        warnings: Sequence[Problem],
    ) -> Report:
        rows = {record.path: record for record in known.records if record.gone_at is None}
        rows = {
            path: row
            for path, row in rows.items()
            if path in scan_result.present or changes.stopped
        }
        rows.update({record.path: record for record in changes.records if record.gone_at is None})
        of_files = [problem for path in sorted(rows) for problem in rows[path].problems]
        problems = dict.fromkeys([*warnings, *of_files, *feeds.problems])
        return Report(
            posts=count_posts(rows.values(), changes.instant),
            feeds=feeds,
            issues=tuple(lines),
            problems=tuple(problems),
            seconds=0.0,
            stopped=changes.stopped,
            look_again=changes.look_again,
            next_due=changes.next_due,
            first_run=not known.memory.scanned and changes.memory.scanned,
        )
