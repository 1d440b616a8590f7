"""What a subscriber's digest carries of what is due: decided over values, each post by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from publisher.models import IssueState
from publisher.subscribers.model import State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from publisher.catalogue import IssueRecord
    from publisher.delivery.audience import Reader
    from publisher.delivery.digests import Due

KEPT = timedelta(days=100)
"""How long a due post that cannot be carried waits for a later digest: three monthly ones."""

_BY_SLOT = attrgetter("at", "queued", "issue")
_GOES = frozenset({IssueState.QUEUED, IssueState.SENDING, IssueState.SENT, IssueState.WRITTEN})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is true of issues and posts when digests are made.

    Attributes:
        now: The instant.
        issues: By number.
        published: Posts that are published now.
        wants: Says whether a reader wants a post, as both are now.
    """

    now: datetime
    issues: Mapping[int, IssueRecord]
    published: Collection[int]
    wants: Callable[[int, Reader], bool]


class Choice(NamedTuple):
    """What becomes of what is due to a reader; many readers share one.

    Attributes:
        posts: What their digest carries; nothing when no digest is made.
        carried: Issues whose due rows it carries.
        waiting: Issues whose due rows wait for a later digest.
        dropped: Issues whose due rows no digest will carry.
        slot: The due row whose digest this is: the last, because a long stop leaves one digest
            only.
        first: When the first of the carried issues was to go: before ``slot`` after a long stop.
    """

    posts: tuple[int, ...]
    carried: tuple[int, ...]
    waiting: tuple[int, ...]
    dropped: tuple[int, ...]
    slot: Due
    first: datetime


def choose(
    reader: Reader, dues: Collection[Due], had: Collection[int], circumstances: Circumstances
) -> Choice:
    """Decide what a reader's digest carries.

    It carries a due post that is published now and still matches, whose issue was not cancelled,
    and that no delivery to this reader contains. What it cannot carry now waits: a post may be
    published again, an issue resumed, a tag come back. So does everything, when they had the digest
    of this period: none is sent twice.

    Args:
        reader: Who.
        dues: What is due to them now, at least one.
        had: Posts that a delivery to them contains.
        circumstances: Of issues and posts.
    """
    slot = max(dues, key=_BY_SLOT)
    posts: dict[int, None] = {}
    carried, waiting, dropped = [], [], []
    for due in dues:
        issue = circumstances.issues.get(due.issue)
        if (
            issue is None
            or issue.state is IssueState.CANCELLED
            or issue.posts[0] in had
            or not _is_theirs(reader, due)
        ):
            dropped.append(due.issue)
        elif slot.had:
            waiting.append(due.issue)
        elif _can_be_carried(reader, issue, circumstances):
            posts[issue.posts[0]] = None
            carried.append(due.issue)
        elif due.queued < circumstances.now - KEPT:
            dropped.append(due.issue)
        else:
            waiting.append(due.issue)
    first = min((due.at for due in dues if due.issue in carried), default=slot.at)
    return Choice(tuple(posts), tuple(carried), tuple(waiting), tuple(dropped), slot, first)


def _is_theirs(reader: Reader, due: Due) -> bool:
    """Say whether a reader was there when an issue was queued: who comes back begins anew."""
    return reader.state is State.ACTIVE and (
        reader.activated is None or reader.activated <= due.queued
    )


def _can_be_carried(reader: Reader, issue: IssueRecord, circumstances: Circumstances) -> bool:
    post = issue.posts[0]
    return (
        issue.state in _GOES
        and post in circumstances.published
        and circumstances.wants(post, reader)
    )
