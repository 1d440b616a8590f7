"""Read and write the tables inside one transaction; one method for each need of the pipeline, no decisions."""

from __future__ import annotations

import json
import secrets
import zlib
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import bindparam, delete, func, insert, select, update

from publisher.catalogue import Adopted, KnownAs, Memory, Record, StoredTerm, WrittenDocument
from publisher.models import Announcement, FileStat, Kind
from publisher.storage import codec, schema
from publisher.storage.audience import AudienceTables
from publisher.storage.batches import BatchTables
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

    from sqlalchemy import Table

    from publisher.models import Post, Rendered

_BATCH = 500
T = TypeVar("T")


class Tables(IssueTables, SubscriberTables, DeliveryTables, AudienceTables, DueTables, DispatchTables, RecallTables, BatchTables):
    """Every table of one site, inside one transaction."""

    def memory(self) -> Memory:
        """Give what the program remembers of the site; a new database gets its name here."""
        rows = self.connection.execute(select(schema.memory.c.name, schema.memory.c.value)).all()
        if not rows:
            return Memory(instance=secrets.token_hex(16))
        value: dict[str, Any] = {name: json.loads(text) for name, text in rows}
        value["latest"] = from_micros(value.get("latest"))
        value["counts"] = tuple((from_micros(at), count) for at, count in value.get("counts", ()))
        return Memory(**{name: item for name, item in value.items() if name in Memory.__dataclass_fields__})

    def save_memory(self, memory: Memory) -> None:
        """Write what changed of the memory."""
        stored = {name: text for name, text in self.connection.execute(select(schema.memory.c.name, schema.memory.c.value))}  # noqa: C416 - typed
        for name in Memory.__dataclass_fields__:
            value = getattr(memory, name)
            if name == "latest":
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
        names = ", ".join(schema.posts.c.keys())
        rows = self.connection.exec_driver_sql(f"SELECT {names} FROM posts ORDER BY path, id")  # noqa: S608 - our own column names
        return [_record(row) for row in rows]

    def records_of(self, keys: Collection[int]) -> dict[int, Record]:
        """Give those of these rows that there are, by number."""
        names, chosen = ", ".join(schema.posts.c.keys()), numbers(keys)
        rows = self.connection.exec_driver_sql(f"SELECT {names} FROM posts WHERE id IN ({chosen})")  # noqa: S608 - our own names, numbers
        return {record.key: record for record in map(_record, rows)}

    def add_records(self, records: Sequence[Record]) -> list[int]:
        """Add rows and give their keys, in the same order."""
        if not records:
            return []
        first = (self.connection.execute(select(func.max(schema.posts.c.id))).scalar() or 0) + 1
        used = self.connection.execute(select(func.max(schema.issue_posts.c.post_id))).scalar() or 0
        first = max(first, used + 1)
        rows = [{**_columns(record), "id": first + number} for number, record in enumerate(records)]
        for batch in _batches(rows):
            self.connection.execute(insert(schema.posts), batch)
        return [first + number for number in range(len(records))]

    def update_records(self, records: Sequence[Record]) -> None:
        """Write rows again; paths are parked first, so that two files may change names with each other."""
        if not records:
            return
        moved = {key: path for key, path in self.connection.execute(select(schema.posts.c.id, schema.posts.c.path))}  # noqa: C416 - typed
        parked = [{"b_id": r.key, "b_path": f"\x01{r.key}"} for r in records if moved.get(r.key) != r.path]
        statement = update(schema.posts).where(schema.posts.c.id == bindparam("b_id"))
        if parked:
            self.connection.execute(statement.values(path=bindparam("b_path")), parked)
        columns: dict[str, Any] = {name: bindparam(f"b_{name}") for name in [column.name for column in schema.posts.c] if name != "id"}
        rows = [{f"b_{name}": value for name, value in {**_columns(record), "id": record.key}.items()} for record in records]
        for batch in _batches(rows):
            self.connection.execute(statement.values(columns), batch)

    def delete_records(self, keys: Collection[int]) -> None:
        """Delete rows that were merged into others."""
        for batch in _batches(list(keys)):
            self.connection.execute(delete(schema.posts).where(schema.posts.c.id.in_(batch)))

    def save_sources(self, sources: Mapping[int, tuple[Post, str]]) -> None:
        """Keep the last good sources, compressed."""
        rows = [
            {"post_id": key, "post": codec.dump_post(post), "body": zlib.compress(body.encode("utf-8", "surrogatepass"), 1)}
            for key, (post, body) in sources.items()
        ]
        self._replace(schema.sources, "post_id", rows)

    def load_posts(self, keys: Collection[int]) -> dict[int, Post]:
        """Give posts without their bodies."""
        table = schema.sources
        found: dict[int, Post] = {}
        for batch in _batches(list(keys)):
            rows = self.connection.execute(select(table.c.post_id, table.c.post).where(table.c.post_id.in_(batch)))
            found.update({key: codec.load_post(post) for key, post in rows})
        return found

    def load_sources(self, keys: Collection[int]) -> dict[int, tuple[Post, str]]:
        """Give posts with their bodies as written."""
        table = schema.sources
        found: dict[int, tuple[Post, str]] = {}
        for batch in _batches(list(keys)):
            for key, post, body in self.connection.execute(select(table).where(table.c.post_id.in_(batch))):
                found[key] = (codec.load_post(post), zlib.decompress(body).decode("utf-8", "surrogatepass"))
        return found

    def load_renders(self, keys: Mapping[int, str]) -> dict[int, Rendered]:
        """Give the cached bodies of posts, where they were rendered under the key asked for."""
        table = schema.renders
        found: dict[int, Rendered] = {}
        for batch in _batches(list(keys)):
            for post, key, value in self.connection.execute(select(table).where(table.c.post_id.in_(batch))):
                if key == keys[post]:
                    found[post] = codec.load_rendered(value)
        return found

    def save_renders(self, renders: Mapping[int, tuple[str, Rendered]]) -> None:
        """Cache rendered bodies, one a post."""
        rows = [{"post_id": post, "key": key, "value": codec.dump_rendered(rendered)} for post, (key, rendered) in renders.items()]
        self._replace(schema.renders, "post_id", rows)

    def documents(self) -> dict[str, WrittenDocument]:
        """Give the feed documents that were written, by path."""
        rows = self.connection.execute(select(schema.documents))
        return {path: WrittenDocument(path, mark, FileStat(size, mtime, int(inode))) for path, mark, size, mtime, inode in rows}

    def save_documents(self, documents: Sequence[WrittenDocument]) -> None:
        """Remember what documents were made from and what tells that they are still there."""
        rows = [
            {
                "path": d.path,
                "fingerprint": d.fingerprint,
                "size": d.stat.size,
                "mtime_ns": d.stat.mtime_ns,
                "inode": str(d.stat.inode),
            }
            for d in documents
        ]
        self._replace(schema.documents, "path", rows)

    def forget_documents(self, paths: Collection[str]) -> None:
        """Forget documents that no feed is any more; their files stay."""
        for batch in _batches(sorted(paths)):
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
        rows = {e.id: {"feed_id": e.id, "link": e.link, "title": e.title, "published": e.published} for e in entries}
        self._replace(schema.adopted, "feed_id", list(rows.values()))

    def _replace(self, table: Table, key: str, rows: Sequence[dict[str, Any]]) -> None:
        for batch in _batches(rows):
            self.connection.execute(delete(table).where(table.c[key].in_([row[key] for row in batch])))
            self.connection.execute(insert(table), batch)


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]


