"""When a post is from, from when until when it may be seen, and when it was changed.

The first key that holds a date is the post's date: shown, sorted, minted into its id. A publication
date beside it (Hugo's ``publishDate``, Ghost's ``published_at``) says from when it may be seen,
whatever the date says, and an embargo only later than that
(https://gohugo.io/configuration/front-matter/). A date that counts and that nobody can read is
refused: to take it for "no date" would publish now what was meant for later.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from publisher.posts.dates import date_of_name, parse_date
from publisher.posts.flags import as_flag
from publisher.posts.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from publisher.posts.dates import Moment
    from publisher.posts.keys import Entry


_DATES = (
    "postdate", "date", "pubdate", "publishdate", "publishedat", "published", "datepublished",
    "created", "publishedon",
    "publisheddate", "publicationdate", "publishon", "publishat", "publish",
)  # fmt: skip
_PUBLICATIONS = (
    "publishdate", "pubdate", "publishedat", "published", "datepublished", "publishedon",
    "publisheddate", "publicationdate",
    "publishon", "publishat", "publish",
)  # fmt: skip
_EMBARGOES = (
    "embargo",
    "embargountil",
    "embargoeduntil",
    "scheduled",
    "scheduledat",
    "scheduledfor",
    "scheduleddate",
)
_EXPIRES = (
    "expirydate", "expires", "expirationdate", "expiredate", "expireson", "expiresat",
    "unpublishdate", "unpublishon", "unpublishat",
)  # fmt: skip
_MODIFIED = (
    "postmodified",
    "lastmodifiedat",
    "lastmod",
    "updated",
    "updateddate",
    "updatedat",
    "modified",
    "datemodified",
)
NAMES = frozenset((*_DATES, *_EMBARGOES, *_EXPIRES, *_MODIFIED))
"""Every key that is read here, as :func:`publisher.posts.keys.spelled`."""
_ALSO_FLAGS = frozenset({"published", "publish", "scheduled"})
_NONE = frozenset({"", "none", "null", "nil", "~"})
_NEVER = frozenset({"never", "no", "off", "0"})
_COMPUTED = frozenset({"last modified", "created", "git last modified", "git created"})
"""What Eleventy looks up itself (https://www.11ty.dev/docs/dates/)."""
_CURE = "Write it as 2026-03-15 or 2026-03-15 09:30."


class Unreadable(NamedTuple):
    """A date that nobody can read.

    It has the top-level key it stands under (empty for the file's name), and what was found.
    """

    key: str
    found: str
    cure: str


@dataclass
class PostDates:
    """Reads the dates of one file.

    Attributes:
        path: The file, below the posts folder.
        entries: Its front matter.
        zone: In which dates without one are meant.
        unreadable: Those that count and cannot be read; the post is refused for them.
        odd: Those that cannot be read and decide nothing.
        origins: Where each came from, for people.
    """

    path: str
    entries: Sequence[Entry]
    zone: ZoneInfo
    unreadable: list[Unreadable] = field(default_factory=list)
    odd: list[Unreadable] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.name in NAMES:
                self._by_name.setdefault(entry.name, []).append(entry)
        self._read: dict[str, Moment | None] = {}

    @cached_property
    def published(self) -> Moment | None:
        """The post's date, or None when it is undated."""
        for entry in self._entries(_DATES):
            moment = self._of(entry)
            if moment is not None:
                self.origins["published"] = f"front matter {entry.key}"
                return moment
        written = next(
            (as_text(entry.value) for entry in self.entries if entry.key == "path"), None
        )
        for where, text in (
            ("front matter path", f"{written}.x" if written else ""),
            ("file name", self.path),
        ):
            moment = self._of_name(where, text) if text else None
            if moment is not None:
                self.origins["published"] = where
                return moment
        return None

    @cached_property
    def release(self) -> Moment | None:
        """Instant from which it may be seen, where that is not its date."""
        dates = [
            moment
            for entry in self._entries(_PUBLICATIONS)
            if (moment := self._of(entry)) is not None
        ]
        latest = max(dates, key=lambda moment: moment.instant, default=self.published)
        embargoes = [
            moment for entry in self._entries(_EMBARGOES) if (moment := self._of(entry)) is not None
        ]
        latest = max(
            [*([latest] if latest is not None else []), *embargoes],
            key=lambda moment: moment.instant,
            default=None,
        )
        same = latest is None or (
            self.published is not None and latest.instant == self.published.instant
        )
        return None if same else latest

    @cached_property
    def has_come(self) -> bool:
        """Whether there is a date that may have come.

        A publication date that was left empty is none (Ghost).
        """
        blank = any(_is_blank(entry.value) for entry in self._entries(_PUBLICATIONS))
        return not blank and (self.published is not None or self.release is not None)

    @cached_property
    def expires(self) -> Moment | None:
        """Instant from which it is no longer published, or None."""
        found = []
        for entry in self._entries(_EXPIRES):
            if as_text(entry.value) is None or str(entry.value).strip().lower() not in _NEVER:
                moment = self._of(entry)
                if moment is not None:
                    found.append((moment, entry.key))
        if not found:
            return None
        moment, key = min(found, key=lambda one: one[0].instant)
        self.origins["expires"] = f"front matter {key}"
        return moment

    @cached_property
    def modified(self) -> Moment | None:
        """Instant at which its author says it was changed, or None."""
        for entry in self._entries(_MODIFIED):
            moment = self._of(entry, self.odd)
            if moment is not None:
                self.origins["modified"] = f"front matter {entry.key}"
                return moment
        return None

    def _entries(self, names: Sequence[str]) -> Iterator[Entry]:
        for name in names if self._by_name else ():
            yield from self._by_name.get(name, ())

    def _of(self, entry: Entry, refused: list[Unreadable] | None = None) -> Moment | None:
        """Read one key, once."""
        if entry.key not in self._read:
            self._read[entry.key] = self._understand(
                entry, self.unreadable if refused is None else refused
            )
        return self._read[entry.key]

    def _understand(self, entry: Entry, refused: list[Unreadable]) -> Moment | None:
        value = entry.value
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, bool) or _is_blank(value):
            return None
        if entry.name in _ALSO_FLAGS and as_flag(value) is not None:
            return None
        shown = " ".join(str(value).split())[:60]
        if shown.lower() in _COMPUTED:
            return None
        try:
            moment = None if isinstance(value, list | dict) else parse_date(value, self.zone)
        except (ValueError, OverflowError) as error:
            cure = "Write a date that exists, such as 2026-03-15."
            refused.append(Unreadable(entry.top, f"{entry.key} is {shown!r}: {error}.", cure))
            return None
        if moment is None:
            refused.append(
                Unreadable(entry.top, f"{entry.key} is {shown!r}, which is no date.", _CURE)
            )
        return moment

    def _of_name(self, where: str, text: str) -> Moment | None:
        try:
            return date_of_name(text, self.zone)
        except ValueError as error:
            if where == "file name" and not self.unreadable:
                name = self.path.rpartition("/")[2]
                cure = "Rename it, or write the post's date into its front matter."
                self.unreadable.append(
                    Unreadable(
                        "",
                        f"Its name {name[:60]!r} begins with a date that does not exist: {error}.",
                        cure,
                    )
                )
        return None


def _is_blank(value: object) -> bool:
    return (
        value is None or value is False or value in ([], {}) or str(value).strip().lower() in _NONE
    )
