"""Taking up the next channel for those whom the first one has not reached for too long."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, text

from outreach.domain.key import STEP_SPAN
from outreach.domain.message import State
from outreach.store import tables
from outreach.store.database import Row, bulk_insert, bulk_update
from outreach.store.messages import Message, fetch_locked, receipt_days
from outreach.store.tally import Counter

WHY = "fallback: not delivered"

_TAKEN = frozenset({State.ACCEPTED, State.UNDELIVERED, State.UNCONFIRMED})


@dataclass(frozen=True, slots=True)
class _Chunk:
    id: int
    first: int
    last: int


def look(
    conn: Connection,
    campaign: int,
    wait: int | None,
    to: Callable[[Message], int | None],
    now: int,
) -> int | None:
    """Look at the next chunk whose time has come; how many fell back, or None if there is none.

    Who was taken at least `wait` ms ago and is not delivered falls back to the account that `to`
    names, if it names one. Later ones are looked at again. Without `wait` nobody is waited for.
    """
    row = conn.execute(
        text(
            "SELECT id, first, last FROM chunk WHERE campaign = :campaign AND look_at <= :now"
            " ORDER BY look_at LIMIT 1"
        ),
        {"campaign": campaign, "now": now},
    ).first()
    if row is None:
        return None
    chunk = _Chunk(*row)
    taken = {} if wait is None else _taken(conn, chunk)
    old = [message for message, at in taken.items() if at + (wait or 0) <= now]
    young = [at + (wait or 0) for at in taken.values() if at + (wait or 0) > now]
    if wait is not None and _pending(conn, chunk):
        young.append(now + wait)
    conn.execute(
        text("UPDATE chunk SET look_at = :at WHERE id = :id"),
        {"at": min(young, default=None), "id": chunk.id},
    )
    return _fall_back(conn, old, to, now)


def _taken(conn: Connection, chunk: _Chunk) -> dict[int, int]:
    """Those of a chunk that a carrier took and that are not delivered: message -> when (ms)."""
    states = ", ".join(str(int(state)) for state in _TAKEN)
    rows = conn.execute(
        text(
            "SELECT m.id, (SELECT COALESCE(MAX(a.at), 0) FROM attempt a WHERE a.message = m.id)"
            " FROM message m WHERE m.id BETWEEN :first AND :last"
            f" AND m.state IN ({states}) AND m.superseded = 0"
        ),
        {"first": chunk.first, "last": chunk.last},
    )
    return {row[0]: int(row[1]) for row in rows}


def _pending(conn: Connection, chunk: _Chunk) -> bool:
    found = conn.execute(
        text("SELECT 1 FROM message WHERE id BETWEEN :first AND :last AND state = 0 LIMIT 1"),
        {"first": chunk.first, "last": chunk.last},
    )
    return found.first() is not None


def _fall_back(
    conn: Connection, ids: Sequence[int], to: Callable[[Message], int | None], now: int
) -> int:
    """Give the result over to a message of the next channel, for all that are as they were."""
    found = fetch_locked(conn, sorted(ids))
    waiting = [m for m in found.values() if m.state in _TAKEN and not m.superseded]
    falling = [(m, account) for m in waiting if (account := to(m)) is not None]
    days = receipt_days(conn, [m.id for m, _ in falling if m.state is State.UNDELIVERED])
    counter = Counter()
    messages: list[Row] = []
    due: list[Row] = []
    for before, account in falling:
        after = _next(before, account)
        day = days.get(before.id, 0)
        counter.add(before.group(day), -1, -before.parts)
        counter.add(replace(before, superseded=True).group(day), 1, before.parts)
        counter.add(after.group())
        messages.append((after.id, after.recipient, account, int(after.network), 0, 0, 0, 0, 0))
        due.append((after.id, after.campaign, account, now, WHY, 0, 0, 0, 0))
    bulk_update(
        conn,
        "UPDATE message SET superseded = 1 WHERE id = ?",
        [(before.id,) for before, _ in falling],
    )
    bulk_insert(conn, tables.message, _MESSAGE, messages)
    bulk_insert(conn, tables.due, _DUE, due)
    counter.write(conn)
    return len(falling)


_MESSAGE = (
    "id", "recipient", "account", "network", "state", "generation", "parts", "day", "superseded"
)  # fmt: skip
_DUE = (
    "message", "campaign", "account", "at", "why", "attempts", "snoozes", "rerouted", "lease_until"
)  # fmt: skip


def _next(message: Message, account: int) -> Message:
    """A recipient's message of the next channel."""
    return Message(
        message.id + STEP_SPAN,
        message.recipient,
        account,
        message.network,
        State.PENDING,
        generation=0,
        parts=0,
        day=0,
        superseded=False,
        reason=None,
    )
