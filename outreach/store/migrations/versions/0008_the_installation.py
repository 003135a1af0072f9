"""What is said of the installation as a whole: whether everything is paused, and by which secret.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the one row's table."""
    op.create_table(
        "installation",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("sealed_by", sa.Text),
        sa.Column("paused_since", sa.BigInteger),
        sa.Column("paused_by", sa.Text),
        sa.Column("paused_why", sa.Text),
    )
