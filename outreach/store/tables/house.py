"""Who acts, with which contracts, what was done, and what holds for the whole installation."""

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, Table, Text

from outreach.store.tables.base import counted, metadata

user = Table(
    "user_account",
    metadata,
    counted(),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("credential", Text, nullable=False),  # a salted hash, never the credential
    Column("created_at", BigInteger, nullable=False),
    Column("carrier", Text),  # whose statements a user with the role of a carrier hands in
)

audit = Table(
    "audit",
    metadata,
    counted(),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("audit_subject", "subject"),
)

installation = Table(  # one row
    "installation",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("sealed_by", Text),  # the fingerprint of the secret that seals keys
    Column("paused_since", BigInteger),  # nothing is sent and nothing begins
    Column("paused_by", Text),
    Column("paused_why", Text),
)

account = Table(
    "account",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    Column("channel", SmallInteger, nullable=False),
    Column("oa", SmallInteger),  # the account of the same official account whose people it knows
)

token = Table(
    "token",
    metadata,
    Column("account", Text, primary_key=True),
    Column("access", Text, nullable=False),
    Column("refresh", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
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
    Column("per_minute", Integer, nullable=False, server_default="0"),  # messages, the last minute
    Column("counted_s", Integer, nullable=False, server_default="60"),  # what `per_minute` covers
    Column("unit", Text, nullable=False, server_default="messages"),  # what `allowed` counts
    Column("stalled_since", BigInteger),  # nothing moves though there is work
)
