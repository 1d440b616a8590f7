"""Where patterns occur in a text, remembered, so that a walk through it stays linear."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_BLANK = re.compile(r"\n[ \t>]*(?:\n|\Z)")
_LINE_PREFIX = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)*")
LONGEST_PREFIX = 100
"""Characters of a line before what begins on it."""


@dataclass
class Places:
    """Where patterns occur next in a text.

    Each stretch of it is searched once for each, whatever the text: work stays linear.

    Ask for one pattern only from left to right.
    """

    text: str
    _found: dict[re.Pattern[str], tuple[int, int]] = field(default_factory=dict)
    _line: int = 0
    _seen: int = 0

    def next(self, pattern: re.Pattern[str], position: int) -> tuple[int, int] | None:
        """Return start and end of the next match from a position on, or None."""
        known = self._found.get(pattern)
        if known is None or known[0] < position:
            match = pattern.search(self.text, position)
            known = match.span() if match else (len(self.text) + 1, 0)
            self._found[pattern] = known
        return known if known[0] <= len(self.text) else None

    def end_of_block(self, position: int) -> int:
        """Return where the next blank line is, or the end of the text."""
        blank = self.next(_BLANK, position)
        return blank[0] if blank else len(self.text)

    def begins_line(self, position: int) -> bool:
        """Check whether only marks of quotes and list items stand before a position on its line."""
        newline = self.text.rfind("\n", self._seen, position)
        self._line, self._seen = (newline + 1 if newline >= 0 else self._line), position
        if position - self._line > LONGEST_PREFIX:
            return False
        return _LINE_PREFIX.fullmatch(self.text, self._line, position) is not None
