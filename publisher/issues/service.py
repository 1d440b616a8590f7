"""What a person does with issues: look at them, release, discard, make one by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.database.site_state import SiteStateStore, write_mark
from publisher.errors import NotFoundError, UncomposedError, UsageError
from publisher.issues import transitions
from publisher.issues.enqueue import enqueue_issue
from publisher.issues.transitions import Transition, discard
from publisher.newsletter.composer import IssueComposer
from publisher.newsletter.issue import HoldReason, IssueLine, IssueRecord, IssueState, page_of
from publisher.newsletter.store import IssueStore
from publisher.posts.entries import EntryMaker
from publisher.posts.models import Announcement
from publisher.posts.post_status import is_published
from publisher.posts.store import PostStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from publisher.database.connection import Transaction
    from publisher.database.database import Database
    from publisher.newsletter.issue import IssueContent
    from publisher.newsletter.models import ComposerSettings
    from publisher.posts.records import PostRecord
    from publisher.system.restore_mark import RestoreMarkFile


_OPEN = frozenset({IssueState.HELD, IssueState.WAITING})


class IssueService:
    """What an editor does with the issues of one site.

    Every call is one short transaction and works beside a daemon.
    """

    def __init__(
        self, settings: ComposerSettings, database: Database, mark_file: RestoreMarkFile
    ) -> None:
        self.settings, self.database, self.mark_file = settings, database, mark_file
        self.config = settings.config

    def issues(self) -> list[IssueLine]:
        """Return every issue, oldest first."""
        with self.database.reading() as transaction:
            rows = {record.key: record for record in PostStore(transaction).records()}
            lines = [self._line(issue, rows) for issue in IssueStore(transaction).issues(None)]
            return [
                (
                    self._with_fault(line, rows, transaction)
                    if line.issue.reason is HoldReason.FAULT
                    else line
                )
                for line in lines
            ]

    def _with_fault(
        self, line: IssueLine, rows: dict[int, PostRecord], transaction: Transaction
    ) -> IssueLine:
        """Return an issue that could not be composed with the reason why it cannot be now."""
        if line.issue.state is not IssueState.HELD:
            return line
        composer = IssueComposer(
            self.settings,
            EntryMaker(PostStore(transaction), self.config.site.author),
            transaction,
            line.issue.created,
        )
        return replace(
            line,
            said=composer.fault(rows[line.issue.posts[0]])
            or "it can be composed now: the next round goes on with it",
        )

    def show(self, key: int, now: datetime) -> tuple[IssueLine, IssueContent]:
        """Return one issue with what it says; one that was only recorded is composed now.

        Raises:
            NotFoundError: There is no such issue.
            UncomposedError: It has to be composed first, and cannot be.
        """
        with self.database.transaction() as transaction:
            issue = self._find(transaction, key)
            rows = {record.key: record for record in PostStore(transaction).records()}
            content = IssueStore(transaction).content(key)
            is_faulty = issue.state is IssueState.HELD and issue.reason is HoldReason.FAULT
            if content is None or issue.folder is None or is_faulty:
                issue, content = self._compose(transaction, rows[issue.posts[0]], issue, now)
                IssueStore(transaction).update_issues([issue])
                IssueStore(transaction).save_content(key, content)
            return self._line(issue, rows), content

    def release(
        self,
        keys: Sequence[int],
        reason: HoldReason | None,
        now: datetime,
        check: Callable[[Transaction], None] = lambda _transaction: None,
    ) -> list[IssueLine]:
        """Queue held or waiting issues now, whether or not their posts' pages are up.

        From here on they are frozen.

        Raises:
            NotFoundError: There is no such issue, or none is held for that reason.
            UsageError: An issue is neither held nor waiting.
        """

        def queue(row: PostRecord, issue: IssueRecord, transaction: Transaction) -> Transition:
            check(transaction)
            outcome = transitions.queue(row, issue, now)
            queued = outcome.issue
            assert queued is not None
            assert row.facts is not None
            if queued.entry != row.facts.entry:
                queued, content = self._compose(transaction, row, queued, now)
                IssueStore(transaction).save_content(queued.key, content)
            return replace(outcome, issue=queued)

        return self._move(keys, reason, queue)

    def discard(self, keys: Sequence[int], reason: HoldReason | None) -> list[IssueLine]:
        """Cancel held or waiting issues for good; their posts count as skipped.

        Raises:
            NotFoundError: There is no such issue, or none is held for that reason.
            UsageError: An issue is neither held nor waiting.
        """
        return self._move(keys, reason, lambda row, issue, _transaction: discard(row, issue))

    def new(self, path: str, now: datetime, *, again: bool) -> IssueLine:
        """Compose any published post as a held issue: "once" binds the program, not the person.

        Raises:
            NotFoundError: No published post has this path.
            UsageError: Its news was announced before and ``again`` is not given, or an issue of it
                is open.
        """
        with self.database.transaction() as transaction:
            rows = {record.key: record for record in PostStore(transaction).records()}
            row = next(
                (
                    record
                    for record in rows.values()
                    if record.path == path and is_published(record, now)
                ),
                None,
            )
            if row is None or row.facts is None:
                raise NotFoundError(
                    f"No published post has the path {path!r}.",
                    cure="'publisher status' lists them.",
                )
            for issue in IssueStore(transaction).issues(tuple(_OPEN)):
                if issue.posts == (row.key,):
                    cure = f"Release it: publisher issues release {issue.key}"
                    raise UsageError(
                        f"Issue {issue.key} of this post is {issue.state} already.", cure=cure
                    )
            if row.announcement is Announcement.ANNOUNCED and not again:
                raise UsageError(
                    f"{path} was announced before.", cure="Give --again to compose it once more."
                )
            issue = IssueRecord(
                (row.key,), IssueState.HELD, row.facts.title, now, reason=HoldReason.BY_HAND
            )
            issue, content = self._compose(transaction, row, issue, now)
            issue = replace(issue, key=IssueStore(transaction).add_issue(issue, content))
            SiteStateStore(transaction).increment_revision()
            line = self._line(issue, rows)
        write_mark(self.database, self.mark_file)
        return line

    def _move(
        self,
        keys: Sequence[int],
        reason: HoldReason | None,
        move: Callable[[PostRecord, IssueRecord, Transaction], Transition],
    ) -> list[IssueLine]:
        with self.database.transaction() as transaction:
            rows = {record.key: record for record in PostStore(transaction).records()}
            lines = []
            for issue in self._chosen(transaction, keys, reason):
                outcome = move(rows[issue.posts[0]], issue, transaction)
                assert outcome.issue is not None
                rows[outcome.row.key] = outcome.row
                PostStore(transaction).update_records([outcome.row])
                IssueStore(transaction).update_issues([outcome.issue])
                changed = outcome.issue
                if changed.state is IssueState.QUEUED:
                    changed = enqueue_issue(
                        transaction,
                        self.config,
                        changed,
                        outcome.row,
                        now=changed.queued_at or changed.created,
                    )
                lines.append(self._line(changed, rows))
            SiteStateStore(transaction).increment_revision()
        write_mark(self.database, self.mark_file)
        return lines

    def _chosen(
        self, transaction: Transaction, keys: Sequence[int], reason: HoldReason | None
    ) -> Iterable[IssueRecord]:
        if reason is not None:
            chosen = [
                issue
                for issue in IssueStore(transaction).issues((IssueState.HELD,))
                if issue.reason is reason
            ]
            if not chosen:
                raise NotFoundError(
                    f"No issue is held for {str(reason)!r}.",
                    cure="'publisher issues list' shows them.",
                )
            return chosen
        chosen = [self._find(transaction, key) for key in dict.fromkeys(keys)]
        for issue in chosen:
            if issue.state not in _OPEN:
                raise UsageError(
                    f"Issue {issue.key} is {issue.state}.",
                    cure="Only held or waiting issues can be moved.",
                )
        return chosen

    def _find(self, transaction: Transaction, key: int) -> IssueRecord:
        issue = IssueStore(transaction).issue(key)
        if issue is None:
            raise NotFoundError(
                f"There is no issue {key}.", cure="'publisher issues list' shows them."
            )
        return issue

    def _compose(
        self, transaction: Transaction, row: PostRecord, issue: IssueRecord, now: datetime
    ) -> tuple[IssueRecord, IssueContent]:
        entries = EntryMaker(PostStore(transaction), self.config.site.author)
        try:
            composed = IssueComposer(self.settings, entries, transaction, now).compose(row, issue)
        except UncomposedError as error:
            name = f"Issue {issue.key}" if issue.key else row.path
            reason = (
                f" ({issue.state}: {issue.reason})"
                if issue.key and issue.reason is not None
                else ""
            )
            raise UncomposedError(
                f"{name}{reason} cannot be composed: {error.message}", cure=error.cure
            ) from error
        PostStore(transaction).save_renders(entries.fresh)
        return composed

    def _line(self, issue: IssueRecord, rows: dict[int, PostRecord]) -> IssueLine:
        paths = tuple(rows[key].path for key in issue.posts if key in rows)
        row = rows.get(issue.posts[0]) if issue.posts else None
        return IssueLine(issue, paths, self.settings.issue_path(issue), page_of(issue, row))
