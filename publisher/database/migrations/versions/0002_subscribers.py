"""Subscribers, what happened to them, and the ledger of messages."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of subscribers and deliveries.

    Issues get a public key, and posts one cached render each.
    """
    op.drop_table("renders")
    op.create_table(
        "renders",
        sa.Column("post_id", _KEY, sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
    )
    op.add_column("issues", sa.Column("public", sa.String()))
    connection = op.get_bind()
    for key in connection.execute(sa.text("SELECT id FROM issues")).scalars().all():
        connection.execute(
            sa.text("UPDATE issues SET public = :public WHERE id = :key"),
            {"public": secrets.token_hex(16), "key": key},
        )
    op.create_index("issues_public", "issues", ["public"], unique=True)
    op.create_table(
        "subscribers",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("public", sa.String(), nullable=False, unique=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False, unique=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("suppressed", sa.Boolean(), nullable=False),
        sa.Column("cadence", sa.String(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("unwanted", sa.Text(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("activated", sa.BigInteger()),
    )
    op.create_index("subscribers_state", "subscribers", ["state", "cadence"])
    op.create_table(
        "subscriber_events",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column(
            "subscriber_id",
            _KEY,
            sa.ForeignKey("subscribers.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
    )
    op.create_index("subscriber_events_subscriber", "subscriber_events", ["subscriber_id"])
    op.create_table(
        "forgotten",
        sa.Column("fingerprint", sa.String(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "signups",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cadence", sa.String(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("network", sa.String(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("issue_id", _KEY, sa.ForeignKey("issues.id")),
        sa.Column("subscriber_id", _KEY, sa.ForeignKey("subscribers.id", ondelete="SET NULL")),
        sa.Column("address", sa.Text()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("dedup_key", sa.String(), nullable=False, unique=True),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("lease", sa.BigInteger()),
        sa.Column("queued", sa.BigInteger(), nullable=False),
        sa.Column("attempted", sa.BigInteger()),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary()),
    )
    op.create_index("deliveries_due", "deliveries", ["state", "due"])
    op.create_index("deliveries_issue", "deliveries", ["issue_id", "state"])
    op.create_index("deliveries_subscriber", "deliveries", ["subscriber_id"])
