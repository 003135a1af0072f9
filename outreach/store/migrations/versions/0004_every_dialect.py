"""What carriers' dialects need: lists, their ids, questions, and what they tell of persons.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables; nothing that is there changes its meaning."""
    for name in ("parts", "waits"):
        op.add_column("due", sa.Column(name, sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column("inbox", sa.Column("heard", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "batch",
        sa.Column("id", _ID, sa.Identity(), primary_key=True),
        sa.Column("account", sa.SmallInteger, nullable=False),
        sa.Column("campaign", sa.BigInteger, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("members", sa.LargeBinary, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "asking",
        sa.Column("campaign", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("account", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("after", sa.BigInteger, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("last", sa.SmallInteger, nullable=False),
    )
    _reference()
    _reach()


def _reference() -> None:
    op.create_table(
        "reference",
        sa.Column("account", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("reference", sa.Text, primary_key=True),
        sa.Column("msisdn", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("message", sa.BigInteger, nullable=False),
        sa.Column("generation", sa.SmallInteger, nullable=False),
        sa.Column("part", sa.SmallInteger, nullable=False),
        sa.Column("parts", sa.SmallInteger, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    of = sa.text("part > 0")
    op.create_index(
        "reference_part", "reference", ["message"], sqlite_where=of, postgresql_where=of
    )


def _reach() -> None:
    op.create_table(
        "reach",
        sa.Column("msisdn", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("channel", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("address", sa.Text),
        sa.Column("reach", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("account", sa.SmallInteger, nullable=False),
    )
    of = sa.text("address IS NOT NULL")
    op.create_index(
        "reach_address",
        "reach",
        ["channel", "address"],
        unique=True,
        sqlite_where=of,
        postgresql_where=of,
    )
