"""The tables; docs/adr/0001 says why they are so, and what they cost at ten million rows.

Times are integers: milliseconds since 1970, UTC. Days are integers: 20261122, local to
Ho Chi Minh City. Ids of recipients and messages are given by us (see `domain.key.MessageId`).
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

metadata = MetaData()

_Id = BigInteger().with_variant(Integer, "sqlite")  # on SQLite only INTEGER is the row's own id


def _counted() -> Column[int]:
    """A primary key that the database counts up."""
    return Column("id", _Id, Identity(), primary_key=True)


user = Table(
    "user_account",
    metadata,
    _counted(),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("credential", Text, nullable=False),  # a salted hash, never the credential
    Column("created_at", BigInteger, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    _counted(),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("audit_subject", "subject"),
)

account = Table(
    "account",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    Column("channel", SmallInteger, nullable=False),
)

token = Table(
    "token",
    metadata,
    Column("account", Text, primary_key=True),
    Column("access", Text, nullable=False),
    Column("refresh", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

audience = Table(
    "audience",
    metadata,
    _counted(),
    Column("name", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("state", Text, nullable=False),  # importing, ready
    Column("rows", Integer, nullable=False, default=0),
    Column("imported", Integer, nullable=False, default=0),
    Column("joined", Integer, nullable=False, server_default="0"),  # to another's recipient
    Column("rejected", Integer, nullable=False, default=0),
    Column("position", BigInteger, nullable=False, server_default="0"),  # records of the file read
    Column("origin", Text, nullable=False, server_default=""),  # JSON: how it was read or derived
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
)

reject = Table(
    "audience_reject",
    metadata,
    _counted(),
    Column("audience", BigInteger, nullable=False),
    Column("line", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", Text, nullable=False),  # masked
    Index("audience_reject_audience", "audience"),
)

recipient = Table(
    "recipient",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("msisdn", BigInteger, nullable=False),
    Column("network", SmallInteger, nullable=False),  # by prefix: the original one
    Column("declared", SmallInteger),
    Column("learned", SmallInteger),
    Column("district", Text),
    Column("params", Text, nullable=False),  # JSON object
    Column("learned_from", SmallInteger),  # the account that told
    Column("learned_at", BigInteger),
    Column("origin", BigInteger),  # of a derived audience: the one whose file named the number
)

shared_row = Table(  # rows whose number an earlier row has, until the import tells who they are
    "shared_row",
    metadata,
    _counted(),
    Column("audience", BigInteger, nullable=False),
    Column("msisdn", BigInteger, nullable=False),
    Column("line", Integer, nullable=False),
    Column("params", Text, nullable=False),
    Index("shared_row_audience", "audience", "msisdn"),
)

segment = Table(
    "segment",
    metadata,
    _counted(),
    Column("name", Text, nullable=False, unique=True),
    Column("definition", Text, nullable=False),  # JSON
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
)

suppression_list = Table(
    "suppression_list",
    metadata,
    _counted(),
    Column("name", Text, nullable=False, unique=True),
    Column("scope", Text, nullable=False),  # all, ad, campaign
    Column("campaign", BigInteger),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", BigInteger),
    Column("undone_at", BigInteger),
    Column("undone_by", Text),
    Column("undone_why", Text),
)

suppression = Table(
    "suppression",
    metadata,
    Column("msisdn", BigInteger, primary_key=True, autoincrement=False),
    Column("list", BigInteger, primary_key=True, autoincrement=False),
)

campaign = Table(
    "campaign",
    metadata,
    _counted(),
    Column("name", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("audience", BigInteger, nullable=False),
    Column("parent", BigInteger),  # a resend's first campaign
    Column("parent_states", Text, nullable=False, default=""),  # which results are sent again
    Column("purpose", Text, nullable=False),
    Column("message_class", Text, nullable=False, server_default="care"),  # care, ad
    Column("template", Text, nullable=False),  # JSON: the exact words, frozen with the campaign
    Column("routes", Text, nullable=False),  # JSON: per step, network -> accounts in order
    Column("opens", Text, nullable=False),
    Column("closes", Text, nullable=False),
    Column("until", BigInteger),  # what is pending then expires
    Column("author", Text, nullable=False),
    Column("approver", Text),
    Column("approved_hash", Text),
    Column("paused_by", Text),
    Column("paused_why", Text),
    Column("recipients", Integer, nullable=False, default=0),
    Column("planned_to", BigInteger, nullable=False, default=0),  # recipient id; see plan
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("settled_at", BigInteger),
)

message = Table(
    "message",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("recipient", BigInteger, nullable=False),
    Column("account", SmallInteger, nullable=False),
    Column("network", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("generation", SmallInteger, nullable=False),
    Column("parts", SmallInteger, nullable=False),
    Column("day", Integer, nullable=False),  # local day of submission; 0 until it left
    Column("superseded", SmallInteger, nullable=False),  # 1: a fallback carries the result
    Column("reason", Text),
    postgresql_with={"fillfactor": 50},
)

chunk = Table(
    "chunk",
    metadata,
    _counted(),
    Column("campaign", BigInteger, nullable=False),
    Column("account", SmallInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("started_to", BigInteger, nullable=False),
    Column("recorded_to", BigInteger, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", BigInteger, nullable=False, default=0),
    Index("chunk_campaign", "campaign", "account"),
    postgresql_with={"fillfactor": 50},
)

due = Table(
    "due",
    metadata,
    Column("message", _Id, primary_key=True, autoincrement=False),
    Column("campaign", BigInteger, nullable=False),
    Column("account", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False),  # counted ones
    Column("snoozes", SmallInteger, nullable=False),  # refusals that counted for nothing
    Column("rerouted", SmallInteger, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", BigInteger, nullable=False, default=0),
    Index("due_campaign", "campaign", "account", "at"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("message", _Id, primary_key=True, autoincrement=False),
    Column("n", SmallInteger, primary_key=True, autoincrement=False),
    Column("account", SmallInteger, nullable=False),
    Column("outcome", SmallInteger, nullable=False),
    Column("code", Text),
    Column("reference", Text),
    Column("at", BigInteger, nullable=False),
    Column("took_ms", Integer, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    _counted(),
    Column("account", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),  # the call as it came
    Column("tries", SmallInteger, nullable=False, default=0),
    Column("next_at", BigInteger, nullable=False),
    Index("inbox_next", "next_at"),
)

receipt = Table(
    "receipt",
    metadata,
    _counted(),
    Column("message", BigInteger),  # null: nobody of ours was meant
    Column("account", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("code", Text),
    Column("effect", Text, nullable=False),  # moved, repeated, contradicts, unlisted, unmatched
    Index("receipt_message", "message"),
)

pulled = Table(
    "pulled",
    metadata,
    Column("account", SmallInteger, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
)

_DIMENSIONS: dict[str, type[Integer] | type[Text]] = {
    "campaign": BigInteger,
    "account": SmallInteger,
    "network": SmallInteger,
    "state": SmallInteger,
    "reason": Text,
    "day": Integer,
    "receipt_day": Integer,
    "result": SmallInteger,
}


def _dimensions(*, key: bool) -> list[Column[Any]]:
    return [
        Column(name, kind, nullable=False, primary_key=key, autoincrement=False)
        for name, kind in _DIMENSIONS.items()
    ]


tally = Table(
    "tally",
    metadata,
    *_dimensions(key=True),
    Column("messages", BigInteger, nullable=False),
    Column("parts", BigInteger, nullable=False),
)

tally_delta = Table(
    "tally_delta",
    metadata,
    _counted(),
    *_dimensions(key=False),
    Column("messages", BigInteger, nullable=False),
    Column("parts", BigInteger, nullable=False),
)

pulse = Table(
    "pulse",
    metadata,
    Column("account", SmallInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("rate", Integer, nullable=False),  # messages sent in the last second
    Column("allowed", Integer, nullable=False),  # units a second that the limits give
    Column("in_flight", Integer, nullable=False),
    Column("breaker", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
