"""Units of a long limit in hand: written down as spent, and not used yet."""

import asyncio
import contextlib
import math
from collections import deque
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from outreach.domain.limit import BUCKETS, Limit
from outreach.store.spent import Block, SpentTable


class Book:
    """The blocks of one limit that may still be used."""

    def __init__(self, limit: Limit, ledger: SpentTable, among: int = 1) -> None:
        """`among` so many processes the limit is shared."""
        self.limit = limit
        self.size = max(1, limit.amount // (BUCKETS * among))
        """Units that are asked for at a time."""
        self._ledger = ledger
        self._closed_until = -math.inf
        self._blocks: deque[Block] = deque()

    def ready_in(self, now: float) -> float:
        """In how many seconds it is of use to ask for more; 0 means now."""
        return max(0.0, self._closed_until - now)

    def left(self, now: float, wall: datetime) -> int:
        """Units in hand at this moment (monotonic, and by the wall clock); older ones are lost."""
        blocks, begins = self._blocks, self._ledger.begins(self.limit, wall)
        start = None if begins is None else int(begins.timestamp() * 1000)
        while blocks and (blocks[0].until <= now or start not in {None, blocks[0].starts_at}):
            blocks.popleft()
        return sum(block.units for block in blocks)

    def use(self, units: int) -> None:
        """Use units, the oldest first; `left` has just said that they are there."""
        while units:
            block = self._blocks[0]
            taken = min(units, block.units)
            block.units -= taken
            units -= taken
            if not block.units:
                self._blocks.popleft()

    async def fetch(self, units: int, wall: datetime) -> None:
        """Have units written down and take them in hand, or hear until when there are no more."""
        begins = self._ledger.begins(self.limit, wall)
        block = await asyncio.wrap_future(self._ledger.reserve(self.limit, units, begins))
        if block.units:
            self._blocks.append(block)
        else:
            self._closed_until = block.until

    async def give_back(self) -> None:
        """Have struck off what was written down and not used."""
        while self._blocks:
            with contextlib.suppress(SQLAlchemyError):  # what is not given back counts as spent
                block = self._blocks.popleft()
                await asyncio.wrap_future(self._ledger.give_back(self.limit, block))
