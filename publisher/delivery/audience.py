"""Who gets a post: tag preferences against the post's tags and categories, compared as terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.terms import fold_term

if TYPE_CHECKING:
    from collections.abc import Collection

    from publisher.catalogue import Record
    from publisher.subscribers.model import Preferences


def terms_of(record: Record) -> frozenset[str]:
    """Give a post's tags and categories as terms."""
    return frozenset(fold_term(name) for kind, name in (record.facts.terms if record.facts else ()) if kind != "author")


def matches(preferences: Preferences, terms: Collection[str]) -> bool:
    """Say whether a subscriber wants a post.

    They do when ``wanted`` is empty or shares a term with it, and ``unwanted`` shares none; a post without any reaches only those whose
    ``wanted`` is empty.
    """
    wanted = {fold_term(name) for name in preferences.wanted}
    unwanted = {fold_term(name) for name in preferences.unwanted}
    return (not wanted or not wanted.isdisjoint(terms)) and unwanted.isdisjoint(terms)
