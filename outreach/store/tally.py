"""Counts by campaign, account, network, state, reason and day, moved with what they count.

A batch adds one delta row a group in its own transaction; `fold` sums them up now and then.
A figure is always folded plus not yet folded.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, text

from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.store import tables
from outreach.store.database import Row, bulk_insert, bulk_update


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
        """Store what does not cancel out."""
        rows: list[Row] = [
            (*group, messages, parts)
            for group, (messages, parts) in self._sums.items()
            if messages or parts
        ]
        bulk_insert(conn, tables.tally_delta, _COLUMNS, rows)


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


_DIMENSIONS = "campaign, account, network, state, reason, day, receipt_day, result"
_COLUMNS = (*_DIMENSIONS.split(", "), "messages", "parts")


def figures(conn: Connection, campaign: int | None = None) -> list[Figure]:
    """Every group that counts something, of one campaign or of all."""
    where = "" if campaign is None else "WHERE campaign = :campaign"
    rows = conn.execute(
        text(
            f"SELECT {_DIMENSIONS}, SUM(messages), SUM(parts) FROM ("
            f" SELECT {_DIMENSIONS}, messages, parts FROM tally {where}"
            f" UNION ALL SELECT {_DIMENSIONS}, messages, parts FROM tally_delta {where}"
            f") AS both_parts GROUP BY {_DIMENSIONS}"
            " HAVING SUM(messages) <> 0 OR SUM(parts) <> 0"
        ),
        {} if campaign is None else {"campaign": campaign},
    )
    return [
        Figure(
            Group(row[0], row[1], Network(row[2]), State(row[3]), *row[4:8]),
            int(row[8]),
            int(row[9]),
        )
        for row in rows
    ]


def fold(conn: Connection, most: int = 5_000) -> int:
    """Add up the oldest deltas into the tally; returns how many were folded."""
    last = conn.execute(
        text("SELECT MAX(id) FROM (SELECT id FROM tally_delta ORDER BY id LIMIT :most) AS oldest"),
        {"most": most},
    ).scalar()
    if last is None:
        return 0
    # What is taken out is what is counted, whatever other processes commit or fold meanwhile.
    taken = conn.execute(
        text(f"DELETE FROM tally_delta WHERE id <= :last RETURNING {_DIMENSIONS}, messages, parts"),
        {"last": last},
    ).all()
    sums: defaultdict[Row, list[int]] = defaultdict(lambda: [0, 0])
    for *group, messages, parts in taken:
        sums[tuple(group)][0] += messages
        sums[tuple(group)][1] += parts
    marks = ", ".join("?" for _ in _COLUMNS)
    bulk_update(
        conn,
        f"INSERT INTO tally ({_DIMENSIONS}, messages, parts) VALUES ({marks})"
        f" ON CONFLICT ({_DIMENSIONS}) DO UPDATE SET"
        " messages = tally.messages + excluded.messages, parts = tally.parts + excluded.parts",
        [(*group, *counts) for group, counts in sorted(sums.items())],
    )
    return len(taken)
