"""Tags and categories as a dialect writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.posts.values import as_list, as_names

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def tags_of(
    metadata: Mapping[str, object],
    *,
    separators: str,
    at_spaces: bool,
    left_out: Collection[str] = (),
) -> tuple[str, ...]:
    """Return the tags as written.

    Args:
        metadata: Front matter.
        separators: Characters between terms of one text.
        at_spaces: Terms of one text without a comma are words.
        left_out: Tags, in lower case, that are none.
    """
    values = [
        *_many(metadata.get("tags"), separators, at_spaces=at_spaces),
        *as_list(metadata.get("tag"), split=separators),
    ]
    return as_names(value for value in values if str(value).strip().lower() not in left_out)


def categories_of(
    metadata: Mapping[str, object], *, separators: str, at_spaces: bool
) -> tuple[str, ...]:
    """Return the categories as written; the arguments are those of :func:`tags_of`."""
    values = _many(metadata.get("categories"), separators, at_spaces=at_spaces)
    return as_names([*values, *as_list(metadata.get("category"))])


def _many(written: object, separators: str, *, at_spaces: bool) -> list[object]:
    if isinstance(written, str) and at_spaces and "," not in written:
        return [*written.split()]
    return as_list(written, split=separators)
