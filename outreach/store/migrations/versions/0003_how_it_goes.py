"""How campaigns go about it: rules, amendments, pilots, contacts, quotas that outlive a restart.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what control, limits and settling need; earlier campaigns go on as they were."""
    _campaign()
    _sending()
    op.add_column("pulse", sa.Column("per_minute", sa.Integer, nullable=False, server_default="0"))
    op.add_column("pulse", sa.Column("counted_s", sa.Integer, nullable=False, server_default="60"))
    op.add_column("pulse", sa.Column("unit", sa.Text, nullable=False, server_default="messages"))
    op.add_column("pulse", sa.Column("stalled_since", sa.BigInteger))
    op.create_table(
        "contact",
        sa.Column("msisdn", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("message", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("contact_at", "contact", ["at"])
    op.create_table(
        "spent",
        sa.Column("account", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("unit", sa.Text, primary_key=True),
        sa.Column("period", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("starts_at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("units", sa.BigInteger, nullable=False),
    )


def _campaign() -> None:
    op.add_column("campaign", sa.Column("rules", sa.Text, nullable=False, server_default="{}"))
    op.add_column(
        "campaign", sa.Column("piloting", sa.SmallInteger, nullable=False, server_default="0")
    )
    op.add_column("campaign", sa.Column("released_at", sa.BigInteger))
    op.add_column(
        "campaign", sa.Column("wave", sa.SmallInteger, nullable=False, server_default="0")
    )
    op.add_column("campaign", sa.Column("experiment", sa.Text))
    op.create_table(
        "amendment",
        sa.Column("id", _ID, sa.Identity(), primary_key=True),
        sa.Column("campaign", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("hash", sa.Text),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("decided_by", sa.Text),
    )
    op.create_index("amendment_campaign", "amendment", ["campaign"])


def _sending() -> None:
    op.add_column(
        "chunk", sa.Column("network", sa.SmallInteger, nullable=False, server_default="0")
    )
    op.add_column("chunk", sa.Column("pilot", sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column("chunk", sa.Column("look_at", sa.BigInteger))
    op.add_column("due", sa.Column("unknown_until", sa.BigInteger))
    for name, columns, where in (
        ("chunk_open", ["campaign", "account", "first"], "recorded_to < last"),
        ("chunk_look", ["campaign", "look_at"], "look_at IS NOT NULL"),
    ):
        of = sa.text(where)
        op.create_index(name, "chunk", columns, sqlite_where=of, postgresql_where=of)
