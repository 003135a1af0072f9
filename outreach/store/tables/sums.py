"""What it adds up to."""

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, SmallInteger, Table, Text

from outreach.store.tables.base import counted, metadata

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
    counted(),
    *_dimensions(key=False),
    Column("messages", BigInteger, nullable=False),
    Column("parts", BigInteger, nullable=False),
)
