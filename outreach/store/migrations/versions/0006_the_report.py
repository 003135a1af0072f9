"""What is counted by others, who is told of it, and where the people live.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables; messages made before have no district, and count under none."""
    op.add_column("user_account", sa.Column("carrier", sa.Text))
    op.add_column(
        "message", sa.Column("district", sa.SmallInteger, nullable=False, server_default="0")
    )
    _statements()
    _orders()
    _responses()
    _coverage()
    _editions()
    _districts()
    op.execute(
        "INSERT INTO district_tally"
        " (campaign, account, network, state, day, result, district, messages, parts)"
        " SELECT campaign, account, network, state, day, result, 0, SUM(messages), SUM(parts)"
        " FROM (SELECT campaign, account, network, state, day, result, messages, parts FROM tally"
        "  UNION ALL"
        "  SELECT campaign, account, network, state, day, result, messages, parts"
        "  FROM tally_delta) AS both_parts"
        " GROUP BY campaign, account, network, state, day, result"
        " HAVING SUM(messages) <> 0 OR SUM(parts) <> 0"
    )


def _statements() -> None:
    op.create_table(
        "statement",
        sa.Column("id", _ID, sa.Identity(), primary_key=True),
        sa.Column("carrier", sa.Text, nullable=False),
        sa.Column("month", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("difficulties", sa.Text, nullable=False),
        sa.Column("causes", sa.Text, nullable=False),
        sa.Column("invoiced_parts", sa.BigInteger),
        sa.Column("invoiced_dong", sa.BigInteger),
        sa.Column("cautions", sa.Text, nullable=False),
        sa.UniqueConstraint("carrier", "month", "revision"),
    )
    op.create_table(
        "statement_line",
        sa.Column("statement", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("by_order", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("district", sa.Text, primary_key=True),
        sa.Column("sent", sa.BigInteger),
        sa.Column("delivered", sa.BigInteger),
        sa.Column("accesses", sa.BigInteger),
        sa.Column("installs", sa.BigInteger),
    )
    op.create_table(
        "closed_month",
        sa.Column("month", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
    )


def _orders() -> None:
    op.create_table(
        "by_order",
        sa.Column("id", _ID, sa.Identity(), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("opens_on", sa.Integer, nullable=False),
        sa.Column("closes_on", sa.Integer, nullable=False),
        sa.Column("hours", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("approver", sa.Text),
        sa.Column("approved_hash", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("approved_at", sa.BigInteger),
    )
    op.create_table(
        "by_order_carrier",
        sa.Column("by_order", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("carrier", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("letter", sa.Text, nullable=False),
        sa.Column("ordered_at", sa.BigInteger),
        sa.Column("confirmed_at", sa.BigInteger),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("note", sa.Text, nullable=False),
    )


def _responses() -> None:
    op.create_table(
        "opened",
        sa.Column("month", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("msisdn", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("message", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "registration_list",
        sa.Column("id", _ID, sa.Identity(), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False, server_default="0"),
        sa.Column("added", sa.Integer, nullable=False, server_default="0"),
        sa.Column("rejected", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_table(
        "registration",
        sa.Column("msisdn", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("message", sa.BigInteger, nullable=False),
        sa.Column("list", sa.BigInteger, nullable=False),
    )
    op.create_index("registration_list_of", "registration", ["list"])
    op.create_index(
        "registration_waiting",
        "registration",
        ["kind", "msisdn"],
        sqlite_where=sa.text("message = -1"),
        postgresql_where=sa.text("message = -1"),
    )
    op.create_table(
        "response_tally",
        sa.Column("month", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("campaign", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("account", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("network", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("district", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("people", sa.BigInteger, nullable=False),
    )


def _coverage() -> None:
    op.create_table(
        "coverage",
        sa.Column("id", _ID, sa.Identity(), primary_key=True),
        sa.Column("month", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.UniqueConstraint("month", "revision"),
    )
    op.create_table(
        "coverage_line",
        sa.Column("coverage", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("district", sa.Text, primary_key=True),
        sa.Column("insured", sa.BigInteger),
        sa.Column("registered", sa.BigInteger),
        sa.Column("approved", sa.BigInteger),
        sa.Column("not_registered", sa.BigInteger),
    )


def _editions() -> None:
    op.create_table(
        "edition",
        sa.Column("id", _ID, sa.Identity(), primary_key=True),
        sa.Column("month", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("signed_on", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("statements", sa.Text, nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
        sa.UniqueConstraint("month", "name", "revision"),
    )
    op.create_table(
        "edition_file",
        sa.Column("edition", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def _districts() -> None:
    op.create_table(
        "district",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "district_tally",
        sa.Column("campaign", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("account", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("network", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("state", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("result", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("district", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("messages", sa.BigInteger, nullable=False),
        sa.Column("parts", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "district_tally_delta",
        sa.Column("id", _ID, sa.Identity(), primary_key=True),
        sa.Column("campaign", sa.BigInteger, nullable=False),
        sa.Column("account", sa.SmallInteger, nullable=False),
        sa.Column("network", sa.SmallInteger, nullable=False),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("result", sa.SmallInteger, nullable=False),
        sa.Column("district", sa.SmallInteger, nullable=False),
        sa.Column("messages", sa.BigInteger, nullable=False),
        sa.Column("parts", sa.BigInteger, nullable=False),
    )
