"""From metadata to a Post: for each field the keys that carry it, in order, over all dialects."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from publisher.errors import Level, Problem
from publisher.posts import permalinks
from publisher.posts.dialects import page_rules
from publisher.posts.dialects.base import categories_of, dialect_of, tags_of
from publisher.posts.keys import spelled
from publisher.posts.models import NewsletterSwitch, Post
from publisher.posts.post_dates import NAMES as DATES
from publisher.posts.post_dates import PostDates
from publisher.posts.titles import first_heading, stem_of, words_of_name
from publisher.posts.values import as_authors, as_enclosures, as_flag, as_json, as_list, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from publisher.markup.models import Markup
    from publisher.posts.front_matter import FrontMatter
    from publisher.posts.keys import Entry
    from publisher.posts.models import Author, Enclosure
    from publisher.posts.visibility import Visibility


T = TypeVar("T")

_TITLE = ("post_title", "title", "newstitle", "headline")
_SUMMARY = ("post_excerpt", "excerpt", "summary", "description", "custom_excerpt", "subtitle")
_LANGUAGE = ("lang", "language", "locale")
_IMAGE = (
    "image",
    "featured_image",
    "feature_image",
    "heroimage",
    "hero_image",
    "cover",
    "cover_image",
    "thumbnail",
    "images",
    "banner",
)
_AUTHOR = ("authors", "author", "post_author")
_EXTERNAL = ("canonical_url", "external_url", "link")
_NAMED = {
    "title": _TITLE, "summary": _SUMMARY, "language": _LANGUAGE, "image": _IMAGE,
    "authors": _AUTHOR, "external_url": _EXTERNAL,
}  # fmt: skip
_FIELD_OF = {key: name for name, keys in _NAMED.items() for key in keys}
_MEANT = frozenset(
    {
        *_FIELD_OF, "tags", "tag", "categories", "category", "draft", "status", "visibility",
        "layout", "type", "permalink", "url", "slug",
        "path", "guid", "enclosure", "enclosures", "newsletter", "feed", "taxonomies", "id",
        "password",
    }
)  # fmt: skip
_NESTS = ("taxonomies", "params", "extra")
_NO_MARKS = str.maketrans("", "", "-._~")
_NO_SWITCH = NewsletterSwitch()
_MOST = 200
"""Tags, categories, authors or enclosures of one post: each of the first three has feeds of its
own."""


@dataclass
class Fields:
    """Reads one file's metadata field by field and remembers where each value came from."""

    path: str
    parts: FrontMatter
    entries: Sequence[Entry]
    visibility: Visibility
    site: permalinks.AddressRules
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
        dialect, kind, pattern = (
            dialect_of(self.parts, self.path, self.site.pattern),
            self.parts.format,
            self.site.pattern,
        )
        title = self._title(markup, dialect)
        moments = self.moments
        published, release, modified, expires = (
            moments.published,
            moments.release,
            moments.modified,
            moments.expires,
        )
        draft = self._draft()
        is_jekyll = "jekyll" in {pattern, dialect}
        tags = self._few("tags", tags_of(self.metadata, kind, pattern, is_jekyll=is_jekyll))
        categories = self._few(
            "categories", categories_of(self.metadata, kind, is_jekyll=is_jekyll)
        )
        slug = self._slug(title)
        when = published.instant.astimezone(self.zone) if published else None
        where = permalinks.AddressParts(self._folders(), slug, when, categories)
        url, permanent = self._address(where, title)
        return Post(
            path=self.path,
            dialect=dialect,
            title=title,
            slug=slug,
            url=url,
            external_url=self._external(url),
            explicit_id=self._explicit_id(permanent),
            draft=bool(draft),
            published=published.instant if published else None,
            date_only=published.date_only if published else False,
            date_written=published.written if published else "",
            modified=modified.instant if modified else None,
            expires=expires.instant if expires else None,
            release=release.instant if release else None,
            authors=self._authors(),
            tags=tags,
            categories=categories,
            summary=self._text("summary", _SUMMARY),
            language=self._language(),
            image=self._image(url),
            enclosures=self._enclosures(url),
            markup=markup,
            body_line=self.parts.body_line,
            newsletter=self._newsletter(),
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

    def _text(self, name: str, keys: tuple[str, ...]) -> str | None:
        for key in keys if name in self.given else ():
            text = as_text(self.metadata[key]) if key in self.metadata else None
            if text is not None:
                self.origins[name] = f"front matter {key}"
                return text
        return None

    def _title(self, markup: Markup, dialect: str) -> str:
        title = self._text("title", _TITLE)
        if title:
            return title
        heading = first_heading(self.parts.body, markup, dialect)
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

    def _authors(self) -> tuple[Author, ...]:
        for key in _AUTHOR if "authors" in self.given else ():
            value = self.metadata.get(key)
            if value is None:
                continue
            if isinstance(value, str) and self.parts.format in {"pelican", "rst"}:
                value = as_list(value, split=";" if ";" in value else ",")
            authors = as_authors(value)
            if authors:
                self.origins["authors"] = f"front matter {key}"
                return self._few("authors", authors)
        return ()

    def _slug(self, title: str) -> str:
        written = as_text(self.metadata.get("slug"))
        if written:
            self.origins["slug"] = "front matter slug"
            return permalinks.slug_of(written) if not _is_plain(written) else written
        if self.site.pattern == "pelican":
            self.origins["slug"] = "title"
            return permalinks.pelican_slug(title)
        permalink = self.metadata.get("permalink")
        if isinstance(permalink, str) and "://" in permalink and ":title" not in permalink:
            last = (
                "".join(permalink.split())
                .partition("?")[0]
                .rstrip("/")
                .rpartition("/")[2]
                .removesuffix(".html")
            )
            if last and _is_plain(last):
                self.origins["slug"] = "front matter permalink"
                return last
        self.origins["slug"] = "file name"
        name = self.path.rpartition("/")[2].rpartition(".")[0]
        stem = (
            name
            if self.site.pattern in {"hugo", "astro"} and name.lower() != "index"
            else stem_of(self.path)
        )
        stem = stem.lower() if self.site.pattern in {"hugo", "astro"} else stem
        return stem if _is_plain(stem) else permalinks.slug_of(stem)

    def _folders(self) -> str:
        folders, _, name = self.path.rpartition("/")
        if not folders:
            return ""
        if name.rpartition(".")[0].lower() == "index":
            folders = folders.rpartition("/")[0]
        return "/".join(
            part if _is_plain(part) else permalinks.slug_of(part)
            for part in folders.split("/")
            if part
        )

    def _address(self, where: permalinks.AddressParts, title: str) -> tuple[str, bool]:
        """Return the post's address, and whether the file itself names it absolutely."""
        rule = page_rules.RULES.get(self.site.pattern)
        found = self._written(where)
        written = dict(found) if rule is not None else dict(itertools.islice(found, 1))
        key = next(iter(written), "")
        permanent = bool(key) and _is_absolute(self.metadata[key])
        if rule is not None:
            return self._generated(rule, written, where, title), permanent
        self.origins["url"] = f"front matter {key}" if key else f"posts.url = {self.site.pattern!r}"
        return written.get(key) or permalinks.derived(self.site, where), permanent

    def _written(self, where: permalinks.AddressParts) -> Iterator[tuple[str, str]]:
        """Yield each key of the front matter that says a usable address, and that address."""
        for key in ("permalink", "url", "path", "save_as"):
            written = self.metadata.get(key)
            if (
                not isinstance(written, str)
                or not written.strip()
                or "{{" in written
                or "{%" in written
            ):
                continue
            try:
                yield key, permalinks.absolute(self.site, written.strip(), where)
            except (permalinks.AddressError, ValueError) as error:
                self._warn(
                    key,
                    f"{key} {str(error)[:80]}; it was not used.",
                    "Write a path such as /my-post/.",
                )

    def _generated(
        self,
        rule: page_rules.Rule,
        written: Mapping[str, str],
        where: permalinks.AddressParts,
        title: str,
    ) -> str:
        """Return the address that the site's generator gives.

        A whole one under its key is the author's word.
        """
        own = self.parts.metadata.get(rule.key)
        if rule.key in written and _is_absolute(own):
            self.origins["url"] = f"front matter {rule.key}"
            return written[rule.key]
        refused = (
            isinstance(own, str) and rule.key not in written and "{{" not in own and "{%" not in own
        )
        keys = {
            key: value
            for key, value in self.parts.metadata.items()
            if not refused or key != rule.key
        }
        page = page_rules.Page(
            f"{self.site.section}/{self.path}".lstrip("/"),
            keys,
            title,
            where.when,
            self.site.language,
        )
        made = rule.make(page)
        self.origins["url"] = (
            f"front matter {made.key}" if made.key else f"posts.url = {self.site.pattern!r}"
        )
        if made.doubt:
            cure = (
                f"Write the page's address as {rule.key}, or set posts.url to a pattern such as"
                " '/{slug}/'."
            )
            self._warn(rule.key, f"Its address is a guess: {made.doubt}.", cure)
        return permalinks.join(self.site.url, page_rules.encoded(made.path))

    def _explicit_id(self, permanent: bool) -> str | None:  # noqa: FBT001 - one private fact
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
        for key in _EXTERNAL if "external_url" in self.given else ():
            written = as_text(self.metadata.get(key))
            found = permalinks.resolve(url, written) if written and "://" in written else None
            if found is not None and found != url:
                self.origins["external_url"] = f"front matter {key}"
                return found
        return None

    def _language(self) -> str | None:
        if self.metadata.get("lang") is False:
            return "no"
        text = self._text("language", _LANGUAGE)
        # BCP 47
        return (
            text.replace("_", "-")
            if text
            and len(text) < 20  # noqa: PLR2004
            and text.replace("_", "-").replace("-", "").isalnum()
            else None
        )

    def _image(self, url: str) -> str | None:
        for key in _IMAGE if "image" in self.given else ():
            value = self.metadata.get(key)
            if value is None:
                continue
            value = value[0] if isinstance(value, list) and value else value
            if isinstance(value, dict):
                value = (
                    value.get("path") or value.get("src") or value.get("url") or value.get("image")
                )
            written = as_text(value)
            found = permalinks.resolve(url, written) if written else None
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

    def _newsletter(self) -> NewsletterSwitch:
        value = self.metadata.get("newsletter")
        if isinstance(value, list) and len(value) == 1:
            (value,) = value  # a custom field of WordPress
        if isinstance(value, dict):
            content = as_text(value.get("content"))
            return NewsletterSwitch(
                send=as_flag(value.get("send", True)) is not False,
                asked=_is_true(value.get("send")),
                subject=as_text(value.get("subject")),
                preheader=as_text(value.get("preheader")),
                content=content if content in {"full", "summary"} else None,
            )
        if value is None or as_flag(value) is None:
            return _NO_SWITCH
        return NewsletterSwitch(send=as_flag(value) is not False, asked=_is_true(value))


def _is_true(value: object) -> bool:
    """Return whether a value says true, and is not another word that such a flag may have."""
    return str(value).strip().lower() in {"true", "yes", "on"}


def _is_meant(key: str) -> bool:
    return key in _MEANT or spelled(key) in DATES


def _is_plain(text: str) -> bool:
    bare = text.translate(_NO_MARKS)
    return bare.isalnum() or (bare == "" and text.strip(".") != "")


def _is_absolute(written: object) -> bool:
    """Return whether an address of the front matter is a whole one, folded over lines or not."""
    return "".join(str(written).split()).lower().startswith(("http://", "https://"))
