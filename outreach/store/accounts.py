"""Accounts by number, and what the engine last said of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.domain.network import Channel
from outreach.store import tables
from outreach.store.bulk import Row, bulk_insert, bulk_update
from outreach.store.sql import one_changed


@dataclass(frozen=True, slots=True)
class Pulse:
    """How an account fares, as the engine wrote it about once a second."""

    account: int
    at: int
    rate: int
    allowed: int
    in_flight: int
    breaker: str
    reason: str
    per_minute: int = 0
    """Answers in the last sixty seconds."""
    unit: str = "messages"
    """What `allowed` counts: the unit of the tightest limit."""
    stalled_since: int | None = None
    """Since when (ms) nothing moves though there is work."""
    counted_s: int = 60
    """Seconds that `per_minute` covers: fewer in the first minute of an engine."""


_PULSE = (
    "account", "at", "rate", "allowed", "in_flight", "breaker", "reason", "per_minute", "unit",
    "stalled_since", "counted_s",
)  # fmt: skip


def register(conn: Connection, wanted: Iterable[tuple[str, Channel]]) -> dict[str, int]:
    """Give every configured account its lasting number; returns name -> number."""
    known = _numbers(conn)
    for name, channel in wanted:
        if name not in known:
            known[name] = max(known.values(), default=0) + 1
            conn.execute(
                text("INSERT INTO account (id, name, channel) VALUES (:id, :name, :channel)"),
                {"id": known[name], "name": name, "channel": int(channel)},
            )
    return known


def share(conn: Connection, number: int, whose: int) -> bool:
    """Have an account know the people of another one, both being of one official account.

    Returns whether that is new.
    """
    return one_changed(
        conn,
        "UPDATE account SET oa = :whose WHERE id = :id AND COALESCE(oa, id) <> :whose",
        id=number,
        whose=whose,
    )


def whose(conn: Connection) -> dict[int, int]:
    """Number -> the account whose people it knows, for those that know another one's."""
    rows = conn.execute(text("SELECT id, oa FROM account WHERE oa <> id"))
    return {row[0]: row[1] for row in rows}


def _numbers(conn: Connection) -> dict[str, int]:
    return {row[0]: row[1] for row in conn.execute(text("SELECT name, id FROM account"))}


def names(conn: Connection) -> dict[int, tuple[str, Channel]]:
    """Number -> name and channel of every account ever used."""
    rows = conn.execute(text("SELECT id, name, channel FROM account"))
    return {row[0]: (row[1], Channel(row[2])) for row in rows}


def beat(conn: Connection, pulses: Sequence[Pulse]) -> None:
    """Replace what is known of accounts."""
    bulk_update(conn, "DELETE FROM pulse WHERE account = ?", [(p.account,) for p in pulses])
    rows: list[Row] = [tuple(getattr(pulse, name) for name in _PULSE) for pulse in pulses]
    bulk_insert(conn, tables.pulse, _PULSE, rows)


def pulses(conn: Connection) -> list[Pulse]:
    """The last word of every account."""
    rows = conn.execute(text(f"SELECT {', '.join(_PULSE)} FROM pulse"))
    return [Pulse(*row) for row in rows]
