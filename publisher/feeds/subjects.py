"""The feeds that posts are in: of the site, and of each tag, category and author."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.feeds.layout import Subject, subjects_of, term_slug
from publisher.feeds.models import StoredTerm
from publisher.feeds.selection import terms_of
from publisher.feeds.store import FeedStore
from publisher.posts.terms import fold_term

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.config import FeedsConfig
    from publisher.database.connection import Transaction
    from publisher.posts.records import PostRecord

_AUTHORS_NEEDED = 2


def sort_under_subjects(
    transaction: Transaction, feeds: FeedsConfig, records: Sequence[PostRecord]
) -> dict[Subject, list[PostRecord]]:
    """Sort records under the feeds they are in.

    Terms that lost their posts keep an empty feed.
    """
    wanted = {
        "tag": feeds.tags,
        "category": feeds.categories,
        "author": feeds.authors,
    }
    named = [
        term
        for term in dict.fromkeys(term for record in records for term in reversed(terms_of(record)))
        if wanted[term[0]]
    ]
    used = {(kind, fold_term(name)): (kind, name) for kind, name in reversed(named)}
    stored = {(term.kind, term.folded): term for term in FeedStore(transaction).terms()}
    slugs = {key: term.slug for key, term in stored.items()}
    authors = sum(kind == "author" for kind, _ in used)
    new = []
    for key in sorted(used.keys() - stored.keys()):
        if key[0] == "author" and authors < _AUTHORS_NEEDED:
            continue
        slug = term_slug(
            used[key][1], {slug for (kind, _), slug in slugs.items() if kind == key[0]}
        )
        slugs[key] = slug
        new.append(StoredTerm(key[0], key[1], used[key][1], slug))
    FeedStore(transaction).add_terms(new)
    stale = {
        key: (term.kind, term.name)
        for key, term in stored.items()
        if key not in used and wanted[term.kind]
    }
    subjects = subjects_of([*used.values(), *stale.values()], slugs)
    sorted_in: dict[Subject, list[PostRecord]] = {Subject(): list(records)}
    sorted_in.update({subject: [] for _, subject in sorted(subjects.items())})
    places = {
        (kind, name): sorted_in[subjects[kind, fold_term(name)]]
        for kind, name in named
        if (kind, fold_term(name)) in subjects
    }
    for record in records:
        for term in terms_of(record):
            place = places.get(term)
            if place is not None and (not place or place[-1] is not record):
                place.append(record)
    return sorted_in
