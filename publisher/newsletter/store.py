"""Issues, their posts and what they say."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from publisher.database.connection import insert_rows, marks, replace_rows, update_rows, value_of
from publisher.database.instants import from_micros, to_micros
from publisher.newsletter.columns import dump_content, load_content
from publisher.newsletter.issue import HoldReason, IssueContent, IssueRecord, IssueState

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from publisher.database.connection import Sql, Transaction


_COLUMNS = (
    "state", "reason", "subject", "created", "due_at", "waiting_since", "queued_at", "folder",
    "entry", "digest", "audience",
)  # fmt: skip
"""Of an issue, all but its number, which comes first, and the name of its page, which comes
last."""
# Our own column names
_SELECT = f"SELECT id, {', '.join(_COLUMNS)}, public FROM issues"
_POSTS = "SELECT issue_id, post_id FROM issue_posts"

ISSUE_LOCK = 0x50554249
"""Class of PostgreSQL's advisory locks of issues: shared by claims, alone for who changes the
issue.

A lock of the row itself would do the same, but whoever wants it alone waits until nobody happens to
share it: a second, with eight senders.
"""


def lock_number(issue: int) -> int:
    """Return an issue's number within :data:`ISSUE_LOCK`."""
    return issue & 0x7FFFFFFF


def hold_still(sql: Sql, issue: int) -> None:
    """Keep messages of an issue from being claimed while this transaction lasts.

    Wait for claims that are being made (PostgreSQL).
    """
    if sql.is_postgres:
        sql.run("SELECT pg_advisory_xact_lock(?, ?)", (ISSUE_LOCK, lock_number(issue)))


class IssueStore:
    """The tables of issues, inside one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.sql = transaction.sql

    def issues(self, states: Collection[IssueState] | None = None) -> list[IssueRecord]:
        """Return issues in these states, or all, oldest first."""
        names = [str(state) for state in (IssueState if states is None else states)]
        chosen = f"state IN ({marks(names)})"
        by_issue: dict[int, list[int]] = {}
        posts = (
            # Marks
            f"{_POSTS} WHERE issue_id IN (SELECT id FROM issues WHERE {chosen}) ORDER BY position"
        )
        for issue, post in self.sql.run(posts, names):
            by_issue.setdefault(issue, []).append(post)
        return [
            _issue(row, by_issue.get(row[0], ()))
            for row in self.sql.run(f"{_SELECT} WHERE {chosen} ORDER BY id", names)
        ]

    def issue(self, key: int) -> IssueRecord | None:
        """Return one issue, or None."""
        posts = [
            post
            for _, post in self.sql.run(f"{_POSTS} WHERE issue_id = ? ORDER BY position", (key,))
        ]
        return next(
            (_issue(row, posts) for row in self.sql.run(f"{_SELECT} WHERE id = ?", (key,))), None
        )

    def issue_by_public(self, public: str) -> IssueRecord | None:
        """Return the issue whose page on the web has this name, or None."""
        key = value_of(self.sql.run("SELECT id FROM issues WHERE public = ?", (public,)))
        return None if key is None else self.issue(key)

    def add_issue(self, issue: IssueRecord, content: IssueContent | None) -> int:
        """Add an issue and return its key.

        It gets a random name for its page on the web, unless it has one.
        """
        # Our names
        statement = (
            f"INSERT INTO issues ({', '.join(_COLUMNS)}, public)"
            f" VALUES ({marks(_COLUMNS)}, ?) RETURNING id"
        )
        key = value_of(
            self.sql.run(statement, (*_values(issue), issue.public or secrets.token_hex(16)))
        )
        assert isinstance(key, int)
        self._save_posts(key, issue)
        if content is not None:
            self.save_content(key, content)
        return key

    def update_issues(self, issues: Sequence[IssueRecord]) -> None:
        """Write issues again; nobody claims a message of one meanwhile."""
        for issue in sorted(issues, key=lambda issue: issue.key):
            hold_still(self.sql, issue.key)
            update_rows(self.sql, "issues", (*_COLUMNS, "id"), [(*_values(issue), issue.key)])
            self.sql.run("DELETE FROM issue_posts WHERE issue_id = ?", (issue.key,))
            self._save_posts(issue.key, issue)

    def folders(self) -> set[str]:
        """Return every folder name that an issue has."""
        return {
            folder
            for (folder,) in self.sql.run("SELECT folder FROM issues WHERE folder IS NOT NULL")
        }

    def content(self, key: int) -> IssueContent | None:
        """Return what an issue says, or None when it was only recorded."""
        data = value_of(
            self.sql.run("SELECT content FROM issue_contents WHERE issue_id = ?", (key,))
        )
        return load_content(data) if data is not None else None

    def save_content(self, key: int, content: IssueContent) -> None:
        """Keep what an issue says."""
        replace_rows(
            self.sql,
            "issue_contents",
            ("issue_id", "content"),
            [(key, dump_content(content))],
        )

    def _save_posts(self, key: int, issue: IssueRecord) -> None:
        rows = ((key, number, post) for number, post in enumerate(issue.posts))
        insert_rows(self.sql, "issue_posts", ("issue_id", "position", "post_id"), rows)


def _values(issue: IssueRecord) -> tuple[object, ...]:
    """Return the columns of :data:`_COLUMNS`."""
    return (
        str(issue.state), str(issue.reason) if issue.reason is not None else None, issue.subject,
        to_micros(issue.created),
        to_micros(issue.due_at), to_micros(issue.waiting_since), to_micros(issue.queued_at),
        issue.folder, issue.entry, issue.digest,
        issue.audience,
    )  # fmt: skip


def _issue(row: Any, posts: Sequence[int]) -> IssueRecord:
    (
        key,
        state,
        reason,
        subject,
        created,
        due_at,
        waiting_since,
        queued_at,
        folder,
        entry,
        digest,
        audience,
        public,
    ) = row
    made = from_micros(created)
    assert made is not None
    return IssueRecord(
        tuple(posts), IssueState(state), subject, made, key,
        HoldReason(reason) if reason is not None else None, from_micros(due_at),
        from_micros(waiting_since), from_micros(queued_at), folder, entry, public, digest, audience,
    )  # fmt: skip
