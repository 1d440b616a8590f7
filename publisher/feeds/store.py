"""The documents that are written, and the paths of terms: kept for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.database.connection import insert_rows, replace_rows
from publisher.feeds.models import StoredTerm, WrittenDocument
from publisher.system.files import FileStat

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from publisher.database.connection import Transaction


class FeedStore:
    """Documents and terms, inside one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self.sql = transaction.sql

    def documents(self) -> dict[str, WrittenDocument]:
        """Return the feed documents that were written, by path."""
        rows = self.sql.run("SELECT path, fingerprint, size, mtime_ns, inode FROM documents")
        return {
            path: WrittenDocument(path, mark, FileStat(size, mtime, int(inode)))
            for path, mark, size, mtime, inode in rows
        }

    def save_documents(self, documents: Sequence[WrittenDocument]) -> None:
        """Remember what documents were made from and what tells that they are still there."""
        rows = (
            (d.path, d.fingerprint, d.stat.size, d.stat.mtime_ns, str(d.stat.inode))
            for d in documents
        )
        replace_rows(
            self.sql, "documents", ("path", "fingerprint", "size", "mtime_ns", "inode"), rows
        )

    def forget_documents(self, paths: Collection[str]) -> None:
        """Forget documents that no feed is any more; their files stay."""
        if paths:
            self.sql.run_many(
                "DELETE FROM documents WHERE path = ?", [(path,) for path in sorted(paths)]
            )

    def terms(self) -> list[StoredTerm]:
        """Return every term that was ever given a path."""
        return [
            StoredTerm(*row) for row in self.sql.run("SELECT kind, folded, name, slug FROM terms")
        ]

    def add_terms(self, terms: Sequence[StoredTerm]) -> None:
        """Keep the paths given to new terms, for ever."""
        insert_rows(
            self.sql,
            "terms",
            ("kind", "folded", "name", "slug"),
            ((t.kind, t.folded, t.name, t.slug) for t in terms),
        )
