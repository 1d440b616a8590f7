"""Recognise a site's generator from its own configuration file, read as text and never run."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import yaml

from publisher.posts.budget import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping


FILES = (
    "_config.yml", "_config.yaml", "hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config.toml",
    "config.yaml", "config.yml",
    "pelicanconf.py", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs",
    "eleventy.config.ts", ".eleventy.js",
    "astro.config.mjs", "astro.config.ts", "astro.config.js", "wp-config.php",
)  # fmt: skip
"""Files that tell; the first one found decides."""

_BUDGET = Budget(values=100_000, characters=4_000_000, aliases=1000)
"""Of a whole site's configuration."""
_JEKYLL_PATTERNS = {
    "date": "jekyll",
    "pretty": "/{category}/{year}/{month}/{day}/{slug}/",
    "none": "/{category}/{slug}.html",
}
_FIELDS = {
    ":categories": "{category}", ":year": "{year}", ":month": "{month}", ":day": "{day}",
    ":title": "{slug}", ":slug": "{slug}",
    ":contentbasename": "{slug}", ":slugorcontentbasename": "{slug}", ":filename": "{slug}",
}  # fmt: skip
_OUR_FIELD = re.compile(r"\{(?:year|month|day|slug|path|category)\}")
_NOT_OURS = frozenset(':{}<>?#\\^`|" \t\n')
_HUGO_SECTIONS = ("posts", "post", "blog", "articles", "news")
_FOLDERS = {
    "jekyll": ("_posts", "."),
    "hugo": ("content",),
    "zola": ("content/blog", "content/posts", "content"),
    "pelican": ("content",),
    "eleventy": ("src/posts", "content/blog", "src/blog", "posts", "blog", "content", "src"),
    "astro": ("src/content/blog", "src/content/posts", "src/pages/posts", "src/pages/blog"),
    "wordpress": ("_posts", "posts"),
}


@dataclass(frozen=True, slots=True)
class Generator:
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

    def section_of(self, folder: str) -> str | None:
        """Return what a posts folder is called below the content folder.

        It is None where that is not known, or not below it.
        """
        if self.content is None or not f"{folder}/".startswith(
            f"{self.content}/" if self.content else ""
        ):
            return None
        return folder[len(self.content) :].strip("/")


def recognise(files: Mapping[str, str]) -> Generator | None:
    """Return which generator a site uses, or None when none is known.

    It is told by the texts of its configuration files by name.
    """
    for name in FILES:
        if name in files:
            found = _from_file(name, files[name])
            if found is not None:
                return found
    return None


def _from_file(name: str, text: str) -> Generator | None:
    if name.startswith("_config."):
        return _jekyll(name, _yaml(text))
    if name == "pelicanconf.py":
        return _pelican(name, text)
    if "eleventy" in name:
        return _eleventy(name, text)
    if name.startswith("astro."):
        site = re.search(r"\bsite:\s*['\"]([^'\"]+)", text)
        return _generator("astro", name, {"url": site[1] if site else ""}, "astro")
    if name == "wp-config.php":
        return _generator("wordpress", name, {}, "wordpress")
    values = values_of(name, text)
    if "base_url" in values:
        found = _generator(
            "zola",
            name,
            {**values, "url": values["base_url"], "language": values.get("default_language")},
            "zola",
        )
        return replace(found, content="content")
    lowered = {str(key).lower(): value for key, value in values.items()}
    return _hugo(name, lowered) if "baseurl" in lowered or name.startswith("hugo.") else None


def values_of(name: str, text: str) -> dict[str, Any]:
    """Return what a configuration file in TOML, YAML or JSON says.

    It is nothing where the file is of another kind or broken.
    """
    try:
        if name.endswith(".toml"):
            _BUDGET.check_toml(text)
            found: object = tomllib.loads(text)
        else:
            if name.endswith(".json"):
                _BUDGET.end_of_json(text, len(text))
            found = (
                json.loads(text)
                if name.endswith(".json")
                else _yaml(text)
                if name.endswith((".yml", ".yaml"))
                else {}
            )
        _BUDGET.check_built(found)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _yaml(text: str) -> dict[str, Any]:
    try:
        _BUDGET.check_yaml(yaml.parse(text, Loader=yaml.SafeLoader))
        found = yaml.safe_load(text)
        _BUDGET.check_built(found)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError):
        return {}
    return found if isinstance(found, dict) else {}


def _jekyll(name: str, values: dict[str, Any]) -> Generator:
    written = str(values.get("permalink") or "date")
    base = str(values.get("url") or "") + str(values.get("baseurl") or "")
    pattern = _JEKYLL_PATTERNS.get(written) or _pattern(written) or "jekyll"
    return _generator(
        "jekyll", name, {**values, "url": base, "language": values.get("lang")}, pattern
    )


