"""Keeping an account to its limits, at the moment its bytes leave."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

from outreach.domain.limit import Limit, LimitScope, Pace, Unit


class Pacer:
    """All limits of an account for sending; callers are let through one after the other."""

    def __init__(
        self, limits: Sequence[Limit], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with a full period of silence: what left before the start is not known."""
        self._monotonic = monotonic
        now = monotonic()
        self._paces = [
            Pace(limit, now, quiet=limit.period.total_seconds())
            for limit in limits
            if limit.scope is LimitScope.SEND
        ]
        self._turn = asyncio.Lock()

    @property
    def allowed(self) -> float:
        """Units a second that the tightest limit gives at present."""
        return min((pace.rate for pace in self._paces), default=0.0)

    async def acquire(self, parts: int, stop: asyncio.Event) -> bool:
        """Wait until one message of so many parts may leave, and count it; False if stopped."""
        async with self._turn:
            while (wait := self._ready_in(parts)) > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await stop.wait()
                if stop.is_set():
                    return False
            now = self._monotonic()
            for pace in self._paces:
                pace.spend(_cost(pace.limit, parts), now)
            return True

    def slow(self) -> None:
        """Heed a throttle."""
        for pace in self._paces:
            pace.slow()

    def recover(self) -> None:
        """Creep back after an accepted call."""
        for pace in self._paces:
            pace.recover()

    def _ready_in(self, parts: int) -> float:
        now = self._monotonic()
        return max(
            (pace.ready_in(_cost(pace.limit, parts), now) for pace in self._paces), default=0.0
        )


def _cost(limit: Limit, parts: int) -> int:
    return parts if limit.unit is Unit.PARTS else 1
