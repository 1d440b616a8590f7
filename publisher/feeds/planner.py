"""Bring the feed documents on disk up to the catalogue.

Only those whose inputs changed are rendered, only changed bytes are written.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from publisher.database.site_state import SiteStateStore
from publisher.feeds.archives import archive_pages
from publisher.feeds.documents import Documents
from publisher.feeds.layout import (
    Subject,
    address,
    archive_path,
    document_path,
    formats,
    subjects_of,
    term_slug,
)
from publisher.feeds.models import Archive, FeedDocument, FeedsReport, StoredTerm
from publisher.feeds.opml import render_opml
from publisher.feeds.store import FeedStore
from publisher.feeds.writer import FeedPlan, FeedWriter
from publisher.posts.models import Author
from publisher.posts.post_status import is_visible
from publisher.posts.store import PostStore
from publisher.posts.terms import fold_term

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from publisher.database.connection import Transaction
    from publisher.database.database import Database
    from publisher.database.site_state import SiteState
    from publisher.feeds.documents import FeedSettings
    from publisher.feeds.models import WrittenDocument
    from publisher.posts.records import PostRecord


_EMPTY_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
_OPML = "feeds.opml"
_AUTHORS_NEEDED = 2
_SITE = ("site", "")


@dataclass(frozen=True, slots=True)
class FeedSelection:
    """Posts that documents of every format show.

    Attributes:
        records: Newest first.
        updated: The newest of their own.
        fingerprint: Changes when what is shown of them does.
    """

    records: tuple[PostRecord, ...]
    updated: datetime
    fingerprint: str

    @classmethod
    def of(cls, records: Sequence[PostRecord]) -> FeedSelection:
        """Choose these."""
        shown = "\n".join(
            [
                f"{r.feed_id}\0{r.date and r.date.timestamp()}\0"
                f"{r.updated and r.updated.timestamp()}\0{r.facts and r.facts.entry}"
                for r in records
            ]
        )
        updated = max(
            (record.updated for record in records if record.updated), default=_EMPTY_SINCE
        )
        return cls(
            tuple(records),
            updated,
            hashlib.sha256(shown.encode("utf-8", "surrogatepass")).hexdigest(),
        )


class FeedPlanner:
    """Writes one site's feeds."""

    def __init__(self, settings: FeedSettings, database: Database) -> None:
        self.settings, self.database = settings, database
        self.config = settings.config
        self._shown: dict[Subject, list[PostRecord]] = {}
        self._places: dict[int, list[tuple[Subject, int]]] = {}

    def write(
        self, memory: SiteState, instant: datetime, records: Iterable[PostRecord]
    ) -> FeedsReport:
        """Write what is out of date.

        Args:
            memory: As the round left it: says whether anything can have changed.
            instant: Decides what is visible.
            records: Every row, as the round left it.
        """
        with self.database.reading_core() as transaction:
            documents = Documents.of(self.settings.public, transaction)
        unchanged = documents.report_current(self.settings, memory)
        if unchanged is not None:
            return unchanged
        known, lost = documents
        with self.database.writing_core() as transaction:
            plans = self._plans(transaction, records, instant)
            stale = [
                plan
                for plan in plans
                if any(path in lost or _differs(known.get(path), plan) for path in plan.paths)
            ]
            FeedStore(transaction).forget_documents(
                known.keys() - {path for plan in plans for path in plan.paths}
            )
            writer = FeedWriter(self.settings)
            writer.print(transaction, stale)
            written = writer.written + self._opml(plans)
            self._remember(transaction, writer, memory)
        return FeedsReport(tuple(sorted(written)), len(plans) + 1 - len(written), writer.found())

    def _remember(self, transaction: Transaction, writer: FeedWriter, memory: SiteState) -> None:
        """Remember what was printed.

        Feeds are up to date then, unless somebody moved something since the round committed.
        """
        FeedStore(transaction).save_documents(writer.documents)
        current = SiteStateStore(transaction).memory()
        if current.counter == memory.counter:
            SiteStateStore(transaction).save_site_state(
                replace(current, feeds_dirty=False, feeds_fingerprint=self.settings.fingerprint)
            )

    def rows_beside(
        self, transaction: Transaction, edited: Sequence[PostRecord], instant: datetime
    ) -> Collection[PostRecord]:
        """Return edited rows and those that say where they stand in their feeds.

        No more of these than a document shows, without archives.
        """
        if self.config.feeds.archive:
            return PostStore(transaction).records()
        size = self.config.feeds.entries
        missing = dict.fromkeys([_SITE, *(term for row in edited for term in _folded(row))], size)
        rows = {row.key: row for row in edited}
        for row in PostStore(transaction).newest_first():
            shown = (
                [term for term in (_SITE, *_folded(row)) if missing.get(term)]
                if is_visible(row, instant)
                else []
            )
            for term in shown:
                missing[term] -= 1
                rows[row.key] = row
            if not any(missing.values()):
                break
        return rows.values()

    def rewrite(
        self,
        memory: SiteState,
        records: Collection[PostRecord],
        changed: Mapping[int, PostRecord],
        instant: datetime,
    ) -> FeedsReport:
        """Write the documents that edited rows are in, and no others.

        Args:
            memory: As the round left it.
            records: Every row as it was, or those that :meth:`rows_beside` gives.
            changed: Rows by number, whose words changed: not their place in any feed.
            instant: Decides what is visible.

        Returns:
            What was written; how many documents stayed as they were is not counted.
        """
        with self.database.writing_core() as transaction:
            if not self._shown:
                self._sort(transaction, records, instant)
            if not self._places:
                for subject, shown in self._shown.items():
                    for place, record in enumerate(shown):
                        self._places.setdefault(record.key, []).append((subject, place))
            touched: dict[Subject, list[int]] = {}
            for key, record in changed.items():
                for subject, place in self._places.get(key, ()):
                    self._shown[subject][place] = record
                    touched.setdefault(subject, []).append(place)
            plans = [
                plan
                for subject, places in touched.items()
                for plan in self._plans_of(subject, self._shown[subject], places)
            ]
            writer = FeedWriter(self.settings)
            writer.print(transaction, plans)
            self._remember(transaction, writer, memory)
        return FeedsReport(tuple(sorted(writer.written)), problems=writer.found())

    def _sort(
        self, transaction: Transaction, records: Iterable[PostRecord], instant: datetime
    ) -> None:
        """Sort what is visible under the feeds it is in."""
        self._places = {}
        self._shown = self._by_subject(
            transaction, _newest_first(record for record in records if is_visible(record, instant))
        )

    def _plans(
        self, transaction: Transaction, records: Iterable[PostRecord], instant: datetime
    ) -> list[FeedPlan]:
        self._sort(transaction, records, instant)
        return [
            plan
            for subject, shown in self._shown.items()
            for plan in self._plans_of(subject, shown)
        ]

    def _plans_of(
        self, subject: Subject, shown: Sequence[PostRecord], only: Sequence[int] | None = None
    ) -> Iterator[FeedPlan]:
        """Plan a subject's documents in every format.

        With ``only`` these are those that show what is at these places.
        """
        size = self.config.feeds.entries
        newest = _choose(shown, 0, size, only)
        history = (
            _history(shown, size, only)
            if self.config.feeds.archive and subject.kind == "site"
            else []
        )
        for name, file in formats(self.config.feeds).items():
            yield from self._subject_plans(
                subject, newest, history if name != "json" else [], name, file
            )

    def _by_subject(
        self, transaction: Transaction, records: Sequence[PostRecord]
    ) -> dict[Subject, list[PostRecord]]:
        """Sort records under the feeds they are in.

        Terms that lost their posts keep an empty feed.
        """
        wanted = {
            "tag": self.config.feeds.tags,
            "category": self.config.feeds.categories,
            "author": self.config.feeds.authors,
        }
        named = [
            term
            for term in dict.fromkeys(
                term for record in records for term in reversed(_terms(record))
            )
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
            for term in _terms(record):
                place = places.get(term)
                if place is not None and (not place or place[-1] is not record):
                    place.append(record)
        return sorted_in

    def _subject_plans(
        self,
        subject: Subject,
        newest: FeedSelection | None,
        history: Sequence[FeedSelection | None],
        name: str,
        file: str,
    ) -> Iterator[FeedPlan]:
        """Plan a subject's subscription document and its archive documents, oldest first."""
        url = self.config.feeds_url
        paths = [archive_path(subject, file, number) for number in range(1, len(history) + 1)]
        addresses = [address(url, path) for path in paths]
        path = document_path(subject, file)
        current = address(url, path)
        archive = Archive(is_archive=False, previous=addresses[-1]) if addresses else None
        aliases = tuple(
            sorted(
                alias
                for alias, of in self.config.feeds.aliases.items()
                if of == name and subject.kind == "site"
            )
        )
        if newest is not None:
            yield self._plan(subject, name, path, current, newest, archive, aliases)
        for number, choice in enumerate(history):
            if choice is None:
                continue
            place = Archive(
                is_archive=True,
                current=current,
                previous=addresses[number - 1] if number else None,
                following=addresses[number + 1] if number + 1 < len(history) else None,
            )
            yield self._plan(subject, name, paths[number], addresses[number], choice, place)

    def _plan(
        self,
        subject: Subject,
        name: str,
        path: str,
        self_url: str,
        choice: FeedSelection,
        archive: Archive | None,
        aliases: tuple[str, ...] = (),
    ) -> FeedPlan:
        site = self.config.site
        document = FeedDocument(
            format=name,
            title=subject.title(site.title),
            description=site.description,
            home_url=f"{site.url}/",
            self_url=self_url,
            language=site.language,
            updated=choice.updated,
            entries=(),
            authors=(Author(site.author),) if site.author else (),
            copyright=site.copyright,
            image=site.image,
            archive=archive,
            id=address(self.config.feeds_url, subject.folder),
        )
        parts = repr(
            (
                self.settings.fingerprint,
                choice.fingerprint,
                path,
                name,
                document.title,
                self_url,
                archive,
                aliases,
            )
        )
        return FeedPlan(
            path,
            document,
            choice.records,
            hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest(),
            aliases,
        )

    def _opml(self, plans: Iterable[FeedPlan]) -> list[str]:
        feeds = [
            (
                f"{plan.document.title} ({plan.document.format.upper()})",
                plan.document.self_url,
                plan.document.home_url,
            )
            for plan in plans
            if plan.document.archive is None or not plan.document.archive.is_archive
        ]
        data = render_opml(self.config.site.title, feeds)
        return [_OPML] if self.settings.public.write(_OPML, data) else []


def _differs(known: WrittenDocument | None, plan: FeedPlan) -> bool:
    return known is None or known.fingerprint != plan.fingerprint


def _newest_first(records: Iterable[PostRecord]) -> list[PostRecord]:
    """Sort by date, then path; undated ones of a first run last.

    Three sorts without a key of Python's own cost a fifth of one with.
    """
    found = sorted(records, key=attrgetter("path"))
    found.sort(key=attrgetter("date"), reverse=True)
    found.sort(key=attrgetter("sort_last"))
    return found


def _choose(
    records: Sequence[PostRecord], start: int, stop: int, only: Sequence[int] | None
) -> FeedSelection | None:
    is_asked_for = only is None or any(start <= place < stop for place in only)
    return FeedSelection.of(records[start:stop]) if is_asked_for else None


def _history(
    records: Sequence[PostRecord], size: int, only: Sequence[int] | None
) -> list[FeedSelection | None]:
    """Choose for each archive document, oldest first.

    Records and what is chosen of them are newest first.
    """
    count = len(records)
    return [
        _choose(records, count - page.stop, count - page.start, only)
        for page in archive_pages(count, size)
    ]


def _folded(record: PostRecord) -> set[tuple[str, str]]:
    return {(kind, fold_term(name)) for kind, name in _terms(record)}


def _terms(record: PostRecord) -> tuple[tuple[str, str], ...]:
    return record.facts.terms if record.facts is not None else ()