def _columns(record: Record) -> dict[str, Any]:
    return {
        "path": record.path,
        "size": record.stat.size,
        "mtime_ns": record.stat.mtime_ns,
        "inode": str(record.stat.inode),
        "source_hash": record.source_hash,
        "kind": str(record.kind),
        "first_seen": record.first_seen,
        "reason": record.reason,
        "problems": codec.dump_problems(record.problems),
        "facts": codec.dump_facts(record.facts),
        "known_as": str(record.known_as),
        "decided_hash": record.decided_hash,
        "announcement": str(record.announcement),
        "why": record.why,
        "resembles": record.resembles,
        "news_at": record.news_at,
        "feed_id": record.feed_id,
        "date": record.date,
        "updated": record.updated,
        "sort_last": record.sort_last,
        "gone_at": record.gone_at,
    }


def _record(row: Any) -> Record:
    (key, path, size, mtime, inode, source_hash, kind, first_seen, reason, problems, facts, known_as, decided, announcement, why,
     resembles, news_at, feed_id, date, updated, sort_last, gone_at) = row  # fmt: skip
    seen = from_micros(first_seen)
    assert seen is not None
    return Record(
        path, FileStat(size, mtime, int(inode)), source_hash, Kind(kind), seen, key, reason, codec.load_problems(problems),
        codec.load_facts(facts), KnownAs(known_as), decided, Announcement(announcement), why, resembles, from_micros(news_at),
        feed_id, from_micros(date), from_micros(updated), bool(sort_last), from_micros(gone_at),
    )  # fmt: skip
