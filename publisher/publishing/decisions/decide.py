"""One round of decisions, in the order of the design."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.database.site_state import instant_of
from publisher.errors import Level
from publisher.posts.models import Announcement, FileKind
from publisher.posts.post_status import do_feeds_change, next_change, status_at
from publisher.publishing.decisions.matching import match
from publisher.publishing.decisions.models import Changes
from publisher.publishing.decisions.resemblance import Comparison
from publisher.publishing.decisions.round_news import RoundNews
from publisher.publishing.decisions.safeguards import counts_after, hides_too_much, lost_too_much
from publisher.publishing.decisions.seen import see

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from publisher.database.site_state import SiteState
    from publisher.errors import Problem
    from publisher.issues.models import Settings
    from publisher.newsletter.issue import IssueRecord
    from publisher.posts.records import PostRecord
    from publisher.posts.scan import ScanResult
    from publisher.publishing.decisions.matching import Matched
    from publisher.publishing.decisions.models import Bodies


def decide(
    memory: SiteState,
    records: Sequence[PostRecord],
    issues: Iterable[IssueRecord],
    scan_result: ScanResult,
    settings: Settings,
    now: datetime,
    bodies: Bodies,
) -> Changes:
    """Decide one round.

    Args:
        memory: What the program remembers of the site.
        records: Every row of the catalogue, tombstones too.
        issues: Every issue that is held or waiting (others are left alone).
        scan_result: What the folder shows.
        settings: What the decisions depend on besides.
        now: The instant, aware.
        bodies: Gives bodies where facts do not tell whether two posts are one.

    Returns:
        What is to be written; nothing of it has happened yet.
    """
    instant, clock_problem = instant_of(memory, now, accept_clock=settings.accept_clock)
    warnings = [clock_problem] if clock_problem is not None else []
    remembered = replace(memory, latest=instant, is_copy=memory.is_copy or settings.restored)
    comparison = Comparison(instant, settings.zone, bodies)
    matched = match(records, scan_result, comparison)
    there = sum(1 for path in scan_result.present if _is_post(path, matched, scan_result))
    missing = scan_result.folder_problem
    if missing is None and not settings.accept_deletions:
        missing = lost_too_much(memory, there)
    if missing is not None:
        told = warnings if settings.may_come else [*warnings, missing]
        return _stopped(remembered, instant, told, look_again=settings.may_come)
    seen = see(matched, scan_result, instant, one_shot=settings.one_shot)
    hidden = hides_too_much(memory, records, seen, settings, instant)
    if hidden:
        return _stopped(remembered, instant, [*warnings, *hidden])
    counts = counts_after(memory, instant, there, accepted=settings.accept_deletions)
    remembered = replace(remembered, counts=counts, stopped="")
    round_ = _Round(remembered, records, issues, seen, settings, comparison)
    return round_.run(clock_back=clock_problem is not None, warnings=warnings, before=memory)


def _stopped(
    memory: SiteState, instant: datetime, problems: Sequence[Problem], *, look_again: bool = False
) -> Changes:
    """Decide nothing, and remember why."""
    why = next(
        (problem.message for problem in problems if problem.level is Level.ERROR), memory.stopped
    )
    return Changes(
        instant,
        replace(memory, stopped=why),
        problems=tuple(problems),
        look_again=look_again,
        stopped=True,
    )


def _is_post(path: str, matched: Matched, scan_result: ScanResult) -> bool:
    look, row = scan_result.files.get(path), matched.rows.get(path)
    return (look is not None and look.facts is not None) or (
        row is not None and row.facts is not None
    )


class _Round(RoundNews):
    """One round, from rows that were seen to what is to be written."""

    def run(self, *, clock_back: bool, warnings: list[Problem], before: SiteState) -> Changes:
        """Decide; ``before`` is what was remembered when the round began."""
        self.clock_back = clock_back
        self.last_scan = before.counts[-1][0] if before.counts else before.latest
        self.problems = [*warnings, *self.problems]
        self._merge()
        self._date()
        self._bury()
        candidates = self._sort_out()
        self._announce(candidates)
        if self.first_run:
            self._hold_newest()
        self._remember_known()
        return self._changes(before.latest)

    def _remember_known(self) -> None:
        """Remember what each decided file was, for the next round to compare with."""
        for path, row in self.rows.items():
            if not self._is_decided(path) or (
                row.kind is FileKind.INVALID and row.decided_hash == "" and row.facts is not None
            ):
                continue
            known = (
                row.known_as
                if row.kind is FileKind.INVALID and row.facts is not None
                else status_at(row, self.instant)
            )
            if (known, row.source_hash) != (row.known_as, row.decided_hash):
                self.rows[path] = row._replace(known_as=known, decided_hash=row.source_hash)

    def _changes(self, before: datetime | None) -> Changes:
        old = {record.key: record for record in self.records}
        changed = [row for row in [*self.rows.values(), *self.gone] if old.get(row.key) != row]
        moved = any(
            row.announcement is not (old[row.key].announcement if row.key else Announcement.NONE)
            for row in changed
        )
        counter = max(
            self.memory.counter, self.settings.mark_counter if self.settings.restored else 0
        )
        counter += bool(self.orders or moved or self.settings.restored)
        feeds_changed = bool(self.matched.merged) or do_feeds_change(
            self.rows.values(), changed, old, before, self.instant
        )
        dues = [order.issue.due_at for order in self.orders.values()] + [
            issue.due_at for issue in self.issues.values()
        ]
        dues += [next_change(row, self.instant) for row in self.rows.values()]
        next_due = min(
            (due for due in dues if due is not None and due > self.instant), default=None
        )
        memory = replace(
            self.memory, counter=counter, scanned=True, reading=self.settings.reading,
            posts=self.settings.posts,
            identity=self.settings.identity, feeds_dirty=self.memory.feeds_dirty or feeds_changed,
            next_due=next_due, is_copy=False,
        )  # fmt: skip
        return Changes(
            self.instant,
            memory,
            records=tuple(changed),
            merged={copy.key: key for key, given in self.matched.merged.items() for copy in given},
            orders=tuple(self.orders.values()),
            pages=tuple(self.pages),
            problems=tuple(self.problems),
            look_again=self.look_again,
            next_due=next_due,
        )
