"""What a front matter key says of who may see a post, by the test of what it holds.

What hides a post hides it in whatever spelling, and also where its value is none that anybody
foresaw: only a plain "no" undoes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


_TRUE = frozenset({"true", "yes", "on", "1", "y", "publish", "published", "public"})
_FALSE = frozenset({"false", "no", "off", "0", "n", "draft", "private"})
_NO = frozenset({"", "false", "no", "off", "0", "n", "f", "none", "null", "nil", "~"})
_NEVER = frozenset({"false", "never", "no", "off", "0"})


class Flag(NamedTuple):
    """A key that says something of who may see the post.

    Attributes:
        test: Whether a value says it.
        says: How people are told, of ``{key}`` and ``{value}``.
    """

    test: Callable[[object], bool]
    says: str = "{key}: {value}"


def flags(names: str, test: Callable[[object], bool]) -> dict[str, Flag]:
    """Return the flags of several keys, separated by spaces, that one test decides.

    They are by key, as :func:`publisher.posts.keys.spelled`.
    """
    return dict.fromkeys(names.split(), Flag(test))


def as_flag(value: object) -> bool | None:
    """Return a flag, whatever way it is written; None when it is none."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    return False if text in _FALSE else None


def is_set(value: object) -> bool:
    """Return whether a marker is set: by any value but a plain no."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return any(isinstance(item, list | dict) or _is_set(item) for item in value)
    return _is_set(value)


def _is_set(value: object) -> bool:
    if value is None or isinstance(value, bool | int | float):
        return bool(value)
    return str(value).strip().strip("'\"").strip().casefold() not in _NO


def is_true(value: object) -> bool:
    """Return whether a flag says yes."""
    return as_flag(value) is True


def is_no(value: object) -> bool:
    """Return whether a flag says no."""
    return as_flag(value) is False


def is_never(value: object) -> bool:
    """Return whether a value says never, in whatever word."""
    return value is not None and str(value).strip().casefold() in _NEVER
