"""A sub-batch on its way: what one lane has started together, and what has come of it so far."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence

from outreach.delivery.results import parked
from outreach.delivery.roster import Live
from outreach.store.record import Result, Taken
from outreach.store.work import Chunk, Lease, Ticket

Answered = Taken | Result
Late = Callable[["Batch", Answered], None]


class Batch:
    """Tickets of one campaign, started in one transaction and recorded in one."""

    def __init__(
        self, live: Live, chunk: Chunk | None, tickets: Sequence[Ticket], looked_at: float
    ) -> None:
        """`chunk` is None where all are exceptions, which have started by their own leases.

        `looked_at`: when (monotonic s) campaign and hours were looked at; the rows were read later.
        """
        self.live = live
        self.chunk = chunk
        self.tickets = tickets
        self.rest: Iterator[Ticket] = iter(tickets)
        """Those that nobody has begun with; shared by all who work at it."""
        self.taken: list[Taken] = []
        self.results: list[Result] = []
        self.looked_at = self.read_at = self.asked_at = looked_at
        self.goes_on = True
        """Whether its campaign does, by what was read last."""
        self.waiting = 0
        """How many of it wait for a pace."""
        self.look: asyncio.Task[None] | None = None
        self.next_look: asyncio.TimerHandle | None = None
        self.began = time.monotonic()
        self.waited = 0.0
        """Seconds for which a pace held it up."""
        self.parked = 0
        self._open = {ticket.message: ticket for ticket in tickets}
        self._all = asyncio.get_running_loop().create_future()
        self._late: Late | None = None
        self.coming = False
        """Whether a worker was brought that has not begun."""
        self.lists: list[str] = []
        """Keys of the lists that went with it, and of which every message is answered."""
        self._late_lists: list[str] = []

    @property
    def answered(self) -> int:
        """Tickets whose result goes with the sub-batch."""
        return len(self.tickets) - self.parked

    def put(self, answered: Answered) -> None:
        """Take an answer: with the others, or by itself where the sub-batch did not wait for it."""
        if self._late is not None:
            self._late(self, answered)
            return
        if type(answered) is Taken:
            self.taken.append(answered)
        else:
            assert isinstance(answered, Result)
            self.results.append(answered)
        del self._open[answered.ticket.message]
        if not self._open and not self._all.done():
            self._all.set_result(None)

    def end_list(self, key: str) -> None:
        """Note that every message of a list is answered; right after the last of them was put."""
        (self.lists if self._late is None else self._late_lists).append(key)

    def late_lists(self) -> list[str]:
        """Hand over the keys of lists that were answered late."""
        keys, self._late_lists = self._late_lists, []
        return keys

    async def wait(self, patience: float) -> None:
        """Wait until everything is answered, but no longer than so many seconds."""
        await asyncio.wait({self._all}, timeout=patience)

    def park(self, now_ms: int, lease: Lease, late: Late) -> None:
        """Make exceptions of what is under way; `late` gets the answers when they come.

        The writer takes jobs in order, and nothing is awaited between here and the job that stores
        the exceptions, so an answer always finds its own stored.
        """
        self._late = late
        self.parked = len(self._open)
        self.results += [parked(ticket, now_ms, lease) for ticket in self._open.values()]
        self._open.clear()
