"""What a feed document is made from, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.errors import Problem
    from publisher.posts.models import Author, Entry
    from publisher.system.files import FileStat


@dataclass(frozen=True, slots=True)
class Archive:
    """Where a document stands in a feed's history (RFC 5005).

    Attributes:
        is_archive: False for the subscription document itself.
        current: Address of the subscription document; None in it.
        previous: Address of the next older archive document, or None.
        following: Address of the next newer archive document, or None.
    """

    is_archive: bool
    current: str | None = None
    previous: str | None = None
    following: str | None = None


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """One feed document, in one format.

    Attributes:
        format: ``rss``, ``atom`` or ``json``.
        title: Plain text.
        description: Plain text, may be empty.
        home_url: Address of the HTML page the feed is about.
        self_url: Address of this document.
        language: BCP 47.
        updated: Newest ``updated`` of its entries, or a fixed instant for an empty feed; whole
            seconds.
        entries: Newest first.
        authors: Of the site; Atom needs one.
        copyright: May be empty.
        image: Absolute address of a logo, or empty.
        archive: Its place in the history, or None.
        id: Atom id of the feed: the same for every document of one feed.
    """

    format: str
    title: str
    description: str
    home_url: str
    self_url: str
    language: str
    updated: datetime
    entries: tuple[Entry, ...]
    authors: tuple[Author, ...] = ()
    copyright: str = ""
    image: str = ""
    archive: Archive | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """An entry as every document of one format and language has it.

    Attributes:
        data: Its bytes; empty when it cannot be written.
        problem: Why it cannot.
    """

    data: bytes
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class RenderedFeed:
    """The bytes of a document, and the entries that had to be left out of it."""

    data: bytes
    problems: tuple[Problem, ...] = field(default=())


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


@dataclass(frozen=True, slots=True)
class FeedsReport:
    """What became of the feed documents.

    Attributes:
        written: Paths below the public folder whose bytes changed.
        unchanged: How many documents stayed as they were.
        problems: Entries that could not be serialised, and what rendering found.
    """

    written: tuple[str, ...] = ()
    unchanged: int = 0
    problems: tuple[Problem, ...] = ()
