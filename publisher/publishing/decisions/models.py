"""What the decisions take and give."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from publisher.database.site_state import SiteState
    from publisher.errors import Problem
    from publisher.issues.models import IssueOrder
    from publisher.posts.records import PostRecord
    from publisher.posts.scan import ScannedFile


BURST_WINDOW = timedelta(minutes=10)
"""News of this long counts together; a post lost this recently may still be the one that was
renamed."""


class Bodies(Protocol):
    """Gives bodies, where two posts are compared by more than facts."""

    def seen(self, look: ScannedFile) -> str:
        """Return the body of a post that was read in this round."""
        ...

    def kept(self, keys: Collection[int]) -> Mapping[int, str]:
        """Return the bodies of rows by number, as the catalogue keeps them, where it does."""
        ...


@dataclass(frozen=True, slots=True)
class Changes:
    """What a round decided.

    Attributes:
        instant: The instant the decisions used: never before an earlier round's.
        memory: The site's memory as it is to be.
        records: Rows to write; ``key`` is 0 for new ones.
        merged: Rows that gave way to another, by number: the number of the row that takes over all
            that refers to them.
        orders: Issues to make, move or compose again; at most one order for each issue.
        pages: Addresses of the pages for want of which an issue is not queued.
        problems: What people must know of this round; problems of single files are in their
            records.
        look_again: A file was not quiet yet, or posts that are missing may be on their way.
        next_due: The next instant at which something changes by itself.
        stopped: Nothing was decided, because the folder is missing or lost too much.
    """

    instant: datetime
    memory: SiteState
    records: tuple[PostRecord, ...] = ()
    merged: Mapping[int, int] = field(default_factory=dict)
    orders: tuple[IssueOrder, ...] = ()
    pages: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    look_again: bool = False
    next_due: datetime | None = None
    stopped: bool = False
