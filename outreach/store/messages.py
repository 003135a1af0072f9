"""Messages and how their states move: always by the domain's table, always with the tally."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from outreach.domain.key import CAMPAIGN_SPAN, earlier, family
from outreach.domain.message import Event, Move, State, advance
from outreach.domain.network import Network
from outreach.store import tables
from outreach.store.bulk import Row, bulk_change, bulk_delete
from outreach.store.inbox import receipt_days
from outreach.store.sql import Fetched, for_update, select_among
from outreach.store.tally import Counter, Group


class Message(NamedTuple):
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
    district: int

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
            self.district,
        )


class Change(NamedTuple):
    """Something that happened to a message; `reason` is kept with the state it leads to."""

    message: int
    event: Event
    reason: str | None = None
    receipt_day: int = 0
    generation: int | None = None
    """The generation that a receipt speaks of; None when it is about the message as it is."""
    parts: int = 0
    """Billed parts, or the least that there can be, where the change knows more of them."""


class Effect(NamedTuple):
    """What a change came to."""

    change: Change
    found: Message | None
    outcome: State | Move | None
    """None when there is no such message."""


DELIVERED_MEANWHILE = "delivered meanwhile"
"""Why a fallback was not sent after all: the channel before it was late, but it delivered."""

AT_LEAST = 1
"""Parts of a message that left, or may have, without an answer: it cost this or more."""

_MOVING = ("state", "parts", "day", "reason", "superseded")
_FINAL = frozenset({State.DELIVERED, State.UNDELIVERED, State.REJECTED})
_LEFT = frozenset({State.ACCEPTED, State.UNDELIVERED, State.UNCONFIRMED, State.UNKNOWN})
_COLUMNS = (
    "id, recipient, account, network, state, generation, parts, day, superseded, reason, district"
)


def fetch(conn: Connection, ids: Sequence[int]) -> dict[int, Message]:
    """Read messages by id; those that do not exist are left out."""
    rows = select_among(conn, f"SELECT {_COLUMNS} FROM message WHERE id {{among}}", ids)
    return {row[0]: _message(row) for row in rows}


def fetch_locked(conn: Connection, ids: Sequence[int]) -> dict[int, Message]:
    """Read messages that are about to move; no other writer moves them meanwhile."""
    lock = for_update(conn)
    rows = select_among(
        conn, f"SELECT {_COLUMNS} FROM message WHERE id {{among}} ORDER BY id{lock}", ids
    )
    return {row[0]: _message(row) for row in rows}


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
        row[10],
    )


def apply(conn: Connection, changes: Sequence[Change], day: int) -> list[Effect]:
    """Move messages by what happened to them, in order; `day` is today's local day.

    Several changes of one message are taken one after the other. The receipt day that a
    message's first final word came on stays in the tally as a dimension of its own.
    """
    moves = _Moves(conn, changes, day)
    effects = [moves.take(change) for change in changes]
    moves.store(conn)
    return effects


class _Moves:
    """Messages while they move within one transaction, and the counts that move with them."""

    def __init__(self, conn: Connection, changes: Sequence[Change], day: int) -> None:
        self._day = day
        asked = {change.message for change in changes}
        before = {number for message in asked for number in earlier(message)}
        self._known = fetch_locked(conn, sorted(asked | before))
        heard = {change.message for change in changes if change.event.is_receipt}
        siblings = _siblings(conn, changes, self._known)
        self._known |= siblings
        pending = [message.id for message in self._known.values() if message.state is State.PENDING]
        self._due = _due(conn, [number for number in pending if number in heard | siblings.keys()])
        self._receipt_days = receipt_days(conn, _that_may_pass(self._known))
        self._counter = Counter()
        self._moved: set[int] = set()

    def take(self, change: Change) -> Effect:
        """Move one message, and with it the result of its recipient where it carries it now."""
        found = self._known.get(change.message)
        if found is None:
            return Effect(change, None, None)
        if change.generation not in {None, found.generation}:
            return Effect(change, found, Move.STALE)
        target = self._target(found, change.event)
        bearer = self._bearer(found) if target is State.DELIVERED else found
        if bearer.state is State.PENDING and bearer is not found and not self._idle(bearer):
            return Effect(change, found, Move.WAIT)  # what comes of the fallback is not known yet
        if isinstance(target, State):
            after = found._replace(
                state=target,
                parts=max(found.parts, change.parts, self._doubtful_parts(found.id)),
                day=found.day or self._day,
                superseded=self._pass_on(found, target, bearer),
                reason=change.reason,
            )
            self._put(found, after, change.receipt_day if target in _FINAL else 0)
        return Effect(change, found, target)

    def _pass_on(self, found: Message, target: State, bearer: Message) -> bool:
        """Let another carry the result no longer, or again; whether this one is superseded then."""
        if bearer is not found:
            # Of two that were delivered the earlier one carries, in whatever order words came.
            if bearer.state is State.DELIVERED and bearer.id < found.id:
                return True
            self._yield(bearer)
            return False
        before = heir(found.id, self._known) if target.in_vain else None
        if before is None or found.superseded:
            return found.superseded
        self._put(before, before._replace(superseded=False))
        return True

    def store(self, conn: Connection) -> None:
        """Write down what moved."""
        rows: list[Row] = [
            (int(m.state), m.parts, m.day, m.reason, int(m.superseded), m.id)
            for m in map(self._known.__getitem__, self._moved)
        ]
        bulk_change(conn, tables.message, _MOVING, ("id",), rows)
        bulk_delete(conn, tables.due, "message", sorted(self._moved & self._due.keys()))
        self._counter.write(conn)

    def _doubtful_parts(self, message: int) -> int:
        """What one that may have left costs if it did."""
        due = self._due.get(message)
        return due.parts if due is not None and due.doubtful else 0

    def _target(self, found: Message, event: Event) -> State | Move:
        """Where an event leads; one that may have left, and waits to be asked again, is unknown."""
        due = self._due.get(found.id)
        doubtful = due is not None and due.doubtful and not due.leased
        return advance(
            State.UNKNOWN if doubtful and found.state is State.PENDING else found.state, event
        )

    def _bearer(self, message: Message) -> Message:
        """The message that carries the result of this one's recipient: itself, or a sibling."""
        if not message.superseded:
            return message
        mine = map(self._known.get, family(message.id))
        return next((m for m in mine if m is not None and not m.superseded), message)

    def _idle(self, message: Message) -> bool:
        """Whether a pending message is surely not under way."""
        due = self._due.get(message.id)
        return due is not None and not due.leased

    def _yield(self, bearer: Message) -> None:
        """Let a message carry its recipient's result no longer; one that waits is not sent."""
        after = bearer._replace(superseded=True)
        if bearer.state is State.PENDING:
            doubtful = self._due[bearer.id].doubtful
            after = after._replace(
                state=State.UNKNOWN if doubtful else State.CANCELLED,
                parts=max(self._doubtful_parts(bearer.id), int(doubtful)),
                day=self._day,
                reason=DELIVERED_MEANWHILE,
            )
        self._put(bearer, after)

    def _put(self, before: Message, after: Message, receipt_day: int | None = None) -> None:
        """Note what a message became; without a day its receipt's stays."""
        came = self._receipt_days.get(before.id, 0)
        self._counter.add(before.group(came), -1, -before.parts)
        came = self._receipt_days[after.id] = came if receipt_day is None else receipt_day
        self._counter.add(after.group(came), 1, after.parts)
        self._known[after.id] = after
        self._moved.add(after.id)


