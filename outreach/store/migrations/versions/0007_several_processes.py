"""Several processes share the limits, or divide them while they cannot ask each other.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table whose one row says how the limits are kept."""
    op.create_table(
        "sharing",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("divided_until", sa.BigInteger, nullable=False),
    )
