"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table of version 0.1."""
    op.create_table(
        "memory",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.create_table(
        "posts",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("inode", sa.Text(), nullable=False),
        sa.Column("source_hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("known_as", sa.String(), nullable=False),
        sa.Column("decided_hash", sa.String(), nullable=False),
        sa.Column("announcement", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("resembles", sa.BigInteger()),
        sa.Column("news_at", sa.BigInteger()),
        sa.Column("feed_id", sa.Text()),
        sa.Column("date", sa.BigInteger()),
        sa.Column("updated", sa.BigInteger()),
        sa.Column("sort_last", sa.Boolean(), nullable=False),
        sa.Column("gone_at", sa.BigInteger()),
    )
    living = sa.text("gone_at IS NULL")
    op.create_index(
        "posts_living_path",
        "posts",
        ["path"],
        unique=True,
        sqlite_where=living,
        postgresql_where=living,
    )
    op.create_table(
        "sources",
        sa.Column("post_id", _KEY, sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("post", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "renders",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("value", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "documents",
        sa.Column("path", sa.Text(), primary_key=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("inode", sa.Text(), nullable=False),
    )
    op.create_table(
        "terms",
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("folded", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
    )
    op.create_index("terms_slug", "terms", ["kind", "slug"], unique=True)
    op.create_table(
        "issues",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("waiting_since", sa.BigInteger()),
        sa.Column("queued_at", sa.BigInteger()),
        sa.Column("folder", sa.Text(), unique=True),
        sa.Column("entry", sa.String(), nullable=False),
    )
    op.create_index("issues_state", "issues", ["state"])
    op.create_table(
        "issue_posts",
        sa.Column(
            "issue_id", _KEY, sa.ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("post_id", _KEY, sa.ForeignKey("posts.id"), nullable=False),
    )
    op.create_table(
        "issue_contents",
        sa.Column(
            "issue_id", _KEY, sa.ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "adopted",
        sa.Column("feed_id", sa.Text(), primary_key=True),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("published", sa.BigInteger()),
    )
