"""Take a file apart into front matter and body.

YAML, TOML, JSON between fences, Pelican's header lines.

python-frontmatter finds the fences and its handlers name the formats; what it passes over in
silence (PyYAML's own dates, alias bombs, unclosed fences, ``...`` as a closing fence) is made
explicit here.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem
from publisher.posts.budget import Budget, TooMuchError
from publisher.posts.fast_yaml import read_plain
from publisher.posts.header_lines import read_pelican, read_rst

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


MAX_BYTES = 65_536
_TOO_LONG = f"The front matter has more than {MAX_BYTES:,} bytes."
_MOVE = "Move what is no metadata into the body."
_BUDGET = Budget()
# ``...`` may close, too: YAML allows it and Jekyll takes it; python-frontmatter silently found no
# metadata there.
_YAML = re.compile(r"\A---[ \t]*\n(.*?)(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TOML = re.compile(r"\A\+\+\+[ \t]*\n(.*?)(?:^|\n)\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL)
_FENCED = {"---": ("---", "yaml", _YAML), "+++": ("+++", "toml", _TOML)}
_OPENING = re.compile(r"(---|\+\+\+)[ \t]*(?:\n|\Z)")


class FrontMatterError(Exception):
    """The front matter cannot be understood; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """A file taken apart.

    Attributes:
        format: ``yaml``, ``toml``, ``json``, ``pelican``, ``rst``, or empty when there is no front
            matter.
        metadata: Keys folded to lower case.
        body: What follows, as written.
        body_line: 1-based line on which it starts.
        lines: Gives the 1-based line of each top-level key, where known; only problems ask.
        problems: Warnings.
    """

    format: str
    metadata: Mapping[str, object]
    body: str
    body_line: int
    lines: Callable[[], Mapping[str, int]] = dict
    problems: tuple[Problem, ...] = ()


def split(text: str, path: str) -> FrontMatter:
    """Take a file apart.

    Raises:
        FrontMatterError: There is front matter, but it cannot be understood.
    """
    # Editors and merges leave an empty line before the fence, which hid all metadata.
    text = text.lstrip("\n") if text[:1] == "\n" else text
    if (opening := _OPENING.match(text)) is not None:
        return _fenced(text, path, *_FENCED[opening[1]])
    if text.startswith("{") and re.match(r"\{\s*[\"}]", text):
        return _json(text, path)
    return _header(text, path)


def _fenced(text: str, path: str, fence: str, kind: str, pattern: re.Pattern[str]) -> FrontMatter:
    match = pattern.match(text)
    if match is None:
        # A Markdown body may begin with a rule; only what looks like a key makes it an unclosed
        # fence.
        if kind == "yaml" and not re.match(r"---[ \t]*\n\s*[\w\"'-]+\s*:", text):
            return FrontMatter("", {}, text, 1)
        raise _error(
            path,
            1,
            f"The front matter opens with {fence} and never closes.",
            f"Put {fence} alone on the line after it.",
        )
    source = match[1]
    if len(source) > MAX_BYTES // 4 and len(source.encode()) > MAX_BYTES:
        raise _error(
            path,
            1,
            _TOO_LONG,
            _MOVE,
        )
    load = _load_yaml if kind == "yaml" else _load_toml
    try:
        metadata, problems = load(source, path)
    except TooMuchError as error:
        raise _error(path, (error.line or 0) + 1, error.found, error.cure) from error
    if not isinstance(metadata, dict):
        raise _error(
            path,
            2,
            f"The front matter is a {type(metadata).__name__}, not keys and values.",
            "Write 'key: value' lines.",
        )
    end = match.end()
    return FrontMatter(
        kind,
        _fold(metadata),
        text[end:],
        text.count("\n", 0, end) + 1,
        partial(_key_lines, source, kind),
        tuple(problems),
    )


