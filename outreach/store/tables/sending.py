"""What is sent, and what comes of it."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)

from outreach.store.tables.base import Id, counted, metadata

campaign = Table(
    "campaign",
    metadata,
    counted(),
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
    Column("rules", Text, nullable=False, server_default="{}"),  # JSON: see domain.rules
    Column("piloting", SmallInteger, nullable=False, server_default="0"),  # 1: only the pilot goes
    Column("released_at", BigInteger),  # people have let it start at its time
    Column("wave", SmallInteger, nullable=False, server_default="0"),  # reminders count from 1
    Column("experiment", Text),  # siblings of one comparison share it
)

amendment = Table(
    "amendment",
    metadata,
    counted(),
    Column("campaign", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("author", Text, nullable=False),
    Column("changes", Text, nullable=False),  # JSON: what differs
    Column("state", Text, nullable=False),  # proposed, approved, withdrawn
    Column("hash", Text),
    Column("decided_at", BigInteger),
    Column("decided_by", Text),
    Index("amendment_campaign", "campaign"),
)

message = Table(
    "message",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("recipient", BigInteger, nullable=False),
    Column("account", SmallInteger, nullable=False),
    Column("network", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("generation", SmallInteger, nullable=False),
    Column("parts", SmallInteger, nullable=False),
    Column("day", Integer, nullable=False),  # local day of submission; 0 until it left
    Column("superseded", SmallInteger, nullable=False),  # 1: a fallback carries the result
    Column("reason", Text),
    Column("district", SmallInteger, nullable=False, server_default="0"),  # 0: not told
    postgresql_with={"fillfactor": 50},
)

_OPEN = text("recorded_to < last")
_PART = text("part > 0")
_LOOKED_AT = text("look_at IS NOT NULL")

chunk = Table(
    "chunk",
    metadata,
    counted(),
    Column("campaign", BigInteger, nullable=False),
    Column("account", SmallInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("started_to", BigInteger, nullable=False),
    Column("recorded_to", BigInteger, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", BigInteger, nullable=False, default=0),
    Column("network", SmallInteger, nullable=False, server_default="0"),  # 0: of several
    Column("pilot", SmallInteger, nullable=False, server_default="0"),
    Column("look_at", BigInteger),  # when those of it that nobody confirmed fall back
    Index("chunk_campaign", "campaign", "account"),
    Index(
        "chunk_open",
        "campaign",
        "account",
        "first",
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    Index(
        "chunk_look", "campaign", "look_at", sqlite_where=_LOOKED_AT, postgresql_where=_LOOKED_AT
    ),
    postgresql_with={"fillfactor": 50},
)

due = Table(
    "due",
    metadata,
    Column("message", Id, primary_key=True, autoincrement=False),
    Column("campaign", BigInteger, nullable=False),
    Column("account", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("attempts", SmallInteger, nullable=False),  # counted ones
    Column("snoozes", SmallInteger, nullable=False),  # refusals that counted for nothing
    Column("rerouted", SmallInteger, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until", BigInteger, nullable=False, default=0),
    Column("unknown_until", BigInteger),  # it may have left: asked again under its key until then
    Column("parts", SmallInteger, nullable=False, server_default="0"),  # of one that may have left
    Column("waits", SmallInteger, nullable=False, server_default="0"),  # for others of a list
    Index("due_campaign", "campaign", "account", "at"),
)

attempt = Table(
    "attempt",
    metadata,
    Column("message", Id, primary_key=True, autoincrement=False),
    Column("n", SmallInteger, primary_key=True, autoincrement=False),
    Column("account", SmallInteger, nullable=False),
    Column("outcome", SmallInteger, nullable=False),
    Column("code", Text),
    Column("reference", Text),
    Column("at", BigInteger, nullable=False),
    Column("took_ms", Integer, nullable=False),
)

batch = Table(  # lists that were handed over in one call, until their outcome is recorded
    "batch",
    metadata,
    counted(),
    Column("account", SmallInteger, nullable=False),
    Column("campaign", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("members", LargeBinary, nullable=False),  # message ids, 8 bytes each, big-endian
    Column("owner", Text, nullable=False),  # of the leases that it was made under
    Column("at", BigInteger, nullable=False),
)

reference = Table(  # the carrier's ids, where what is heard later names nothing else
    "reference",
    metadata,
    Column("account", SmallInteger, primary_key=True, autoincrement=False),
    Column("reference", Text, primary_key=True),
    Column("msisdn", BigInteger, primary_key=True, autoincrement=False),
    Column("message", BigInteger, nullable=False),
    Column("generation", SmallInteger, nullable=False),
    Column("part", SmallInteger, nullable=False),  # 0: the whole message
    Column("parts", SmallInteger, nullable=False),  # how many have an id of their own
    Column("status", SmallInteger, nullable=False, default=0),  # what was heard of the part
    Index(
        "reference_part",
        "message",
        sqlite_where=_PART,
        postgresql_where=_PART,
    ),
    sqlite_with_rowid=False,
)

asking = Table(  # how far a campaign's messages have been asked about, one by one
    "asking",
    metadata,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("account", SmallInteger, primary_key=True, autoincrement=False),
    Column("after", BigInteger, nullable=False),  # message id
    Column("since", BigInteger, nullable=False),  # when the round before began
    Column("next_at", BigInteger, nullable=False),  # when this one begins, or began
    Column("last", SmallInteger, nullable=False),  # 1: before the deadline, all are asked about
)

inbox = Table(
    "inbox",
    metadata,
    counted(),
    Column("account", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),  # the call as it came
    Column("tries", SmallInteger, nullable=False, default=0),
    Column("next_at", BigInteger, nullable=False),
    Column("heard", Text, nullable=False, server_default=""),  # places of what is settled already
    Index("inbox_next", "next_at"),
)

receipt = Table(
    "receipt",
    metadata,
    counted(),
    Column("message", BigInteger),  # null: nobody of ours was meant
    Column("account", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("code", Text),
    Column("effect", Text, nullable=False),  # see delivery.settle
    Index("receipt_message", "message"),
)

contact = Table(  # who was written to lately, for the cap over campaigns
    "contact",
    metadata,
    Column("msisdn", BigInteger, primary_key=True, autoincrement=False),
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Index("contact_at", "at"),
)

spent = Table(  # units of long limits, reserved before they are used
    "spent",
    metadata,
    Column("account", SmallInteger, primary_key=True, autoincrement=False),
    Column("unit", Text, primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),  # seconds
    Column("starts_at", BigInteger, primary_key=True, autoincrement=False),
    Column("units", BigInteger, nullable=False),
)

sharing = Table(  # at most one row: whether processes have divided the limits
    "sharing",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),  # counts how often they were divided
    Column("divided_until", BigInteger, nullable=False),  # ms, by the database's clock
)

allowance = Table(  # what the processes of a cluster have taken of a campaign's ceiling
    "allowance",
    metadata,
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),
    Column("taken", Text, nullable=False),  # đồng, exact
)

pulled = Table(
    "pulled",
    metadata,
    Column("account", SmallInteger, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False),
)
