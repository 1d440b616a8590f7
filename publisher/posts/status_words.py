"""The words of ``status``, ``post_status``, ``state`` and ``visibility``.

What they say of a post, and which we know.

WordPress, Ghost, Pelican, Nikola and Publii have their own; so has every author. A word that nobody
here knows is a reason to ask.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet


WORD_KEYS = frozenset(
    {
        "status",
        "poststatus",
        "publishstatus",
        "publicationstatus",
        "state",
        "poststate",
        "visibility",
        "postvisibility",
    }
)
"""Keys (as :func:`publisher.posts.keys.spelled`) that hold such words."""
PUBLIC = ("published", "publish", "public", "posted", "live", "online", "released", "featured")
SCHEDULED = ("scheduled", "future")
DRAFT = (
    "draft",
    "pending",
    "auto-draft",
    "future-draft",
    "inherit",
    "wip",
    "work-in-progress",
    "unpublished",
)
HIDDEN = (
    "hidden", "private", "unlisted", "internal", "secret", "protected", "password",
    "password-protected", "members", "paid", "tiers",
    "sent", "trash", "trashed", "deleted", "skip",
)  # fmt: skip
_YES = frozenset({"true", "yes", "on", "1", "y"})
_NO = frozenset({"false", "no", "off", "0", "n"})
_PUNCTUATION = re.compile(r"[\W_]+")


class Says(IntEnum):
    """What a word says of a post; where there are several, the greatest counts."""

    NOTHING = 0
    PUBLIC = 1
    UNKNOWN = 2
    SCHEDULED = 3
    DRAFT = 4
    HIDDEN = 5


_SAID = {
    **dict.fromkeys((*PUBLIC, *_YES), Says.PUBLIC),
    **dict.fromkeys(SCHEDULED, Says.SCHEDULED),
    **dict.fromkeys((*DRAFT, *_NO), Says.DRAFT),
    **dict.fromkeys(HIDDEN, Says.HIDDEN),
}


def word_of(value: object) -> str:
    """Return a word as it is compared.

    It is in lower case, its parts joined by ``-``, without decoration (``✅ Published``).
    """
    text = str(value).casefold().strip()
    return _PUNCTUATION.sub("-", text).strip("-") or text


def say(value: object, public_words: AbstractSet[str]) -> tuple[Says, str]:
    """Return what a value says of the post, and the word that says it.

    Args:
        value: A word, or a list or mapping of words (``status: [draft]``, ``status: {name:
            Draft}``).
        public_words: What the configuration allows besides (``posts.public_words``), each as
            :func:`word_of`.
    """
    found = [(_of_word(word, public_words), str(word)) for word in _words(value)]
    return max(found, key=lambda said: said[0], default=(Says.NOTHING, ""))


def _of_word(value: object, public_words: AbstractSet[str]) -> Says:
    word = word_of(value)
    if not word:
        return Says.NOTHING
    if word in public_words:
        return Says.PUBLIC
    return _SAID.get(word, Says.UNKNOWN)


def _words(value: object) -> Iterator[object]:
    """Yield the scalars of a value; what is nested further is one word, and none we know."""
    if isinstance(value, dict):
        value = list(value.values())
    for item in value if isinstance(value, list) else [value]:
        if item is not None:
            yield item
