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
    op.create_table(
        "due",
        sa.Column("issue_id", _KEY, sa.ForeignKey("issues.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("subscriber_id", _KEY, sa.ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("cadence", sa.String(), nullable=False),
        sa.Column("queued", sa.BigInteger(), nullable=False),
    )
    op.create_index("due_subscriber", "due", ["subscriber_id"])
    op.create_table(
        "digest_periods",
        sa.Column("subscriber_id", _KEY, sa.ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("cadence", sa.String(), primary_key=True),
        sa.Column("period", sa.String(), primary_key=True),
        sa.Column("issue_id", _KEY, sa.ForeignKey("issues.id"), nullable=False),
    )
    op.create_table("notes", sa.Column("name", sa.String(), primary_key=True), sa.Column("value", sa.Text(), nullable=False))
