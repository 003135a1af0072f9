"""Writing down what came of a sub-batch: messages, attempts, exceptions, fallbacks, counts."""

import collections
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum

from sqlalchemy import Connection

from outreach.domain.message import Event, State, advance
from outreach.domain.network import Network
from outreach.domain.reach import Reach
from outreach.store import fallbacks, tables
from outreach.store.bulk import Row, bulk_change, bulk_delete, bulk_insert
from outreach.store.fallbacks import Fallback
from outreach.store.messages import Change, apply
from outreach.store.tally import Counter, Group
from outreach.store.work import Lease, Ticket


class OutcomeKind(IntEnum):
    """An outcome as the attempt table stores it."""

    ACCEPTED = 1
    DUPLICATE = 2
    REFUSED = 3
    NOT_SENT = 4
    UNKNOWN = 5


@dataclass(frozen=True, slots=True)
class Attempt:
    """One counted try."""

    outcome: OutcomeKind
    code: str | None
    reference: str | None
    at: int
    took_ms: int


@dataclass(frozen=True, slots=True)
class Due:
    """When and why to take a message up again, and on which account."""

    at: int
    why: str
    account: int
    attempts: int
    snoozes: int
    rerouted: bool
    lease: Lease | None = None
    """Set while the message is still under way: its answer is recorded later, by itself."""
    unknown_until: int | None = None
    """See Ticket."""
    parts: int = 0
    """Of one that may have left: what it costs if it did."""
    waits: int = 0
    """See Ticket."""


@dataclass(slots=True)
class Taken:
    """A ticket that was plainly accepted: nearly all are, so it is kept small."""

    ticket: Ticket
    parts: int
    reference: str | None
    at: int
    took_ms: int
    references: tuple[str, ...] = ()
    """The carrier's id of each part, where it took the message in several."""
    network: Network | None = None
    """The one that the carrier says the number is on, if it says."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of any other ticket."""

    ticket: Ticket
    event: Event
    parts: int = 0
    reason: str | None = None
    attempt: Attempt | None = None
    due: Due | None = None
    """Set with POSTPONE, and only then."""
    learned: Network | None = None
    new_generation: bool = False
    fallback: int | None = None
    """The account of the next channel, where the plan has one and this result asks for it."""
    halt: str | None = None
    """Why its campaign is to be paused for it."""
    reach: Reach | None = None
    """What the carrier tells of the person and the channel, beyond this message."""


def record(
    conn: Connection, results: Sequence[Result], now: int, day: int, taken: Sequence[Taken] = ()
) -> None:
    """Store a sub-batch's results; every ticket is still pending, because its lease is held."""
    # In the order in which whoever settles receipts locks them: or each might wait for the other.
    results = sorted(results, key=lambda each: each.ticket.message)
    taken = sorted(taken, key=lambda each: each.ticket.message)
    counter = Counter()
    in_vain = [result.ticket.message for result in results if _target(result).in_vain]
    superseded = fallbacks.give_back(conn, in_vain, counter)
    superseded |= {result.ticket.message for result in results if result.fallback is not None}
    for result in results:
        _count(counter, result, day, bears=result.ticket.message not in superseded)
    _store_taken(conn, taken, counter, day)
    _store_messages(conn, results, day, superseded)
    _store_attempts(conn, results)
    _store_due(conn, results)
    fallbacks.make(conn, _fallbacks(results), "fallback", now, counter)
    counter.write(conn)


def record_late(
    conn: Connection, results: Sequence[Result], day: int, taken: Sequence[Taken] = ()
) -> None:
    """Store yeses whose lease was lost meanwhile: they move whatever state is found.

    After a late no the message stays unknown: its fallback would come when all may have ended.
    """
    changes = [
        Change(result.ticket.message, Event.ACCEPT, parts=result.parts)
        for result in results
        if result.event is Event.ACCEPT
    ]
    changes += [Change(each.ticket.message, Event.ACCEPT, parts=each.parts) for each in taken]
    apply(conn, changes, day)


def _store_taken(conn: Connection, taken: Sequence[Taken], counter: Counter, day: int) -> None:
    groups = collections.Counter(
        (its.campaign, its.account, its.network, its.district, each.parts)
        for its, each in ((each.ticket, each) for each in taken)
    )
    for (campaign, account, network, district, parts), messages in groups.items():
        before = Group(campaign, account, network, State.PENDING, district=district)
        counter.add(before, -messages)
        counter.add(before._replace(state=State.ACCEPTED, day=day), messages, parts * messages)
    accepted, pending = int(State.ACCEPTED), int(State.PENDING)
    _move(
        conn,
        ("state", "parts", "day"),
        [(accepted, each.parts, day, each.ticket.message, pending) for each in taken],
    )
    yes = OutcomeKind.ACCEPTED
    attempts = [
        _attempt(each.ticket, yes, None, each.reference, each.at, each.took_ms) for each in taken
    ]
    bulk_insert(conn, tables.attempt, _ATTEMPT_COLUMNS, attempts)
    done = [each.ticket.message for each in taken if each.ticket.was_due]
    bulk_delete(conn, tables.due, "message", done)


