"""What a round did, for people, scripts and the log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.errors import Level
from publisher.newsletter.issue import IssueLine, IssueState
from publisher.posts.models import FileKind
from publisher.posts.post_status import status_at
from publisher.posts.records import KnownAs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from publisher.delivery.models import Finished
    from publisher.errors import Problem
    from publisher.feeds.models import FeedsReport
    from publisher.posts.records import PostRecord


_STATUSES = ("published", "draft", "scheduled", "expired", "invalid", "ignored")


@dataclass(frozen=True, slots=True)
class Report:
    """What a round did.

    Attributes:
        posts: Counts by status, and ``total``: all but the ignored.
        feeds: What became of the feeds.
        issues: Issues composed or changed by this round.
        problems: Everything that is wrong now, files in path order.
        seconds: How long the round took.
        stopped: The folder is missing or lost too much: nothing was decided.
        look_again: A file was not quiet yet, or posts that are missing may be on their way.
        next_due: When something changes by itself.
        first_run: This was the first scan into this database.
    """

    posts: Mapping[str, int]
    feeds: FeedsReport
    issues: tuple[IssueLine, ...]
    problems: tuple[Problem, ...]
    seconds: float
    stopped: bool = False
    look_again: bool = False
    next_due: datetime | None = None
    first_run: bool = False

    @property
    def refused(self) -> bool:
        """Whether something was refused: the exit status is then 1."""
        return any(problem.level is Level.ERROR for problem in self.problems)

    def held(self) -> tuple[IssueLine, ...]:
        """Issues this round held."""
        return tuple(line for line in self.issues if line.issue.state is IssueState.HELD)

    def paused(self) -> tuple[IssueLine, ...]:
        """Issues this round paused: they were frozen, and may not go on by themselves."""
        return tuple(line for line in self.issues if line.issue.state is IssueState.PAUSED)

    def queued(self) -> tuple[IssueLine, ...]:
        """Issues this round queued."""
        return tuple(line for line in self.issues if line.issue.state is IssueState.QUEUED)

    def as_json(self) -> dict[str, object]:
        """Return the object that ``build --json`` prints."""
        return {
            "posts": dict(self.posts),
            "feeds": {"written": list(self.feeds.written), "unchanged": self.feeds.unchanged},
            "issues": [issue_json(line) for line in self.issues],
            "problems": [problem_json(problem) for problem in self.problems],
            "seconds": round(self.seconds, 3),
        }


def issue_json(line: IssueLine) -> dict[str, object]:
    """Return one issue as commands print it.

    ``page``, ``said`` and ``gives_up`` only where its post's page is not up.
    """
    issue, until = line.issue, line.gives_up_at
    facts = (
        ("page", line.page),
        ("said", line.said),
        ("gives_up", until.isoformat() if until is not None else ""),
    )
    return {
        "id": issue.key,
        "subject": issue.subject,
        "posts": list(line.posts),
        "state": str(issue.state),
        "reason": str(issue.reason) if issue.reason is not None else None,
        "path": line.path,
        **{name: value for name, value in facts if value},
    }


def problem_json(problem: Problem) -> dict[str, object]:
    """Return one problem as commands print it."""
    return {
        "level": str(problem.level),
        "path": problem.path,
        "line": problem.line,
        "message": problem.message,
    }


def count_posts(records: Iterable[PostRecord], instant: datetime) -> dict[str, int]:
    """Count living rows by status.

    A file that no longer reads counts as invalid, also while its last good version shows.
    """
    counts: Counter[str] = Counter()
    for record in records:
        if record.gone_at is None:
            counts[
                "invalid" if record.kind is FileKind.INVALID else str(status_at(record, instant))
            ] += 1
    return posts_json(counts)


def posts_json(counts: Counter[str]) -> dict[str, int]:
    """Return how many rows there are of each status, and of all but those that are ignored."""
    posts = {status: counts[status] for status in _STATUSES}
    return {"total": sum(counts.values()) - counts[KnownAs.IGNORED], **posts}


def count_json(done: Finished) -> dict[str, int]:
    """Return the messages of a finished issue by state."""
    return {str(state): count for state, count in done.counts.items()}


def finished_json(done: Finished) -> dict[str, object]:
    """Return a finished issue as hooks and commands get it."""
    issue = done.issue
    return {
        "id": issue.key,
        "subject": issue.subject,
        "state": str(issue.state),
        "deliveries": count_json(done),
    }
