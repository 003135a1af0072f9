"""Who is addressed, and who is not."""

from sqlalchemy import BigInteger, Column, Index, Integer, SmallInteger, Table, Text, text

from outreach.store.tables.base import Id, counted, metadata

audience = Table(
    "audience",
    metadata,
    counted(),
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
    counted(),
    Column("audience", BigInteger, nullable=False),
    Column("line", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", Text, nullable=False),  # masked
    Index("audience_reject_audience", "audience"),
)

recipient = Table(
    "recipient",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
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

district = Table(  # names of districts as files write them, with numbers that stay
    "district",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
)

shared_row = Table(  # rows whose number an earlier row has, until the import tells who they are
    "shared_row",
    metadata,
    counted(),
    Column("audience", BigInteger, nullable=False),
    Column("msisdn", BigInteger, nullable=False),
    Column("line", Integer, nullable=False),
    Column("params", Text, nullable=False),
    Index("shared_row_audience", "audience", "msisdn"),
)

segment = Table(
    "segment",
    metadata,
    counted(),
    Column("name", Text, nullable=False, unique=True),
    Column("definition", Text, nullable=False),  # JSON
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
)

suppression_list = Table(
    "suppression_list",
    metadata,
    counted(),
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
    Column("importing", SmallInteger, nullable=False, server_default="0"),  # 1: not to its end
)

suppression = Table(
    "suppression",
    metadata,
    Column("msisdn", BigInteger, primary_key=True, autoincrement=False),
    Column("list", BigInteger, primary_key=True, autoincrement=False),
)

_ADDRESSED = text("address IS NOT NULL")

reach = Table(  # what carriers told of persons and channels
    "reach",
    metadata,
    Column("msisdn", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", SmallInteger, primary_key=True, autoincrement=False),
    Column("account", SmallInteger, primary_key=True, autoincrement=False),  # that it is true of
    Column("address", Text),  # the carrier's own id of the person
    Column("address_at", BigInteger, nullable=False),  # when that was told; 0: never
    Column("reach", Text, nullable=False),  # open, absent, refuses
    Column("at", BigInteger, nullable=False),  # when that was told; 0: never
    Index(
        "reach_address",
        "address",
        "channel",
        "account",
        unique=True,
        sqlite_where=_ADDRESSED,
        postgresql_where=_ADDRESSED,
    ),
)
