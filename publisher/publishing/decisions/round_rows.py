"""The working state of one round of decisions, and what becomes of its rows before any news."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.issues.models import IssueOrder
from publisher.issues.transitions import Transition, withdraw
from publisher.newsletter.issue import IssueState
from publisher.posts.feed_dates import FeedDates
from publisher.posts.post_status import status_at
from publisher.posts.records import KnownAs, PostRecord
from publisher.publishing.decisions.hold_rules import is_from_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from publisher.database.site_state import SiteState
    from publisher.issues.models import Settings
    from publisher.newsletter.issue import IssueRecord
    from publisher.posts.records import PostSummary
    from publisher.publishing.decisions.resemblance import Comparison
    from publisher.publishing.decisions.seen import Seen


_OPEN = frozenset({IssueState.HELD, IssueState.WAITING})


class RoundRows:
    """Rows by path as they were and as they become, and the orders that follow.

    ::

        merge what gave way -> date what is published -> bury what vanished
    """

    def __init__(
        self,
        memory: SiteState,
        records: Sequence[PostRecord],
        issues: Iterable[IssueRecord],
        seen: Seen,
        settings: Settings,
        comparison: Comparison,
    ) -> None:
        self.memory = memory
        self.settings = settings
        self.comparison = comparison
        self.instant = comparison.instant
        self.records, self.matched, self.scan_result = records, seen.matched, seen.scan_result
        self.issues = {
            issue.posts[0]: issue
            for issue in issues
            if issue.state in _OPEN and len(issue.posts) == 1
        }
        self.first_run = not memory.scanned
        self.read_anew = memory.scanned and memory.posts != settings.posts
        self.rows = dict(seen.rows)
        self.gone: list[PostRecord] = list(seen.matched.redirected)
        self.orders: dict[str, IssueOrder] = {}
        self.pages: list[str] = []
        self.problems = list(seen.problems)
        self.look_again = seen.look_again
        self.clock_back = False
        self.last_scan: datetime | None = None

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

    def _was_overlooked(self, facts: PostSummary) -> bool:
        """Check whether a post that is first seen now may have been there before.

        Only reading it as an older version did hid it then.
        """
        return self.read_anew and is_from_before(facts, self.last_scan, self.settings.zone)
