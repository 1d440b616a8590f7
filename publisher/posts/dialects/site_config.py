"""What a site's own configuration file says, as its generator's dialect reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import PurePosixPath

_FIELDS = {
    ":categories": "{category}", ":year": "{year}", ":month": "{month}", ":day": "{day}",
    ":title": "{slug}", ":slug": "{slug}", ":contentbasename": "{slug}",
    ":slugorcontentbasename": "{slug}", ":filename": "{slug}",
}  # fmt: skip
_OUR_FIELD = re.compile(r"\{(?:year|month|day|slug|path|category)\}")
_NOT_OURS = frozenset(':{}<>?#\\^`|" \t\n')


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A configuration file, read as text and never run.

    Attributes:
        name: Of the file.
        text: Of the file.
        values: What it says, where it is TOML, YAML or JSON and not broken.
    """

    name: str
    text: str
    values: Mapping[str, object]

    def lowered(self) -> dict[str, object]:
        """Return the values by key in lower case."""
        return {str(key).lower(): value for key, value in self.values.items()}


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """What a site's own configuration says.

    Attributes:
        name: ``jekyll``, ``hugo``, ...
        pattern: For ``posts.url``: the preset, or the site's own pattern.
        file: The configuration file it came from.
        folders: Where its posts usually are, best first.
        patterns: Patterns of single folders, where its sections have their own.
        content: Its content folder, below which addresses begin; None where its configuration does
            not say.
        title: Of the site, or empty.
        url: Of the site, or empty.
        language: Or empty.
        zone: IANA name, or empty.
        author: Or empty.
    """

    name: str
    pattern: str
    file: str
    folders: tuple[str, ...]
    title: str = ""
    url: str = ""
    language: str = ""
    zone: str = ""
    author: str = ""
    patterns: Mapping[str, str] = field(default_factory=dict)
    content: str | None = None

    @classmethod
    def of(
        cls,
        name: str,
        file: str,
        folders: tuple[str, ...],
        values: Mapping[str, object],
        pattern: str = "",
        *,
        content: str | None = None,
        patterns: Mapping[str, str] | None = None,
    ) -> SiteConfig:
        """Take what is text of title, url, language, timezone and author; else they are empty.

        Without a pattern of the site's own the addresses are those of the preset.
        """

        def text(key: str) -> str:
            value = values.get(key)
            if isinstance(value, dict):
                value = value.get("name")
            return value.strip() if isinstance(value, str) else ""

        url = text("url").rstrip("/")
        return cls(
            name, pattern or name, file, folders, text("title"),
            url if url.startswith("http") else "", text("language"), text("timezone"),
            text("author"), patterns or {}, content,
        )  # fmt: skip

    def section_of(self, folder: str) -> str | None:
        """Return what a posts folder is called below the content folder.

        It is None where that is not known, or not below it.
        """
        if self.content is None or not f"{folder}/".startswith(
            f"{self.content}/" if self.content else ""
        ):
            return None
        return folder[len(self.content) :].strip("/")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A folder that a generator may take into what it builds.

    Attributes:
        folder: Relative to the folder of the configuration file.
        has_pages: There is HTML or Markdown in it, which some take for pages.
        ignored: Lines of ``.gitignore`` and ``.eleventyignore``, which Eleventy heeds.
    """

    folder: PurePosixPath
    has_pages: bool
    ignored: Sequence[str] = ()

    def lies_in(self, top: str) -> bool:
        """Return whether it is, or is in, a folder of the site."""
        return top in {"", "."} or self.folder.is_relative_to(top)

    def is_copied_with(self, whole: Sequence[str], pages: Sequence[str]) -> bool:
        """Return whether it is in a folder of static files, or without a dot in one of pages."""
        return any(self.lies_in(top) for top in whole) or (
            any(self.lies_in(top) for top in pages)
            and not any(part.startswith(".") for part in self.folder.parts)
        )


def folder_name(written: object) -> str:
    """Return a folder of the site as it is written here: no ``./`` before, no slashes around."""
    return str(written).strip("/").removeprefix("./").strip("/")


def pattern_of(written: str) -> str:
    """Return a permalink of a configuration, of Jekyll's or Hugo's, in our words.

    It is empty where it says something we have no word for.
    """
    pattern = written if written.startswith("/") else f"/{written}"
    for theirs in sorted(_FIELDS, key=len, reverse=True):
        pattern = pattern.replace(theirs, _FIELDS[theirs])
    return pattern if written and is_usable(pattern) else ""


def is_usable(pattern: str) -> bool:
    """Return whether ``posts.url`` can be this pattern."""
    return (
        "{slug}" in pattern
        and not set(_OUR_FIELD.sub("", pattern)) & _NOT_OURS
        and ".." not in pattern
    )
