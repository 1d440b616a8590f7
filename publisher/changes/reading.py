"""What a look at a file does to its row.

The last good version, its status, its id and its dates.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

from publisher.catalogue import Facts, KnownAs, Record, term
from publisher.identity import Instants, mint_id, propose_id
from publisher.models import NO_FRONT_MATTER, Kind, Level, Markup, NewsletterSwitch, Post, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from publisher.catalogue import Adopted
    from publisher.changes.model import Look

_LONG = 200
"""Characters from which on two posts do not have the same body by chance."""
_NO_SWITCH = NewsletterSwitch()
_NO_SWITCH_SHOWN = repr(_NO_SWITCH)
_MARKUP_SHOWN = {markup: repr(markup) for markup in Markup}


def facts_of(post: Post, body: str, *, site_url: str, preset: str) -> Facts:
    """Take from a post what decisions need."""
    words, (body_hash, is_long) = _digest(post.title, body), hash_body(body)
    return Facts(
        title=post.title,
        url=post.url,
        explicit_id=post.explicit_id,
        proposed_id=propose_id(post, site_url, preset),
        draft=post.draft,
        published=post.published,
        expires=post.expires,
        modified=post.modified,
        words=words,
        entry=_digest(_shown(post), words),
        terms=(
            *[term("tag", name) for name in post.tags],
            *[term("category", name) for name in post.categories],
            *[term("author", author.name) for author in post.authors],
        ),
        send=post.newsletter.send and not post.doubt,
        feed=post.feed,
        body=body_hash,
        is_long=is_long,
        asked=post.newsletter.asked,
        release=post.release,
        doubt=post.doubt,
    )


def hash_body(body: str) -> tuple[str, bool]:
    """Give ``Facts.body`` and ``Facts.is_long`` of a body.

    An empty one has no hash, because it tells nothing.

    White space does not count: another program's line breaks make no other post.
    """
    plain = " ".join(body.split())
    return _digest(plain)[:32] if plain else "", len(plain) >= _LONG


def _shown(post: Post) -> str:
    """Return what an entry or a newsletter shows of a post, besides its words.

    It is written as Python writes the tuple of it, because hashes of it are kept.
    """
    values = (
        post.title, post.slug, post.url, post.external_url, post.explicit_id, post.published,
        post.date_only, post.modified, post.authors,
        post.tags, post.categories, post.summary, post.language, post.image, post.enclosures,
    )  # fmt: skip
    switch = _NO_SWITCH_SHOWN if post.newsletter == _NO_SWITCH else repr(post.newsletter)
    return f"{repr(values)[:-1]}, {_MARKUP_SHOWN[post.markup]}, {switch})"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def look_into(row: Record | None, path: str, look: Look, instant: datetime) -> Record | None:
    """Return the row as it is after a look.

    It is the old one, or none, where a half-written file does not read yet.
    """
    reading = look.reading
    kind, reason = _doubted(row, look)
    if kind is not Kind.POST and not look.quiet:
        return row
    if row is None:
        return Record(
            path,
            look.stat,
            look.source_hash,
            kind,
            instant,
            0,
            reason,
            reading.problems,
            look.facts,
        )
    seen = row._replace(
        path=path, stat=look.stat, source_hash=look.source_hash, kind=kind, reason=reason,
        problems=reading.problems, facts=look.facts or row.facts, gone_at=None,
    )  # fmt: skip
    if look.facts is not None:
        return seen
    if kind is Kind.IGNORED and reason == NO_FRONT_MATTER and row.facts is not None:
        lost = "It is empty or lost its front matter; the last good version stays."
        cure = "Put the front matter back, or delete the file if the post is meant to go."
        return seen._replace(
            kind=Kind.INVALID, reason="", problems=(Problem(path, 1, Level.ERROR, lost, cure),)
        )
    return seen


def _doubted(row: Record | None, look: Look) -> tuple[Kind, str]:
    """Give what a look says the file is, and why.

    A word nobody knows hides what is not in the feeds already.
    """
    reading, doubt = look.reading, look.facts.doubt if look.facts is not None else ""
    if not doubt or (row is not None and row.known_as is KnownAs.PUBLISHED):
        return reading.kind, reading.reason
    return Kind.IGNORED, f"{doubt}, which is no word known here"


def status_at(row: Record, instant: datetime) -> KnownAs:
    """Return what a row is at an instant.

    It is a status, or ignored, or invalid where there never was a good version.

    What does not read stays what it was; its last good version is never published anew.
    """
    if row.kind is Kind.IGNORED:
        return KnownAs.IGNORED
    if row.facts is None:
        return KnownAs.INVALID
    status = _by_facts(row, row.facts, instant)
    is_new = (
        row.kind is Kind.INVALID
        and status is KnownAs.PUBLISHED
        and row.known_as not in {KnownAs.PUBLISHED, KnownAs.UNKNOWN}
    )
    return row.known_as if is_new else status


def _by_facts(row: Record, facts: Facts, instant: datetime) -> KnownAs:
    if facts.draft:
        return KnownAs.DRAFT
    if facts.expires is not None and facts.expires <= instant:
        return KnownAs.EXPIRED
    if (facts.released or row.first_seen) > instant:
        return KnownAs.SCHEDULED
    return KnownAs.PUBLISHED


def is_published(row: Record, instant: datetime) -> bool:
    """Say whether the row's file is there and published at an instant."""
    return row.gone_at is None and status_at(row, instant) is KnownAs.PUBLISHED


