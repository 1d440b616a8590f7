"""Astro: content collections, and pages below ``src``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.posts.dialects.base import Dialect
from publisher.posts.dialects.site_config import SiteConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.posts.dialects.site_config import ConfigFile

_FOLDERS = ("src/content/blog", "src/content/posts", "src/pages/posts", "src/pages/blog")
_SITE = re.compile(r"\bsite:\s*['\"]([^'\"]+)")


def _leaves_out(folders: Sequence[str], name: str) -> bool:
    """Check for names with ``_`` (https://docs.astro.build/en/guides/content-collections/)."""
    return any(part.startswith("_") for part in (*folders, name))


def _read_config(file: ConfigFile) -> SiteConfig:
    site = _SITE.search(file.text)
    return SiteConfig.of("astro", file.name, _FOLDERS, {"url": site[1] if site else ""})


ASTRO = Dialect(
    name="astro",
    keys=("pubdate", "updateddate", "heroimage"),
    leaves_out=_leaves_out,
    comments=frozenset({"jsx"}),
    config_files=("astro.config.mjs", "astro.config.ts", "astro.config.js"),
    read_config=_read_config,
    folders=_FOLDERS,
    copies=lambda _file, candidate: candidate.is_copied_with(("public",), ("src/pages",)),
    pattern="/{path}/{slug}/",
    path_has_section=True,
    keeps_names=True,
    address_is_id=True,
)
