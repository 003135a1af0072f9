"""A campaign's own pace, over all accounts: so many messages a minute, reached by a ramp."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from outreach.delivery.callers import Callers
from outreach.domain.limit import LONGEST_WAIT, Limit, Pace, Unit

FIRST_SHARE = 0.05
"""Of the full pace, at the begin of a ramp."""


class CampaignPace:
    """Lets messages of a campaign through one after the other."""

    def __init__(
        self,
        rate: int,
        ramp_minutes: int = 0,
        ran: timedelta = timedelta(0),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """At most `rate` messages a minute; `ran` is for how long the campaign has been sending.

        A campaign with a ramp and no rate of its own has that of its accounts together.
        """
        self.part = 1.0
        """The share of the campaign's accounts that this process sends through."""
        self._monotonic = monotonic
        now = monotonic()
        self._began = now - ran.total_seconds()
        self._ramp = ramp_minutes * 60
        self._pace = Pace(Limit(Unit.MESSAGES, rate, timedelta(minutes=1)), now)
        self._callers = Callers()

    @property
    def allowed(self) -> float:
        """Messages a second at present."""
        return self._pace.limit.per_second * self._share()

    @property
    def most(self) -> int:
        """Messages that may ever leave together: those of a minute."""
        return self._pace.limit.amount

    def opens_in(self, messages: int = 1) -> float:
        """In how many seconds the next message, or so many together, may leave."""
        return self._pace.ready_in(messages, self._monotonic())

    def try_now(self, messages: int = 1) -> bool:
        """Count messages if they may leave at once and nobody waits whom they would overtake."""
        return self._callers.first is None and self._take(messages)

    async def acquire(self, stop: asyncio.Event, messages: int = 1) -> bool:
        """Wait until one message, or so many together, may leave, and count them.

        False if stopped, or if that would take longer than a minute.
        """
        if self.try_now(messages):
            return True
        return await self._callers.join(0, messages, partial(self._first, stop, messages))

    async def _first(self, stop: asyncio.Event, messages: int) -> bool:
        while not stop.is_set() and (wait := self.opens_in(messages)) <= LONGEST_WAIT:
            if self._take(messages):
                self._callers.take_along(lambda each: self._take(each.messages))
                return True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await stop.wait()
        return False

    def _take(self, messages: int) -> bool:
        now = self._monotonic()
        if self._pace.ready_in(messages, now) > 0:
            return False
        self._pace.slowed = self._share()
        self._pace.spend(messages, now)
        return True

    def _share(self) -> float:
        """What the ramp gives of the full pace by now, and of that our part."""
        ran = self._monotonic() - self._began
        if ran >= self._ramp:
            return self.part
        return self.part * (FIRST_SHARE + (1 - FIRST_SHARE) * ran / self._ramp)
