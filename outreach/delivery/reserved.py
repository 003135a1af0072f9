"""Units of a long limit in hand: written down as spent, and not used yet."""

from collections import deque
from datetime import datetime

from outreach.domain.limit import BUCKETS, Limit
from outreach.store.spent import Block


class Book:
    """The blocks of one limit that may still be used."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.size = max(1, limit.amount // BUCKETS)
        """Units that are asked for at a time."""
        self._blocks: deque[Block] = deque()

    def begins(self, wall: datetime) -> datetime | None:
        """The start of a quota's present day or month; None for a rolling limit."""
        return self.limit.begins(wall) if self.limit.span else None

    def left(self, now: float, wall: datetime) -> int:
        """Units in hand at this moment (monotonic, and by the wall clock); older ones are lost."""
        blocks, begins = self._blocks, self.begins(wall)
        start = None if begins is None else int(begins.timestamp() * 1000)
        while blocks and (blocks[0].until <= now or start not in {None, blocks[0].starts_at}):
            blocks.popleft()
        return sum(block.units for block in blocks)

    def add(self, block: Block) -> None:
        """Take a block in hand."""
        self._blocks.append(block)

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
