"""What is newly published, and what becomes of it: skipped, held, waiting or queued."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.issues.models import NOT_WANTED
from publisher.issues.transitions import announce, follow, skip, withdraw
from publisher.newsletter.issue import HoldReason, IssueState
from publisher.posts.models import Announcement, FileKind
from publisher.posts.post_status import status_at
from publisher.posts.records import KnownAs, PostRecord
from publisher.publishing.decisions.hold_rules import News, hold_reason, skip_reason
from publisher.publishing.decisions.models import BURST_WINDOW
from publisher.publishing.decisions.resemblance import Resemblance

if TYPE_CHECKING:
    from publisher.newsletter.issue import IssueRecord


from publisher.publishing.decisions.round_rows import RoundRows


class RoundNews(RoundRows):
    """The news of one round.

    ::

        what is newly published -> skip the unwanted -> hold, or let wait -> follow open issues
    """

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
