"""Where one post's page is: its slug, its folders, and the address that they or its keys make."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from publisher.posts.dialects.page import AddressParts, Page
from publisher.posts.dialects.registry import preset_of
from publisher.posts.permalinks import AddressError, absolute, derived, encoded, join
from publisher.posts.slugs import is_plain, plain_or_slug
from publisher.posts.titles import stem_of
from publisher.posts.values import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from publisher.posts.dialects.base import Dialect
    from publisher.posts.dialects.page import PageRule
    from publisher.posts.permalinks import AddressRules


@dataclass
class PostAddress:
    """Finds the address of one post, and remembers where it came from.

    Attributes:
        path: Of the file, below the posts folder.
        metadata: Its keys, those of tables of it as well.
        own: Its keys, as generators see them.
        site: What addresses depend on.
        warn: Tells of a key what is wrong with it, and the cure.
        origins: Where the slug and the address came from.
    """

    path: str
    metadata: Mapping[str, object]
    own: Mapping[str, object]
    site: AddressRules
    warn: Callable[[str, str, str], None]
    origins: dict[str, str] = field(default_factory=dict)

    @cached_property
    def preset(self) -> Dialect:
        """The site's dialect."""
        return preset_of(self.site.pattern)

    def slug(self, title: str) -> str:
        """Return the last part of the address, as the generator would make it."""
        written = as_text(self.metadata.get("slug"))
        if written:
            self.origins["slug"] = "front matter slug"
            return plain_or_slug(written)
        if self.preset.slug_of_title is not None:
            self.origins["slug"] = "title"
            return self.preset.slug_of_title(title)
        permalink = self.metadata.get("permalink")
        if isinstance(permalink, str) and "://" in permalink and ":title" not in permalink:
            address = "".join(permalink.split()).partition("?")[0].rstrip("/")
            last = address.rpartition("/")[2].removesuffix(".html")
            if last and is_plain(last):
                self.origins["slug"] = "front matter permalink"
                return last
        self.origins["slug"] = "file name"
        return plain_or_slug(self._stem())

    def _stem(self) -> str:
        if not self.preset.keeps_names:
            return stem_of(self.path)
        name = self.path.rpartition("/")[2].rpartition(".")[0].lower()
        return name if name != "index" else stem_of(self.path).lower()

    def parts(self, slug: str, when: datetime | None, categories: tuple[str, ...]) -> AddressParts:
        """Return what patterns are filled with."""
        return AddressParts(self._folders(), slug, when, categories)

    def _folders(self) -> str:
        folders, _, name = self.path.rpartition("/")
        if not folders:
            return ""
        if name.rpartition(".")[0].lower() == "index":
            folders = folders.rpartition("/")[0]
        return "/".join(plain_or_slug(part) for part in folders.split("/") if part)

    def url(self, parts: AddressParts, title: str) -> tuple[str, bool]:
        """Return the post's address, and whether the file itself names it absolutely."""
        rule, found = self.preset.page_rule, self._written(parts)
        written = dict(found) if rule is not None else dict(itertools.islice(found, 1))
        key = next(iter(written), "")
        permanent = bool(key) and _is_absolute(self.metadata[key])
        if rule is not None:
            return self._generated(rule, written, parts, title), permanent
        self.origins["url"] = self._origin(key)
        return written.get(key) or derived(self.site, parts), permanent

    def _origin(self, key: str) -> str:
        return f"front matter {key}" if key else f"posts.url = {self.site.pattern!r}"

    def _written(self, parts: AddressParts) -> Iterator[tuple[str, str]]:
        """Yield each key of the front matter that says a usable address, and that address."""
        for key in ("permalink", "url", "path", "save_as"):
            written = self.metadata.get(key)
            if not isinstance(written, str) or not written.strip() or _is_template(written):
                continue
            try:
                yield key, absolute(self.site, written.strip(), parts)
            except (AddressError, ValueError) as error:
                found = f"{key} {str(error)[:80]}; it was not used."
                self.warn(key, found, "Write a path such as /my-post/.")

    def _generated(
        self, rule: PageRule, written: Mapping[str, str], parts: AddressParts, title: str
    ) -> str:
        """Return the address that the site's generator gives.

        A whole one under its key is the author's word.
        """
        own = self.own.get(rule.key)
        if rule.key in written and _is_absolute(own):
            self.origins["url"] = self._origin(rule.key)
            return written[rule.key]
        refused = isinstance(own, str) and rule.key not in written and not _is_template(own)
        page = Page(
            f"{self.site.section}/{self.path}".lstrip("/"),
            {key: value for key, value in self.own.items() if not refused or key != rule.key},
            title,
            parts.when,
            self.site.language,
        )
        made = rule.make(page)
        self.origins["url"] = self._origin(made.key)
        if made.doubt:
            cure = (
                f"Write the page's address as {rule.key}, or set posts.url to a pattern such as"
                " '/{slug}/'."
            )
            self.warn(rule.key, f"Its address is a guess: {made.doubt}.", cure)
        return join(self.site.url, encoded(made.path))


def _is_template(written: str) -> bool:
    return "{{" in written or "{%" in written


def _is_absolute(written: object) -> bool:
    """Return whether an address of the front matter is a whole one, folded over lines or not."""
    return "".join(str(written).split()).lower().startswith(("http://", "https://"))
