"""Pelican: header lines and reStructuredText, slugs of titles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.posts.dialects.base import Dialect
from publisher.posts.dialects.site_config import SiteConfig, folder_name, is_usable
from publisher.posts.slugs import MAX_SLUG

if TYPE_CHECKING:
    from publisher.posts.dialects.site_config import Candidate, ConfigFile

_FOLDERS = ("content",)
_SETTING = re.compile(r"^([A-Z_]+)\s*=\s*(['\"])(.*?)\2", re.MULTILINE)
_PATH = re.compile(r"^PATH\s*=\s*[\"']([^\"']*)", re.MULTILINE)
_DATE = re.compile(r"\{date:%([Ymd])\}")
_DATE_FIELDS = {"Y": "{year}", "m": "{month}", "d": "{day}"}


def pelican_slug(text: str) -> str:
    """Make a slug of a title as Pelican's default settings do.

    It is ASCII, with symbols dropped, not replaced.
    """
    from text_unidecode import unidecode  # noqa: PLC0415 - its table is read for Pelican sites only

    kept = re.sub(r"[^\w\s-]", "", unidecode(text)).strip().lower()
    return re.sub(r"[-\s]+", "-", kept)[:MAX_SLUG] or "post"


def _read_config(file: ConfigFile) -> SiteConfig:
    values = {match[1]: match[3] for match in _SETTING.finditer(file.text)}
    pattern = _DATE.sub(lambda match: _DATE_FIELDS[match[1]], values.get("ARTICLE_URL", ""))
    given = {
        "title": values.get("SITENAME"), "url": values.get("SITEURL"),
        "language": values.get("DEFAULT_LANG"), "timezone": values.get("TIMEZONE"),
        "author": values.get("AUTHOR"),
    }  # fmt: skip
    own = f"/{pattern.lstrip('/')}" if is_usable(pattern) else ""
    return SiteConfig.of("pelican", file.name, _FOLDERS, given, own)


def _copies(file: ConfigFile, candidate: Candidate) -> bool:
    written = _PATH.search(file.text)
    content = written[1] if written else "content"
    return candidate.is_copied_with((), [folder_name(content)] if content else ())


PELICAN = Dialect(
    name="pelican",
    formats=frozenset({"pelican", "rst"}),
    separators=",;",
    splits_authors=True,
    config_files=("pelicanconf.py",),
    read_config=_read_config,
    folders=_FOLDERS,
    copies=_copies,
    pattern="/{slug}.html",
    slug_of_title=pelican_slug,
)
