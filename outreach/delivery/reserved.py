"""Units of a long limit in hand: written down as spent, and not used yet."""

import math
from collections import deque
from datetime import datetime

from outreach.domain.limit import BUCKETS, Limit
from outreach.store.spent import Block, SpentTable


class Book:
    """The blocks of one limit that may still be used."""

    def __init__(self, limit: Limit, ledger: SpentTable, among: int = 1) -> None:
        """`among` so many processes the limit is shared."""
        self.limit = limit
        self.ledger = ledger
        self.size = max(1, limit.amount // (BUCKETS * among))
        """Units that are asked for at a time."""
        self._closed_until = -math.inf
        self._blocks: deque[Block] = deque()

    def begins(self, wall: datetime) -> datetime | None:
        """The start of a quota's present day or month; None for a rolling limit."""
        return self.limit.begins(wall) if self.limit.span else None

    def ready_in(self, now: float) -> float:
        """In how many seconds it is of use to ask for more; 0 means now."""
        return max(0.0, self._closed_until - now)

    def left(self, now: float, wall: datetime) -> int:
        """Units in hand at this moment (monotonic, and by the wall clock); older ones are lost."""
        blocks, begins = self._blocks, self.begins(wall)
        start = None if begins is None else int(begins.timestamp() * 1000)
        while blocks and (blocks[0].until <= now or start not in {None, blocks[0].starts_at}):
            blocks.popleft()
        return sum(block.units for block in blocks)

    def add(self, block: Block) -> None:
        """Take a block in hand; an empty one tells until when there are no more."""
        if block.units:
            self._blocks.append(block)
        else:
            self._closed_until = block.until

    def use(self, units: int) -> None:
        """Use units, the oldest first; `left` has just said that they are there."""
        while units:
            block = self._blocks[0]
            taken = min(units, block.units)
            block.units -= taken
            units -= taken
            if not block.units:
                self._blocks.popleft()

    def empty(self) -> list[Block]:
        """Hand back every block."""
        blocks = [*self._blocks]
        self._blocks.clear()
        return blocks


class SharedBook(Book):
    """The blocks of a limit that several processes spend from; the database knows which day it is.

    So each block of a quota tells itself until when it is good.
    """

    def begins(self, wall: datetime) -> datetime | None:  # noqa: ARG002 - not by the clock of ours
        """No process tells when a day begins."""
        return None
