"""Receipts on their way to whoever is bound: late, repeated until they are acknowledged."""

import asyncio
import heapq
from collections import deque
from typing import Protocol

from outreach.simulator.ledger import ReceiptRow
from outreach.simulator.postman import BROKEN, TIMED_OUT
from outreach.simulator.smpp.habits import Habits
from outreach.simulator.smpp.receipts import Receipt
from outreach.simulator.stage import Stage

_MOMENTS_A_SECOND = 500  # receipts that fall due at one leave in one write
_LOOKS = 4  # for overdue answers, in each time-out
_ACKNOWLEDGED = 200  # of the ledger: an answer of 0; every other answer stands as it is


class Bound(Protocol):
    """A bind that takes receipts; `unanswered` has those without an answer by sequence number."""

    unanswered: dict[int, tuple[Receipt, float]]

    @property
    def ready(self) -> bool:
        """Whether one receipt more may be sent now."""

    def deliver(self, receipt: Receipt, at: float) -> None: ...

    def flush(self) -> None: ...


class Outbox:
    """All receipts of one system_id; while nobody is bound they wait."""

    def __init__(self, habits: Habits, stage: Stage) -> None:
        self._habits = habits
        self._stage = stage
        self._moments: list[int] = []  # a heap
        self._later: dict[int, list[Receipt]] = {}  # by moment
        self._due: deque[Receipt] = deque()
        self._bound: list[Bound] = []
        self._next = 0
        self._timer: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None

    def later(self, delay_s: float, receipt: Receipt) -> None:
        """Bring a receipt after a delay, scaled."""
        self._stage.postman.began()
        self._schedule(delay_s, receipt)

    def now(self, receipt: Receipt) -> None:
        """Bring a receipt before anything else is said, if anybody is ready for it."""
        self._stage.postman.began()
        self._due.appendleft(receipt)
        self.hand_out()

    def join(self, line: Bound) -> None:
        """Bring receipts to this bind from now on, and what there is now."""
        if line not in self._bound:
            self._bound.append(line)
        self.hand_out()

    def leave(self, line: Bound) -> None:
        """Bring nothing more to a bind; what it did not acknowledge is for another."""
        if line not in self._bound:
            return
        self._bound.remove(line)
        for receipt, _ in line.unanswered.values():
            self._note(receipt, BROKEN)
            self._due.append(receipt)
        line.unanswered.clear()
        asyncio.get_running_loop().call_soon(self.hand_out)

    def answered(self, line: Bound, sequence: int, status: int) -> None:
        """Take the answer to a deliver_sm; one that nobody waits for any more says nothing."""
        found = line.unanswered.pop(sequence, None)
        if found is not None:
            self._ended(found[0], status or _ACKNOWLEDGED)

    def hand_out(self) -> None:
        """Bring what is due, to each bind in turn."""
        if not self._due:
            return
        at = asyncio.get_running_loop().time()
        while self._due and (line := self._turn()) is not None:
            line.deliver(self._due.popleft(), at)
        for each in self._bound:
            each.flush()
        self._watch_over()

    def close(self) -> None:
        """Bring nothing more at all."""
        for timer in (self._timer, self._watch):
            if timer is not None:
                timer.cancel()

    def _turn(self) -> Bound | None:
        for _ in self._bound:
            self._next = (self._next + 1) % len(self._bound)
            if self._bound[self._next].ready:
                return self._bound[self._next]
        return None

    def _schedule(self, delay_s: float, receipt: Receipt) -> None:
        loop = asyncio.get_running_loop()
        moment = int((loop.time() + delay_s * self._stage.scale) * _MOMENTS_A_SECOND) + 1
        together = self._later.get(moment)
        if together is not None:
            together.append(receipt)
            return
        self._later[moment] = [receipt]
        heapq.heappush(self._moments, moment)
        if self._moments[0] == moment:
            self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        at = self._moments[0] / _MOMENTS_A_SECOND
        self._timer = asyncio.get_running_loop().call_at(at, self._ring)

    def _ring(self) -> None:
        self._timer = None
        at = int(asyncio.get_running_loop().time() * _MOMENTS_A_SECOND)
        while self._moments and self._moments[0] <= at:
            self._due.extend(self._later.pop(heapq.heappop(self._moments)))
        if self._moments:
            self._arm()
        self.hand_out()

    def _watch_over(self) -> None:
        if self._watch is None and any(each.unanswered for each in self._bound):
            wait = self._habits.ack_timeout_s / _LOOKS
            self._watch = asyncio.get_running_loop().call_later(wait, self._look)

    def _look(self) -> None:
        """Find the receipts whose answers are overdue: the oldest of a bind come first."""
        self._watch = None
        overdue = asyncio.get_running_loop().time() - self._habits.ack_timeout_s
        for line in self._bound:
            for sequence, (receipt, at) in list(line.unanswered.items()):
                if at > overdue:
                    break
                del line.unanswered[sequence]
                self._ended(receipt, TIMED_OUT)
        self._watch_over()

    def _ended(self, receipt: Receipt, status: int) -> None:
        """One try is over: the next follows it, unless it was acknowledged or was the last."""
        self._note(receipt, status)
        ladder = self._habits.receipt_ladder_s
        if status != _ACKNOWLEDGED and receipt.attempt < len(ladder):
            wait = ladder[receipt.attempt]
            receipt.attempt += 1
            self._schedule(wait, receipt)
        else:
            self._stage.postman.ended()

    def _note(self, receipt: Receipt, status: int) -> None:
        self._stage.ledger.receipt(
            ReceiptRow(
                self._stage.clock(),
                self._stage.name,
                "",
                receipt.msisdn,
                receipt.reference,
                receipt.attempt,
                status,
            )
        )
