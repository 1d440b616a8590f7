"""What a round is asked for, and what the state held when it began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.database.site_state import SiteStateStore
from publisher.newsletter.issue import IssueState
from publisher.newsletter.store import IssueStore
from publisher.posts.store import PostStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.database.connection import Transaction
    from publisher.database.site_state import SiteState
    from publisher.newsletter.issue import IssueRecord
    from publisher.posts.records import Adopted, PostRecord

_OPEN = (IssueState.HELD, IssueState.WAITING)


@dataclass(frozen=True, slots=True)
class Options:
    """What a round is asked for.

    Attributes:
        one_shot: A command or cron: queue at once (with smtp: once the page is up), wait for files
            that are being written.
        asked: Somebody waits for what a daemon finds: what is missing is said at once.
        accept_deletions: What vanished was meant to go.
        accept_clock: The clock is right.
        accept_hidden: What a new version or setting takes out of the feeds was meant to go.
        dry_run: Decide and report, write nothing.
    """

    one_shot: bool = True
    asked: bool = False
    accept_deletions: bool = False
    accept_clock: bool = False
    accept_hidden: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What the state held when the round began."""

    memory: SiteState
    records: Sequence[PostRecord]
    issues: Sequence[IssueRecord]
    adopted: Sequence[Adopted]

    @classmethod
    def of(cls, transaction: Transaction, rows: Sequence[PostRecord] | None = None) -> Known:
        """Read it; the rows are not read where they are known."""
        return cls(
            SiteStateStore(transaction).memory(),
            rows if rows is not None else PostStore(transaction).records(),
            IssueStore(transaction).issues(_OPEN),
            PostStore(transaction).adopted(),
        )
