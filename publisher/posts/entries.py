"""From catalogue rows to entries.

Load, render what no cache holds, and give feeds and newsletters one shape.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from publisher.errors import fault_of
from publisher.markup.models import RENDERER
from publisher.posts.models import Author, Entry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from publisher.errors import Problem
    from publisher.markup.models import Rendered
    from publisher.posts.models import Post
    from publisher.posts.records import PostRecord


BATCH = 200
"""Posts loaded at a time, so that a long archive does not fill the memory."""


class Sources(Protocol):
    """The last good sources and the rendered bodies, as this step needs them."""

    def load_sources(self, keys: Collection[int]) -> Mapping[int, tuple[Post, str]]: ...
    def load_renders(self, keys: Mapping[int, str]) -> Mapping[int, Rendered]: ...
    def load_last_renders(self, keys: Collection[int]) -> Mapping[int, Rendered]: ...


class Loaded(NamedTuple):
    """Sources and rendered bodies of a few posts in memory.

    What a process can be given that has no database.
    """

    sources: Mapping[int, tuple[Post, str]]
    renders: Mapping[int, Rendered]
    last: Mapping[int, Rendered]

    @classmethod
    def of(cls, store: Sources, records: Sequence[PostRecord]) -> Loaded:
        """Load those of these rows."""
        sources = store.load_sources([record.key for record in records])
        renders = store.load_renders({key: _render_key(*source) for key, source in sources.items()})
        return cls(sources, renders, store.load_last_renders(sources.keys() - renders.keys()))

    def load_sources(self, keys: Collection[int]) -> Mapping[int, tuple[Post, str]]:
        """Return them; nobody asks for others."""
        del keys
        return self.sources

    def load_renders(self, keys: Mapping[int, str]) -> Mapping[int, Rendered]:
        """Return them; their keys were compared when they were loaded."""
        del keys
        return self.renders

    def load_last_renders(self, keys: Collection[int]) -> Mapping[int, Rendered]:
        """Return what was rendered of those before, whose body is another by now."""
        del keys
        return self.last


@dataclass
class EntryMaker:
    """Make entries of published rows.

    Attributes:
        sources: Where sources and rendered bodies are.
        author: The site's own author, for posts that name none.
        rendered: Bodies rendered a moment ago, by cache key, for whoever makes entries of the same
            posts again.
        fresh: Bodies rendered since, with their cache keys, by row; the caller stores them.
        problems: What rendering them found.
        refused: Rows whose bodies could not be rendered.
    """

    sources: Sources
    author: str
    rendered: dict[str, Rendered] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fresh: dict[int, tuple[str, Rendered]] = {}
        self.problems: list[Problem] = []
        self.refused: dict[int, Problem] = {}

    def entries(self, records: Sequence[PostRecord]) -> list[Entry]:
        """Return the entries of these rows, in their order.

        A row whose body cannot be rendered is told of in :attr:`problems`. It keeps the body that
        was rendered of it last; where there is none, it is left out.
        """
        made: list[Entry] = []
        for start in range(0, len(records), BATCH):
            made += self._batch(records[start : start + BATCH])
        return made

    def _batch(self, records: Sequence[PostRecord]) -> Iterable[Entry]:
        sources = self.sources.load_sources([record.key for record in records])
        keys = {record.key: _render_key(*sources[record.key]) for record in records}
        cached = self.sources.load_renders(keys)
        for record in records:
            post, body = sources[record.key]
            rendered = (
                cached.get(record.key)
                or self.rendered.get(keys[record.key])
                or self._render(record, keys[record.key], post, body)
            )
            if rendered is not None:
                yield self._entry(record, post, rendered)

    def _render(self, record: PostRecord, key: str, post: Post, body: str) -> Rendered | None:
        from publisher.markup.render import render  # noqa: PLC0415
        from publisher.posts.dialects.registry import comments_of  # noqa: PLC0415

        try:
            rendered = render(
                body,
                post.markup,
                base_url=post.url,
                path=post.path,
                body_line=post.body_line,
                native=comments_of(post.dialect),
            )
        except Exception as error:  # noqa: BLE001 - whatever a file raises is its own problem
            self.refused[record.key] = fault_of(record.path, "rendered", error)
            self.problems.append(self.refused[record.key])
            return self.sources.load_last_renders((record.key,)).get(record.key)
        self.rendered[key] = rendered
        self.fresh[record.key] = (key, rendered)
        self.problems += rendered.problems
        return rendered

    def _entry(self, record: PostRecord, post: Post, rendered: Rendered) -> Entry:
        assert record.feed_id is not None
        assert record.date is not None
        assert record.updated is not None
        authors = post.authors or ((Author(self.author),) if self.author else ())
        return Entry(
            id=record.feed_id,
            url=post.external_url or post.url,
            page_url=post.url,
            title=post.title,
            published=record.date,
            updated=record.updated,
            summary=post.summary or rendered.summary,
            content=rendered.html,
            authors=authors,
            tags=post.tags,
            categories=post.categories,
            language=post.language,
            image=post.image,
            enclosures=post.enclosures,
            path=record.path,
        )


def _render_key(post: Post, body: str) -> str:
    """Name a rendered body by everything it depends on.

    That is the renderer, the address, the markup, the dialect and the words.
    """
    parts = (RENDERER, post.markup, post.dialect, post.url, body)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
