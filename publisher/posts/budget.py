"""What front matter may cost, counted over its text before anything is built of it.

A few hundred bytes can stand for gigabytes (YAML aliases of aliases) or for a tree too deep to walk
(TOML's dotted keys). Everything that reads YAML, TOML or JSON of a site asks here first, and once
more when it is built: numbers and keys are known then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


_LONGEST_NUMBER = 1024
"""Bits: three hundred digits, which every converter takes."""
_TOML_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*(?:"""|\Z)|\'\'\'(?:[^\']|\'(?!\'\'))*(?:\'\'\'|\Z)'
    r'|"(?:[^"\\\n]|\\.)*(?:"|\n|\Z)|\'[^\'\n]*(?:\'|\n|\Z)|#[^\n]*|([\[\]{}.,=\n])',
    re.DOTALL,
)
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\Z)|([\[\]{},])', re.DOTALL)


class TooMuchError(ValueError):
    """Front matter would cost more than a file may.

    Attributes:
        found: One sentence.
        cure: One sentence.
        line: 1-based line within the front matter, or None where it is not known.
    """

    def __init__(self, found: str, cure: str, line: int | None = None) -> None:
        super().__init__(found)
        self.found, self.cure, self.line = found, cure, line


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a text may expand to.

    Attributes:
        values: Scalars, lists and maps, each as often as aliases and merge keys repeat it.
        characters: Of all scalars, counted like values.
        depth: Lists and maps inside one another.
        aliases: Times that something is said to be the same as before.
    """

    values: int = 10_000
    characters: int = 262_144
    depth: int = 30
    aliases: int = 50

    def check_yaml(self, events: Iterable[object]) -> None:
        """Check a YAML document by its events, which PyYAML gives before it builds anything.

        Raises:
            TooMuchError: It expands to too much, or contains itself.
            yaml.YAMLError: It is wrong.
        """
        _YamlCount(self).take(events)

    def check_toml(self, text: str) -> None:
        """Check TOML by its brackets and the dots of its keys.

        Raises:
            TooMuchError: It is nested too deeply.
        """
        depth = dots = 0
        for match in _TOML_TOKEN.finditer(text):
            mark = match[1]
            if mark is None:
                continue
            depth = max(depth + (mark in "[{") - (mark in "]}"), 0)
            dots = dots + 1 if mark == "." else 0 if mark in "=,\n{[" else dots
            if depth > self.depth or dots > self.depth:
                raise self.too_deep(text.count("\n", 0, match.start()) + 1)

    def end_of_json(self, text: str, longest: int) -> int | None:
        """Return where the JSON value at the beginning of a text ends.

        None where it does not within so many characters.

        Raises:
            TooMuchError: It is nested too deeply, or has too many values.
        """
        depth = values = 0
        for match in _JSON_TOKEN.finditer(text, 0, longest):
            mark = match[1]
            if mark is None:
                continue
            depth += (mark in "[{") - (mark in "]}")
            values += mark in "[{,"
            if depth > self.depth:
                raise self.too_deep(text.count("\n", 0, match.start()) + 1)
            if values > self.values:
                raise self.too_many()
            if depth <= 0:
                return match.end()
        return None

    def check_built(self, value: object) -> None:
        """Check what was built: every value of it, without going down into itself.

        Raises:
            TooMuchError: It has too many values, is nested too deeply, or holds a number that
                nothing can write.
        """
        left = [(value, 0)]
        seen = 0
        while left:
            item, depth = left.pop()
            seen += 1
            if seen > self.values:
                raise self.too_many()
            if depth > self.depth:
                raise self.too_deep(None)
            if isinstance(item, dict):
                left += [(inside, depth + 1) for pair in item.items() for inside in pair]
            elif isinstance(item, list | tuple | set | frozenset):
                left += [(inside, depth + 1) for inside in item]
            elif isinstance(item, int) and item.bit_length() > _LONGEST_NUMBER:
                raise TooMuchError(
                    "The front matter holds a number of more than 300 digits.", "Put it in quotes."
                )

    def too_many(self, line: int | None = None) -> TooMuchError:
        """Return the error of too many values."""
        return TooMuchError(
            f"The front matter has more than {self.values:,} values.",
            "Move what is no metadata into the body.",
            line,
        )

    def too_deep(self, line: int | None) -> TooMuchError:
        """Return the error of values in values in values."""
        return TooMuchError(
            f"The front matter is nested more than {self.depth} deep.", "Simplify it.", line
        )


class _YamlCount:
    """Counts what the events of one YAML document expand to."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.values = self.characters = 0
        self.open: list[tuple[str | None, int, int]] = []
        self.deepest: list[int] = []
        self.anchors: dict[str, tuple[int, int, int]] = {}
        self.aliases = 0

    def take(self, events: Iterable[object]) -> None:
        for event in events:
            kind = type(event).__name__
            if kind == "ScalarEvent":
                self._add(event, 1, len(event.value), 0)  # type: ignore[attr-defined]
                self._remember(event.anchor, (1, len(event.value), 0))  # type: ignore[attr-defined]
            elif kind == "AliasEvent":
                self._repeat(event, event.anchor)  # type: ignore[attr-defined]
            elif kind in {"SequenceStartEvent", "MappingStartEvent"}:
                self._add(event, 1, 0, 1)
                name = event.anchor  # type: ignore[attr-defined]
                self.open.append((name, self.values - 1, self.characters))
                self.deepest.append(0)
            elif kind in {"SequenceEndEvent", "MappingEndEvent"}:
                anchor, values, characters = self.open.pop()
                below = self.deepest.pop()
                self._remember(
                    anchor, (self.values - values, self.characters - characters, below + 1)
                )
                self._deepen(below + 1)

    def _repeat(self, event: object, anchor: str) -> None:
        if any(anchor == name for name, _, _ in self.open):
            raise TooMuchError(
                f"The front matter contains itself (*{anchor}).",
                "Write the values out.",
                _line(event),
            )
        self.aliases += 1
        values, characters, depth = self.anchors.get(anchor, (1, 0, 0))
        self._add(event, values, characters, depth)
        self._deepen(depth)

    def _add(self, event: object, values: int, characters: int, depth: int) -> None:
        self.values += values
        self.characters += characters
        if len(self.open) + depth > self.budget.depth:
            raise self.budget.too_deep(_line(event))
        if self.aliases > self.budget.aliases:
            found = (
                "The front matter repeats itself by aliases (*name) more than"
                f" {self.budget.aliases} times."
            )
            raise TooMuchError(found, "Write the values out.", _line(event))
        if self.values > self.budget.values or self.characters > self.budget.characters:
            if not self.aliases:
                raise self.budget.too_many(_line(event))
            found = (
                "The front matter repeats itself by aliases (*name) to more than"
                f" {self.budget.values:,} values."
            )
            raise TooMuchError(found, "Write the values out.", _line(event))

    def _remember(self, anchor: str | None, weight: tuple[int, int, int]) -> None:
        if anchor is not None:
            self.anchors[anchor] = weight

    def _deepen(self, depth: int) -> None:
        if self.deepest:
            self.deepest[-1] = max(self.deepest[-1], depth)


def _line(event: object) -> int | None:
    mark = getattr(event, "start_mark", None)
    line = getattr(mark, "line", None)
    return line + 1 if isinstance(line, int) else None
