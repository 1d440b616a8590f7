"""Print documents.

Render what no cache holds, serialise entries, put documents together and write them, in forks where
there is much.

::

    plans -> sheets (documents of the same posts) -> load -> [in a fork: render, serialise,
    assemble, write] -> remember
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from publisher.feeds.models import WrittenDocument
from publisher.feeds.serialize import assemble, render_item
from publisher.posts.entries import EntryMaker, Loaded
from publisher.posts.store import PostStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from publisher.database.connection import Transaction
    from publisher.errors import Problem
    from publisher.feeds.documents import FeedSettings
    from publisher.feeds.models import FeedDocument
    from publisher.markup.models import Rendered
    from publisher.posts.records import PostRecord


AT_ONCE = 2000
"""Posts that are in memory at a time, so that a long archive does not fill it."""

WEIGHT = 2.5
"""Printing a post takes as long as reading so many files."""


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """A document that should exist: what it shows and what tells that it changed."""

    path: str
    document: FeedDocument
    records: tuple[PostRecord, ...]
    fingerprint: str
    aliases: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Return everywhere its bytes are written."""
        return (self.path, *self.aliases)


class Sheet(NamedTuple):
    """Documents of the same posts, and these posts: all that a fork needs to know."""

    plans: Sequence[FeedPlan]
    loaded: Loaded


class Printed(NamedTuple):
    """What became of a sheet.

    It has the paths written, documents as they are now, bodies rendered for it, and problems.
    """

    written: Sequence[str]
    documents: Sequence[WrittenDocument]
    fresh: dict[int, tuple[str, Rendered]]
    problems: Sequence[Problem]


@dataclass
class FeedWriter:
    """Prints one site's documents.

    Attributes:
        settings: Where and how they are written.
        written: Paths whose bytes changed.
        documents: Every document that was printed, as it is now.
        problems: What rendering and serialising found.
    """

    settings: FeedSettings
    written: list[str] = field(default_factory=list)
    documents: list[WrittenDocument] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _rendered: dict[str, Rendered] = field(default_factory=dict)

    def print(self, transaction: Transaction, plans: Iterable[FeedPlan]) -> None:
        """Write the documents of these plans; bodies rendered for them are cached."""
        for together in _in_turn(_by_posts(plans)):
            sheets = [
                Sheet(mine, Loaded.of(PostStore(transaction), mine[0].records)) for mine in together
            ]
            fresh: dict[int, tuple[str, Rendered]] = {}
            self._rendered.clear()
            for printed in self.settings.map_parallel(self._print, sheets, _weight(sheets)):
                self.written += printed.written
                self.documents += printed.documents
                self.problems += printed.problems
                fresh.update(printed.fresh)
            PostStore(transaction).save_renders(fresh)

    def found(self) -> tuple[Problem, ...]:
        """Return each problem once, by file and line, in whatever order documents were printed."""
        return tuple(
            sorted(
                dict.fromkeys(self.problems), key=lambda problem: (problem.path, problem.line or 0)
            )
        )

    def _print(self, sheet: Sheet) -> Printed:
        maker = EntryMaker(sheet.loaded, self.settings.config.site.author, self._rendered)
        entries = maker.entries(sheet.plans[0].records)
        if self.settings.config.feeds.content == "summary":
            entries = [replace(entry, content=None) for entry in entries]
        written, documents, problems = [], [], list(maker.problems)
        for plan in sheet.plans:
            document = plan.document
            feed = assemble(
                document,
                [render_item(entry, document.format, document.language) for entry in entries],
            )
            problems += feed.problems
            for path in plan.paths:
                if self.settings.public.write(path, feed.data):
                    written.append(path)
                stat = self.settings.public.stat(path)
                if stat is not None:
                    documents.append(WrittenDocument(path, plan.fingerprint, stat))
        return Printed(written, documents, maker.fresh, problems)


def _by_posts(plans: Iterable[FeedPlan]) -> list[list[FeedPlan]]:
    """Group documents of the same posts: one in each format."""
    found: dict[tuple[int, ...], list[FeedPlan]] = {}
    for plan in plans:
        found.setdefault(tuple(record.key for record in plan.records), []).append(plan)
    return list(found.values())


def _weight(sheets: Sequence[Sheet]) -> int:
    """Return what printing one of these takes on average, in small files read."""
    return round(WEIGHT * sum(len(sheet.plans[0].records) for sheet in sheets) / len(sheets))


def _in_turn(sheets: Iterable[Sequence[FeedPlan]]) -> Iterator[list[Sequence[FeedPlan]]]:
    """Divide what is to be printed into parts of a few thousand posts."""
    part: list[Sequence[FeedPlan]] = []
    posts = 0
    for sheet in sheets:
        part.append(sheet)
        posts += len(sheet[0].records)
        if posts >= AT_ONCE:
            yield part
            part, posts = [], 0
    if part:
        yield part
