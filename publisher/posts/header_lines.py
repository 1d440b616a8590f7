"""Metadata without fences: Pelican's header lines, and the fields of reStructuredText."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from publisher.posts.budget import TooMuchError

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9_-]*):[ \t]*(.*)\n?")
_FIELD = re.compile(r"^:([A-Za-z][\w -]*):[ \t]*(.*)$")
_RULE = re.compile(r"([=\-`:.'\"~^_*+#<>])\1{2,}\s*")
_CURE = "Leave an empty line below it."


@dataclass
class Header:
    """Lines at the top of a file.

    Attributes:
        metadata: By key in lower case.
        lines: 1-based line of each key.
        body: What follows.
        body_line: 1-based line on which it starts.
    """

    metadata: dict[str, object] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1


def read_pelican(text: str, most: int) -> Header | None:
    """Read ``Title: …`` lines at the top of a file.

    They count only when one of them is the title.

    Args:
        text: The file.
        most: Characters a header may have.

    Raises:
        TooMuchError: It has more.
    """
    header = Header()
    head, number = text[: most + 1], 1
    rest = head
    while (match := _LINE.match(rest)) is not None:
        key = match[1].lower()
        header.metadata[key], header.lines[key] = match[2].strip(), number
        rest, number = rest[match.end() :], number + 1
        while rest[:1] in {" ", "\t"} and rest.partition("\n")[0].strip():
            more, _, rest = rest.partition("\n")
            header.metadata[key] = f"{header.metadata[key]} {more.strip()}".strip()
            number += 1
    if "title" not in header.metadata:
        return None
    if "\n" not in rest and len(text) > most:
        raise TooMuchError(f"The header has more than {most:,} bytes.", _CURE, 1)
    rest = text[len(head) - len(rest) :]
    if rest and not rest.startswith("\n"):
        return None
    header.body, header.body_line = rest.removeprefix("\n"), number + 1
    return header


def read_rst(text: str, most: int) -> Header:
    """Read a reStructuredText title and its ``:field:`` list, as Pelican's reader does.

    A title alone has no lines; where there is none either, the metadata is empty.

    Args:
        text: The file.
        most: Characters a field may have.

    Raises:
        TooMuchError: One has more.
    """
    source, header = text.splitlines(), Header()
    title, start = _title(source, _first_line(source, 0))
    position = _first_line(source, start)
    while position < len(source) and (match := _FIELD.match(source[position])):
        key = match[1].lower()
        header.metadata[key], header.lines[key] = match[2].strip(), position + 1
        position += 1
        size = 0
        while position < len(source) and source[position][:1] in {" ", "\t"}:
            size += len(source[position])
            if size > most:
                raise TooMuchError(f"A field has more than {most:,} bytes.", _CURE, position + 1)
            header.metadata[key] = f"{header.metadata[key]} {source[position].strip()}".strip()
            position += 1
    if not header.metadata:
        position = start if title is not None else 0
    if title is not None:
        header.metadata.setdefault("title", title)
    header.body = "\n".join(source[position:]) if header.metadata else text
    header.body_line = position + 1
    return header


def _first_line(source: list[str], position: int) -> int:
    """Return where the first line with text is."""
    while position < len(source) and not source[position].strip():
        position += 1
    return position


def _title(source: list[str], position: int) -> tuple[str | None, int]:
    """Return a title between or above rules, and where what follows begins."""

    def is_rule(index: int) -> bool:
        return index < len(source) and _RULE.fullmatch(source[index]) is not None

    if is_rule(position) and is_rule(position + 2):
        return source[position + 1].strip(), position + 3
    if position < len(source) and source[position].strip() and is_rule(position + 1):
        return source[position].strip(), position + 2
    return None, position
