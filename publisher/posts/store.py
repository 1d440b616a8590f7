"""The catalogue inside one transaction: rows, sources, renders, documents, terms.

One method for each need of a round, no decisions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from publisher.database.connection import (
    batches,
    insert_rows,
    marks,
    numbers,
    replace_rows,
    update_rows,
)
from publisher.database.instants import from_micros, to_micros
from publisher.posts.columns import (
    dump_post_summary,
    dump_problems,
    dump_rendered,
    load_post,
    load_post_summary,
    load_problems,
    load_rendered,
    unpack_body,
)
from publisher.posts.models import Announcement, FileKind
from publisher.posts.records import Adopted, KnownAs, LivingRow, PostRecord
from publisher.system.files import FileStat

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from publisher.database.connection import Transaction
    from publisher.errors import Problem
    from publisher.markup.models import Rendered
    from publisher.posts.models import Post


_KINDS = {str(kind): kind for kind in FileKind}
_KNOWN = {str(known): known for known in KnownAs}
_NEWS = {str(announcement): announcement for announcement in Announcement}
_COLUMNS = (
    "path", "size", "mtime_ns", "inode", "source_hash", "kind", "first_seen", "reason", "problems",
    "facts", "known_as", "decided_hash",
    "announcement", "why", "resembles", "news_at", "feed_id", "date", "updated", "sort_last",
    "gone_at",
)  # fmt: skip
"""Of a row of the catalogue, all but its number."""
_SELECT = f"SELECT id, {', '.join(_COLUMNS)} FROM posts"
_FEW = 50
"""Rows read at a time where a feed's worth is usually enough."""


