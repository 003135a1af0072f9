"""Taking up the next channel for those whom the first one has not reached for too long."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.domain.key import STEP_SPAN
from outreach.domain.message import State
from outreach.store.fallbacks import Fallback, make, supersede
from outreach.store.messages import Message, fetch_locked
from outreach.store.sql import unclaimed
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
            f" ORDER BY look_at LIMIT 1{unclaimed(conn)}"
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
    """Those of a chunk that a carrier took and that are not delivered: message -> when (ms).

    Who fell back before does not do so again: the result may have come back from there.
    """
    states = ", ".join(str(int(state)) for state in _TAKEN)
    rows = conn.execute(
        text(
            "SELECT m.id, (SELECT COALESCE(MAX(a.at), 0) FROM attempt a WHERE a.message = m.id)"
            " FROM message m WHERE m.id BETWEEN :first AND :last"
            f" AND m.state IN ({states}) AND m.superseded = 0 AND NOT EXISTS"
            f" (SELECT 1 FROM message n WHERE n.id = m.id + {STEP_SPAN})"
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
    counter = Counter()
    supersede(conn, [message for message, _ in falling], counter, superseded=True)
    made = [Fallback(m.id, m.recipient, m.network, account, m.district) for m, account in falling]
    make(conn, made, WHY, now, counter)
    counter.write(conn)
    return len(falling)
