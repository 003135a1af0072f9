"""Receipts: the raw inbox, durable before a carrier is answered, and what came of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, text

from outreach.domain.window import day_number_at
from outreach.store import tables
from outreach.store.bulk import Row, bulk_change, bulk_insert
from outreach.store.sql import Fetched, among, select_among, statement, unclaimed


@dataclass(frozen=True, slots=True)
class Call:
    """A carrier's call as it came, waiting to be settled."""

    id: int
    account: int
    at: int
    body: bytes
    tries: int
    heard: frozenset[int] = frozenset()
    """The places in it of the receipts that are settled already, while it waits for others."""
    until: int = 0
    """When (ms) the claim runs out by which it was taken; no other claim of it has the same."""


class TakenOverError(Exception):
    """Whoever claimed a call stood still for so long that another has claimed it."""


class Settled(NamedTuple):
    """One receipt and its effect; `message` is None when none of ours was meant."""

    message: int | None
    account: int
    at: int
    status: int
    code: str | None
    effect: str


GRACE_MS = 300
"""A receipt often overtakes the record of its answer: looked at a little later, it finds it."""


def put(conn: Connection, calls: Sequence[tuple[int, int, bytes]]) -> None:
    """Store calls: account, time of arrival (ms), the call."""
    rows: list[Row] = [(account, at, body, 0, at + GRACE_MS) for account, at, body in calls]
    bulk_insert(conn, tables.inbox, ("account", "at", "body", "tries", "next_at"), rows)


def take(conn: Connection, now: int, size: int, until: int) -> list[Call]:
    """Claim the oldest calls whose time has come; unless settled they come back at `until`."""
    ahead = "SELECT id FROM inbox WHERE next_at <= :now ORDER BY next_at, id LIMIT :size"
    rows = conn.execute(
        statement(
            "UPDATE inbox SET next_at = :until"
            f" WHERE id {among(conn, ahead + unclaimed(conn))} AND next_at <= :now"
            " RETURNING id, account, at, body, tries, heard"
        ),
        {"now": now, "size": size, "until": until},
    ).all()
    return sorted((_call(row, until) for row in rows), key=lambda call: call.id)


def give_back(conn: Connection, calls: Sequence[Call], now: int) -> None:
    """Let calls be claimed again at once."""
    rows: list[Row] = [(now, call.id) for call in calls]
    bulk_change(conn, tables.inbox, ("next_at",), ("id",), rows)


def _call(row: Fetched, until: int) -> Call:
    heard = frozenset(map(int, row[5].split()))
    return Call(row[0], row[1], row[2], row[3], row[4], heard, until)


def settle(conn: Connection, done: Sequence[Call], settled: Sequence[Settled]) -> None:
    """Take calls out of the inbox and keep what was said, be it by others that wait.

    TakenOverError where somebody else has claimed one of them, or has settled it.
    """
    for until in {call.until for call in done}:
        ours = [call.id for call in done if call.until == until]
        sql = "DELETE FROM inbox WHERE id {among} AND next_at = :until RETURNING id"
        if len(select_among(conn, sql, ours, until=until)) < len(ours):
            raise TakenOverError
    rows: list[Row] = [*settled]
    bulk_insert(conn, tables.receipt, Settled._fields, rows)


def postpone(conn: Connection, calls: Sequence[tuple[Call, int, Collection[int]]]) -> None:
    """Leave calls for later: call, next time (ms), the places of what is settled now.

    TakenOverError as above.
    """
    rows: list[Row] = [
        (call.tries + 1, next_at, _places(call.heard.union(places)), call.id, call.until)
        for call, next_at, places in calls
    ]
    changed = ("tries", "next_at", "heard")
    if bulk_change(conn, tables.inbox, changed, ("id", "next_at"), rows) < len(rows):
        raise TakenOverError


def _places(heard: Collection[int]) -> str:
    return " ".join(map(str, sorted(heard)))


def waiting(conn: Connection) -> int:
    """How many calls are not settled yet."""
    return int(conn.execute(text("SELECT COUNT(*) FROM inbox")).scalar_one())


def oldest(conn: Connection) -> int | None:
    """When (ms) the oldest call came that is not settled yet; None if there is none."""
    return conn.execute(text("SELECT at FROM inbox ORDER BY id LIMIT 1")).scalar_one_or_none()


def receipt_days(conn: Connection, messages: Collection[int]) -> dict[int, int]:
    """The local day on which each message's final word came, where a receipt brought it."""
    if not messages:
        return {}
    rows = select_among(
        conn,
        "SELECT message, MIN(at) FROM receipt WHERE message {among} AND status IN (1, 2, 4)"
        " AND effect IN ('moved', 'pulled', 'asked') GROUP BY message",
        list(messages),
    )
    return {row[0]: day_number_at(row[1]) for row in rows}
