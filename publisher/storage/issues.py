"""Issues, their posts and what they say."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, func, insert, select, update

from publisher.catalogue import IssueContent, IssueRecord
from publisher.models import HoldReason, IssueState
from publisher.storage import codec, schema

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

ISSUE_LOCK = 0x50554249
"""Class of PostgreSQL's advisory locks of issues: shared by claims, alone for who changes the issue.

A lock of the row itself would do the same, but whoever wants it alone waits until nobody happens to share it: a second, with eight senders.
"""


def lock_number(issue: int) -> int:
    """Give an issue's number within :data:`ISSUE_LOCK`."""
    return issue & 0x7FFFFFFF


def hold_still(connection: Connection, issue: int) -> None:
    """Let no message of an issue be claimed while this transaction lasts; wait for claims that are being made (PostgreSQL)."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(ISSUE_LOCK, lock_number(issue))))


class IssueTables:
    """The tables of issues, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def issues(self, states: Collection[IssueState] | None = None) -> list[IssueRecord]:
        """Give issues in these states, or all, oldest first."""
        query = select(schema.issues).order_by(schema.issues.c.id)
        posts = select(schema.issue_posts.c.issue_id, schema.issue_posts.c.post_id).order_by(schema.issue_posts.c.position)
        if states is not None:
            chosen = schema.issues.c.state.in_([str(state) for state in states])
            query = query.where(chosen)
            posts = posts.join(schema.issues, schema.issues.c.id == schema.issue_posts.c.issue_id).where(chosen)
        by_issue: dict[int, list[int]] = {}
        for issue, post in self.connection.execute(posts):
            by_issue.setdefault(issue, []).append(post)
        return [_issue(row, by_issue) for row in self.connection.execute(query)]

    def issue(self, key: int) -> IssueRecord | None:
        """Give one issue, or None."""
        table = schema.issue_posts
        row = self.connection.execute(select(schema.issues).where(schema.issues.c.id == key)).one_or_none()
        if row is None:
            return None
        posts = self.connection.execute(select(table.c.post_id).where(table.c.issue_id == key).order_by(table.c.position)).scalars()
        return _issue(row, {key: list(posts)})

    def issue_by_public(self, public: str) -> IssueRecord | None:
        """Give the issue whose page on the web has this name, or None."""
        key = self.connection.execute(select(schema.issues.c.id).where(schema.issues.c.public == public)).scalar()
        return None if key is None else self.issue(key)

    def add_issue(self, issue: IssueRecord, content: IssueContent | None) -> int:
        """Add an issue and give its key; it gets a random name for its page on the web, unless it has one."""
        values = {**_columns(issue), "public": issue.public or secrets.token_hex(16)}
        result = self.connection.execute(insert(schema.issues).values(values))
        assert result.inserted_primary_key is not None
        key: int = result.inserted_primary_key[0]
        self._save_posts(key, issue)
        if content is not None:
            self.save_content(key, content)
        return key

    def update_issues(self, issues: Sequence[IssueRecord]) -> None:
        """Write issues again; nobody claims a message of one meanwhile."""
        for issue in sorted(issues, key=lambda issue: issue.key):
            hold_still(self.connection, issue.key)
            self.connection.execute(update(schema.issues).where(schema.issues.c.id == issue.key).values(_columns(issue)))
            self.connection.execute(delete(schema.issue_posts).where(schema.issue_posts.c.issue_id == issue.key))
            self._save_posts(issue.key, issue)

    def folders(self) -> set[str]:
        """Give every folder name that an issue has."""
        found = self.connection.execute(select(schema.issues.c.folder).where(schema.issues.c.folder.is_not(None)))
        return {folder for folder in found.scalars() if folder is not None}

    def content(self, key: int) -> IssueContent | None:
        """Give what an issue says, or None when it was only recorded."""
        table = schema.issue_contents
        data = self.connection.execute(select(table.c.content).where(table.c.issue_id == key)).scalar()
        return codec.load_content(data) if data is not None else None

    def save_content(self, key: int, content: IssueContent) -> None:
        """Keep what an issue says."""
        table = schema.issue_contents
        self.connection.execute(delete(table).where(table.c.issue_id == key))
        self.connection.execute(insert(table).values(issue_id=key, content=codec.dump_content(content)))

    def _save_posts(self, key: int, issue: IssueRecord) -> None:
        rows = [{"issue_id": key, "position": number, "post_id": post} for number, post in enumerate(issue.posts)]
        if rows:
            self.connection.execute(insert(schema.issue_posts), rows)


def _columns(issue: IssueRecord) -> dict[str, Any]:
    return {
        "state": str(issue.state),
        "reason": str(issue.reason) if issue.reason is not None else None,
        "subject": issue.subject,
        "created": issue.created,
        "due_at": issue.due_at,
        "waiting_since": issue.waiting_since,
        "queued_at": issue.queued_at,
        "folder": issue.folder,
        "entry": issue.entry,
        "digest": issue.digest,
        "audience": issue.audience,
    }


def _issue(row: Any, posts: dict[int, list[int]]) -> IssueRecord:
    return IssueRecord(
        posts=tuple(posts.get(row.id, ())),
        state=IssueState(row.state),
        subject=row.subject,
        created=row.created,
        key=row.id,
        reason=HoldReason(row.reason) if row.reason is not None else None,
        due_at=row.due_at,
        waiting_since=row.waiting_since,
        queued_at=row.queued_at,
        folder=row.folder,
        entry=row.entry,
        public=row.public,
        digest=row.digest,
        audience=row.audience,
    )