class PostStore:
    """What the program remembers of the posts folder, inside one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.sql = transaction.sql

    def records(self) -> list[PostRecord]:
        """Return every row of the catalogue, tombstones too, in path order."""
        return [_record(row) for row in self.sql.run(f"{_SELECT} ORDER BY path, id")]

    def living_rows(self) -> Iterable[LivingRow]:
        """Yield the rows whose files are there."""
        return self.sql.run(
            """SELECT path, size, mtime_ns, inode, source_hash = decided_hash AND source_hash <> '',
                      facts <> '', kind, known_as
               FROM posts WHERE gone_at IS NULL"""
        )

    def living_problems(self) -> list[Problem]:
        """Return what reading the files found that are there, in path order."""
        rows = self.sql.run(
            "SELECT problems FROM posts WHERE gone_at IS NULL AND problems <> '' ORDER BY path"
        )
        return [problem for (problems,) in rows for problem in load_problems(problems)]

    def records_of(self, keys: Collection[int]) -> dict[int, PostRecord]:
        """Return those of these rows that there are, by number."""
        return {
            record.key: record
            for record in map(_record, self.sql.run(f"{_SELECT} WHERE id IN ({numbers(keys)})"))
        }

    def records_at(self, paths: Collection[str]) -> list[PostRecord]:
        """Return the rows of these files, where they are there."""
        rows = [
            row
            for batch in batches(paths)
            for row in self.sql.run(
                f"{_SELECT} WHERE gone_at IS NULL AND path IN ({marks(batch)})", batch
            )
        ]
        return list(map(_record, rows))

    def newest_first(self) -> Iterator[PostRecord]:
        """Yield the rows that have a date and a file, as feeds show them.

        Only some of them are in memory at a time.
        """
        order = (
            "SELECT id FROM posts WHERE gone_at IS NULL AND date IS NOT NULL ORDER BY sort_last,"
            " date DESC, path"
        )
        for batch in batches([key for (key,) in self.sql.run(order)], _FEW):
            found = self.records_of(batch)
            yield from (found[key] for key in batch)

    def updates(self) -> list[datetime]:
        """Return every ``updated`` instant that is taken."""
        return [
            instant
            for (micros,) in self.sql.run("SELECT updated FROM posts")
            if (instant := from_micros(micros)) is not None
        ]

    def add_records(self, records: Sequence[PostRecord]) -> list[int]:
        """Add rows and return their keys, in the same order."""
        if not records:
            return []
        used = self.sql.run(
            "SELECT max(id) FROM posts UNION ALL SELECT max(post_id) FROM issue_posts"
        )
        first = max(key or 0 for (key,) in used) + 1
        insert_rows(
            self.sql,
            "posts",
            (*_COLUMNS, "id"),
            ((*_values(record), first + number) for number, record in enumerate(records)),
        )
        return list(range(first, first + len(records)))

    def update_records(self, records: Sequence[PostRecord]) -> None:
        """Write rows again.

        Paths are parked first, so that two files may change names with each other.
        """
        if not records:
            return
        before = dict(
            self._rows_of("SELECT id, path FROM posts WHERE id", [record.key for record in records])
        )
        parked = (
            (f"\x01{record.key}", record.key)
            for record in records
            if before.get(record.key) != record.path
        )
        update_rows(self.sql, "posts", ("path", "id"), parked)
        update_rows(
            self.sql,
            "posts",
            (*_COLUMNS, "id"),
            ((*_values(record), record.key) for record in records),
        )

    def merge_records(self, merged: Mapping[int, int]) -> None:
        """Delete rows that gave way to others, and hand on what refers to them.

        That is issues of any state, the source and what was made of it.

        Args:
            merged: Numbers of rows that go, and of those that take their place.
        """
        for given, taker in sorted(merged.items()):
            self.sql.run("UPDATE issue_posts SET post_id = ? WHERE post_id = ?", (taker, given))
            for table in ("sources", "renders"):
                kept = f"EXISTS (SELECT 1 FROM {table} WHERE post_id = ?)"
                self.sql.run(
                    f"DELETE FROM {table} WHERE post_id = ? AND {kept}",
                    (taker, given),
                )
                self.sql.run(
                    f"UPDATE {table} SET post_id = ? WHERE post_id = ?",
                    (taker, given),
                )
        for batch in batches(merged):
            # Numbers
            self.sql.run(f"DELETE FROM posts WHERE id IN ({numbers(batch)})")

    def save_sources(self, sources: Iterable[tuple[int, tuple[bytes, bytes]]]) -> None:
        """Keep the last good sources by number of row.

        They are packed by :func:`publisher.posts.columns.pack_source`.
        """
        replace_rows(
            self.sql,
            "sources",
            ("post_id", "post", "body"),
            ((key, *packed) for key, packed in sources),
        )

    def load_posts(self, keys: Collection[int]) -> dict[int, Post]:
        """Return posts without their bodies."""
        return {
            key: load_post(post)
            for key, post in self._rows_of("SELECT post_id, post FROM sources WHERE post_id", keys)
        }

    def load_sources(self, keys: Collection[int]) -> dict[int, tuple[Post, str]]:
        """Return posts with their bodies as written."""
        rows = self._rows_of("SELECT post_id, post, body FROM sources WHERE post_id", keys)
        return {key: (load_post(post), unpack_body(body)) for key, post, body in rows}

    def load_bodies(self, keys: Collection[int]) -> dict[int, str]:
        """Return the bodies of posts as written, where they are kept."""
        return {
            key: unpack_body(body)
            for key, body in self._rows_of("SELECT post_id, body FROM sources WHERE post_id", keys)
        }

    def load_renders(self, keys: Mapping[int, str]) -> dict[int, Rendered]:
        """Return the cached bodies of posts, where they were rendered under the key asked for."""
        rows = self._rows_of("SELECT post_id, key, value FROM renders WHERE post_id", keys)
        return {post: load_rendered(value) for post, key, value in rows if key == keys[post]}

    def load_last_renders(self, keys: Collection[int]) -> dict[int, Rendered]:
        """Return what was rendered of posts last, whatever their bodies are now."""
        rows = (
            self._rows_of("SELECT post_id, value FROM renders WHERE post_id", keys) if keys else ()
        )
        return {post: load_rendered(value) for post, value in rows}

    def save_renders(self, renders: Mapping[int, tuple[str, Rendered]]) -> None:
        """Cache rendered bodies, one a post."""
        rows = ((post, key, dump_rendered(rendered)) for post, (key, rendered) in renders.items())
        replace_rows(self.sql, "renders", ("post_id", "key", "value"), rows)

    def adopted(self) -> list[Adopted]:
        """Return the entries of an earlier feed."""
        rows = self.sql.run("SELECT link, title, feed_id, published FROM adopted ORDER BY feed_id")
        return [
            Adopted(link, title, feed_id, from_micros(published))
            for link, title, feed_id, published in rows
        ]

    def save_adopted(self, entries: Sequence[Adopted]) -> None:
        """Keep entries of an earlier feed."""
        rows = ((e.id, e.link, e.title, to_micros(e.published)) for e in entries)
        replace_rows(self.sql, "adopted", ("feed_id", "link", "title", "published"), rows)

    def _rows_of(self, statement: str, keys: Iterable[int]) -> list[Any]:
        """Return the rows of a statement that ends with a column that is one of these numbers."""
        return [
            row
            for batch in batches(keys)
            for row in self.sql.run(f"{statement} IN ({numbers(batch)})")
        ]


def _values(record: PostRecord) -> tuple[object, ...]:
    """Return the columns of :data:`_COLUMNS`."""
    stat = record.stat
    return (
        record.path, stat.size, stat.mtime_ns, str(stat.inode), record.source_hash,
        record.kind.value, to_micros(record.first_seen),
        record.reason, dump_problems(record.problems), dump_post_summary(record.facts),
        record.known_as.value, record.decided_hash,
        record.announcement.value, record.why, record.resembles, to_micros(record.news_at),
        record.feed_id, to_micros(record.date),
        to_micros(record.updated), record.sort_last, to_micros(record.gone_at),
    )  # fmt: skip


def _record(row: Any) -> PostRecord:
    (
        key, path, size, mtime, inode, source_hash, kind, first_seen, reason, problems, facts,
        known_as, decided, announcement, why, resembles, news_at, feed_id, date, updated, sort_last,
        gone_at,
    ) = row  # fmt: skip
    seen, found = from_micros(first_seen), load_post_summary(facts)
    assert seen is not None
    # Equal texts are one text in memory: there are as many rows as files.
    decided = source_hash if decided == source_hash else decided
    feed_id = found.proposed_id if found is not None and found.proposed_id == feed_id else feed_id
    return PostRecord(
        path, FileStat(size, mtime, int(inode)), source_hash, _KINDS[kind], seen, key, reason,
        load_problems(problems),
        found, _KNOWN[known_as], decided, _NEWS[announcement], why, resembles, from_micros(news_at),
        feed_id,
        from_micros(date), from_micros(updated), bool(sort_last), from_micros(gone_at),
    )  # fmt: skip
