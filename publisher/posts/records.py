"""What the catalogue remembers of a post, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from publisher.posts.models import Announcement, FileKind

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.errors import Problem
    from publisher.system.files import FileStat


class KnownAs(StrEnum):
    """What a file was when it was last decided: a status, or not (yet) a post."""

    UNKNOWN = "unknown"
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    EXPIRED = "expired"
    IGNORED = "ignored"
    INVALID = "invalid"


@lru_cache(maxsize=4096)
def term(kind: str, name: str) -> tuple[str, str]:
    """Return a term once for all the posts that have it.

    They were a fifth of what a row takes in memory.
    """
    return kind, name


class PostSummary(NamedTuple):
    """What decisions need of a post, without its words.

    Attributes:
        title: The title.
        url: Absolute address of the page.
        explicit_id: The id its file claims, or None.
        proposed_id: The feed id it is given when first published, unless an adopted one applies or
            it is taken.
        draft: Its flags keep it from being published.
        published: Its date, or None when undated.
        expires: Its expiry, or None.
        modified: Its own modified date, or None.
        words: SHA-256 (hex) of title and source body: the same words, the same hash.
        entry: SHA-256 (hex) of everything a feed entry shows: post and body.
        terms: ``(kind, name)`` pairs, kind ``tag``, ``category`` or ``author``, in source order.
        send: False for ``newsletter: false``, and where ``doubt`` is not empty.
        feed: False for ``feed: false``.
        body: Hash of the source body alone, whatever its white space; empty where an older version
            did not write it.
        is_long: That body is long enough to be told by itself from any other post's.
        asked: True for ``newsletter: true`` in so many words.
        release: From when it may be seen, where that is not ``published``.
        doubt: A status word nobody here knows: it hides a new post, and keeps one that is in the
            feeds from being mailed.
    """

    title: str
    url: str
    explicit_id: str | None
    proposed_id: str
    draft: bool
    published: datetime | None
    expires: datetime | None
    modified: datetime | None
    words: str
    entry: str
    terms: tuple[tuple[str, str], ...]
    send: bool
    feed: bool
    body: str = ""
    is_long: bool = False
    asked: bool = False
    release: datetime | None = None
    doubt: str = ""

    @property
    def released(self) -> datetime | None:
        """Return from when it may be seen: its date, unless it names another instant; else None."""
        return self.release or self.published


class PostRecord(NamedTuple):
    """One row of the catalogue.

    Attributes:
        key: Number of the row; 0 until it is stored.
        path: Where the file is, or was.
        stat: Of the bytes last read.
        source_hash: SHA-256 (hex) of those bytes.
        kind: What those bytes were.
        first_seen: When the path was first catalogued.
        reason: Why the file is ignored.
        problems: What reading it found.
        facts: Of the last good version; None when there never was one.
        known_as: What it was when last decided.
        decided_hash: ``source_hash`` at that time; empty when it must be looked at again.
        announcement: What became of its news.
        why: Why its issue is held (a :class:`publisher.newsletter.issue.HoldReason`), or why it is
            skipped.
        resembles: Key of the record it resembles (rule "renamed or copied"), or None.
        news_at: When it was newly published, or None.
        feed_id: Minted when first published, then kept.
        date: Published instant as feeds show it: whole seconds, distinct.
        updated: The same for ``updated``.
        sort_last: True for the undated posts of a first run.
        gone_at: When the file vanished; None while it is there.
    """

    path: str
    stat: FileStat
    source_hash: str
    kind: FileKind
    first_seen: datetime
    key: int = 0
    reason: str = ""
    problems: tuple[Problem, ...] = ()
    facts: PostSummary | None = None
    known_as: KnownAs = KnownAs.UNKNOWN
    decided_hash: str = ""
    announcement: Announcement = Announcement.NONE
    why: str = ""
    resembles: int | None = None
    news_at: datetime | None = None
    feed_id: str | None = None
    date: datetime | None = None
    updated: datetime | None = None
    sort_last: bool = False
    gone_at: datetime | None = None


LivingRow: TypeAlias = tuple[str, int, int, str, bool, bool, str, str]
"""What tells that nothing happened to a file since it was last decided about.

Path; size, mtime (nanoseconds) and inode of the bytes last read; whether those very bytes were
decided about; whether there is a good version of it; what those bytes were; what it was when last
decided. A plain tuple, as the driver gives it: there are as many as files.
"""


@dataclass(frozen=True, slots=True)
class Adopted:
    """An entry of an earlier feed whose id and date a post takes over."""

    link: str
    title: str
    id: str
    published: datetime | None
