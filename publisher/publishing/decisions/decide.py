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

    def _merge(self) -> None:
        """Withdraw the issues of rows that gave way to an older one.

        They are that one's from now on.
        """
        for key, given in self.matched.merged.items():
            for copy in given:
                issue = self.issues.pop(copy.key, None)
                if issue is not None:
                    cancelled = replace(
                        issue, posts=(key,), state=IssueState.CANCELLED, due_at=None
                    )
                    self.orders[f"{copy.path} (gave way)"] = IssueOrder(copy.path, cancelled)

    def _date(self) -> None:
        """Return ids and instants to what is published, in path order."""
        dating = FeedDates(
            self.records, self.settings.adopted, self.instant, first_run=self.first_run
        )
        for path, row in self.rows.items():
            old = self.matched.rows.get(path)
            if (old is not row or row.feed_id is None) and status_at(
                row, self.instant
            ) is KnownAs.PUBLISHED:
                self.rows[path] = dating.date(old, row)

    def _bury(self) -> None:
        """Keep rows of vanished files as tombstones and withdraw their issues.

        What was waiting and comes back is judged as news again, not as something that was read
        differently.
        """
        for row in self.matched.vanished:
            issue = self.issues.pop(row.key, None)
            gone = row._replace(gone_at=self.instant, decided_hash="")
            if issue is not None:
                waiting = issue.state is IssueState.WAITING
                outcome = withdraw(gone, issue)
                gone = outcome.row._replace(known_as=KnownAs.DRAFT) if waiting else outcome.row
                self._order(row.path, outcome)
            self.gone.append(gone)

    def _order(self, path: str, outcome: Transition) -> PostRecord:
        if outcome.issue is not None:
            self.orders[path] = IssueOrder(path, outcome.issue)
        if outcome.page:
            self.pages.append(outcome.page)
        return outcome.row

    def _is_decided(self, path: str) -> bool:
        """Return whether a file's news may be decided now.

        What is held or baseline anyway need not wait until it is quiet.
        """
        look = self.scan_result.files.get(path)
        if look is None or look.settled or self.first_run or self.settings.restored:
            return True
        return look.facts is not None and self._was_overlooked(look.facts)

    def _sort_out(self) -> list[str]:
        """Take back what is no longer published, skip what is not wanted.

        Return the paths of what is newly published.
        """
        candidates = []
        for path, row in self.rows.items():
            issue = self.issues.get(row.key) if row.key else None
            if status_at(row, self.instant) is not KnownAs.PUBLISHED:
                if issue is not None:
                    del self.issues[row.key]
                    self.rows[path] = self._order(path, withdraw(row, issue))
            elif (
                row.kind is FileKind.POST
                and self._is_decided(path)
                and self._is_candidate(path, row, issue)
            ):
                candidates.append(path)
        return candidates

    def _is_candidate(self, path: str, row: PostRecord, issue: IssueRecord | None) -> bool:
        facts = row.facts
        assert facts is not None
        if self.first_run:
            self.rows[path] = row._replace(announcement=Announcement.BASELINE)
            return False
        if row.announcement is Announcement.PENDING and not facts.send:
            self.issues.pop(row.key, None)
            self.rows[path] = self._order(path, skip(row, NOT_WANTED, issue))
            return False
        if row.announcement is Announcement.SKIPPED and row.why == NOT_WANTED and facts.send:
            unknown = KnownAs.UNKNOWN if row.known_as is KnownAs.PUBLISHED else row.known_as
            row = self.rows[path] = row._replace(
                announcement=Announcement.NONE, why="", known_as=unknown, decided_hash=""
            )
        if row.announcement is not Announcement.NONE:
            return False
        why = skip_reason(facts, self.settings)
        if why is not None:
            self.rows[path] = self._order(path, skip(row, why))
        return why is None

    def _is_bulk(self, candidates: list[str]) -> bool:
        """Check whether too much became news within the window (rule "bulk").

        What is still waiting counts.
        """
        since = self.instant - BURST_WINDOW
        recent = {
            path
            for path, row in self.rows.items()
            if row.news_at is not None and row.news_at > since
        }
        waiting = {key for key, issue in self.issues.items() if issue.state is IssueState.WAITING}
        waiting_paths = {path for path, row in self.rows.items() if row.key in waiting}
        return len(recent | waiting_paths | set(candidates)) > self.settings.burst

    def _announce(self, candidates: list[str]) -> None:
        """Make issues of the news, and move on those that are open."""
        bulk = self._is_bulk(candidates)
        resemblance = Resemblance(
            self._others() if candidates else (), self.scan_result, self.comparison
        )
        for path in candidates:
            news = self._news(path, resemblance, bulk=bulk)
            reason = hold_reason(news, self.settings, self.instant)
            row = news.row
            if reason is HoldReason.RESEMBLES and news.resembles is not None:
                row = row._replace(resembles=news.resembles.key)
            self.rows[path] = self._order(path, announce(row, reason, self.settings, self.instant))
            resemblance.add(self.rows[path])
        for path, row in self.rows.items():
            issue = self.issues.get(row.key) if row.key else None
            if issue is not None and row.kind is FileKind.POST and self._is_decided(path):
                self.rows[path] = self._order(
                    path, follow(row, issue, self.settings, self.instant, bulk=bulk)
                )

    def _others(self) -> list[PostRecord]:
        """Return the rows that news may resemble.

        They are as they were, and as they are now where they changed.
        """
        given = {copy.key for copies in self.matched.merged.values() for copy in copies}
        was = {record.key: record for record in self.records if record.key not in given}
        return [
            *was.values(),
            *(row for row in (*self.rows.values(), *self.gone) if was.get(row.key) != row),
        ]

    def _news(self, path: str, resemblance: Resemblance, *, bulk: bool) -> News:
        row, old = self.rows[path], self.matched.rows.get(path)
        assert row.facts is not None
        before = (
            old._replace(known_as=row.known_as, decided_hash=row.decided_hash)
            if old is not None
            else None
        )
        like = resemblance.of(row, new=row.known_as is KnownAs.UNKNOWN, lines=not bulk)
        return News(
            row,
            row.facts,
            before,
            row.known_as,
            self.clock_back,
            self._was_overlooked(row.facts),
            like,
            bulk,
        )

    def _was_overlooked(self, facts: PostSummary) -> bool:
        """Check whether a post that is first seen now may have been there before.

        Only reading it as an older version did hid it then.
        """
        return self.read_anew and is_from_before(facts, self.last_scan, self.settings.zone)

    def _hold_newest(self) -> None:
        """Hold the newest dated post of a first run.

        A person sees a newsletter then, and nobody gets one.
        """
        dated = [
            row
            for row in self.rows.values()
            if row.announcement is Announcement.BASELINE and self._is_mailable(row)
        ]
        if dated:
            newest = max(dated, key=lambda row: (row.date or self.instant, row.path))
            self._order(
                newest.path, announce(newest, HoldReason.FIRST_RUN, self.settings, self.instant)
            )

    def _is_mailable(self, row: PostRecord) -> bool:
        facts = row.facts
        return (
            facts is not None
            and facts.published is not None
            and skip_reason(facts, self.settings) is None
        )

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
