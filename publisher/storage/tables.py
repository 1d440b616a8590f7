"""Read and write the tables inside one transaction; one method for each need of the pipeline, no decisions."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from publisher.catalogue import Adopted, KnownAs, LivingRow, Memory, Record, StoredTerm, WrittenDocument
from publisher.models import Announcement, FileStat, Kind
from publisher.storage import codec, schema
from publisher.storage.audience import AudienceTables
from publisher.storage.batches import BatchTables
from publisher.storage.bulk import batches, insert_rows, replace_rows, update_rows
from publisher.storage.deliveries import DeliveryTables
from publisher.storage.dispatch import DispatchTables
from publisher.storage.dues import DueTables
from publisher.storage.issues import IssueTables
from publisher.storage.readers import numbers
from publisher.storage.recalling import RecallTables
from publisher.storage.schema import from_micros, to_micros
from publisher.storage.subscribers import SubscriberTables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from publisher.models import Post, Problem, Rendered

_KINDS = {str(kind): kind for kind in Kind}
_KNOWN = {str(known): known for known in KnownAs}
_NEWS = {str(announcement): announcement for announcement in Announcement}
_ALL = tuple(schema.posts.c.keys())
_COLUMNS = _ALL[1:]
"""Of a row of the catalogue, all but its number, which comes first."""


class Tables(IssueTables, SubscriberTables, DeliveryTables, AudienceTables, DueTables, DispatchTables, RecallTables, BatchTables):
    """Every table of one site, inside one transaction."""

    def memory(self) -> Memory:
        """Give what the program remembers of the site; a new database gets its name here."""
        rows = self.connection.execute(select(schema.memory.c.name, schema.memory.c.value)).all()
        if not rows:
            return Memory(instance=secrets.token_hex(16))
        value: dict[str, Any] = {name: json.loads(text) for name, text in rows}
        value["latest"], value["next_due"] = from_micros(value.get("latest")), from_micros(value.get("next_due"))
        value["counts"] = tuple((from_micros(at), count) for at, count in value.get("counts", ()))
        return Memory(**{name: item for name, item in value.items() if name in Memory.__dataclass_fields__})

    def save_memory(self, memory: Memory) -> None:
        """Write what changed of the memory."""
        stored = {name: text for name, text in self.connection.execute(select(schema.memory.c.name, schema.memory.c.value))}  # noqa: C416 - typed
        for name in Memory.__dataclass_fields__:
            value = getattr(memory, name)
            if name in {"latest", "next_due"}:
                value = to_micros(value)
            elif name == "counts":
                value = [(to_micros(at), count) for at, count in value]
            text = json.dumps(value)
            if name not in stored:
                self.connection.execute(insert(schema.memory).values(name=name, value=text))
            elif stored[name] != text:
                self.connection.execute(update(schema.memory).where(schema.memory.c.name == name).values(value=text))

    def bump(self) -> None:
        """Count a change of an announcement or an issue; the mark follows after the commit."""
        memory = self.memory()
        counter = json.dumps(memory.counter + 1)
        self.connection.execute(update(schema.memory).where(schema.memory.c.name == "counter").values(value=counter))

    def records(self) -> list[Record]:
        """Give every row of the catalogue, tombstones too, in path order."""
        names = ", ".join(_ALL)
        rows = self.connection.exec_driver_sql(f"SELECT {names} FROM posts ORDER BY path, id")  # noqa: S608 - our own column names
        return [_record(row) for row in rows]

    def living_rows(self) -> Iterator[LivingRow]:
        """Go through the rows whose files are there."""
        sql = """SELECT path, size, mtime_ns, inode, source_hash = decided_hash AND source_hash <> '', facts <> '', kind, known_as
                 FROM posts WHERE gone_at IS NULL"""
        for path, size, mtime, inode, is_decided, is_post, kind, known in self.connection.exec_driver_sql(sql):
            yield LivingRow(path, (size, mtime, int(inode)), is_decided, is_post, kind, known)

    def living_problems(self) -> list[Problem]:
        """Give what reading the files found that are there, in path order."""
        rows = self.connection.exec_driver_sql("SELECT problems FROM posts WHERE gone_at IS NULL AND problems <> '' ORDER BY path")
        return [problem for (problems,) in rows for problem in codec.load_problems(problems)]

    def records_of(self, keys: Collection[int]) -> dict[int, Record]:
        """Give those of these rows that there are, by number."""
        names, chosen = ", ".join(_ALL), numbers(keys)
        rows = self.connection.exec_driver_sql(f"SELECT {names} FROM posts WHERE id IN ({chosen})")  # noqa: S608 - our own names, numbers
        return {record.key: record for record in map(_record, rows)}

    def add_records(self, records: Sequence[Record]) -> list[int]:
        """Add rows and give their keys, in the same order."""
        if not records:
            return []
        first = (self.connection.execute(select(func.max(schema.posts.c.id))).scalar() or 0) + 1
        used = self.connection.execute(select(func.max(schema.issue_posts.c.post_id))).scalar() or 0
        first = max(first, used + 1)
        rows = ((*_values(record), first + number) for number, record in enumerate(records))
        insert_rows(self.connection, "posts", (*_COLUMNS, "id"), rows)
        return [first + number for number in range(len(records))]

    def update_records(self, records: Sequence[Record]) -> None:
        """Write rows again; paths are parked first, so that two files may change names with each other."""
        if not records:
            return
        moved = {key: path for key, path in self.connection.execute(select(schema.posts.c.id, schema.posts.c.path))}  # noqa: C416 - typed
        parked = ((f"\x01{record.key}", record.key) for record in records if moved.get(record.key) != record.path)
        update_rows(self.connection, "posts", ("path", "id"), parked)
        update_rows(self.connection, "posts", (*_COLUMNS, "id"), ((*_values(record), record.key) for record in records))

    def delete_records(self, keys: Collection[int]) -> None:
        """Delete rows that were merged into others."""
        for batch in batches(keys):
            self.connection.execute(delete(schema.posts).where(schema.posts.c.id.in_(batch)))

    def save_sources(self, sources: Mapping[int, tuple[bytes, bytes]]) -> None:
        """Keep the last good sources, as :func:`publisher.storage.codec.pack_source` packs them."""
        replace_rows(self.connection, "sources", ("post_id", "post", "body"), ((key, *packed) for key, packed in sources.items()))

    def load_posts(self, keys: Collection[int]) -> dict[int, Post]:
        """Give posts without their bodies."""
        table = schema.sources
        found: dict[int, Post] = {}
        for batch in batches(keys):
            rows = self.connection.execute(select(table.c.post_id, table.c.post).where(table.c.post_id.in_(batch)))
            found.update({key: codec.load_post(post) for key, post in rows})
        return found

    def load_sources(self, keys: Collection[int]) -> dict[int, tuple[Post, str]]:
        """Give posts with their bodies as written."""
        table = schema.sources
        found: dict[int, tuple[Post, str]] = {}
        for batch in batches(keys):
            for key, post, body in self.connection.execute(select(table).where(table.c.post_id.in_(batch))):
                found[key] = (codec.load_post(post), codec.unpack_body(body))
        return found

    def load_renders(self, keys: Mapping[int, str]) -> dict[int, Rendered]:
        """Give the cached bodies of posts, where they were rendered under the key asked for."""
        table = schema.renders
        found: dict[int, Rendered] = {}
        for batch in batches(keys):
            for post, key, value in self.connection.execute(select(table).where(table.c.post_id.in_(batch))):
                if key == keys[post]:
                    found[post] = codec.load_rendered(value)
        return found

    def save_renders(self, renders: Mapping[int, tuple[str, Rendered]]) -> None:
        """Cache rendered bodies, one a post."""
        rows = ((post, key, codec.dump_rendered(rendered)) for post, (key, rendered) in renders.items())
        replace_rows(self.connection, "renders", ("post_id", "key", "value"), rows)

    def documents(self) -> dict[str, WrittenDocument]:
        """Give the feed documents that were written, by path."""
        rows = self.connection.execute(select(schema.documents))
        return {path: WrittenDocument(path, mark, FileStat(size, mtime, int(inode))) for path, mark, size, mtime, inode in rows}

    def save_documents(self, documents: Sequence[WrittenDocument]) -> None:
        """Remember what documents were made from and what tells that they are still there."""
        rows = ((d.path, d.fingerprint, d.stat.size, d.stat.mtime_ns, str(d.stat.inode)) for d in documents)
        replace_rows(self.connection, "documents", ("path", "fingerprint", "size", "mtime_ns", "inode"), rows)

    def forget_documents(self, paths: Collection[str]) -> None:
        """Forget documents that no feed is any more; their files stay."""
        for batch in batches(sorted(paths)):
            self.connection.execute(delete(schema.documents).where(schema.documents.c.path.in_(batch)))

    def terms(self) -> list[StoredTerm]:
        """Give every term that was ever given a path."""
        table = schema.terms
        return [StoredTerm(*row) for row in self.connection.execute(select(table.c.kind, table.c.folded, table.c.name, table.c.slug))]

    def add_terms(self, terms: Sequence[StoredTerm]) -> None:
        """Keep the paths given to new terms, for ever."""
        if terms:
            rows = [{"kind": t.kind, "folded": t.folded, "name": t.name, "slug": t.slug} for t in terms]
            self.connection.execute(insert(schema.terms), rows)

    def adopted(self) -> list[Adopted]:
        """Give the entries of an earlier feed."""
        table = schema.adopted
        columns = (table.c.link, table.c.title, table.c.feed_id, table.c.published)
        return [Adopted(*row) for row in self.connection.execute(select(*columns).order_by(table.c.feed_id))]

    def save_adopted(self, entries: Sequence[Adopted]) -> None:
        """Keep entries of an earlier feed."""
        rows = ((e.id, e.link, e.title, to_micros(e.published)) for e in entries)
        replace_rows(self.connection, "adopted", ("feed_id", "link", "title", "published"), rows)


def _values(record: Record) -> tuple[object, ...]:
    """Give the columns of :data:`_COLUMNS`."""
    stat = record.stat
    return (
        record.path, stat.size, stat.mtime_ns, str(stat.inode), record.source_hash, record.kind.value, to_micros(record.first_seen),
        record.reason, codec.dump_problems(record.problems), codec.dump_facts(record.facts), record.known_as.value, record.decided_hash,
        record.announcement.value, record.why, record.resembles, to_micros(record.news_at), record.feed_id, to_micros(record.date),
        to_micros(record.updated), record.sort_last, to_micros(record.gone_at),
    )  # fmt: skip


def _record(row: Any) -> Record:
    (key, path, size, mtime, inode, source_hash, kind, first_seen, reason, problems, facts, known_as, decided, announcement, why,
     resembles, news_at, feed_id, date, updated, sort_last, gone_at) = row  # fmt: skip
    seen = from_micros(first_seen)
    assert seen is not None
    return Record(
        path, FileStat(size, mtime, int(inode)), source_hash, _KINDS[kind], seen, key, reason, codec.load_problems(problems),
        codec.load_facts(facts), _KNOWN[known_as], decided, _NEWS[announcement], why, resembles, from_micros(news_at),
        feed_id, from_micros(date), from_micros(updated), bool(sort_last), from_micros(gone_at),
    )  # fmt: skip
