"""What a file of the posts folder becomes: a post, and the entry that readers see."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from publisher.errors import Problem
from publisher.markup.models import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from publisher.system.files import FileStat


class Vanished(Problem):
    """A file that was there when the folder was listed, and gone when it was to be read."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of the posts folder, as bytes."""

    path: str
    stat: FileStat
    data: bytes


class FileKind(StrEnum):
    """What a file of the posts folder turned out to be."""

    POST = "post"
    IGNORED = "ignored"
    INVALID = "invalid"


class Status(StrEnum):
    """What a post is at an instant."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a post; ``email`` and ``url`` only where the source gives them."""

    name: str
    email: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A media file that belongs to a post (RSS ``enclosure``).

    Attributes:
        url: Absolute address.
        length: Size in bytes.
        type: Media type, for example ``audio/mpeg``.
    """

    url: str
    length: int
    type: str


@dataclass(frozen=True, slots=True)
class NewsletterSwitch:
    """What a post says about its own newsletter (front matter ``newsletter``).

    Attributes:
        send: False for ``newsletter: false``.
        subject: Replaces the title as the subject.
        preheader: Replaces the summary as the preheader.
        content: ``full`` or ``summary``, else None for the site's setting.
        asked: True where the post says ``true`` in so many words: its author's wish, which age and
            number do not stop. It is not shown, so that hashes of what is shown stay what they
            were.
    """

    send: bool = True
    subject: str | None = None
    preheader: str | None = None
    content: str | None = None
    asked: bool = field(default=False, repr=False)


@dataclass(frozen=True, slots=True)
class Post:
    """One file of the posts folder, understood; its body travels beside it in a :class:`Reading`.

    Attributes:
        path: Source path.
        dialect: The front matter dialect that was recognised, for people ("wordpress", "jekyll",
            "pelican", ...).
        title: Plain text, one line, never empty.
        slug: Last part of the address, as the generator would make it.
        url: Absolute address of the post's page.
        external_url: ``canonical_url`` or ``link`` elsewhere: the entry's link, never its id.
        explicit_id: Id the file itself claims: ``guid``, an ``id`` that is a URI, an absolute
            ``permalink`` or ``url``.
        draft: True when its flags keep it from being published at any date.
        published: When it is published; None when undated.
        date_only: True when the source names a day and no time; ``published`` is then midnight of
            the site's zone.
        date_written: The date as it stands in the source, for ids.
        modified: The source's own modified date.
        expires: From this instant on it is no longer published.
        authors: In source order; empty when the source names none.
        tags: In source order, as written, without repetition.
        categories: The same.
        summary: Plain text given by the source, else None (rendering then makes one).
        language: BCP 47 tag, else None.
        image: Absolute address of the post's picture, else None.
        enclosures: Those whose length is known.
        markup: Language of the body.
        body_line: 1-based line of the file on which the body starts.
        newsletter: The post's own newsletter switch.
        feed: False for ``feed: false``.
        extra: Front matter that has no field here, as JSON values.
        origins: For each field, where its value came from, for people ("front matter post_date",
            "file name", ...).
        release: From when it may be seen, where that is not its date (Hugo's ``publishDate`` beside
            ``date``).
        doubt: A status word nobody here knows, with its key (``status: evergreen``); empty when
            there is none.
    """

    path: str
    dialect: str
    title: str
    slug: str
    url: str
    external_url: str | None = None
    explicit_id: str | None = None
    draft: bool = False
    published: datetime | None = None
    date_only: bool = False
    date_written: str = ""
    modified: datetime | None = None
    expires: datetime | None = None
    authors: tuple[Author, ...] = ()
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    summary: str | None = None
    language: str | None = None
    image: str | None = None
    enclosures: tuple[Enclosure, ...] = ()
    markup: Markup = Markup.MARKDOWN
    body_line: int = 1
    newsletter: NewsletterSwitch = field(default_factory=NewsletterSwitch)
    feed: bool = True
    extra: Mapping[str, object] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    release: datetime | None = None
    doubt: str = ""


NO_FRONT_MATTER = "no front matter"
"""Why a file without front matter is ignored; a post that was good before keeps its last good
version instead."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one file gave.

    A post with its body, a reason why it is none, or why it cannot be read.

    Attributes:
        path: Source path.
        kind: Post, ignored or invalid.
        post: The post; None unless ``kind`` is POST.
        body: The body as written, decoded and with LF line ends; empty unless ``kind`` is POST.
        reason: Why the file is ignored (``NO_FRONT_MATTER`` or a sentence); empty otherwise.
        problems: In the order they were found; an invalid file has at least one error.
    """

    path: str
    kind: FileKind
    post: Post | None = None
    body: str = ""
    reason: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A published post as a feed entry and a newsletter show it.

    Attributes:
        id: Feed id, minted once and kept.
        url: The entry's link: ``external_url`` where given, else the post's page.
        page_url: The post's page on this site.
        title: Plain text, one line.
        published: Whole seconds, UTC; distinct inside a feed.
        updated: The same, never before ``published``.
        content: Safe HTML, or None where only the summary is shown.
        summary: Plain text.
    """

    id: str
    url: str
    page_url: str
    title: str
    published: datetime
    updated: datetime
    summary: str
    content: str | None = None
    authors: tuple[Author, ...] = ()
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    language: str | None = None
    image: str | None = None
    enclosures: tuple[Enclosure, ...] = ()
    path: str = ""


class Announcement(StrEnum):
    """What became of a post's news."""

    NONE = "none"
    BASELINE = "baseline"
    SKIPPED = "skipped"
    PENDING = "pending"
    ANNOUNCED = "announced"
