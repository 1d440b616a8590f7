"""What stands for a recipient's own addresses in a composition, until a message is made.

Posts are written by others, and a composition quotes them: what stands for a reader's own link must
be something that no post can say. Each composition therefore has a mark of its own, made when its
words are known. What version 0.1.0 composed has none: its placeholders are the same in every issue,
and count only where they are an address by themselves, not inside somebody else's.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MARK_BYTES = 16
_LONGEST_ADDRESS = 2000
_BREAK = re.compile(r"[\s\"'<>()\[\]]")


class Own(StrEnum):
    """An address that is not the same for every recipient, or not known yet."""

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    WEB_VIEW = "web-view"


_NAMES = "|".join(Own)


@dataclass(frozen=True, slots=True)
class Placeholders:
    """The placeholders of one composition (RFC 2606 keeps ``.invalid`` free).

    Attributes:
        mark: 32 hexadecimal digits that nobody can guess; empty for what version 0.1.0 composed.
    """

    mark: str = ""

    @classmethod
    def absent_from(cls, words: str) -> Placeholders:
        """Return placeholders that stand nowhere in the words of a composition.

        Args:
            words: Everything that is composed, one after the other.
        """
        mark = secrets.token_hex(_MARK_BYTES)
        while mark in words:
            mark = secrets.token_hex(_MARK_BYTES)
        return cls(mark)

    def address(self, own: Own) -> str:
        """Return what stands for one of a recipient's own addresses."""
        return f"https://{own}-{self.mark}.invalid/" if self.mark else f"https://{own}.invalid/"

    def fill(self, text: str, addresses: Mapping[Own, str]) -> str:
        """Return the text with these addresses in their places.

        What was put in is not looked at again.
        """
        return "".join(
            [
                piece if not isinstance(piece, Own) else addresses.get(piece, self.address(piece))
                for piece in self.split(text)
            ]
        )

    def split(self, text: str) -> Iterator[str | Own]:
        """Yield the pieces of a text between its placeholders, and each name in its place."""
        end = 0
        for match in self._pattern().finditer(text):
            if self._is_ours(text, match.start()):
                yield text[end : match.start()]
                yield Own(match[1])
                end = match.end()
        yield text[end:]

    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"https://({_NAMES}){f'-{self.mark}' if self.mark else ''}\.invalid/")

    def _is_ours(self, text: str, start: int) -> bool:
        """Check whether a layout put it there.

        Without a mark it did where it is no part of another address.
        """
        if self.mark:
            return True
        before = _BREAK.split(text[max(start - _LONGEST_ADDRESS, 0) : start])[-1]
        return len(before) < _LONGEST_ADDRESS and "//" not in before and "@" not in before
