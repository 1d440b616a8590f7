"""Bring the feed documents on disk up to the catalogue.

Only those whose inputs changed are rendered, only changed bytes are written.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.database.site_state import SiteStateStore
from publisher.feeds.documents import Documents
from publisher.feeds.formats import FORMATS, formats
from publisher.feeds.layout import Subject, address, archive_path, document_path
from publisher.feeds.models import Archive, FeedDocument, FeedsReport
from publisher.feeds.opml import OPML, render_opml
from publisher.feeds.selection import (
    FeedSelection,
    folded_terms,
    newest_first,
    select,
    select_archives,
)
from publisher.feeds.store import FeedStore
from publisher.feeds.subjects import sort_under_subjects
from publisher.feeds.writer import FeedPlan, FeedWriter
from publisher.posts.models import Author
from publisher.posts.post_status import is_visible
from publisher.posts.store import PostStore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from publisher.database.connection import Transaction
    from publisher.database.database import Database
    from publisher.database.site_state import SiteState
    from publisher.feeds.documents import FeedSettings
    from publisher.posts.records import PostRecord


_SITE = ("site", "")


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
            memory: As the round left it, like the rows: says whether anything can have changed.
            instant: Decides what is visible.
            records: Every row.
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
                if any(
                    path in lost or path not in known or known[path].fingerprint != plan.fingerprint
                    for path in plan.paths
                )
            ]
            planned = {path for plan in plans for path in plan.paths}
            FeedStore(transaction).forget_documents(known.keys() - planned)
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
        missing = dict.fromkeys(
            [_SITE, *(term for row in edited for term in folded_terms(row))], size
        )
        rows = {row.key: row for row in edited}
        for row in PostStore(transaction).newest_first():
            shown = (
                [term for term in (_SITE, *folded_terms(row)) if missing.get(term)]
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
        self._shown = sort_under_subjects(
            transaction,
            self.config.feeds,
            newest_first(record for record in records if is_visible(record, instant)),
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
        newest = select(shown, 0, size, only)
        history = (
            select_archives(shown, size, only)
            if self.config.feeds.archive and subject.kind == "site"
            else []
        )
        for name, file in formats(self.config.feeds).items():
            yield from self._subject_plans(
                subject, newest, history if FORMATS[name].has_archives else [], name, file
            )

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
            if not (plan.document.archive and plan.document.archive.is_archive)
        ]
        written = self.settings.public.write(OPML, render_opml(self.config.site.title, feeds))
        return [OPML] if written else []
