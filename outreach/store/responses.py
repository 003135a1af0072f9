"""What people did after our messages: opened, installed, registered; counted by month.

A row of the tally moves in the transaction of the rows that it counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.network import Network
from outreach.store.bulk import Row, bulk_update
from outreach.store.sql import select_among


class Kind(IntEnum):
    """What was done; the number is what tables store."""

    OPENED = 1
    INSTALLED = 2
    REGISTERED = 3
    PREVIEWED = 4
    """A link was fetched by a program: each time counts, for programs have no name."""
    OPTED_OUT = 5
    """Somebody asked not to be written to any more."""


HAS_APP = (Kind.INSTALLED, Kind.REGISTERED)
"""Who did this has the app."""


class Group(NamedTuple):
    """What is counted together: after which message, as far as is known of one."""

    month: int
    """In which it was done: 202611."""
    kind: Kind
    campaign: int = 0
    """0: after none of ours, or not looked up yet."""
    account: int = 0
    network: Network = Network.UNKNOWN
    district: int = 0


class ResponseFigure(NamedTuple):
    """So many people of a group."""

    month: int
    kind: Kind
    campaign: int
    account: int
    network: Network
    district: int
    people: int


_PAGE = 10_000
_COLUMNS = ", ".join(Group._fields)


def add(conn: Connection, counts: Mapping[Group, int]) -> None:
    """Count people into groups; negative numbers take away."""
    # In one order, so that two writers never wait for each other.
    rows: list[Row] = [(*group, people) for group, people in sorted(counts.items()) if people]
    bulk_update(
        conn,
        f"INSERT INTO response_tally ({_COLUMNS}, people) VALUES (?, ?, ?, ?, ?, ?, ?)"
        f" ON CONFLICT ({_COLUMNS})"
        " DO UPDATE SET people = response_tally.people + excluded.people",
        rows,
    )


def after(conn: Connection, done: Sequence[tuple[int, Kind, int]]) -> list[Group]:
    """The group of each month, kind and message; a message that is none of ours counts as none."""
    ids = list({message for _, _, message in done if message > 0})
    rows = select_among(
        conn, "SELECT id, account, network, district FROM message WHERE id {among}", ids
    )
    known = {row[0]: (row[0] // CAMPAIGN_SPAN, row[1], Network(row[2]), row[3]) for row in rows}
    return [
        Group(month, kind, *known[message]) if message in known else Group(month, kind)
        for month, kind, message in done
    ]


def figures(conn: Connection, month: int | None = None) -> list[ResponseFigure]:
    """Every group of a month (202611), or of all months, that has people."""
    where = "" if month is None else " AND month = :month"
    rows = conn.execute(
        text(
            f"SELECT {_COLUMNS}, people FROM response_tally WHERE people <> 0{where}"
            f" ORDER BY {_COLUMNS}"
        ),
        {} if month is None else {"month": month},
    )
    return [_figure(row) for row in rows]


def recount(conn: Connection) -> list[ResponseFigure]:
    """The same figures from the rows themselves; programs have none, and are left out.

    Rows are counted as they pass: what a database would have to sort, we need not hold.
    """
    counted: Counter[tuple[int, ...]] = Counter()
    for rows in (_OPENED, _REGISTERED):
        found = conn.execute(text(rows), execution_options={"yield_per": _PAGE})
        counted.update(map(tuple, found))
    return sorted(_figure((*group, people)) for group, people in counted.items())


_AFTER = f"""COALESCE(m.id / {CAMPAIGN_SPAN}, 0), COALESCE(m.account, 0), COALESCE(m.network, 0),
 COALESCE(m.district, 0)"""
_OPENED = f"""SELECT o.month, {int(Kind.OPENED)}, {_AFTER} FROM opened o
 LEFT JOIN message m ON m.id = o.message"""
_REGISTERED = f"""SELECT g.day / 100, g.kind, {_AFTER} FROM registration g
 LEFT JOIN message m ON m.id = g.message"""


def _figure(row: Sequence[int]) -> ResponseFigure:
    return ResponseFigure(
        row[0], Kind(row[1]), int(row[2]), row[3], Network(row[4]), row[5], int(row[6])
    )
