"""What is known of persons is true of the account that told it, or of its official account.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rebuild the table with the account in its key; what was learned stays."""
    op.add_column("account", sa.Column("oa", sa.SmallInteger))
    op.drop_index("reach_address", "reach")
    if op.get_bind().dialect.name == "postgresql":  # whose indexes have names of the whole schema
        op.execute("ALTER INDEX reach_pkey RENAME TO reach_before_pkey")
    op.rename_table("reach", "reach_before")
    op.create_table(
        "reach",
        sa.Column("msisdn", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("channel", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("account", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("address", sa.Text),
        sa.Column("address_at", sa.BigInteger, nullable=False),
        sa.Column("reach", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.execute(
        "INSERT INTO reach (msisdn, channel, account, address, address_at, reach, at)"
        " SELECT msisdn, channel, account, address,"
        " CASE WHEN address IS NULL THEN 0 ELSE at END, reach, at FROM reach_before"
    )
    op.drop_table("reach_before")
    of = sa.text("address IS NOT NULL")
    op.create_index(
        "reach_address",
        "reach",
        ["address", "channel", "account"],
        unique=True,
        sqlite_where=of,
        postgresql_where=of,
    )
