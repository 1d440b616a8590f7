"""What the program remembers of the posts folder and of its issues, as values.

The database (:mod:`publisher.storage`) keeps them; :mod:`publisher.changes` decides over them. A
:class:`Record` is one row: what the file was when last read, the facts of its last good version,
and where its news stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from publisher.models import Announcement, FileStat, HoldReason, IssueState, Kind, Problem

if TYPE_CHECKING:
    from datetime import datetime


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
    """Give a term once for all the posts that have it.

    They were a fifth of what a row takes in memory.
    """
    return kind, name


class Facts(NamedTuple):
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


class Record(NamedTuple):
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
        why: Why its issue is held (a :class:`HoldReason`), or why it is skipped.
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
    kind: Kind
    first_seen: datetime
    key: int = 0
    reason: str = ""
    problems: tuple[Problem, ...] = ()
    facts: Facts | None = None
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
class IssueRecord:
    """One issue of the newsletter, as stored.

    Attributes:
        key: Number of the issue; 0 until it is stored.
        posts: Keys of its posts' records, in order.
        state: Where it stands.
        subject: Its subject; that of its post until it is composed.
        created: When it was first recorded.
        reason: Why it is held, or ``PAGE_MISSING`` while it waits for its post's page; else None.
        due_at: When a waiting issue is queued, or its page asked for again.
        waiting_since: When its grace began.
        queued_at: When it was frozen.
        folder: Name of its folder below the newsletters folder; None until it is written.
        entry: ``Facts.entry`` it was composed from; empty until it is composed.
        public: Random name of its page on the web; given when it is stored.
        digest: ``weekly:2026-W14`` for a digest; empty for the issue of one post.
        audience: How many deliveries it was frozen with; None until then.
    """

    posts: tuple[int, ...]
    state: IssueState
    subject: str
    created: datetime
    key: int = 0
    reason: HoldReason | None = None
    due_at: datetime | None = None
    waiting_since: datetime | None = None
    queued_at: datetime | None = None
    folder: str | None = None
    entry: str = ""
    public: str = ""
    digest: str = ""
    audience: int | None = None


@dataclass(frozen=True, slots=True)
class IssueContent:
    """What an issue says: frozen bytes from ``queued`` on.

    Attributes:
        subject: One line.
        preheader: One line.
        html: With the placeholders of a recipient's own addresses in it.
        text: The same.
        mark: Of these placeholders; empty for what version 0.1.0 composed.
    """

    subject: str
    preheader: str
    html: str
    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the program remembers of the site as a whole.

    Attributes:
        instance: Random name of this database, also in the mark.
        counter: Grows with every change of an announcement or an issue.
        scanned: True once a scan into this database was completed.
        latest: The latest ``now`` any round was given.
        reading: Fingerprint of what decides how a file is read; another one means reading all
            again.
        posts: Fingerprint of ``[posts]`` and the program's version.
        counts: ``(instant, posts)`` of the good scans of the last hour, oldest first.
        feeds_dirty: True while the feeds on disk may lag behind the catalogue.
        feeds_fingerprint: Of the settings and the program the feeds were last written with.
        identity: What the database server calls this database (PostgreSQL); empty for SQLite.
        config_path: The configuration file this state belongs to.
        next_due: When something changes by itself next; None when nothing does.
        stopped: Why the last round decided nothing, for people; empty when it decided.
        is_copy: This is an older copy, and no whole round has dealt with that yet: ``publisher
            backup`` says so in the copy it makes.
    """

    instance: str
    counter: int = 0
    scanned: bool = False
    latest: datetime | None = None
    reading: str = ""
    posts: str = ""
    counts: tuple[tuple[datetime, int], ...] = ()
    feeds_dirty: bool = True
    feeds_fingerprint: str = ""
    identity: str = ""
    config_path: str = ""
    next_due: datetime | None = None
    is_copy: bool = False
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """``newsletters/.mark``: which database wrote here last, and how far it was."""

    instance: str
    counter: int


@dataclass(frozen=True, slots=True)
class Adopted:
    """An entry of an earlier feed whose id and date a post takes over."""

    link: str
    title: str
    id: str
    published: datetime | None


@dataclass(frozen=True, slots=True)
class WrittenDocument:
    """A feed document on disk: what it was made from and what tells that it is still there."""

    path: str
    fingerprint: str
    stat: FileStat


@dataclass(frozen=True, slots=True)
class StoredTerm:
    """A term's name and the path part it was given, for ever."""

    kind: str
    folded: str
    name: str
    slug: str
