"""Audiences, digests, and what the sender remembers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of digests, and tell issues of posts from digests."""
    op.add_column("issues", sa.Column("digest", sa.String(), nullable=False, server_default=""))
    op.add_column("issues", sa.Column("audience", sa.Integer()))
    op.create_index("issue_posts_post", "issue_posts", ["post_id"])
    op.drop_index("deliveries_due", "deliveries")
    op.create_index("deliveries_due", "deliveries", ["state", "kind", "due"])
    op.drop_index("deliveries_subscriber", "deliveries")
    op.create_index(
        "deliveries_subscriber", "deliveries", ["subscriber_id", "issue_id"], unique=True
    )
    op.create_table(
        "due",
        sa.Column(
            "subscriber_id",
            _KEY,
            sa.ForeignKey("subscribers.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "issue_id", _KEY, sa.ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("cadence", sa.String(), nullable=False),
        sa.Column("queued", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("due_at", "due", ["at"])
    op.create_table(
        "digest_periods",
        sa.Column(
            "subscriber_id",
            _KEY,
            sa.ForeignKey("subscribers.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("cadence", sa.String(), primary_key=True),
        sa.Column("period", sa.String(), primary_key=True),
        sa.Column("issue_id", _KEY, sa.ForeignKey("issues.id"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notes",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
