"""Who gets a post: tag preferences against the post's tags and categories, compared as terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.posts.terms import fold_term

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from publisher.posts.records import PostRecord
    from publisher.subscribers.models import Preferences, Reader


class Matcher:
    """Says who wants one post; a choice that many share is compared once."""

    def __init__(self, terms: Collection[str]) -> None:
        self._terms = terms
        self._known: dict[tuple[Sequence[str], Sequence[str]], bool] = {}

    def __call__(self, chosen: Reader | Preferences) -> bool:
        """Return whether somebody wants the post."""
        key = (chosen.wanted, chosen.unwanted)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = wants(chosen, self._terms)
        return known


def wants(chosen: Reader | Preferences, terms: Collection[str]) -> bool:
    """Return whether somebody wants a post.

    They do when ``wanted`` is empty or shares a term with it, and ``unwanted`` shares none; a post
    without any reaches only those whose ``wanted`` is empty.

    Args:
        chosen: What they chose.
        terms: Folded tags and categories of the post.
    """
    wanted, unwanted = (
        {fold_term(name) for name in names} for names in (chosen.wanted, chosen.unwanted)
    )
    return (not wanted or not wanted.isdisjoint(terms)) and unwanted.isdisjoint(terms)


def terms_of(record: PostRecord) -> frozenset[str]:
    """Return a post's tags and categories as terms."""
    return frozenset(
        fold_term(name)
        for kind, name in (record.facts.terms if record.facts else ())
        if kind != "author"
    )