def heir(message: int, known: Mapping[int, Message]) -> Message | None:
    """Who carries the result where a message ends in vain: the latest one before it that left."""
    before = map(known.get, earlier(message))
    return next((m for m in before if m is not None and m.state in _LEFT), None)


def _that_may_pass(known: Mapping[int, Message]) -> list[int]:
    """Those with a final word that are not alone, so that the result may come or go."""
    return [
        message.id
        for message in known.values()
        if message.state in _FINAL and sum(n in known for n in family(message.id)) > 1
    ]


def _siblings(
    conn: Connection, changes: Sequence[Change], known: Mapping[int, Message]
) -> dict[int, Message]:
    """The other messages to those whom a message that no longer counts has reached after all."""
    late = {
        change.message
        for change in changes
        if change.event is Event.DELIVERED
        and change.message in known
        and known[change.message].superseded
    }
    wanted = {number for message in late for number in family(message)} - known.keys()
    return fetch_locked(conn, sorted(wanted)) if wanted else {}


@dataclass(frozen=True, slots=True)
class _Due:
    """How an exception stands: under way or not, whether it may have left before, its parts."""

    leased: bool
    doubtful: bool
    parts: int


def _due(conn: Connection, messages: Collection[int]) -> dict[int, _Due]:
    """Read the exceptions among messages; nobody leases them while the transaction lasts."""
    if not messages:
        return {}
    lock = for_update(conn)
    rows = select_among(
        conn,
        "SELECT message, lease_owner IS NOT NULL, unknown_until IS NOT NULL, parts FROM due"
        f" WHERE message {{among}} ORDER BY message{lock}",
        list(messages),
    )
    return {row[0]: _Due(bool(row[1]), bool(row[2]), row[3]) for row in rows}
