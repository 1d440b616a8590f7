"""Recognise a site's generator from its own configuration file, read as text and never run."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

from publisher.posts.budget import Budget
from publisher.posts.dialects.registry import DIALECTS, PRESETS
from publisher.posts.dialects.site_config import Candidate, ConfigFile, SiteConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import PurePosixPath

FILES = tuple(dict.fromkeys(name for dialect in DIALECTS for name in dialect.config_files))
"""Files that tell."""

_BUDGET = Budget(values=100_000, characters=4_000_000, aliases=1000)
"""Of a whole site's configuration."""


def recognise(files: Mapping[str, str]) -> SiteConfig | None:
    """Return which generator a site uses, or None when none is known.

    It is told by the texts of its configuration files by name.
    """
    for dialect in DIALECTS:
        for name in dialect.config_files:
            found = dialect.read_config(_file(name, files[name])) if name in files else None
            if found is not None:
                return found
    return None


def is_copied(
    site: SiteConfig,
    text: str,
    folder: PurePosixPath,
    *,
    has_pages: bool,
    ignored: Sequence[str] = (),
) -> bool:
    """Return whether a generator would publish what is in a folder.

    It is known as far as the generator's configuration says so as text.

    Args:
        site: Which generator builds it.
        text: Of its configuration file.
        folder: Relative to the folder of that file.
        has_pages: There is HTML or Markdown in it, which some take for pages.
        ignored: Lines of ``.gitignore`` and ``.eleventyignore``, which Eleventy heeds.
    """
    candidate = Candidate(folder, has_pages, ignored)
    return PRESETS[site.name].copies(_file(site.file, text), candidate)


def _file(name: str, text: str) -> ConfigFile:
    return ConfigFile(name, text, _values(name, text))


def _values(name: str, text: str) -> dict[str, object]:
    """Return what a configuration file in TOML, YAML or JSON says.

    It is nothing where the file is of another kind or broken.
    """
    try:
        found = _loaded(name.rpartition(".")[2], text)
        _BUDGET.check_built(found)
    except (ValueError, RecursionError, OverflowError):
        return {}
    return found if isinstance(found, dict) else {}


def _loaded(ending: str, text: str) -> object:
    if ending == "toml":
        _BUDGET.check_toml(text)
        return tomllib.loads(text)
    if ending == "json":
        _BUDGET.end_of_json(text, len(text))
        return json.loads(text)
    return _loaded_yaml(text) if ending in {"yml", "yaml"} else None


def _loaded_yaml(text: str) -> object:
    import yaml  # noqa: PLC0415 - slow to import, and every start asks who would copy the state

    try:
        _BUDGET.check_yaml(yaml.parse(text, Loader=yaml.SafeLoader))
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
