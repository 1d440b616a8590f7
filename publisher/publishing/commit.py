"""Write what a round decided: rows, sources and issues, inside the caller's one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from publisher.database.site_state import SiteStateStore
from publisher.errors import Level, Problem, UncomposedError
from publisher.newsletter.issue import HoldReason, IssueLine, IssueState, page_of
from publisher.newsletter.store import IssueStore
from publisher.posts.models import Announcement
from publisher.posts.store import PostStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from publisher.database.connection import Transaction
    from publisher.issues.models import IssueOrder
    from publisher.newsletter.composer import IssueComposer
    from publisher.newsletter.issue import IssueRecord
    from publisher.posts.records import PostRecord
    from publisher.posts.scan import ScannedFile
    from publisher.publishing.decisions.models import Changes


@dataclass
class Recorder:
    """Writes one round's changes.

    Attributes:
        catalogue: The open transaction.
        make_composer: Makes who composes issues from what the transaction holds by then, where
            there is one to compose.
        burst: A round that holds more issues than this only records them.
        freeze: Fixes the audience of an issue that was queued.
        rows: Every row as it is after the round, by number.
        is_faulty: An issue that was to go could not be composed, and is held for that.
    """

    catalogue: Transaction
    make_composer: Callable[[], IssueComposer]
    burst: int
    freeze: Callable[[IssueRecord, PostRecord], IssueRecord]
    rows: dict[int, PostRecord] = field(default_factory=dict)
    is_faulty: bool = False

    _composer: IssueComposer | None = None

    @property
    def composer(self) -> IssueComposer:
        """The composer of issues, made for the first."""
        if self._composer is None:
            self._composer = self.make_composer()
        return self._composer

    @property
    def problems(self) -> Sequence[Problem]:
        """Problems that composing found."""
        return self._composer.problems if self._composer is not None else ()

    def record(
        self, changes: Changes, looks: Mapping[str, ScannedFile], records: Sequence[PostRecord]
    ) -> list[IssueLine]:
        """Write everything and return the issues as they are now.

        Rows that gave way come first, because another row takes their path and all that refers to
        them.
        """
        PostStore(self.catalogue).merge_records(changes.merged)
        # Without those that gave way: a new row may have the number of one that went.
        rows = {record.key: record for record in records if record.key not in changes.merged}
        by_path = {record.path: record.key for record in records if record.gone_at is None}
        gone = {record.key for record in changes.records if record.gone_at is not None}
        stored = self._write_rows(changes.records)
        self._write_sources(stored, looks)
        for record in stored:
            rows[record.key] = record
            if record.key not in gone:
                by_path[record.path] = record.key
        # A bulk import would compose hundreds of issues that a person then discards.
        held = sum(
            order.issue.state is IssueState.HELD and not order.issue.key for order in changes.orders
        )
        written = [
            self._write_issue(order, rows, by_path, compose=held <= self.burst)
            for order in changes.orders
        ]
        lines = [line for line in written if line is not None]
        # What could not be composed is tried again by every round: none is over before it begins.
        SiteStateStore(self.catalogue).save_site_state(
            replace(changes.memory, next_due=changes.instant) if self.is_faulty else changes.memory
        )
        self.rows = rows
        return lines

    def _write_rows(self, records: Sequence[PostRecord]) -> list[PostRecord]:
        new = [record for record in records if not record.key]
        PostStore(self.catalogue).update_records([record for record in records if record.key])
        keys = PostStore(self.catalogue).add_records(new)
        added = dict(zip((record.path for record in new), keys, strict=True))
        return [
            record if record.key else record._replace(key=added[record.path]) for record in records
        ]

    def _write_sources(
        self, records: Sequence[PostRecord], looks: Mapping[str, ScannedFile]
    ) -> None:
        PostStore(self.catalogue).save_sources(
            (record.key, look.source())
            for record in records
            if record.gone_at is None
            and (look := looks.get(record.path)) is not None
            and look.source is not None
            # The source that is kept must be the one that was decided about, or an upgrade would
            # compare with another.
            and record.facts == look.facts
        )

    def _write_issue(
        self,
        order: IssueOrder,
        rows: dict[int, PostRecord],
        by_path: Mapping[str, int],
        *,
        compose: bool,
    ) -> IssueLine | None:
        issue = order.issue
        if not issue.posts:
            issue = replace(issue, posts=(by_path[order.path],))
        content = None
        record = rows[issue.posts[0]]
        if self._is_to_be_composed(issue, record, compose=compose):
            before = IssueStore(self.catalogue).issue(issue.key) if issue.key else None
            try:
                issue, content = self.composer.compose(record, issue)
            # One template or post at fault must not undo what the round decided about all others.
            except UncomposedError as error:
                issue, record = self._hold(issue, record, error)
                rows[record.key] = record
                if before is not None and (before.state, before.reason) == (
                    issue.state,
                    issue.reason,
                ):
                    return None
        if issue.key:
            IssueStore(self.catalogue).update_issues([issue])
            if content is not None:
                IssueStore(self.catalogue).save_content(issue.key, content)
        else:
            issue = replace(issue, key=IssueStore(self.catalogue).add_issue(issue, content))
        if issue.state is IssueState.QUEUED:
            issue = self.freeze(issue, record)
        paths = tuple(rows[key].path for key in issue.posts)
        return IssueLine(issue, paths, self.composer.path(issue), page_of(issue, record))

    def _hold(
        self, issue: IssueRecord, record: PostRecord, error: UncomposedError
    ) -> tuple[IssueRecord, PostRecord]:
        """Hold an issue that cannot be composed; one that is held already keeps its reason."""
        found = f"Its newsletter cannot be composed: {error.message}"
        self.composer.problems.append(Problem(record.path, None, Level.ERROR, found, error.cure))
        if issue.state is IssueState.HELD:
            return issue, record
        self.is_faulty = True
        record = record._replace(announcement=Announcement.PENDING, why=HoldReason.FAULT)
        PostStore(self.catalogue).update_records([record])
        return (
            replace(
                issue, state=IssueState.HELD, reason=HoldReason.FAULT, due_at=None, queued_at=None
            ),
            record,
        )

    @staticmethod
    def _is_to_be_composed(issue: IssueRecord, record: PostRecord, *, compose: bool) -> bool:
        if issue.state is IssueState.CANCELLED or record.facts is None:
            return False
        if issue.state is IssueState.QUEUED or (issue.key and issue.state is IssueState.WAITING):
            return issue.entry != record.facts.entry
        if issue.key:
            return issue.entry not in {"", record.facts.entry}
        return compose
