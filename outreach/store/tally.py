"""Counts by campaign, account, network, state, reason and day, moved with what they count.

A batch adds one delta row a group in its own transaction; `fold` sums them up now and then.
A figure is always folded plus not yet folded. What districts have is counted apart, without
reasons and days of receipts: both together would be too many rows, and one of the two is read
each second.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, text

from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.store import tables
from outreach.store.bulk import Row, bulk_insert
from outreach.store.sql import Fetched


class Group(NamedTuple):
    """What is counted together; `result` is 1 where the message carries its recipient's result."""

    campaign: int
    account: int
    network: Network
    state: State
    reason: str = ""
    day: int = 0
    receipt_day: int = 0
    result: int = 1
    district: int = 0
    """See `districts`; 0, too, where districts are summed over."""


@dataclass(frozen=True, slots=True)
class Figure:
    """So many messages and parts of a group."""

    group: Group
    messages: int
    parts: int


class Counter:
    """Adds up moves within one transaction."""

    def __init__(self) -> None:
        self._sums: defaultdict[Group, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, group: Group, messages: int = 1, parts: int = 0) -> None:
        """Count into a group; negative numbers take away."""
        sums = self._sums[group]
        sums[0] += messages
        sums[1] += parts

    def write(self, conn: Connection) -> None:
        """Store what does not cancel out, in both tallies."""
        whole, by_district = _Sums(), _Sums()
        for group, (messages, parts) in self._sums.items():
            whole.add(group[:8], messages, parts)
            by_district.add((*group[:4], group[5], *group[7:]), messages, parts)
        bulk_insert(conn, tables.tally_delta, _WHOLE.columns, whole.rows())
        bulk_insert(conn, tables.district_tally_delta, _BY_DISTRICT.columns, by_district.rows())


class _Sums:
    """Messages and parts, added up by a key."""

    def __init__(self) -> None:
        self._sums: defaultdict[Row, list[int]] = defaultdict(lambda: [0, 0])

    def add(self, key: Row, messages: int, parts: int) -> None:
        sums = self._sums[key]
        sums[0] += messages
        sums[1] += parts

    def rows(self) -> list[Row]:
        """What does not cancel out."""
        return [(*key, *sums) for key, sums in self._sums.items() if any(sums)]


class Reasons:
    """Keeps reasons few, because each is a row of the tally: what comes after them is `OTHER`."""

    OTHER = "another reason"
    MOST = 100

    def __init__(self) -> None:
        self._known: set[str] = set()

    def keep(self, reason: str) -> str:
        """The reason itself, if it is known or there is room for one more."""
        if reason not in self._known and len(self._known) >= self.MOST:
            return self.OTHER
        self._known.add(reason)
        return reason


@dataclass(frozen=True, slots=True)
class _Tally:
    """A table of sums; what is not folded into it yet is in `<name>_delta`."""

    name: str
    dimensions: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.dimensions, "messages", "parts")

    def read(self, conn: Connection, campaign: int | None) -> list[Fetched]:
        """Every group that counts something, of one campaign or of all."""
        where = "" if campaign is None else "WHERE campaign = :campaign"
        names = ", ".join(self.dimensions)
        rows = conn.execute(
            text(
                f"SELECT {names}, SUM(messages), SUM(parts) FROM ("
                f" SELECT {names}, messages, parts FROM {self.name} {where}"
                f" UNION ALL SELECT {names}, messages, parts FROM {self.name}_delta {where}"
                f") AS both_parts GROUP BY {names} HAVING SUM(messages) <> 0 OR SUM(parts) <> 0"
            ),
            {} if campaign is None else {"campaign": campaign},
        )
        return list(rows)

    def fold(self, conn: Connection, most: int) -> int:
        """Add up the oldest deltas; returns how many."""
        delta, names = f"{self.name}_delta", ", ".join(self.columns)
        oldest = f"SELECT MAX(id) FROM (SELECT id FROM {delta} ORDER BY id LIMIT :most) AS oldest"
        last = conn.execute(text(oldest), {"most": most}).scalar()
        if last is None:
            return 0
        # What is taken out is what is counted, whatever other processes commit or fold meanwhile.
        taken = conn.execute(
            text(f"DELETE FROM {delta} WHERE id <= :last RETURNING {names}"), {"last": last}
        ).all()
        sums = _Sums()
        for *group, messages, parts in taken:
            sums.add(tuple(group), messages, parts)
        bulk_insert(
            conn,
            tables.metadata.tables[self.name],
            self.columns,
            sorted(sums.rows()),
            f"ON CONFLICT ({', '.join(self.dimensions)}) DO UPDATE SET"
            f" messages = {self.name}.messages + excluded.messages,"
            f" parts = {self.name}.parts + excluded.parts",
        )
        return len(taken)


_WHOLE = _Tally("tally", Group._fields[:8])
_BY_DISTRICT = _Tally(
    "district_tally", ("campaign", "account", "network", "state", "day", "result", "district")
)


def figures(conn: Connection, campaign: int | None = None) -> list[Figure]:
    """Every group that counts something, of one campaign or of all; district 0 in all of them."""
    return [
        Figure(
            Group(row[0], row[1], Network(row[2]), State(row[3]), *row[4:8]),
            int(row[8]),
            int(row[9]),
        )
        for row in _WHOLE.read(conn, campaign)
    ]


def district_figures(conn: Connection, campaign: int | None = None) -> list[Figure]:
    """The same by district, without reasons and days of receipts (empty and 0)."""
    return [
        Figure(
            Group(row[0], row[1], Network(row[2]), State(row[3]), "", row[4], 0, *row[5:7]),
            int(row[7]),
            int(row[8]),
        )
        for row in _BY_DISTRICT.read(conn, campaign)
    ]


def district_months(conn: Connection) -> list[Figure]:
    """By district and month alone: networks are summed over, days stand for the first of theirs.

    A month has a thirtieth as many groups so; 0 stays 0.
    """
    groups = "campaign, account, state, CASE day WHEN 0 THEN 0 ELSE day - day % 100 + 1 END"
    both = " UNION ALL ".join(
        f"SELECT {groups} AS day, result, district, messages, parts FROM {name}"
        for name in (_BY_DISTRICT.name, f"{_BY_DISTRICT.name}_delta")
    )
    rows = conn.execute(
        text(
            "SELECT campaign, account, state, day, result, district, SUM(messages), SUM(parts)"
            f" FROM ({both}) AS both_parts"
            " GROUP BY campaign, account, state, day, result, district"
            " HAVING SUM(messages) <> 0 OR SUM(parts) <> 0"
        )
    )
    return [
        Figure(
            Group(row[0], row[1], Network.UNKNOWN, State(row[2]), "", row[3], 0, *row[4:6]),
            int(row[6]),
            int(row[7]),
        )
        for row in rows
    ]


def fold(conn: Connection, most: int = 5_000) -> int:
    """Add up the oldest deltas, so many of each tally; returns how many at most were folded."""
    return max(_WHOLE.fold(conn, most), _BY_DISTRICT.fold(conn, most))
