"""The engine's transactions: one records what came of a sub-batch and starts the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from outreach.delivery.batch import Answered, Batch
from outreach.delivery.ending import hold
from outreach.delivery.list_room import Room
from outreach.delivery.memory import Memory
from outreach.delivery.roster import Live
from outreach.delivery.tools import Tools
from outreach.domain.key import MessageId
from outreach.domain.message import Event
from outreach.domain.window import day_number
from outreach.store import batches, campaigns, contacts, lengthening, work
from outreach.store.record import Result, Taken, record, record_late
from outreach.store.work import Chunk, Lease, Ticket

LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Started:
    """What may leave now: a campaign's tickets, and the chunk they are of, if they are of one."""

    live: Live
    chunk: Chunk | None
    tickets: list[Ticket]


class Books:
    """What one sender reads and writes; every method runs inside a job of the writer."""

    def __init__(
        self, tools: Tools, account: int, owner: str, memory: Memory, room: Room | None = None
    ) -> None:
        """`room` is that of the lists, where nothing leaves but in lists."""
        self.owner = owner
        self._tools = tools
        self._account = account
        self._memory = memory
        self._room = room

    def lease(self) -> Lease:
        """A lease from now on."""
        return Lease(self.owner, self._tools.now_ms() + int(LEASE.total_seconds() * 1000))

    def step(
        self, conn: Connection, done: Batch | None, order: Sequence[Live], size: int
    ) -> Started | None:
        """Record what is done and start the next of so many messages; None if there is no work."""
        held = None if done is None else self._record_batch(conn, done)
        started = next(filter(None, (self._start(conn, each, size, held) for each in order)), None)
        if held is not None and not (started and started.chunk and started.chunk.id == held.id):
            work.release_chunk(conn, held, self.owner)
        return started

    def _start(self, conn: Connection, live: Live, size: int, held: Chunk | None) -> Started | None:
        if not campaigns.goes_on(conn, live.campaign):
            return None
        probe, rest = (self._room.probe, self._room.rest) if self._room else (1, 1)
        size, now = min(size, max(live.at_once or size, probe)), self._tools.now_ms()
        campaign, lease = live.campaign.id, self.lease()
        tickets = work.claim_due(conn, campaign, self._account, now, size, lease, rest)
        chunk = None
        if len(tickets) < size:
            # Those who have waited for others may have found them here.
            chunk, run = self._start_run(conn, live, size, len(tickets), held)
            tickets += run
        if not tickets:
            return None
        self._cap(conn, live, tickets)
        self._memory.recall(conn, tickets, now)
        return Started(live, chunk, tickets)

    def _start_run(
        self, conn: Connection, live: Live, size: int, others: int, held: Chunk | None
    ) -> tuple[Chunk | None, list[Ticket]]:
        """Mark the next run of a chunk as started: of the one we hold, or else of the first free.

        It makes so many with `others`. A run may be empty: all of it was closed, or moved to the
        exceptions, meanwhile.
        """
        campaign = live.campaign
        chunk = held if held is not None and held.campaign == campaign.id else None
        while True:
            if chunk is None or chunk.done:
                if chunk is not None:
                    self._end(conn, live, chunk)
                chunk = work.claim_chunk(
                    conn, campaign.id, self._account, self.lease(), pilot=campaign.piloting
                )
            marked = chunk and self._advance(conn, chunk, size, others)
            if marked is None:
                return None, []
            tickets = work.started(conn, marked, self._tools.now_ms())
            if tickets:
                return marked, tickets
            chunk = work.advance_chunk(conn, marked, 0, self.lease())

    def _advance(self, conn: Connection, chunk: Chunk, size: int, others: int) -> Chunk | None:
        """Start the next run; None if the lease was lost, or the run is better taken later."""
        run = size - others
        if self._room is not None:
            rest = self._room.rest
            chunk = lengthening.lengthen(conn, chunk, run, rest)
            run = work.part_of(others + chunk.left, size, rest) - others
            if run <= 0:
                work.release_chunk(conn, chunk, self.owner)
                return None
        return work.advance_chunk(conn, chunk, run, self.lease())

    def _cap(self, conn: Connection, live: Live, tickets: Sequence[Ticket]) -> None:
        """Reserve the contacts that are about to be made; who has had enough is withheld."""
        cap = self._tools.cap
        if cap is None:
            return
        new = [ticket for ticket in tickets if not ticket.withheld and not ticket.attempts]
        first = [ticket for ticket in new if _is_first_channel(ticket)]
        bound, now = None if live.urgent else cap, self._tools.now_ms()
        contacts.renew(conn, [ticket for ticket in new if not _is_first_channel(ticket)], now)
        over = contacts.reserve(conn, first, bound, now)
        for ticket in first:
            if ticket.message in over:
                ticket.withheld = contacts.OVER_CAP

    def _record_batch(self, conn: Connection, done: Batch) -> Chunk | None:
        """Record a sub-batch; returns its chunk if that is still ours and goes on."""
        batches.strike(conn, done.lists)
        chunk = done.chunk and work.advance_chunk(conn, done.chunk, 0, self.lease())
        run_lost = done.chunk is not None and chunk is None
        self.record(conn, done.live, done.results, done.taken, run_lost=run_lost)
        if chunk is not None and chunk.done:
            self._end(conn, done.live, chunk)
            return None
        return chunk

    def _end(self, conn: Connection, live: Live, chunk: Chunk) -> None:
        """Give back a chunk that is done; who is not reached by then is looked for later."""
        hours, steps = live.campaign.rules.fallback_hours, live.campaign.steps
        look_at = None
        if hours is not None and len(steps) > 1:
            look_at = self._tools.now_ms() + hours * 3_600_000
        work.release_chunk(conn, chunk, self.owner, look_at)

    def record(
        self,
        conn: Connection,
        live: Live,
        results: Sequence[Result],
        taken: Sequence[Taken],
        *,
        run_lost: bool = False,
    ) -> None:
        """Store results; those whose lease was lost meanwhile move whatever state is found.

        `run_lost`: whether it is that of the chunk; exceptions have leases of their own.
        """
        now = self._tools.clock()
        today = day_number(now)
        self._memory.keep(conn, results, taken, int(now.timestamp() * 1000))
        lost = self._lost(conn, results, taken, run_lost=run_lost)
        if lost:
            record_late(conn, _of(results, lost), today, _of(taken, lost))
            results, taken = _without(results, lost), _without(taken, lost)
        record(conn, results, int(now.timestamp() * 1000), today, taken)
        if self._tools.cap is not None:
            nobody = [each.ticket.message for each in results if _reached_nobody(live, each)]
            contacts.forget(conn, nobody)
        halted = next((each.halt for each in results if each.halt), None)
        if halted is not None:
            found = campaigns.get(conn, live.campaign.id)
            hold(conn, found, halted, int(now.timestamp() * 1000))

    def record_late(
        self, conn: Connection, late: Sequence[tuple[Live, Answered]], lists: Sequence[str]
    ) -> None:
        """Store answers that their sub-batches did not wait for; `lists`: those that they end."""
        batches.strike(conn, lists)
        for live in {live.campaign.id: live for live, _ in late}.values():
            answers = [each for its, each in late if its.campaign.id == live.campaign.id]
            results = [each for each in answers if isinstance(each, Result)]
            self.record(conn, live, results, [each for each in answers if isinstance(each, Taken)])

    def _lost(
        self,
        conn: Connection,
        results: Sequence[Result],
        taken: Sequence[Taken],
        *,
        run_lost: bool,
    ) -> set[int]:
        """Messages whose lease is ours no more; a chunk's was checked by its mark."""
        tickets = [each.ticket for each in results] + [each.ticket for each in taken]
        due = [ticket.message for ticket in tickets if ticket.was_due]
        lost = set(due) - work.held_due(conn, due, self.owner) if due else set()
        if run_lost:
            lost |= {ticket.message for ticket in tickets if not ticket.was_due}
        return lost


A = TypeVar("A", Taken, Result)


def _of(answers: Sequence[A], messages: set[int]) -> list[A]:
    return [each for each in answers if each.ticket.message in messages]


def _without(answers: Sequence[A], messages: set[int]) -> list[A]:
    return [each for each in answers if each.ticket.message not in messages]


def _is_first_channel(ticket: Ticket) -> bool:
    return MessageId.of(ticket.message).step == 0


def _reached_nobody(live: Live, result: Result) -> bool:
    """Whether a recipient was certainly not written to, by this channel or one before it."""
    if result.fallback is not None or result.event not in _NOBODY:
        return False
    return live.campaign.rules.fallback_hours is None or _is_first_channel(result.ticket)


_NOBODY = frozenset({Event.REFUSE, Event.SPEND, Event.SUPPRESS})