def _hugo(name: str, values: dict[str, Any]) -> Generator:
    """Read a Hugo configuration; a section with a permalink of its own is where the posts are."""
    content = _hugo_content(values)
    given = values.get("permalinks")
    pages = given.get("page", given) if isinstance(given, dict) else {}
    written = (
        {str(key): text for key, text in pages.items() if isinstance(text, str)}
        if isinstance(pages, dict)
        else {}
    )
    known = [
        *(key for key in _HUGO_SECTIONS if key in written),
        *sorted(written.keys() - set(_HUGO_SECTIONS) - {"/"}),
    ]
    patterns = {f"{content}/{key}": _pattern(_in_section(written[key], key)) for key in known}
    language = (
        values.get("languagecode") or values.get("locale") or values.get("defaultcontentlanguage")
    )
    found = _generator(
        "hugo", name, {**values, "url": values.get("baseurl"), "language": language}, "hugo"
    )
    folders = (*(f"{content}/{key}" for key in (*known, *_HUGO_SECTIONS)), content)
    usable = {key: text for key, text in patterns.items() if text}
    return replace(found, folders=tuple(dict.fromkeys(folders)), patterns=usable, content=content)


def _hugo_content(values: Mapping[str, Any]) -> str:
    """Return the content folder.

    That of the default language, where the languages have their own.
    """
    languages = values.get("languages")
    name = str(values.get("defaultcontentlanguage") or "en")
    own = languages.get(name) if isinstance(languages, dict) else None
    folded = (
        {str(key).lower(): value for key, value in own.items()} if isinstance(own, dict) else {}
    )
    return (
        str(folded.get("contentdir") or values.get("contentdir") or "content")
        .removeprefix("./")
        .strip("/")
    )


def _eleventy(name: str, text: str) -> Generator:
    """Read Eleventy's input folder where its configuration says it as text."""
    found = _generator("eleventy", name, {}, "eleventy")
    match = re.search(r"""(?:\binput["']?\s*:|\.setInputDirectory\()\s*(["'`])([^"'`]*)\1""", text)
    content = match[2].removeprefix("./").strip("/") if match else None
    content = "" if content == "." else content
    usual = (
        [f"{content}/posts", f"{content}/blog", *_FOLDERS["eleventy"], content]
        if content
        else _FOLDERS["eleventy"]
    )
    return replace(found, folders=tuple(dict.fromkeys(usual)), content=content)


def _in_section(permalink: str, section: str) -> str:
    """Name the section in its permalink.

    The posts folder is the section's, and ``{path}`` begins below it.
    """
    return re.sub(r":section(?!s)", section, permalink.replace(":sections", f"{section}/{{path}}"))


def _pelican(name: str, text: str) -> Generator:
    values = {
        match[1]: match[3]
        for match in re.finditer(r"^([A-Z_]+)\s*=\s*(['\"])(.*?)\2", text, re.MULTILINE)
    }
    written = values.get("ARTICLE_URL", "")
    pattern = re.sub(
        r"\{date:%([Ymd])\}", lambda m: {"Y": "{year}", "m": "{month}", "d": "{day}"}[m[1]], written
    )
    given = {
        "title": values.get("SITENAME"),
        "url": values.get("SITEURL"),
        "language": values.get("DEFAULT_LANG"),
    }
    given |= {"timezone": values.get("TIMEZONE"), "author": values.get("AUTHOR")}
    return _generator(
        "pelican", name, given, f"/{pattern.lstrip('/')}" if _is_usable(pattern) else "pelican"
    )


def _pattern(written: str) -> str:
    """Return a generator's permalink in our words.

    It is empty where it says something we have no word for.
    """
    pattern = written if written.startswith("/") else f"/{written}"
    for theirs in sorted(_FIELDS, key=len, reverse=True):
        pattern = pattern.replace(theirs, _FIELDS[theirs])
    return pattern if written and _is_usable(pattern) else ""


def _is_usable(pattern: str) -> bool:
    """Return whether ``posts.url`` can be this pattern."""
    return (
        "{slug}" in pattern
        and not set(_OUR_FIELD.sub("", pattern)) & _NOT_OURS
        and ".." not in pattern
    )


def _generator(name: str, file: str, values: Mapping[str, Any], pattern: str) -> Generator:
    def text(key: str) -> str:
        value = values.get(key)
        if isinstance(value, dict):
            value = value.get("name")
        return value.strip() if isinstance(value, str) else ""

    url = text("url").rstrip("/")
    return Generator(
        name, pattern, file, _FOLDERS[name], text("title"), url if url.startswith("http") else "",
        text("language"), text("timezone"),
        text("author"),
    )  # fmt: skip
