"""Keeping an account to its limits, at the moment its bytes leave."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from outreach.delivery.line import Line
from outreach.delivery.purse import Purse
from outreach.delivery.reserved import Book
from outreach.delivery.sharing import SharedLimits, parts_of
from outreach.domain.limit import LONGEST_WAIT, Limit, LimitScope, Pace, Quota, Throttle
from outreach.domain.window import Clock
from outreach.settings import utc_now
from outreach.store.spent import SpentTable

_GIVE_WAY = 0.005
_AFTER_A_FAULT = 1.0

log = logging.getLogger(__name__)


class Pacer:
    """All limits of an account; callers of one kind are let through in the order they came.

    There are four kinds: calls for a token, for a status, urgent messages, all other messages. Of
    those that spend from the same limit the earlier named goes first.
    """

    def __init__(
        self,
        limits: Sequence[Limit],
        monotonic: Callable[[], float] = time.monotonic,
        clock: Clock = utc_now,
        shared: SharedLimits | None = None,
    ) -> None:
        """Begin with a period of silence for every limit: what left before is not known.

        In a cluster the limits are `shared`, and all processes together keep to them.
        """
        self._monotonic = monotonic
        self._clock = clock
        self._shared = shared
        self._resumed = False
        self._asking: dict[Book | Purse, asyncio.Task[None]] = {}
        self._throttle = Throttle()
        self._stop = asyncio.Event()
        now = monotonic()
        self._urgent, self._normal = Line(LimitScope.SEND), Line(LimitScope.SEND)
        asides = Line(LimitScope.TOKEN), Line(LimitScope.STATUS)
        self._lines = [*asides, self._urgent, self._normal]
        self._kept = [] if shared else [(limit, _keepers(limit, now)) for limit in limits]
        for limit, keepers in self._kept:
            for keeper in keepers:
                self._heed(keeper, limit)
        if shared is not None:
            self._share(shared, limits)
        for n, line in enumerate(self._lines):
            for pressing in self._lines[:n]:
                line.goes_after(pressing)

    def _heed(self, keeper: Pace | Quota | Book, whole: Limit) -> None:
        for line in self._lines:
            # What only the normal share is kept by is nothing to an urgent message.
            if keeper.limit is whole or line is self._normal:
                line.heed(keeper)

    def _share(self, shared: SharedLimits, limits: Sequence[Limit]) -> None:
        for line in self._lines:
            own = {
                n: share.limit
                for n, share in enumerate(shared.shares)
                if share.limit is share.whole or line is self._normal
            }
            line.join(Purse(shared, steady=line is not self._normal), own)
        if self._urgent.purse and self._normal.purse:
            self._urgent.purse.borrow(self._normal.purse)
        for limit in (each for each in limits if each.is_long):
            for part in parts_of(limit):
                ledger = shared.ledger(normal=part is not limit)
                self._heed(Book(part, ledger, shared.workers), limit)

    def resume(self, conn: Connection, ledger: SpentTable) -> None:
        """Go on from what an earlier run wrote down of the long limits; from now on, so do we."""
        if self._resumed or self._shared is not None:
            return
        self._resumed = True
        now = self._monotonic()
        for limit, keepers in self._kept:
            if not limit.is_long:
                continue
            for keeper in keepers:
                if isinstance(keeper, Pace):
                    keeper.remember(ledger.lately(conn, limit), now)
                else:
                    keeper.remember(ledger.used(conn, limit))
            self._heed(Book(limit, ledger), limit)

    @property
    def allowed(self) -> float:
        """Units a second that the tightest limit gives at present."""
        if self._shared is not None:
            return self._shared.rate
        return min((pace.rate for pace, *_ in self._urgent.paces), default=0.0)

    def opens_in(
        self, parts: int = 1, *, urgent: bool = False, messages: int = 1
    ) -> tuple[float, str]:
        """In how many seconds a call may be made, and which limit it waits for."""
        line = self._urgent if urgent else self._normal
        return line.ready_in(parts, self._monotonic(), self._clock(), messages=messages)

    def try_now(self, parts: int, *, urgent: bool = False, messages: int = 1) -> bool:
        """Count one call if it may be made at once and nobody waits whom it would overtake."""
        return self._take(self._urgent if urgent else self._normal, parts, messages)

    async def acquire(
        self,
        parts: int,
        stop: asyncio.Event | None = None,
        *,
        urgent: bool = False,
        messages: int = 1,
    ) -> bool:
        """Wait until one call with so many messages and parts may be made, and count it.

        False if stopped, or if that would take longer than a minute.
        """
        line = self._urgent if urgent else self._normal
        return await self._acquire(line, parts, stop, messages)

    async def turn(self, scope: LimitScope) -> bool:
        """Wait until one more call may be made, and count it; False if it should not be made."""
        line = next(line for line in reversed(self._lines) if line.scope is scope)
        return await self._acquire(line, 1, None)

    def slow(self) -> None:
        """Heed a throttle."""
        self._throttle.slow(self._monotonic())
        self._spread()

    def recover(self) -> None:
        """Creep back after an accepted call."""
        if self._throttle.share < 1.0:
            self._throttle.recover(self._monotonic())
            self._spread()

    def stop(self) -> None:
        """Let nobody wait any longer for calls beside the messages."""
        self._stop.set()

    async def close(self) -> None:
        """Give back what was written down and not used."""
        self.stop()
        if self._asking:
            await asyncio.wait([*self._asking.values()])
        for book in {book for line in self._lines for book, *_ in line.books}:
            await book.give_back()

    def _spread(self) -> None:
        if self._shared is not None:
            self._shared.slow(self._throttle.share)
        for pace, *_ in self._normal.paces:
            pace.slowed = self._throttle.share

    def _take(self, line: Line, parts: int, messages: int) -> bool:
        now = self._monotonic()
        if line.callers.first or line.gives_way(now, self._clock):
            return False
        if not line.take(parts, now, self._clock, messages):
            return False
        if line.books:
            self._refill(line)
        if line.purse and line.purse.runs_low(now):
            self._fetch(line.purse, parts, messages)
        return True

    async def _acquire(
        self, line: Line, parts: int, stop: asyncio.Event | None, messages: int = 1
    ) -> bool:
        if self._take(line, parts, messages):
            return True
        first = partial(self._first, line, parts, messages, stop or self._stop)
        return await line.callers.join(parts, messages, first)

    async def _first(self, line: Line, parts: int, messages: int, stop: asyncio.Event) -> bool:
        """Wait as the first of a line."""
        while not stop.is_set():
            now, wall = self._monotonic(), self._clock()
            wait, _ = line.ready_in(parts, now, wall, messages=messages)
            if wait > LONGEST_WAIT:
                return False
            if wait <= 0 and line.gives_way(now, self._clock):
                wait = _GIVE_WAY
            if wait > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await stop.wait()
            elif asking := self._ask_for(line, parts, messages, now, wall):
                await asyncio.wait(asking)
            elif line.take(parts, now, self._clock, messages):
                self._take_along(line, now)
                self._refill(line)
                return True
        return False

    def _take_along(self, line: Line, now: float) -> None:
        """Count those behind the first whose calls may be made now; ask for what the next lacks."""
        lacking = line.callers.take_along(
            lambda each: line.take(each.parts, now, self._clock, each.messages)
        )
        if lacking and line.purse and line.purse.wants_more(now):
            self._fetch(line.purse, lacking.parts, lacking.messages)

    def _ask_for(
        self, line: Line, parts: int, messages: int, now: float, wall: datetime
    ) -> list[asyncio.Task[None]]:
        """Ask for what the first of a line lacks; long limits first: the others wait for nobody."""
        if missing := line.missing(parts, now, wall, messages):
            return [self._write_down(book, units) for book, units in missing]
        if line.purse and line.purse.lacks(parts, messages, now):
            return [self._fetch(line.purse, parts, messages)]
        return []

    def _refill(self, line: Line) -> None:
        """Have the next blocks written down before they are needed."""
        for book in line.running_low(self._monotonic(), self._clock()):
            self._write_down(book, book.size)

    def _write_down(self, book: Book, units: int) -> asyncio.Task[None]:
        fault = f"the use of {book.limit.words} could not be written down"
        return self._ask(book, lambda: book.fetch(units, self._clock()), fault)

    def _fetch(self, purse: Purse, parts: int, messages: int) -> asyncio.Task[None]:
        fault = "what the limits allow could not be asked"
        return self._ask(purse, lambda: purse.fetch(parts, messages), fault)

    def _ask(
        self, of: Book | Purse, fetch: Callable[[], Coroutine[None, None, None]], fault: str
    ) -> asyncio.Task[None]:
        """Have more to spend fetched, unless that is under way."""
        if of not in self._asking:
            self._asking[of] = asyncio.create_task(self._asked(of, fetch, fault))
        return self._asking[of]

    async def _asked(
        self, of: Book | Purse, fetch: Callable[[], Coroutine[None, None, None]], fault: str
    ) -> None:
        try:
            await fetch()
        except Exception:
            # A full disk, say. Nothing leaves uncounted; who waits asks again.
            log.exception(fault)
            await asyncio.sleep(_AFTER_A_FAULT)
        finally:
            del self._asking[of]


def _keepers(limit: Limit, now: float) -> list[Pace | Quota]:
    """What keeps a limit: the whole, and, where a share is reserved, what is left of it."""
    return [
        Quota(each) if each.span else Pace(each, now, quiet=each.period.total_seconds())
        for each in parts_of(limit)
    ]
