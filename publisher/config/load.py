"""Find the configuration file, read it, apply the environment, and explain what is wrong."""

from __future__ import annotations

import difflib
import tomllib
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr, ValidationError

from publisher.config.configuration import Config
from publisher.config.secrets import masked
from publisher.config.sections import Section
from publisher.config.types import has_controls
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_NAMES = ("publisher.toml", "config.toml")
_PREFIX = "PUBLISHER_"
_OTHERS = {
    "Hugo": {
        "baseURL",
        "baseurl",
        "languageCode",
        "theme",
        "paginate",
        "params",
        "markup",
        "permalinks",
    },
    "Zola": {"base_url", "compile_sass", "build_search_index", "taxonomies", "generate_feeds"},
}


def find_config(given: Path | None, folder: Path) -> Path:
    """Return which configuration file is meant.

    It is the given one, else ``publisher.toml``, else ``config.toml``.

    Raises:
        ConfigError: There is none, or ``config.toml`` is another program's.
    """
    if given is not None:
        path = given / "publisher.toml" if given.is_dir() else given
        if given.is_dir() and not path.exists():
            return find_config(None, given)
        if not path.is_file():
            raise ConfigError(f"{given} is not there.", cure="Name an existing file with --config.")
        return path.absolute()
    for name in _NAMES:
        path = folder / name
        if path.is_file():
            return path.absolute()
    raise ConfigError(
        f"No publisher.toml or config.toml in {folder}.",
        cure="Run 'publisher init' there, or name the file with --config.",
    )


def load_config(path: Path, environ: Mapping[str, str]) -> Config:
    """Read and check one configuration file.

    Args:
        path: The file; relative paths in it are relative to its folder.
        environ: The environment; ``PUBLISHER_SITE__URL`` overrides ``[site] url``.

    Raises:
        ConfigError: Every wrong key and value, with what was found, what is allowed and the nearest
            known key.
    """
    path = path.absolute()
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # Also numbers of thousands of digits, and lists in lists without end.
        raise ConfigError(
            f"{path} is not valid TOML: {error}.", cure="Strings need quotes; see docs/reference."
        ) from error
    _refuse_other_programs(path, raw)
    _refuse_secrets(path, raw)
    _apply_environment(raw, environ)
    wrong, cause = list(_find_controls(raw)), None
    try:
        config = Config.model_validate({**raw, "path": path})
    except ValidationError as error:
        wrong += _explain(error)
        cause = error
    if wrong:
        raise ConfigError("\n".join([f"{path.name} is wrong:", *wrong])) from cause
    return config


def _refuse_other_programs(path: Path, raw: Mapping[str, Any]) -> None:
    if "site" in raw:
        return
    for program, keys in _OTHERS.items():
        if found := sorted(keys & raw.keys()):
            raise ConfigError(
                f"{path} is {program}'s configuration (it has {found[0]!r}), not Publisher's.",
                cure="Run 'publisher init' there: it writes publisher.toml beside it.",
            )


def _refuse_secrets(path: Path, raw: Mapping[str, Any]) -> None:
    smtp = raw.get("smtp")
    if isinstance(smtp, dict) and "password" in smtp:
        cure = "Set PUBLISHER_SMTP__PASSWORD, or name a file with smtp.password_file."
        raise ConfigError(
            f"{path} holds a password (smtp.password): configuration files are shared and"
            " backed up.",
            cure=cure,
        )


def _apply_environment(raw: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Override the file's values by those of ``PUBLISHER_SECTION__KEY``.

    Lists are TOML, everything else is the bare text.
    """
    for name, text in sorted(environ.items()):
        section, separator, key = name.removeprefix(_PREFIX).lower().partition("__")
        if not name.startswith(_PREFIX) or not separator:
            continue
        model = _section_model(section)
        if model is None or key not in _keys(model):
            known = [f"{_PREFIX}{s}__{k}".upper() for s, k in _all_keys()]
            raise ConfigError(
                f"The environment variable {name} names no known key.{_nearest(name, known)}"
            )
        table = raw.setdefault(section, {})
        if isinstance(table, dict):
            table[key] = text if _is_text(model, key) else _value(text)


def _is_text(model: type[Section], key: str) -> bool:
    """Return whether a key holds text, whatever that looks like.

    A password may be ``true``, a title ``[1]``.
    """
    return any(
        field.annotation in {str, SecretStr}
        for name, field in model.model_fields.items()
        if (field.alias or name) == key
    )


def _find_controls(raw: Mapping[str, Any]) -> Iterator[str]:
    """Name what neither a feed nor a mail nor a file name may hold.

    Of a password nothing is said.
    """
    for section, table in raw.items():
        for key, value in table.items() if isinstance(table, dict) else ():
            if has_controls(value) and (section, key) != ("smtp", "password"):
                yield (
                    f"  {section}.{key} = {masked(repr(value))}: expected text without control"
                    " characters."
                )


def _value(text: str) -> object:
    if text.lstrip().startswith(("[", "{")) or text in {"true", "false"}:
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except (ValueError, RecursionError):
            return text
    return text


def _section_model(name: str) -> type[Section] | None:
    found = Config.model_fields.get(name)
    if (
        found is None
        or not isinstance(found.annotation, type)
        or not issubclass(found.annotation, Section)
    ):
        return None
    return found.annotation


def _keys(model: type[Section]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _all_keys() -> Iterator[tuple[str, str]]:
    for section in Config.model_fields:
        model = _section_model(section)
        if model is not None:
            yield from ((section, key) for key in _keys(model))


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f" Did you mean {close[0]!r}?" if close else f" Known are: {', '.join(known)}."


def _explain(error: ValidationError) -> Iterator[str]:
    """Return one line for each wrong key: its name, what was found, what is allowed."""
    for item in error.errors(include_url=False):
        location = [
            part
            for part in item["loc"]
            if isinstance(part, str) and not part.startswith(("function-", "literal["))
        ]
        key = ".".join(location)
        if item["type"] == "extra_forbidden":
            model = _section_model(location[0]) if len(location) > 1 else None
            known = (
                _keys(model) if model else [name for name in Config.model_fields if name != "path"]
            )
            yield f"  {key} is not a known key.{_nearest(location[-1], known)}"
        elif item["type"] == "missing":
            yield f"  {key} is missing. It has no default: every site has its own."
        else:
            wanted = item["msg"].removeprefix("Value error, ")
            if not key:
                yield f"  {wanted}."
                continue
            yield (
                f"  {key} = {masked(repr(item['input']))}: expected"
                f" {wanted[:1].lower()}{wanted[1:]}."
            )
