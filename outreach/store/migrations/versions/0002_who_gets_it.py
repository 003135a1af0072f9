"""Who gets it: lists of suppressed numbers, segments, shared phones, where a network was learned.

Revision ID: 0002
Revises: 0001
"""

import json
import tomllib

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what audiences and suppression need, and keep what was suppressed."""
    op.add_column("audience", sa.Column("joined", sa.Integer, nullable=False, server_default="0"))
    op.add_column(
        "audience", sa.Column("position", sa.BigInteger, nullable=False, server_default="0")
    )
    op.add_column("audience", sa.Column("origin", sa.Text, nullable=False, server_default=""))
    op.add_column("recipient", sa.Column("learned_from", sa.SmallInteger))
    op.add_column("recipient", sa.Column("learned_at", sa.BigInteger))
    op.add_column("recipient", sa.Column("origin", sa.BigInteger))
    op.add_column(
        "campaign", sa.Column("message_class", sa.Text, nullable=False, server_default="care")
    )
    _classes()
    op.create_table(
        "shared_row",
        sa.Column("id", _ID, sa.Identity(), primary_key=True),
        sa.Column("audience", sa.BigInteger, nullable=False),
        sa.Column("msisdn", sa.BigInteger, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("params", sa.Text, nullable=False),
    )
    op.create_index("shared_row_audience", "shared_row", ["audience", "msisdn"])
    op.create_table(
        "segment",
        sa.Column("id", _ID, sa.Identity(), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
    )
    _suppression_by_list()
    _frozen_words()


def _classes() -> None:
    """Advertisements of before have their class in their frozen texts only."""
    conn = op.get_bind()
    for number, template in conn.execute(sa.text("SELECT id, template FROM campaign")).all():
        try:
            about = tomllib.loads(json.loads(template)["files"]["about.toml"])
        except (ValueError, KeyError, TypeError):
            continue
        if about.get("class") == "ad":
            conn.execute(
                sa.text("UPDATE campaign SET message_class = 'ad' WHERE id = :id"), {"id": number}
            )


def _suppression_by_list() -> None:
    op.create_table(
        "suppression_list",
        sa.Column("id", _ID, sa.Identity(), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("campaign", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("undone_at", sa.BigInteger),
        sa.Column("undone_by", sa.Text),
        sa.Column("undone_why", sa.Text),
        sa.Column("importing", sa.SmallInteger, nullable=False, server_default="0"),
    )
    op.execute(
        "INSERT INTO suppression_list (name, scope, reason, source, at, created_by)"
        " SELECT source || ' ' || at || ' ' || reason, 'all', reason, source, at, ''"
        " FROM suppression GROUP BY reason, source, at"
    )
    op.rename_table("suppression", "suppression_before")
    op.create_table(
        "suppression",
        sa.Column("msisdn", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("list", sa.BigInteger, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("msisdn", "list", name="suppression_by_list_pkey"),
    )
    op.execute(
        "INSERT INTO suppression (msisdn, list) SELECT b.msisdn, l.id FROM suppression_before b"
        " JOIN suppression_list l ON l.reason = b.reason AND l.source = b.source AND l.at = b.at"
    )
    op.drop_table("suppression_before")


def _frozen_words() -> None:
    """What was approved and sent can be shown again: words change in a draft only."""
    said = "the words of a campaign change in its draft only"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER campaign_words BEFORE UPDATE OF template ON campaign"
            " WHEN OLD.state <> 'draft' AND NEW.template <> OLD.template"
            f" BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION campaign_words() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{said}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER campaign_words BEFORE UPDATE OF template ON campaign FOR EACH ROW"
        " WHEN (OLD.state <> 'draft' AND NEW.template IS DISTINCT FROM OLD.template)"
        " EXECUTE FUNCTION campaign_words()"
    )
