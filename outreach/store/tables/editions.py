"""Official reports as they were issued."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text, UniqueConstraint

from outreach.store.tables.base import counted, metadata

edition = Table(
    "edition",
    metadata,
    counted(),
    Column("month", Integer, nullable=False),
    Column("name", Text, nullable=False),  # of config/reporting.toml
    Column("revision", Integer, nullable=False),  # from 1
    Column("number", Text, nullable=False),  # of the document; empty where it is given by hand
    Column("signed_on", Integer, nullable=False),  # local day
    Column("at", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("why", Text, nullable=False),  # of a correction; empty for the first
    Column("data", LargeBinary, nullable=False),  # canonical JSON of every figure
    Column("sha256", Text, nullable=False),  # of `data`
    Column("statements", Text, nullable=False),  # JSON: carrier -> revision
    Column("changes", Text, nullable=False),  # JSON: what differs from the edition before
    UniqueConstraint("month", "name", "revision"),
)

edition_file = Table(
    "edition_file",
    metadata,
    Column("edition", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