def _load_yaml(source: str, path: str) -> tuple[object, list[Problem]]:
    plain = read_plain(source)
    if plain is not None:
        _BUDGET.check_built(plain)
        return plain, []
    from publisher.posts.yaml import YAMLError, load_yaml  # noqa: PLC0415

    try:
        metadata = load_yaml(source, _BUDGET)
        problems = _duplicates(source, path)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 2, mark.column + 1) if mark is not None else (1, None)
        said = getattr(error, "problem", None) or str(error).splitlines()[0]
        cure = "Quote values that hold ':' or '#', and indent with spaces."
        raise FrontMatterError(
            Problem(
                path, line, Level.ERROR, f"The YAML front matter is wrong: {said}.", cure, column
            )
        ) from error
    except TooMuchError:
        raise
    except (ValueError, RecursionError, OverflowError) as error:
        raise _error(
            path, 1, f"The YAML front matter is wrong: {error}.", "Simplify it."
        ) from error
    return ({} if metadata is None else metadata), problems


def _duplicates(source: str, path: str) -> list[Problem]:
    """Warn of keys that stand twice: YAML takes the last in silence."""
    seen: dict[str, int] = {}
    problems = []
    # PyYAML lets the last of two keys win and says nothing.
    for number, line in enumerate(source.splitlines(), start=2):
        key = re.match(r"([A-Za-z_][\w.-]*)\s*:(?:\s|$)", line)
        if key is None:
            continue
        name = key[1].lower()
        if name in seen:
            found = (
                f"The key {key[1]!r} stands twice (first on line {seen[name]}); the last one"
                " counts."
            )
            problems.append(Problem(path, number, Level.WARNING, found, "Delete one of them."))
        seen[name] = number
    return problems


def _load_toml(source: str, path: str) -> tuple[object, list[Problem]]:
    _BUDGET.check_toml(source)
    try:
        metadata = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+), column (\d+)", str(error))
        line, column = (int(at[1]) + 1, int(at[2])) if at else (source.count("\n") + 2, None)
        said = str(error).split(" (at ")[0]
        cure = "Strings need quotes, dates are bare."
        raise FrontMatterError(
            Problem(
                path, line, Level.ERROR, f"The TOML front matter is wrong: {said}.", cure, column
            )
        ) from error
    except (ValueError, RecursionError) as error:
        raise _error(
            path, 1, f"The TOML front matter is wrong: {error}.", "Simplify it."
        ) from error
    _BUDGET.check_built(metadata)
    return metadata, []


def _json(text: str, path: str) -> FrontMatter:
    try:
        _refuse_long_json(text)
        metadata, end = json.JSONDecoder().raw_decode(text)
        _BUDGET.check_built(metadata)
    except TooMuchError as error:
        raise _error(path, error.line or 1, error.found, error.cure) from error
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        said = getattr(error, "msg", str(error))
        raise _error(
            path,
            line,
            f"The JSON front matter is wrong: {said}.",
            "Check quotes, commas and braces.",
        ) from error
    body = text[end:].removeprefix("\n")
    return FrontMatter(
        "json", _fold(metadata), body, text.count("\n", 0, len(text) - len(body)) + 1
    )


def _refuse_long_json(text: str) -> None:
    if _BUDGET.end_of_json(text, MAX_BYTES) is None and len(text) > MAX_BYTES:
        raise TooMuchError(_TOO_LONG, _MOVE)


def _header(text: str, path: str) -> FrontMatter:
    """Read what has no fences: Pelican's header lines, or the fields of reStructuredText."""
    is_rst = path.lower().endswith(".rst")
    try:
        header = (read_rst if is_rst else read_pelican)(text, MAX_BYTES)
    except TooMuchError as error:
        raise _error(path, error.line or 1, error.found, error.cure) from error
    if header is None:
        return FrontMatter("", {}, text, 1)
    kind = ("rst" if is_rst else "pelican") if header.lines else ""
    return FrontMatter(kind, header.metadata, header.body, header.body_line, lambda: header.lines)


def _fold(metadata: Mapping[object, object]) -> dict[str, object]:
    # Hugo takes keys in any case, and YAML keys may be numbers or dates.
    return {str(key).strip().lower(): value for key, value in metadata.items()}


def _key_lines(source: str, kind: str) -> dict[str, int]:
    separator = ":" if kind == "yaml" else "="
    found = re.finditer(rf"^[\"']?([A-Za-z_][\w.-]*)[\"']?\s*{separator}", source, re.MULTILINE)
    return {match[1].lower(): source.count("\n", 0, match.start()) + 2 for match in found}


def _error(path: str, line: int, found: str, cure: str) -> FrontMatterError:
    return FrontMatterError(Problem(path, line, Level.ERROR, found, cure))
