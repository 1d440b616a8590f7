"""What is kept of issues, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.newsletter.issue import HoldReason, IssueContent, IssueRecord, IssueState
from publisher.newsletter.store import IssueStore
from publisher.posts.store import PostStore
from tests.posts.rows import NOW, post_row

if TYPE_CHECKING:
    from publisher.database.database import Database


def test_issues_come_back_with_their_posts_and_words(state: Database) -> None:
    """An issue, its posts in order, and what it says."""
    content = IssueContent("Subject", "Pre", "<p>", "text")
    with state.transaction() as transaction:
        keys = PostStore(transaction).add_records([post_row("a.md"), post_row("b.md")])
        issue = IssueRecord(
            (keys[1], keys[0]), IssueState.HELD, "Subject", NOW, reason=HoldReason.BULK
        )
        key = IssueStore(transaction).add_issue(issue, content)
        queued = replace(
            issue, key=key, state=IssueState.QUEUED, reason=None, queued_at=NOW, folder="x"
        )
        IssueStore(transaction).update_issues([queued])
    with state.reading() as transaction:
        stored = IssueStore(transaction).issue(key)
        assert stored is not None
        assert len(stored.public) == 32, "its page on the web has a random name"
        assert replace(stored, public="") == queued
        assert IssueStore(transaction).issues() == [stored]
        assert IssueStore(transaction).issue_by_public(stored.public) == stored
        assert IssueStore(transaction).issue_by_public("0" * 32) is None
        assert IssueStore(transaction).issues([IssueState.HELD]) == []
        assert IssueStore(transaction).content(key) == content
        assert IssueStore(transaction).folders() == {"x"}
        assert IssueStore(transaction).issue(key + 1) is None
