"""Messages and how their states move: always by the domain's table, always with the tally."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import Event, Move, State, advance
from outreach.domain.network import Network
from outreach.store.database import Row, bulk_update
from outreach.store.sql import Fetched, select_among
from outreach.store.tally import Counter, Group


@dataclass(frozen=True, slots=True)
class Message:
    """A message as its row has it."""

    id: int
    recipient: int
    account: int
    network: Network
    state: State
    generation: int
    parts: int
    day: int
    superseded: bool
    reason: str | None

    @property
    def campaign(self) -> int:
        """The campaign it belongs to."""
        return self.id // CAMPAIGN_SPAN

    def group(self, receipt_day: int = 0) -> Group:
        """Where the tally counts it."""
        return Group(
            self.campaign,
            self.account,
            self.network,
            self.state,
            self.reason or "",
            self.day,
            receipt_day,
            int(not self.superseded),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a message; `reason` is kept with the state it leads to."""

    message: int
    event: Event
    reason: str | None = None
    receipt_day: int = 0
    generation: int | None = None
    """The generation that a receipt speaks of; None when it is about the message as it is."""
    parts: int = 0
    """Billed parts, where the change is the first to know them."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change came to."""

    change: Change
    found: Message | None
    outcome: State | Move | None
    """None when there is no such message."""


_FINAL = frozenset({State.DELIVERED, State.UNDELIVERED, State.REJECTED})
_COLUMNS = "id, recipient, account, network, state, generation, parts, day, superseded, reason"


def fetch(conn: Connection, ids: Sequence[int]) -> dict[int, Message]:
    """Read messages by id; those that do not exist are left out."""
    rows = select_among(conn, f"SELECT {_COLUMNS} FROM message WHERE id {{among}}", ids)
    return {row[0]: _message(row) for row in rows}


def fetch_locked(conn: Connection, ids: Sequence[int]) -> dict[int, Message]:
    """Read messages that are about to move; no other writer moves them meanwhile."""
    if conn.dialect.name == "postgresql":  # SQLite has one writer
        select_among(conn, "SELECT 1 FROM message WHERE id {among} ORDER BY id FOR UPDATE", ids)
    return fetch(conn, ids)


def _message(row: Fetched) -> Message:
    return Message(
        row[0],
        row[1],
        row[2],
        Network(row[3]),
        State(row[4]),
        row[5],
        row[6],
        row[7],
        bool(row[8]),
        row[9],
    )


def apply(conn: Connection, changes: Sequence[Change], day: int) -> list[Effect]:
    """Move messages by what happened to them, in order; `day` is today's local day.

    Several changes of one message are taken one after the other. The receipt day that a
    message's first final word came on stays in the tally as a dimension of its own.
    """
    known = fetch_locked(conn, sorted({change.message for change in changes}))
    counter = Counter()
    effects = [_apply_one(known, change, day, counter) for change in changes]
    moved = {effect.change.message for effect in effects if isinstance(effect.outcome, State)}
    _store(conn, (known[message] for message in moved))
    counter.write(conn)
    return effects


def _apply_one(known: dict[int, Message], change: Change, day: int, counter: Counter) -> Effect:
    found = known.get(change.message)
    if found is None:
        return Effect(change, None, None)
    if change.generation not in {None, found.generation}:
        return Effect(change, found, Move.STALE)
    target = advance(found.state, change.event)
    if isinstance(target, State):
        after = Message(
            found.id,
            found.recipient,
            found.account,
            found.network,
            target,
            found.generation,
            found.parts or change.parts,
            found.day or day,
            found.superseded,
            change.reason,
        )
        counter.add(found.group(), -1, -found.parts)
        counter.add(after.group(change.receipt_day if target in _FINAL else 0), 1, after.parts)
        known[change.message] = after
    return Effect(change, found, target)


def _store(conn: Connection, messages: Iterable[Message]) -> None:
    rows: list[Row] = [
        (int(message.state), message.parts, message.day, message.reason, message.id)
        for message in messages
    ]
    bulk_update(
        conn, "UPDATE message SET state = ?, parts = ?, day = ?, reason = ? WHERE id = ?", rows
    )
