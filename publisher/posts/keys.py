"""Front matter keys whatever way they are spelled.

``isDraft``, ``is_draft``, ``is-draft`` and ``params.isDraft`` are one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


_NESTS = frozenset({"params", "extra"})
"""Where Hugo and Zola want the keys that are a theme's own; they mean the same there."""
_NESTED = re.compile(r"(?:params|extra)\.")
_PUNCTUATION = re.compile(r"[\W_]+")


class Entry(NamedTuple):
    """One key of the front matter, of its top level or of ``params`` and ``extra``.

    Attributes:
        name: The key as :func:`spelled`.
        key: The key as people find it in the file, in lower case.
        value: What it holds.
    """

    name: str
    key: str
    value: object

    @property
    def top(self) -> str:
        """The top-level key it stands under, which lines are known of."""
        return self.key.partition(".")[0] if _NESTED.match(self.key) else self.key


@lru_cache(maxsize=4096)
def spelled(key: str) -> str:
    """Return a key in lower case, without what joins its words and without its table's name."""
    return _PUNCTUATION.sub("", _NESTED.sub("", key.casefold(), count=1))


def entries_of(metadata: Mapping[str, object]) -> list[Entry]:
    """Return every key that counts, those of the top level first."""
    found = [Entry(spelled(key), key, value) for key, value in metadata.items()]
    for nest in _NESTS & metadata.keys():
        inner = metadata[nest]
        if isinstance(inner, dict):
            found += [
                Entry(spelled(str(key)), f"{nest}.{key}".lower(), value)
                for key, value in inner.items()
            ]
    return found
