"""All dialects, once, and what is looked up over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.posts.dialects.astro import ASTRO
from publisher.posts.dialects.base import Dialect
from publisher.posts.dialects.eleventy import ELEVENTY
from publisher.posts.dialects.ghost import GHOST
from publisher.posts.dialects.hugo import HUGO
from publisher.posts.dialects.jekyll import JEKYLL
from publisher.posts.dialects.obsidian import OBSIDIAN
from publisher.posts.dialects.pelican import PELICAN
from publisher.posts.dialects.wordpress import WORDPRESS
from publisher.posts.dialects.zola import ZOLA

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.posts.front_matter import FrontMatter

DIALECTS = (JEKYLL, ELEVENTY, ZOLA, HUGO, PELICAN, GHOST, ASTRO, WORDPRESS, OBSIDIAN)
"""Of several whose configuration lies in one folder the first counts; of several whose keys stand
in one file the last."""
UNKNOWN = Dialect(name="front matter", comments=None)
"""Nobody's own."""

PRESETS: Mapping[str, Dialect] = {
    dialect.name: dialect for dialect in DIALECTS if dialect.pattern is not None
}
"""By what ``posts.url`` calls them."""
_BY_NAME = {dialect.name: dialect for dialect in DIALECTS}
_BY_KEY = {key: dialect for dialect in reversed(DIALECTS) for key in dialect.keys}
_BY_FORMAT = {
    name: [dialect for dialect in DIALECTS if name in dialect.formats]
    for name in frozenset().union(*(dialect.formats for dialect in DIALECTS))
}
_TELLING = [(dialect, dialect.tells) for dialect in DIALECTS if dialect.tells is not None]


def preset_of(pattern: str) -> Dialect:
    """Return the dialect of a site by its ``posts.url``; nobody's own where that is a pattern."""
    return PRESETS.get(pattern, UNKNOWN)


def comments_of(name: str) -> frozenset[str] | None:
    """Return the comments that a post's dialect knows; None where the dialect is unknown."""
    return _BY_NAME.get(name, UNKNOWN).comments


def dialect_of(parts: FrontMatter, path: str, preset: Dialect) -> Dialect:
    """Return the dialect of a file: the site's preset where nothing in the file tells.

    Args:
        parts: The file.
        path: Below the posts folder.
        preset: Of the site.
    """
    writers = _BY_FORMAT.get(parts.format, [])
    if len(writers) == 1:
        return writers[0]
    if not _BY_KEY.keys().isdisjoint(parts.metadata):
        return next(dialect for key, dialect in _BY_KEY.items() if key in parts.metadata)
    for dialect, tells in _TELLING:
        if tells(parts, path):
            return dialect
    if writers and preset not in writers:
        marked = (one for one in writers if not one.marks.isdisjoint(parts.metadata))
        return next(marked, writers[-1])
    return preset
