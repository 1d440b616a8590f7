"""The tables. Instants are BIGINT microseconds UTC through one type that refuses naive values."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

from publisher.database.instants import from_micros, to_micros

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect


class Instant(TypeDecorator[datetime]):
    """An aware instant as BIGINT microseconds."""

    impl = BigInteger
    cache_ok = True

    # SQLAlchemy's signature
    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> int | None:
        """Turn an aware instant into microseconds."""
        return to_micros(value)

    # SQLAlchemy's signature
    def process_result_value(
        self,
        value: int | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Turn microseconds into an aware instant."""
        return from_micros(value)


_KEY = BigInteger().with_variant(Integer, "sqlite")
metadata = MetaData()

memory = Table(
    "memory",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

posts = Table(
    "posts",
    metadata,
    Column("id", _KEY, primary_key=True),
    Column("path", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("inode", Text, nullable=False),
    Column("source_hash", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("problems", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("known_as", String, nullable=False),
    Column("decided_hash", String, nullable=False),
    Column("announcement", String, nullable=False),
    Column("why", Text, nullable=False),
    Column("resembles", BigInteger),
    Column("news_at", Instant),
    Column("feed_id", Text),
    Column("date", Instant),
    Column("updated", Instant),
    Column("sort_last", Boolean, nullable=False),
    Column("gone_at", Instant),
    Index(
        "posts_living_path",
        "path",
        unique=True,
        sqlite_where=text("gone_at IS NULL"),
        postgresql_where=text("gone_at IS NULL"),
    ),
)

sources = Table(
    "sources",
    metadata,
    Column("post_id", _KEY, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("post", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

renders = Table(
    "renders",
    metadata,
    Column("post_id", _KEY, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("path", Text, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("inode", Text, nullable=False),
)

terms = Table(
    "terms",
    metadata,
    Column("kind", String, primary_key=True),
    Column("folded", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Index("terms_slug", "kind", "slug", unique=True),
)

issues = Table(
    "issues",
    metadata,
    Column("id", _KEY, primary_key=True),
    Column("state", String, nullable=False),
    Column("reason", String),
    Column("subject", Text, nullable=False),
    Column("created", Instant, nullable=False),
    Column("due_at", Instant),
    Column("waiting_since", Instant),
    Column("queued_at", Instant),
    Column("folder", Text, unique=True),
    Column("entry", String, nullable=False),
    Column("public", String),
    Column("digest", String, nullable=False, server_default=""),
    Column("audience", Integer),
    Index("issues_state", "state"),
    Index("issues_public", "public", unique=True),
)

issue_posts = Table(
    "issue_posts",
    metadata,
    Column("issue_id", _KEY, ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("post_id", _KEY, ForeignKey("posts.id"), nullable=False),
    Index("issue_posts_post", "post_id"),
)

issue_contents = Table(
    "issue_contents",
    metadata,
    Column("issue_id", _KEY, ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

adopted = Table(
    "adopted",
    metadata,
    Column("feed_id", Text, primary_key=True),
    Column("link", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("published", Instant),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", _KEY, primary_key=True),
    Column("public", String, nullable=False, unique=True),
    Column("address", Text, nullable=False),
    Column("folded", Text, nullable=False, unique=True),
    Column("state", String, nullable=False),
    Column("suppressed", Boolean, nullable=False),
    Column("cadence", String, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("unwanted", Text, nullable=False),
    Column("zone", String, nullable=False),
    Column("language", String, nullable=False),
    Column("name", Text, nullable=False),
    Column("created", Instant, nullable=False),
    Column("activated", Instant),
    Index("subscribers_state", "state", "cadence"),
)

subscriber_events = Table(
    "subscriber_events",
    metadata,
    Column("id", _KEY, primary_key=True),
    Column("subscriber_id", _KEY, ForeignKey("subscribers.id", ondelete="CASCADE"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("what", String, nullable=False),
    Column("state", String, nullable=False),
    Column("source", String, nullable=False),
    Column("network", String, nullable=False),
    Column("wording", Text, nullable=False),
    Index("subscriber_events_subscriber", "subscriber_id"),
)

forgotten = Table(
    "forgotten",
    metadata,
    Column("fingerprint", String, primary_key=True),
    Column("at", Instant, nullable=False),
)

signups = Table(
    "signups",
    metadata,
    Column("id", _KEY, primary_key=True),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("cadence", String, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("source", String, nullable=False),
    Column("network", String, nullable=False),
    Column("wording", Text, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _KEY, primary_key=True),
    Column("kind", String, nullable=False),
    Column("issue_id", _KEY, ForeignKey("issues.id")),
    Column("subscriber_id", _KEY, ForeignKey("subscribers.id", ondelete="SET NULL")),
    Column("address", Text),
    Column("state", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("dedup_key", String, nullable=False, unique=True),
    Column("message_id", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("worker", String, nullable=False),
    Column("lease", Instant),
    Column("queued", Instant, nullable=False),
    Column("attempted", Instant),
    Column("due", Instant, nullable=False),
    Column("changed", Instant, nullable=False),
    Column("reply", Text, nullable=False),
    Column("content", LargeBinary),
    Index("deliveries_due", "state", "kind", "due"),
    Index("deliveries_issue", "issue_id", "state"),
    Index("deliveries_subscriber", "subscriber_id", "issue_id", unique=True),
)

due = Table(
    "due",
    metadata,
    Column(
        "subscriber_id", _KEY, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("issue_id", _KEY, ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
    Column("cadence", String, nullable=False),
    Column("queued", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    Column("period", String, nullable=False),
    Index("due_at", "at"),
    sqlite_with_rowid=False,
)

digest_periods = Table(
    "digest_periods",
    metadata,
    Column(
        "subscriber_id", _KEY, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("cadence", String, primary_key=True),
    Column("period", String, primary_key=True),
    Column("issue_id", _KEY, ForeignKey("issues.id"), nullable=False),
    sqlite_with_rowid=False,
)

notes = Table(
    "notes",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)
