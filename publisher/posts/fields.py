"""From metadata to a Post: for each field the keys that carry it, in order, over all dialects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from publisher.errors import Level, Problem
from publisher.posts.dialects.registry import DIALECTS, UNKNOWN, dialect_of, preset_of
from publisher.posts.dialects.terms import categories_of, tags_of
from publisher.posts.keys import spelled
from publisher.posts.models import Post
from publisher.posts.newsletter_switch import newsletter_switch
from publisher.posts.permalinks import resolve
from publisher.posts.post_address import PostAddress
from publisher.posts.post_dates import NAMES as DATES
from publisher.posts.post_dates import PostDates
from publisher.posts.titles import first_heading, words_of_name
from publisher.posts.values import as_authors, as_enclosures, as_json, as_list, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from publisher.markup.models import Markup
    from publisher.posts.dialects.base import Dialect
    from publisher.posts.front_matter import FrontMatter
    from publisher.posts.keys import Entry
    from publisher.posts.models import Author, Enclosure
    from publisher.posts.permalinks import AddressRules
    from publisher.posts.visibility import Visibility


T = TypeVar("T")

_GENERAL = {
    "title": ("title", "newstitle", "headline"),
    "summary": ("excerpt", "summary", "description", "custom_excerpt", "subtitle"),
    "language": ("lang", "language", "locale"),
    "image": (
        "image", "featured_image", "feature_image", "heroimage", "hero_image", "cover",
        "cover_image", "thumbnail", "images", "banner",
    ),
    "authors": ("authors", "author", "post_author"),
    "external_url": ("canonical_url", "external_url", "link"),
}  # fmt: skip
_KEYS = {
    name: (*(key for dialect in DIALECTS for key in dialect.fields.get(name, ())), *keys)
    for name, keys in _GENERAL.items()
}
"""For each field the keys that carry it; what a dialect has of its own comes first."""
_FIELD_OF = {key: name for name, keys in _KEYS.items() for key in keys}
_MEANT = frozenset(
    {
        *_FIELD_OF, "tags", "tag", "categories", "category", "draft", "status", "visibility",
        "layout", "type", "permalink", "url", "slug",
        "path", "guid", "enclosure", "enclosures", "newsletter", "feed", "taxonomies", "id",
        "password",
    }
)  # fmt: skip
_NESTS = ("taxonomies", "params", "extra")
_MOST = 200
"""Tags, categories, authors or enclosures of one post: each of the first three has feeds of its
own."""
_LONGEST_LANGUAGE = 20


@dataclass
class Fields:
    """Reads one file's metadata field by field and remembers where each value came from."""

    path: str
    parts: FrontMatter
    entries: Sequence[Entry]
    visibility: Visibility
    site: AddressRules
    zone: ZoneInfo
    size_of: Callable[[str], int | None]
    origins: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.metadata = self._flatten(self.parts.metadata)
        # Most files have keys for few of the fields: the others are not searched for.
        self.given = {_FIELD_OF[key] for key in self.metadata if key in _FIELD_OF}
        self.moments = PostDates(self.path, self.entries, self.zone)

    @staticmethod
    def _flatten(metadata: Mapping[str, object]) -> Mapping[str, object]:
        """Bring Hugo's ``params`` and Zola's ``taxonomies`` and ``extra`` up.

        What stands outside already stays.
        """
        if not any(inner in metadata for inner in _NESTS):
            return metadata
        flat = dict(metadata)
        for inner in _NESTS:
            nested = metadata.get(inner)
            if isinstance(nested, dict):
                for key, value in nested.items():
                    flat.setdefault(str(key).lower(), value)
        return flat

    def post(self, markup: Markup) -> Post:
        """Return the post these fields make."""
        preset = preset_of(self.site.pattern)
        dialect = dialect_of(self.parts, self.path, preset)
        title, moments, draft = self._title(markup, dialect), self.moments, self._draft()
        published = moments.published
        release = moments.release
        modified = moments.modified
        expires = moments.expires
        tags, categories = self._terms(dialect, preset)
        address = PostAddress(
            self.path, self.metadata, self.parts.metadata, self.site, self._warn, self.origins
        )
        slug = address.slug(title)
        when = published.instant.astimezone(self.zone) if published else None
        url, permanent = address.url(address.parts(slug, when, categories), title)
        return Post(
            path=self.path,
            dialect=dialect.name,
            title=title,
            slug=slug,
            url=url,
            external_url=self._external(url),
            explicit_id=self._explicit_id(permanent=permanent),
            draft=bool(draft),
            published=published.instant if published else None,
            date_only=published.date_only if published else False,
            date_written=published.written if published else "",
            modified=modified.instant if modified else None,
            expires=expires.instant if expires else None,
            release=release.instant if release else None,
            authors=self._authors(dialect),
            tags=tags,
            categories=categories,
            summary=self._text("summary"),
            language=self._language(),
            image=self._image(url),
            enclosures=self._enclosures(url),
            markup=markup,
            body_line=self.parts.body_line,
            newsletter=newsletter_switch(self.metadata.get("newsletter")),
            feed=self.visibility.feed,
            doubt=self.visibility.doubt if not draft else "",
            extra={
                key: as_json(value)
                for key, value in self.parts.metadata.items()
                if not _is_meant(key)
            },
            origins={**self.origins, **moments.origins},
        )

    def _draft(self) -> str:
        """Return what makes it a draft, or nothing when it is none.

        That is a flag, or that it waits for a date it does not have.
        """
        seen = self.visibility
        waits = (
            f"front matter {seen.scheduled}, without a date"
            if seen.scheduled and not self.moments.has_come
            else ""
        )
        why = seen.draft or waits
        if why:
            self.origins["status"] = why
        return why

    def _warn(self, key: str, found: str, cure: str) -> None:
        self.problems.append(
            Problem(self.path, self.parts.lines().get(key, 1), Level.WARNING, found, cure)
        )

    def _keys(self, name: str) -> tuple[str, ...]:
        return _KEYS[name] if name in self.given else ()

    def _text(self, name: str) -> str | None:
        for key in self._keys(name):
            text = as_text(self.metadata[key]) if key in self.metadata else None
            if text is not None:
                self.origins[name] = f"front matter {key}"
                return text
        return None

    def _title(self, markup: Markup, dialect: Dialect) -> str:
        title = self._text("title")
        if title:
            return title
        heading = first_heading(self.parts.body, markup, dialect.comments)
        self.origins["title"] = "first heading" if heading else "file name"
        return heading or words_of_name(self.path)

    def _few(self, key: str, found: tuple[T, ...]) -> tuple[T, ...]:
        """Return no more of these than a post can sensibly have."""
        if len(found) > _MOST:
            self._warn(
                key,
                f"It has {len(found):,} {key}; the first {_MOST} count.",
                f"Name at most {_MOST}.",
            )
        return found[:_MOST]

    def _writer(self, dialect: Dialect) -> Dialect:
        """Return the dialect whose own format the front matter is in; else nobody's."""
        return dialect if self.parts.format in dialect.formats else UNKNOWN

    def _terms(self, dialect: Dialect, preset: Dialect) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return tags and categories."""
        separators = self._writer(dialect).separators
        at_spaces = dialect.splits_at_spaces or preset.splits_at_spaces
        tags = tags_of(
            self.metadata, separators=separators, at_spaces=at_spaces, left_out=preset.collections
        )
        categories = categories_of(self.metadata, separators=separators, at_spaces=at_spaces)
        return self._few("tags", tags), self._few("categories", categories)

    def _authors(self, dialect: Dialect) -> tuple[Author, ...]:
        for key in self._keys("authors"):
            value = self.metadata.get(key)
            if value is None:
                continue
            if isinstance(value, str) and self._writer(dialect).splits_authors:
                value = as_list(value, split=";" if ";" in value else ",")
            authors = as_authors(value)
            if authors:
                self.origins["authors"] = f"front matter {key}"
                return self._few("authors", authors)
        return ()

    def _explicit_id(self, *, permanent: bool) -> str | None:
        guid = as_text(self.metadata.get("guid"))
        if guid:
            return guid
        identifier = as_text(self.metadata.get("id"))
        if identifier and identifier.lower().startswith(("http://", "https://", "tag:", "urn:")):
            return identifier
        if not permanent:
            return None
        written = (
            self.metadata.get("permalink") or self.metadata.get("url") or self.metadata.get("path")
        )
        return "".join(str(written).split())

    def _external(self, url: str) -> str | None:
        for key in self._keys("external_url"):
            written = as_text(self.metadata.get(key))
            found = resolve(url, written) if written and "://" in written else None
            if found is not None and found != url:
                self.origins["external_url"] = f"front matter {key}"
                return found
        return None

    def _language(self) -> str | None:
        if self.metadata.get("lang") is False:
            return "no"
        code = (self._text("language") or "").replace("_", "-")
        is_code = len(code) < _LONGEST_LANGUAGE and code.replace("-", "").isalnum()  # BCP 47
        return code if is_code else None

    def _image(self, url: str) -> str | None:
        for key in self._keys("image"):
            value = self.metadata.get(key)
            if value is None:
                continue
            value = value[0] if isinstance(value, list) and value else value
            if isinstance(value, dict):
                value = (
                    value.get("path") or value.get("src") or value.get("url") or value.get("image")
                )
            written = as_text(value)
            found = resolve(url, written) if written else None
            if found is not None:
                self.origins["image"] = f"front matter {key}"
                return found
        return None

    def _enclosures(self, url: str) -> tuple[Enclosure, ...]:
        key = "enclosure" if "enclosure" in self.metadata else "enclosures"
        if key not in self.metadata:
            return ()
        found, unknown = as_enclosures(
            self._few(key, tuple(as_list(self.metadata.get(key)))), url, self.size_of
        )
        for address in unknown:
            cure = "Write its length in bytes, or put the file beside the post."
            self._warn(
                key, f"The enclosure {address[:100]} has no known length; it was left out.", cure
            )
        return tuple(e for e in found if e.url.startswith(("http://", "https://")))


def _is_meant(key: str) -> bool:
    return key in _MEANT or spelled(key) in DATES
