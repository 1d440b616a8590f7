"""Slugs: last parts of addresses, made of titles and names."""

from __future__ import annotations

MAX_SLUG = 200
_NO_MARKS = str.maketrans("", "", "-._~")


def slug_of(text: str) -> str:
    """Make a slug of a title or name, as most generators do."""
    from slugify import slugify  # noqa: PLC0415 - most names are slugs already

    made: str = slugify(text, allow_unicode=True, max_length=MAX_SLUG)
    return made or "post"


def plain_or_slug(text: str) -> str:
    """Return a name as it is where an address may hold it so, else its slug."""
    return text if is_plain(text) else slug_of(text)


def is_plain(text: str) -> bool:
    """Return whether a text has only letters, digits and what stays unquoted in an address."""
    bare = text.translate(_NO_MARKS)
    return bare.isalnum() or (bare == "" and text.strip(".") != "")
