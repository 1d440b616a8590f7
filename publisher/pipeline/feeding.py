"""Bring the feed documents on disk up to the catalogue: only those whose inputs changed are rendered, only changed bytes are written."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.catalogue import StoredTerm
from publisher.changes import is_visible
from publisher.feeds.archives import archive_pages
from publisher.feeds.layout import Subject, address, archive_path, document_path, formats, subjects_of, term_slug
from publisher.feeds.model import Archive, FeedDocument
from publisher.feeds.opml import render_opml
from publisher.models import Author
from publisher.pipeline.documents import Documents
from publisher.pipeline.press import Plan, Press
from publisher.pipeline.report import FeedsReport
from publisher.terms import fold_term

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from publisher.catalogue import Memory, Record, WrittenDocument
    from publisher.pipeline.site import CoreTables, Site

_EMPTY_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
_OPML = "feeds.opml"
_AUTHORS_NEEDED = 2


class FeedWriter:
    """Writes one site's feeds."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.config = site.config
        self._shown: dict[Subject, list[Record]] = {}

    def write(self, memory: Memory, instant: datetime, records: Iterable[Record]) -> FeedsReport:
        """Write what is out of date.

        Args:
            memory: As the round left it: says whether anything can have changed.
            instant: Decides what is visible.
            records: Every row, as the round left it.
        """
        with self.site.state.reading_core() as tables:
            documents = Documents.of(self.site, tables)
        unchanged = documents.report_current(self.site, memory)
        if unchanged is not None:
            return unchanged
        known, lost = documents
        with self.site.state.writing_core() as tables:
            plans = self._plans(tables, records, instant)
            stale = [plan for plan in plans if any(path in lost or _differs(known.get(path), plan) for path in plan.paths)]
            tables.forget_documents(known.keys() - {path for plan in plans for path in plan.paths})
            press = Press(self.site)
            press.print(tables, stale)
            written = press.written + self._opml(plans)
            tables.save_documents(press.documents)
            current = tables.memory()
            if current.counter == memory.counter:
                tables.save_memory(replace(current, feeds_dirty=False, feeds_fingerprint=self.site.feeds_fingerprint))
        return FeedsReport(tuple(sorted(written)), len(plans) + 1 - len(written), tuple(press.problems))

    def rewrite(self, tables: CoreTables, records: Mapping[int, Record], changed: Mapping[int, Record], instant: datetime) -> FeedsReport:
        """Write the documents that edited rows are in, and no others.

        Args:
            tables: The round's transaction.
            records: Every row by number, as it was.
            changed: Rows by number, whose words changed: not their place in any feed.
            instant: Decides what is visible.
        """
        if not self._shown:
            self._plans(tables, records.values(), instant)
        plans: list[Plan] = []
        for subject, shown in self._shown.items():
            places = [place for place, record in enumerate(shown) if record.key in changed]
            for place in places:
                shown[place] = changed[shown[place].key]
            for name, file in formats(self.config.feeds).items() if places else ():
                plans += self._subject_plans(subject, shown, name, file, only=changed.keys())
        press = Press(self.site)
        press.print(tables, plans)
        tables.save_documents(press.documents)
        return FeedsReport(tuple(sorted(press.written)), len(tables.documents()) + 1 - len(press.written), tuple(press.problems))

    def _plans(self, tables: CoreTables, records: Iterable[Record], instant: datetime) -> list[Plan]:
        by_subject = self._by_subject(tables, sorted((r for r in records if is_visible(r, instant)), key=_newest_first))
        files = formats(self.config.feeds)
        self._shown = by_subject
        plans: list[Plan] = []
        for subject, shown in by_subject.items():
            for name, file in files.items():
                plans += self._subject_plans(subject, shown, name, file)
        return plans

    def _by_subject(self, tables: CoreTables, records: Sequence[Record]) -> dict[Subject, list[Record]]:
        """Sort records under the feeds they are in; terms that lost their posts keep an empty feed."""
        wanted = {"tag": self.config.feeds.tags, "category": self.config.feeds.categories, "author": self.config.feeds.authors}
        used = {(kind, fold_term(name)): (kind, name) for record in reversed(records) for kind, name in _terms(record) if wanted[kind]}
        stored = {(term.kind, term.folded): term for term in tables.terms()}
        slugs = {key: term.slug for key, term in stored.items()}
        authors = sum(kind == "author" for kind, _ in used)
        new = []
        for key in sorted(used.keys() - stored.keys()):
            if key[0] == "author" and authors < _AUTHORS_NEEDED:
                continue
            slug = term_slug(used[key][1], {slug for (kind, _), slug in slugs.items() if kind == key[0]})
            slugs[key] = slug
            new.append(StoredTerm(key[0], key[1], used[key][1], slug))
        tables.add_terms(new)
        stale = {key: (term.kind, term.name) for key, term in stored.items() if key not in used and wanted[term.kind]}
        subjects = subjects_of([*used.values(), *stale.values()], slugs)
        sorted_in: dict[Subject, list[Record]] = {Subject(): list(records)}
        sorted_in.update({subject: [] for _, subject in sorted(subjects.items())})
        for record in records:
            for subject in {subjects.get((kind, fold_term(name))) for kind, name in _terms(record)} - {None}:
                assert subject is not None
                sorted_in[subject].append(record)
        return sorted_in

    def _subject_plans(
        self, subject: Subject, shown: Sequence[Record], name: str, file: str, only: Collection[int] | None = None
    ) -> Iterator[Plan]:
        """Plan a subject's subscription document and, for the site, its archive documents; ``only`` those that these rows are in."""
        size = self.config.feeds.entries
        pages = archive_pages(len(shown), size) if self._has_archive(subject, name) else []
        url = self.config.feeds_url
        addresses = [address(url, archive_path(subject, file, page.number)) for page in pages]
        current = address(url, document_path(subject, file))
        archive = Archive(is_archive=False, previous=addresses[-1]) if addresses else None
        path = document_path(subject, file)
        aliases = tuple(sorted(alias for alias, of in self.config.feeds.aliases.items() if of == name and subject.kind == "site"))
        if _has(shown[:size], only):
            yield self._plan(subject, name, path, current, shown[:size], archive, aliases)
        oldest_first = list(reversed(shown))
        for number, page in enumerate(pages):
            place = Archive(
                is_archive=True,
                current=current,
                previous=addresses[number - 1] if number else None,
                following=addresses[number + 1] if number + 1 < len(pages) else None,
            )
            chosen = list(reversed(oldest_first[page.start : page.stop]))
            if _has(chosen, only):
                yield self._plan(subject, name, archive_path(subject, file, page.number), addresses[number], chosen, place)

    def _has_archive(self, subject: Subject, name: str) -> bool:
        return self.config.feeds.archive and subject.kind == "site" and name != "json"

    def _plan(
        self,
        subject: Subject,
        name: str,
        path: str,
        self_url: str,
        records: Sequence[Record],
        archive: Archive | None,
        aliases: tuple[str, ...] = (),
    ) -> Plan:
        site = self.config.site
        document = FeedDocument(
            format=name,
            title=subject.title(site.title),
            description=site.description,
            home_url=f"{site.url}/",
            self_url=self_url,
            language=site.language,
            updated=max((record.updated for record in records if record.updated), default=_EMPTY_SINCE),
            entries=(),
            authors=(Author(site.author),) if site.author else (),
            copyright=site.copyright,
            image=site.image,
            archive=archive,
            id=address(self.config.feeds_url, subject.folder),
        )
        shown = [(r.feed_id, r.date, r.updated, r.facts.entry if r.facts else "") for r in records]
        parts = repr((self.site.feeds_fingerprint, document, shown, aliases))
        return Plan(path, document, tuple(records), hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest(), aliases)

    def _opml(self, plans: Iterable[Plan]) -> list[str]:
        feeds = [
            (f"{plan.document.title} ({plan.document.format.upper()})", plan.document.self_url, plan.document.home_url)
            for plan in plans
            if plan.document.archive is None or not plan.document.archive.is_archive
        ]
        data = render_opml(self.config.site.title, feeds)
        return [_OPML] if self.site.public.write(_OPML, data) else []


def _differs(known: WrittenDocument | None, plan: Plan) -> bool:
    return known is None or known.fingerprint != plan.fingerprint


def _has(records: Sequence[Record], only: Collection[int] | None) -> bool:
    return only is None or any(record.key in only for record in records)


def _newest_first(record: Record) -> tuple[bool, float, str]:
    assert record.date is not None
    return (record.sort_last, -record.date.timestamp(), record.path)


def _terms(record: Record) -> tuple[tuple[str, str], ...]:
    return record.facts.terms if record.facts is not None else ()
