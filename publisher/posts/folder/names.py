"""Names of files: which are unfinished, and which a glob chooses."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TEMPORARY = (
    "~",
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".bak",
    ".orig",
    ".swp",
    ".swx",
    ".crdownload",
)
"""How names end that editors, browsers and copying programs give to what is not finished."""


def is_temporary(name: str) -> bool:
    """Check whether a name is hidden, Vim's probe, Emacs' autosave, or of what is not finished."""
    return (
        (name.startswith((".", "#")) and (name[0] == "." or name.endswith("#")))
        or name == "4913"
        or name.lower().endswith(_TEMPORARY)
    )


def compile_globs(patterns: Sequence[str]) -> list[re.Pattern[str]]:
    """Return globs compiled."""
    return [_glob(pattern) for pattern in patterns]


@lru_cache(maxsize=256)
def _glob(pattern: str) -> re.Pattern[str]:
    """Compile a glob: ``**`` any folders, ``*`` and ``?`` within one name.

    A pattern without ``/`` matches at any depth.
    """
    if "/" not in pattern:
        pattern = f"**/{pattern}"
    return re.compile("".join(_glob_parts(pattern)))


def _glob_parts(pattern: str) -> Iterator[str]:
    position = 0
    while position < len(pattern):
        if pattern.startswith("**/", position):
            yield "(?:.*/)?"
            position += 3
        elif pattern.startswith("**", position):
            yield ".*"
            position += 2
        else:
            yield {"*": "[^/]*", "?": "[^/]"}.get(pattern[position], re.escape(pattern[position]))
            position += 1
