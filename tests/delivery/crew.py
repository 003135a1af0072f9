"""Breakers of one account: one by itself, two joined by a real Redis, two that have lost it."""

import time

import pytest
import redis

from outreach.board import Board, GoneError
from outreach.delivery.breaker import Breaker
from outreach.delivery.shared_breaker import SharedBreaker

GOOD, BAD, WORSE = 1, 2, 3
ACCOUNT = 7
KEY = f"outreach:breaker:{ACCOUNT}"


class Crew:
    """The breakers of an account's processes: `one` and `other` may be the same."""

    def __init__(self, *shared: SharedBreaker) -> None:
        self.shared = shared
        self.now = 100.0
        self.one = self.other = Breaker(self)

    def __call__(self) -> float:
        return self.now

    async def agree(self) -> None:
        """Let everybody hear of what the others have learnt."""

    async def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    async def probing(self) -> Breaker:
        """Wait until one may probe; it does so."""
        for _ in range(1000):
            for breaker in (self.one, self.other):
                if breaker.allows() == 1:
                    breaker.probe()
                    await self.agree()
                    return breaker
            await self.pass_(1)
        raise AssertionError("nobody may probe")

    async def allowed(self) -> list[int | None]:
        """How many may start at once, over all."""
        await self.agree()
        told = [each.allows() for each in dict.fromkeys((self.one, self.other))]
        return [each for each in told if each != 0]


class Joined(Crew):
    """Two processes; Redis is told of the time that passes here."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.boards = [Board(url) for _ in range(3)]
        self.shared = tuple(self.process(board) for board in self.boards[:2])
        self.one, self.other = (each.breaker for each in self.shared)
        self.redis = redis.Redis.from_url(url, decode_responses=True)
        self.at = time.monotonic()

    def process(self, board: Board) -> SharedBreaker:
        return SharedBreaker(board, ACCOUNT, "viettel", self)

    async def agree(self) -> None:
        for each in (*self.shared, *self.shared):
            await each.exchange()

    async def pass_(self, seconds: float) -> None:
        while seconds > 0:  # as often as in life, so that what one may do stays his
            step = min(seconds, 1.0)
            self.now += step
            self._shift(step)
            await self.agree()
            seconds -= step

    def _shift(self, seconds: float) -> None:
        """What happened in Redis was so much longer ago; its own seconds do not count."""
        at, self.at = self.at, time.monotonic()
        for name in ("opens_at", "probe_until", "quiet_until"):
            if self.redis.hexists(KEY, name):
                self.redis.hincrby(KEY, name, int((self.at - at - seconds) * 1000))

    async def close(self) -> None:
        for board in self.boards:
            await board.close()
        self.redis.close()


class Lost(Joined):
    """Two processes without Redis: what one learns the other does not hear."""

    async def agree(self) -> None:
        for each in self.shared:
            with pytest.raises(GoneError):
                await each.exchange()

    def _shift(self, seconds: float) -> None:
        pass