def is_visible(row: Record, instant: datetime) -> bool:
    """Say whether feeds show the row at an instant."""
    return row.facts is not None and row.facts.feed and is_published(row, instant)


def do_feeds_change(
    rows: Iterable[Record],
    changed: Iterable[Record],
    old: Mapping[int, Record],
    before: datetime | None,
    instant: datetime,
) -> bool:
    """Say whether a feed shows something else than after the last round.

    Args:
        rows: Of the files that are there.
        changed: Those, and those of files that went, which are not as they were.
        old: Every row as it was, by number.
        before: The last round's instant.
        instant: This round's.
    """
    for row in changed:
        was = old.get(row.key)
        shown_before = was is not None and before is not None and is_visible(was, before)
        if shown_before or is_visible(row, instant):
            return True
    return before is not None and any(
        is_visible(row, before) != is_visible(row, instant) for row in rows
    )


def next_change(row: Record, instant: datetime) -> datetime | None:
    """Say when the row's status changes by itself, or None."""
    if row.facts is None or row.gone_at is not None or row.kind is Kind.IGNORED or row.facts.draft:
        return None
    coming = [
        at for at in (row.facts.released, row.facts.expires) if at is not None and at > instant
    ]
    return min(coming, default=None)


def updates_of(records: Iterable[Record]) -> Instants:
    """Give the ``updated`` instants that are taken."""
    return Instants(record.updated for record in records if record.updated)


class Dating:
    """Give published rows their feed id and their distinct instants, once, in path order."""

    def __init__(
        self,
        records: Iterable[Record],
        adopted: tuple[Adopted, ...],
        instant: datetime,
        *,
        first_run: bool,
        updates: Instants | None = None,
    ) -> None:
        """Look at what is taken.

        Args:
            records: Every row.
            adopted: Entries whose ids and dates posts take over.
            instant: Of the round.
            first_run: Undated posts are dated backwards.
            updates: Where those of these rows are known already.
        """
        self._given = updates
        self._known = list(records)
        self._adopted = adopted
        self._instant = instant
        self._undated = Instants(self._taken_dates(), step=-1) if first_run else None

    @cached_property
    def _ids(self) -> set[str]:
        return {record.feed_id for record in self._known if record.feed_id}

    @cached_property
    def _dates(self) -> Instants:
        return Instants(self._taken_dates())

    @cached_property
    def _updates(self) -> Instants:
        return self._given if self._given is not None else updates_of(self._known)

    def _taken_dates(self) -> Iterator[datetime]:
        return (record.date for record in self._known if record.date)

    def date(self, old: Record | None, row: Record) -> Record:
        """Mint what is missing, and move what the source moved.

        That is its date, or ``updated`` when its words changed.

        ``updated`` follows the hash of the source, not of the output, so that a new renderer moves
        nothing.
        """
        facts = row.facts
        if facts is None:
            return row
        before = old.facts if old is not None else None
        moved = row.date is None or before is None or before.published != facts.published
        feed_id = row.feed_id if row.feed_id is not None else self._mint(facts)
        date, sort_last = self._place(row, facts.published) if moved else (row.date, row.sort_last)
        assert date is not None
        updated = self._updated(old, row, facts, date, moved=moved)
        return row._replace(feed_id=feed_id, date=date, sort_last=sort_last, updated=updated)

    def _mint(self, facts: Facts) -> str:
        minted = mint_id(facts, self._adopted, self._ids)
        self._ids.add(minted)
        return minted

    def _place(self, row: Record, published: datetime | None) -> tuple[datetime, bool]:
        """Give the date, and whether the row is sorted last."""
        if published is not None:
            return self._dates.take(published), False
        if row.date is not None:
            return row.date, row.sort_last
        if self._undated is not None:
            return self._undated.take(self._instant), True
        return self._dates.take(row.first_seen), row.sort_last

    def _updated(
        self, old: Record | None, row: Record, facts: Facts, date: datetime, *, moved: bool
    ) -> datetime:
        before = old.facts if old is not None and old.updated is not None else None
        if before is None or old is None:
            wanted = facts.modified or date
        elif facts.modified != before.modified and facts.modified is not None:
            wanted = facts.modified
        elif (
            facts.modified is None
            and facts.words != before.words
            and row.source_hash != old.source_hash
        ):
            wanted = self._instant
        elif moved and old.updated == old.date:
            wanted = date
        else:
            wanted = row.updated or date
        wanted = max(wanted, date)
        return wanted if wanted == row.updated else self._updates.take(wanted)
