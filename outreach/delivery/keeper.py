"""Keeps one account's sender at work."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from outreach.delivery.send import AccountSender
from outreach.delivery.trouble import Trouble
from outreach.delivery.watch import Watch
from outreach.observe import RESTARTS

log = logging.getLogger(__name__)

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_WELL = 300.0
"""Seconds after which an earlier fault is forgotten."""
_AGAIN = 1.0


class Keeper:
    """After a fault of the sender, or when it is abandoned, a new one goes on with its work.

    What the old one had started without a word is unknown by then: `recover` sees to that.
    """

    def __init__(
        self,
        make: Callable[[], AccountSender],
        recover: Callable[[str], Awaitable[object]],
        stop: asyncio.Event,
    ) -> None:
        """`recover` takes back the leases of an owner that is at work no longer."""
        self._make = make
        self._recover = recover
        self._stop = stop
        self.sender = make()
        self.watch = Watch()
        self._rates: deque[int] = deque(maxlen=60)
        self._trouble = Trouble(f"taking over account {self.name}")
        self._restarts = RESTARTS.labels(self.name)  # from 0 on: the first one is growth too

    @property
    def name(self) -> str:
        """The account's name."""
        return self.sender.account.name

    @property
    def per_minute(self) -> int:
        """Answers in the last sixty seconds, as far as `take_rate` was asked each second."""
        return sum(self._rates)

    @property
    def counted_s(self) -> int:
        """How many of those sixty seconds were counted so far."""
        return len(self._rates)

    def take_rate(self) -> int:
        """Answers since this was last asked."""
        self._rates.append(self.sender.take_rate())
        return self._rates[-1]

    async def run(self) -> None:
        """Work until the stop."""
        with self._trouble.here():
            await self._run()

    async def _run(self) -> None:
        wait = _FIRST_WAIT
        while True:
            began = time.monotonic()
            await self._until_it_ends()
            if time.monotonic() - began > _WELL:
                wait = _FIRST_WAIT
            await self._take_back()
            await rest(self._stop, wait)
            if self._stop.is_set():
                return
            wait = min(wait * 2, _LONGEST_WAIT)
            await self._hire()

    async def _until_it_ends(self) -> None:
        """Let the sender work; a fault of it is told and ends it alone."""
        task = asyncio.create_task(self.sender.run())
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("the sender of account %s failed", self.name, exc_info=fault)

    async def _take_back(self) -> None:
        """Take back what the old sender held, as soon as the database lets us."""
        if not self._stop.is_set():
            self._restarts.inc()
        await self._until_done(partial(self._recover, self.sender.owner))

    async def _hire(self) -> None:
        """Have a new sender, as soon as one can be made."""

        async def hire() -> None:
            self.sender, self.watch = self._make(), Watch()

        await self._until_done(hire)

    async def _until_done(self, work: Callable[[], Awaitable[object]]) -> None:
        """Try again and again, but for a stop: no other account is to suffer."""
        done = False
        while not (done or self._stop.is_set()):
            with self._trouble.told():
                await work()
                done = True
            await rest(self._stop, 0 if done else _AGAIN)


async def rest(stop: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until the stop."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