def _move(conn: Connection, columns: Sequence[str], rows: list[Row]) -> None:
    """Change pending messages; RuntimeError if one was not, for its lease was ours.

    A row ends with the id of the message and what its state was.
    """
    changed = bulk_change(conn, tables.message, columns, ("id", "state"), rows)
    if changed != len(rows):
        raise RuntimeError(f"{len(rows) - changed} messages moved while their lease was held")


def _target(result: Result) -> State:
    target = advance(State.PENDING, result.event)
    if not isinstance(target, State):
        raise TypeError(f"a pending message cannot be {result.event}")
    return target


def _count(counter: Counter, result: Result, day: int, *, bears: bool) -> None:
    ticket = result.ticket
    target = _target(result)
    account = result.due.account if result.due else ticket.account
    network = result.learned or ticket.network
    before = Group(
        ticket.campaign, ticket.account, ticket.network, State.PENDING, district=ticket.district
    )
    after = before._replace(account=account, network=network)
    if target is State.PENDING:
        if after != before:
            counter.add(before, -1)
            counter.add(after)
        return
    counter.add(before, -1)
    after = after._replace(state=target, reason=result.reason or "", day=day, result=int(bears))
    counter.add(after, 1, result.parts)


def _changes_row(result: Result) -> bool:
    """Whether a postponed message differs from its row."""
    moves = result.due is not None and result.due.account != result.ticket.account
    return moves or result.new_generation or result.learned is not None


def _store_messages(
    conn: Connection, results: Sequence[Result], day: int, superseded: Collection[int]
) -> None:
    rows: list[Row] = []
    for result in results:
        ticket = result.ticket
        target = _target(result)
        if target is State.PENDING and not _changes_row(result):
            continue
        rows.append(
            (
                int(target),
                result.parts,
                0 if target is State.PENDING else day,
                result.reason,
                result.due.account if result.due else ticket.account,
                int(result.learned or ticket.network),
                ticket.generation + result.new_generation,
                int(ticket.message in superseded),
                ticket.message,
                int(State.PENDING),
            )
        )
    _move(conn, _MESSAGE_COLUMNS, rows)


_MESSAGE_COLUMNS = (
    "state", "parts", "day", "reason", "account", "network", "generation", "superseded",
)  # fmt: skip
_ATTEMPT_COLUMNS = ("message", "n", "account", "outcome", "code", "reference", "at", "took_ms")


def _attempt(
    ticket: Ticket,
    outcome: OutcomeKind,
    code: str | None,
    reference: str | None,
    at: int,
    took_ms: int,
) -> Row:
    n = ticket.attempts + 1
    return ticket.message, n, ticket.account, int(outcome), code, reference, at, took_ms


def _store_attempts(conn: Connection, results: Sequence[Result]) -> None:
    rows = [
        _attempt(each.ticket, tried.outcome, tried.code, tried.reference, tried.at, tried.took_ms)
        for each in results
        if (tried := each.attempt) is not None
    ]
    bulk_insert(conn, tables.attempt, _ATTEMPT_COLUMNS, rows)


_DUE_COLUMNS = (
    "message", "campaign", "account", "at", "why", "attempts", "snoozes", "rerouted",
    "lease_owner", "lease_until", "unknown_until", "parts", "waits",
)  # fmt: skip


def _store_due(conn: Connection, results: Sequence[Result]) -> None:
    again: list[Row] = []
    new: list[Row] = []
    done: list[int] = []
    for result in results:
        ticket, due = result.ticket, result.due
        if due is None:
            if ticket.was_due:
                done.append(ticket.message)
            continue
        values = (due.account, due.at, due.why, due.attempts, due.snoozes, int(due.rerouted))
        lease = (None, 0) if due.lease is None else (due.lease.owner, due.lease.until)
        rest = (due.unknown_until, due.parts, due.waits)
        if ticket.was_due:
            again.append((*values, *lease, *rest, ticket.message))
        else:
            new.append((ticket.message, ticket.campaign, *values, *lease, *rest))
    bulk_delete(conn, tables.due, "message", done)
    bulk_change(conn, tables.due, _DUE_COLUMNS[2:], ("message",), again)
    bulk_insert(conn, tables.due, _DUE_COLUMNS, new)


def _fallbacks(results: Sequence[Result]) -> list[Fallback]:
    """What the next channel takes over."""
    return [
        Fallback(
            its.message, its.recipient, each.learned or its.network, each.fallback, its.district
        )
        for its, each in ((each.ticket, each) for each in results)
        if each.fallback is not None
    ]
