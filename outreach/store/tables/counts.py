"""What others count: carriers' statements, sends by order, opens, registrations, coverage."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from outreach.store.tables.base import counted, metadata

statement = Table(  # what a carrier hands in for a month; the highest revision counts
    "statement",
    metadata,
    counted(),
    Column("carrier", Text, nullable=False),  # a name of config/reporting.toml
    Column("month", Integer, nullable=False),  # 202611
    Column("revision", Integer, nullable=False),  # from 1
    Column("source", Text, nullable=False),  # api, file, typed
    Column("document", Text, nullable=False),  # the file's name; empty where there was none
    Column("fingerprint", Text, nullable=False),  # of what was handed in
    Column("at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("why", Text, nullable=False),  # of a later revision; empty for the first
    Column("difficulties", Text, nullable=False),
    Column("causes", Text, nullable=False),
    Column("invoiced_parts", BigInteger),
    Column("invoiced_dong", BigInteger),
    Column("cautions", Text, nullable=False),  # JSON: what looked odd and was confirmed
    UniqueConstraint("carrier", "month", "revision"),
)

statement_line = Table(
    "statement_line",
    metadata,
    Column("statement", BigInteger, primary_key=True, autoincrement=False),
    Column("by_order", BigInteger, primary_key=True, autoincrement=False),  # 0: of no order
    Column("district", Text, primary_key=True),  # empty: of the whole city
    Column("sent", BigInteger),  # null: not told
    Column("delivered", BigInteger),
    Column("accesses", BigInteger),
    Column("installs", BigInteger),
)

closed_month = Table(  # months for which nothing is taken in any more
    "closed_month",
    metadata,
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
)

by_order = Table(  # campaigns that carriers send to their own subscribers
    "by_order",
    metadata,
    counted(),
    Column("name", Text, nullable=False, unique=True),
    Column("purpose", Text, nullable=False),
    Column("words", Text, nullable=False),  # the text, frozen with its approval
    Column("audience", Text, nullable=False),  # in words
    Column("opens_on", Integer, nullable=False),  # local days
    Column("closes_on", Integer, nullable=False),
    Column("hours", Text, nullable=False),  # 08:00-20:00
    Column("state", Text, nullable=False),  # draft, awaiting_approval, ordered, cancelled
    Column("author", Text, nullable=False),
    Column("approver", Text),
    Column("approved_hash", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("approved_at", BigInteger),
)

by_order_carrier = Table(  # how far each carrier is with an order
    "by_order_carrier",
    metadata,
    Column("by_order", BigInteger, primary_key=True, autoincrement=False),
    Column("carrier", Text, primary_key=True),
    Column("state", Text, nullable=False),  # pending, ordered, confirmed, sent, reported
    Column("letter", Text, nullable=False),  # number of the công văn; empty before it
    Column("ordered_at", BigInteger),
    Column("confirmed_at", BigInteger),
    Column("sent_at", BigInteger),
    Column("note", Text, nullable=False),
)

opened = Table(  # who opened the city's link, once a person and month
    "opened",
    metadata,
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("msisdn", BigInteger, primary_key=True, autoincrement=False),
    Column("message", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

registration_list = Table(  # where they came from: a file, the app's own calls, opt-outs
    "registration_list",
    metadata,
    counted(),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", SmallInteger, nullable=False),  # see store.registrations
    Column("source", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("rows", Integer, nullable=False, server_default="0"),
    Column("added", Integer, nullable=False, server_default="0"),
    Column("rejected", Integer, nullable=False, server_default="0"),
)

_WAITING = text("message = -1")

registration = Table(  # who has the app: installed, registered; and who opted out
    "registration",
    metadata,
    Column("msisdn", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("day", Integer, nullable=False),  # local
    Column("message", BigInteger, nullable=False),  # 0: after none of ours; -1: not looked up yet
    Column("list", BigInteger, nullable=False),
    Index("registration_list_of", "list"),
    Index(
        "registration_waiting",
        "kind",
        "msisdn",
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    ),
)

response_tally = Table(  # people by what they did after which message; moved with the rows
    "response_tally",
    metadata,
    Column("month", Integer, primary_key=True, autoincrement=False),  # in which they did it
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("campaign", BigInteger, primary_key=True, autoincrement=False),  # 0: after none of ours
    Column("account", SmallInteger, primary_key=True, autoincrement=False),
    Column("network", SmallInteger, primary_key=True, autoincrement=False),
    Column("district", SmallInteger, primary_key=True, autoincrement=False),
    Column("people", BigInteger, nullable=False),
)

coverage = Table(  # the insured and registered of a month; the highest revision counts
    "coverage",
    metadata,
    counted(),
    Column("month", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    UniqueConstraint("month", "revision"),
)

coverage_line = Table(
    "coverage_line",
    metadata,
    Column("coverage", BigInteger, primary_key=True, autoincrement=False),
    Column("district", Text, primary_key=True),  # empty: the whole city
    Column("insured", BigInteger),
    Column("registered", BigInteger),
    Column("approved", BigInteger),
    Column("not_registered", BigInteger),
)
