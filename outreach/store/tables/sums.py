"""What it adds up to."""

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, SmallInteger, Table, Text

from outreach.store.tables.base import counted, metadata

_Kinds = dict[str, type[Integer] | type[Text]]

_DIMENSIONS: _Kinds = {
    "campaign": BigInteger,
    "account": SmallInteger,
    "network": SmallInteger,
    "state": SmallInteger,
    "reason": Text,
    "day": Integer,
    "receipt_day": Integer,
    "result": SmallInteger,
}


_OF_DISTRICTS: _Kinds = {
    "campaign": BigInteger,
    "account": SmallInteger,
    "network": SmallInteger,
    "state": SmallInteger,
    "day": Integer,
    "result": SmallInteger,
    "district": SmallInteger,
}


def _dimensions(kinds: _Kinds, *, key: bool) -> list[Column[Any]]:
    return [
        Column(name, kind, nullable=False, primary_key=key, autoincrement=False)
        for name, kind in kinds.items()
    ]


tally = Table(
    "tally",
    metadata,
    *_dimensions(_DIMENSIONS, key=True),
    Column("messages", BigInteger, nullable=False),
    Column("parts", BigInteger, nullable=False),
)

tally_delta = Table(
    "tally_delta",
    metadata,
    counted(),
    *_dimensions(_DIMENSIONS, key=False),
    Column("messages", BigInteger, nullable=False),
    Column("parts", BigInteger, nullable=False),
)

district_tally = Table(  # apart, because what is read each second need not know of districts
    "district_tally",
    metadata,
    *_dimensions(_OF_DISTRICTS, key=True),
    Column("messages", BigInteger, nullable=False),
    Column("parts", BigInteger, nullable=False),
)

district_tally_delta = Table(
    "district_tally_delta",
    metadata,
    counted(),
    *_dimensions(_OF_DISTRICTS, key=False),
    Column("messages", BigInteger, nullable=False),
    Column("parts", BigInteger, nullable=False),
)
