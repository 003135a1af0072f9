"""Puts a page of questions to a carrier, a handful at a time, and keeps what is heard."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from outreach.carriers.base import Asked, Question
from outreach.delivery.keeper import rest
from outreach.delivery.pacing import Pacer
from outreach.domain.limit import LONGEST_WAIT, LimitScope
from outreach.domain.receipt import Receipt
from outreach.store.asking import Unheard

AT_ONCE = 8
"""Questions that wait for an answer at the same time."""

_SECONDS = 30.0
"""After so long no more of a page is asked, so that what was heard is stored."""


class Turn:
    """Waits until one more question may be put, and counts it; False if none should be now."""

    def __init__(self, pacer: Pacer, spacing: float, stop: asyncio.Event) -> None:
        """`spacing` (s) between two questions leaves sending its part of what both spend."""
        self._pacer = pacer
        self._spacing = spacing
        self._stop = stop
        self._next = 0.0
        """When the next question may be put (s of the loop)."""

    async def __call__(self) -> bool:
        now = asyncio.get_running_loop().time()
        wait = self._next - now
        if wait > LONGEST_WAIT:
            return False
        self._next = max(self._next, now) + self._spacing
        if wait > 0:
            await rest(self._stop, wait)
        return not self._stop.is_set() and await self._pacer.turn(LimitScope.STATUS)


@dataclass(frozen=True, slots=True)
class Put:
    """A question, and the message that it is about."""

    unheard: Unheard
    question: Question


class Inquiry:
    """The questions of one page.

    It ends early at a fault, or where there is no turn; what was heard by then stays.
    """

    def __init__(self, adapter: Asked, turn: Callable[[], Awaitable[bool]]) -> None:
        self.words: list[tuple[Unheard, Receipt]] = []
        """About messages of the page."""
        self.others: list[Receipt] = []
        """About messages that were not asked about, by reference and number."""
        self.done: set[int] = set()
        """Messages of the page that need no question now."""
        self.fault: Exception | None = None
        self.failed: int | None = None
        """The message whose question met the fault."""
        self.no_turn = False
        self._adapter = adapter
        self._turn = turn
        self._told: dict[tuple[str | None, str | None], list[Receipt]] = {}
        self._until = 0.0

    @property
    def _over(self) -> bool:
        late = asyncio.get_running_loop().time() >= self._until
        return self.fault is not None or self.no_turn or late

    async def put(self, questions: Sequence[Put]) -> None:
        """Ask one by one; an answer may spare the questions about others under its reference."""
        self._until = asyncio.get_running_loop().time() + _SECONDS
        first, rest = _of_each_reference(questions)
        for some in (first, rest):
            waiting = iter(some)
            await asyncio.gather(*(self._ask(waiting) for _ in range(min(AT_ONCE, len(some)))))
        self.others = [receipt for told in self._told.values() for receipt in told]

    async def _ask(self, waiting: Iterator[Put]) -> None:
        while not self._over and (put := next(waiting, None)) is not None:
            if self._known(put):
                continue
            if not await self._turn():
                self.no_turn = True
                return
            try:
                receipts = await self._adapter.status(put.question)
            except Exception as fault:  # noqa: BLE001 - raised again when what was heard is stored
                if self.fault is None:
                    self.fault, self.failed = fault, put.unheard.message
                return
            self._hear(put, receipts)

    def _known(self, put: Put) -> bool:
        """Whether an earlier answer told of this message, too; its words are then this one's."""
        told = self._told.pop((put.question.reference, put.question.msisdn), None)
        if told is None:
            return False
        self.words += [(put.unheard, receipt) for receipt in told]
        self.done.add(put.unheard.message)
        return True

    def _hear(self, put: Put, receipts: Sequence[Receipt]) -> None:
        self.done.add(put.unheard.message)
        for receipt in receipts:
            name = (receipt.reference, receipt.msisdn)
            if receipt.key == put.question.key:
                self.words.append((put.unheard, receipt))
            elif None not in name:
                self._told.setdefault(name, []).append(receipt)


def _of_each_reference(questions: Sequence[Put]) -> tuple[list[Put], list[Put]]:
    """The first question under each reference, and those that its answer may spare."""
    seen: set[str] = set()
    first: list[Put] = []
    rest: list[Put] = []
    for put in questions:
        reference = put.question.reference
        if reference is None or reference not in seen:
            first.append(put)
        else:
            rest.append(put)
        if reference is not None:
            seen.add(reference)
    return first, rest
