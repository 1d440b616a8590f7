"""Which dialect of front matter a file is written in, and how each writes lists of terms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.posts.permalinks import PRESETS
from publisher.posts.values import as_list, as_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.posts.front_matter import FrontMatter


_BY_KEY = {
    "post_title": "wordpress", "post_date": "wordpress", "pubdate": "astro", "updateddate": "astro",
    "heroimage": "astro",
    "feature_image": "ghost", "published_at": "ghost", "custom_excerpt": "ghost", "lastmod": "hugo",
    "publishdate": "hugo",
    "eleventynavigation": "eleventy", "eleventyexcludefromcollections": "eleventy",
    "last_modified_at": "jekyll",
}  # fmt: skip
_SPLIT = {"pelican": ",;", "rst": ",;"}
_DATED_NAME = re.compile(r"(?:^|/)\d{4}-\d{1,2}-\d{1,2}-[^/]+$")


def dialect_of(parts: FrontMatter, path: str, pattern: str) -> str:
    """Return the dialect of a file, for people.

    It is the site's preset, or ``front matter``, where nothing in the file tells.

    Args:
        parts: The file.
        path: Below the posts folder.
        pattern: ``posts.url``.
    """
    if parts.format in {"pelican", "rst"}:
        return "pelican"
    if not _BY_KEY.keys().isdisjoint(parts.metadata):
        return next(dialect for key, dialect in _BY_KEY.items() if key in parts.metadata)
    if "layout" in parts.metadata and _DATED_NAME.search(path):
        return "jekyll"
    if parts.format == "toml":
        if pattern in {"hugo", "zola"}:
            return pattern
        return "zola" if {"taxonomies", "extra", "template"} & parts.metadata.keys() else "hugo"
    return pattern if pattern in PRESETS else "front matter"


def tags_of(
    metadata: Mapping[str, object], kind: str, pattern: str, *, is_jekyll: bool
) -> tuple[str, ...]:
    """Return the tags as written.

    ``kind`` is the format of the front matter, ``pattern`` is ``posts.url``.
    """
    split = _SPLIT.get(kind, ",")
    values = [
        *as_list(metadata.get("tags"), split=split),
        *as_list(metadata.get("tag"), split=split),
    ]
    raw = metadata.get("tags")
    if isinstance(raw, str) and is_jekyll and "," not in raw:
        values = [*raw.split(), *as_list(metadata.get("tag"), split=split)]
    if pattern == "eleventy":
        values = [value for value in values if str(value).strip().lower() not in {"post", "posts"}]
    return as_names(values)


def categories_of(metadata: Mapping[str, object], kind: str, *, is_jekyll: bool) -> tuple[str, ...]:
    """Return the categories as written; ``kind`` is the format of the front matter."""
    values = as_list(metadata.get("categories"), split=_SPLIT.get(kind, ","))
    raw = metadata.get("categories")
    if isinstance(raw, str) and is_jekyll and "," not in raw:
        values = list(raw.split())
    return as_names([*values, *as_list(metadata.get("category"))])
