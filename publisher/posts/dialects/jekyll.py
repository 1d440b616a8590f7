"""Jekyll: permalinks with placeholders, terms between spaces, ``_posts``.

Its rules of addresses are those of ``lib/jekyll/url.rb`` and ``lib/jekyll/drops/url_drop.rb``, and
which folders it copies those of ``lib/jekyll/entry_filter.rb``.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from publisher.posts.dialects.base import Dialect
from publisher.posts.dialects.site_config import SiteConfig, folder_name, pattern_of
from publisher.posts.slugs import slug_of

if TYPE_CHECKING:
    from publisher.posts.dialects.page import AddressParts
    from publisher.posts.dialects.site_config import Candidate, ConfigFile
    from publisher.posts.front_matter import FrontMatter

_FOLDERS = ("_posts", ".")
_DATED_NAME = re.compile(r"(?:^|/)\d{4}-\d{1,2}-\d{1,2}-[^/]+$")
_STYLES = {
    "date": "/:categories/:year/:month/:day/:title.html",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title.html",
    "weekdate": "/:categories/:year/W:week/:short_day/:title.html",
    "none": "/:categories/:title.html",
}
_FIELD = re.compile(
    r":(categories|year|month|day|title|slug|i_month|i_day|short_year|y_day|hour|minute|second)"
)
_PATTERNS = {
    "date": "jekyll",
    "pretty": "/{category}/{year}/{month}/{day}/{slug}/",
    "none": "/{category}/{slug}.html",
}
_NOT_COPIED = (".", "_", "#", "~")


def _tells(parts: FrontMatter, path: str) -> bool:
    return "layout" in parts.metadata and _DATED_NAME.search(path) is not None


def _fill(permalink: str, parts: AddressParts) -> str:
    when = parts.when
    values = {
        "categories": "/".join(slug_of(name) for name in parts.categories),
        "title": parts.slug,
        "slug": parts.slug,
        "year": f"{when:%Y}" if when else "",
        "month": f"{when:%m}" if when else "",
        "day": f"{when:%d}" if when else "",
        "i_month": str(when.month) if when else "",
        "i_day": str(when.day) if when else "",
        "short_year": f"{when:%y}" if when else "",
        "y_day": f"{when:%j}" if when else "",
        "hour": f"{when:%H}" if when else "",
        "minute": f"{when:%M}" if when else "",
        "second": f"{when:%S}" if when else "",
    }
    return _FIELD.sub(lambda match: values[match[1]], _STYLES.get(permalink, permalink))


def _read_config(file: ConfigFile) -> SiteConfig:
    values = file.values
    written = str(values.get("permalink") or "date")
    base = str(values.get("url") or "") + str(values.get("baseurl") or "")
    return SiteConfig.of(
        "jekyll",
        file.name,
        _FOLDERS,
        {**values, "url": base, "language": values.get("lang")},
        _PATTERNS.get(written) or pattern_of(written),
    )


def _copies(file: ConfigFile, candidate: Candidate) -> bool:
    source = folder_name(file.values.get("source") or ".")
    if not candidate.lies_in(source):
        return False
    include, exclude = file.values.get("include"), file.values.get("exclude")
    folder, entry = candidate.folder, ""
    for part in (folder.relative_to(source) if source not in {"", "."} else folder).parts:
        entry = f"{entry}/{part}"
        if _matches(include, entry) or _matches(include, f"/{part}"):
            continue
        if part.startswith(_NOT_COPIED) or part.endswith("~") or _matches(exclude, entry):
            return False
    return True


def _matches(globs: object, entry: str) -> bool:
    listed = globs if isinstance(globs, list) else []
    written = (f"/{str(glob).lstrip('/')}" for glob in listed if glob)
    return any(
        fnmatchcase(entry, glob) or fnmatchcase(f"{entry}/", glob) or entry.startswith(glob)
        for glob in written
    )


JEKYLL = Dialect(
    name="jekyll",
    keys=("last_modified_at",),
    tells=_tells,
    splits_at_spaces=True,
    leaves_out=lambda _folders, name: name.startswith("_"),
    comments=frozenset({"liquid", "liquid_line", "kramdown"}),
    config_files=("_config.yml", "_config.yaml"),
    read_config=_read_config,
    folders=_FOLDERS,
    copies=_copies,
    pattern="/{category}/{year}/{month}/{day}/{slug}.html",
    nests_categories=True,
    fill=_fill,
)
