"""Keeping an account to its limits, at the moment its bytes leave."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from outreach.delivery.line import Line
from outreach.delivery.reserved import Book
from outreach.domain.limit import Limit, LimitScope, Pace, Quota, Throttle
from outreach.domain.window import Clock
from outreach.settings import utc_now
from outreach.store.spent import SpentTable

LONGEST_WAIT = 60.0
"""Seconds that a caller waits at most; what would take longer is not to be started."""

_SILENT = 2.0
"""A limit of a period of at most so many seconds is kept over a restart by silence alone."""

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
    ) -> None:
        """Begin with a period of silence for every limit: what left before is not known."""
        self._monotonic = monotonic
        self._clock = clock
        self._ledger: SpentTable | None = None
        self._asking: dict[Book, asyncio.Task[None]] = {}
        self._throttle = Throttle()
        self._stop = asyncio.Event()
        self._waiting = 0
        now = monotonic()
        self._kept = [(limit, _keepers(limit, now)) for limit in limits]
        self._normal, self._urgent = Line(LimitScope.SEND), Line(LimitScope.SEND)
        status, token = Line(LimitScope.STATUS), Line(LimitScope.TOKEN)
        self._asides = {LimitScope.STATUS: status, LimitScope.TOKEN: token}
        self._lines = [token, status, self._urgent, self._normal]
        for limit, keepers in self._kept:
            for keeper in keepers:
                for line in self._lines:
                    # What only the normal share is kept by is nothing to an urgent message.
                    if keeper.limit is limit or line is self._normal:
                        line.heed(keeper)
        for n, line in enumerate(self._lines):
            for pressing in self._lines[:n]:
                line.goes_after(pressing)

    def resume(self, conn: Connection, ledger: SpentTable) -> None:
        """Go on from what an earlier run wrote down of the long limits; from now on, so do we."""
        if self._ledger is not None:
            return
        self._ledger = ledger
        now = self._monotonic()
        for limit, keepers in self._kept:
            if not limit.span and limit.period.total_seconds() <= _SILENT:
                continue
            for keeper in keepers:
                if isinstance(keeper, Pace):
                    keeper.remember(ledger.lately(conn, limit), now)
                else:
                    keeper.remember(ledger.used(conn, limit))
            book = Book(limit)
            for line in self._lines:
                line.heed(book)

    @property
    def allowed(self) -> float:
        """Units a second that the tightest limit gives at present."""
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
        return await self._acquire(self._asides.get(scope, self._normal), 1, None)

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
        if self._ledger is None:
            return
        for book in {book for line in self._lines for book, *_ in line.books}:
            for block in book.empty():
                await asyncio.wrap_future(self._ledger.give_back(book.limit, block))

    def _spread(self) -> None:
        for pace, *_ in self._normal.paces:
            pace.slowed = self._throttle.share

    def _take(self, line: Line, parts: int, messages: int) -> bool:
        if self._waiting and self._overtakes(line):
            return False
        if not line.take(parts, self._monotonic(), self._clock, messages):
            return False
        if line.books:
            self._refill(line)
        return True

    def _overtakes(self, line: Line) -> bool:
        return line.waiting > 0 or line.gives_way(self._monotonic(), self._clock())

    async def _acquire(
        self, line: Line, parts: int, stop: asyncio.Event | None, messages: int = 1
    ) -> bool:
        if self._take(line, parts, messages):
            return True
        line.waiting += 1
        self._waiting += 1
        try:
            async with line.turn:
                line.parts, line.messages = parts, messages
                return await self._first(line, stop or self._stop)
        finally:
            line.waiting -= 1
            self._waiting -= 1

    async def _first(self, line: Line, stop: asyncio.Event) -> bool:
        """Wait as the first of a line."""
        parts, messages = line.parts, line.messages
        while not stop.is_set():
            now, wall = self._monotonic(), self._clock()
            wait, _ = line.ready_in(parts, now, wall, messages=messages)
            if wait > LONGEST_WAIT:
                return False
            if wait <= 0 and line.gives_way(now, wall):
                wait = _GIVE_WAY
            if wait > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await stop.wait()
            elif missing := line.missing(parts, now, wall, messages):
                await asyncio.wait([self._ask(book, units) for book, units in missing])
            elif line.take(parts, now, self._clock, messages):
                self._refill(line)
                return True
        return False

    def _refill(self, line: Line) -> None:
        """Have the next blocks written down before they are needed."""
        for book in line.running_low(self._monotonic(), self._clock()):
            self._ask(book, book.size)

    def _ask(self, book: Book, units: int) -> asyncio.Task[None]:
        if book not in self._asking:
            self._asking[book] = asyncio.create_task(self._write_down(book, units))
        return self._asking[book]

    async def _write_down(self, book: Book, units: int) -> None:
        assert self._ledger is not None, "books are kept only beside a ledger"
        try:
            begins = book.begins(self._clock())
            book.add(await asyncio.wrap_future(self._ledger.reserve(book.limit, units, begins)))
        except Exception:
            # A full disk, say. Nothing leaves unwritten; who waits asks again.
            log.exception("the use of %s could not be written down", book.limit.words)
            await asyncio.sleep(_AFTER_A_FAULT)
        finally:
            del self._asking[book]


def _keepers(limit: Limit, now: float) -> list[Pace | Quota]:
    """What keeps a limit: the whole, and, where a share is reserved, what is left of it."""
    limits = [limit, limit.for_normal()] if limit.reserve_percent else [limit]
    return [
        Quota(each) if each.span else Pace(each, now, quiet=each.period.total_seconds())
        for each in limits
    ]
