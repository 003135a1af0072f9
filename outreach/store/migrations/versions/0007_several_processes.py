"""Several processes share limits, or divide them while they cannot ask each other, and ceilings.

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
    """Add how the limits are kept, and what is taken of campaigns' ceilings."""
    op.create_table(
        "sharing",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("divided_until", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "allowance",
        sa.Column("campaign", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("taken", sa.Text, nullable=False),
    )
