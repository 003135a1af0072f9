"""Callers who wait for the same room, in the order they came."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Caller:
    """One who waits to make a call: one request, of one message or of a list of them."""

    parts: int
    messages: int
    counted: asyncio.Future[bool]
    """Whether the one before counted it, too; False: it is the first now, and sees to itself."""


class Callers:
    """The first sees to itself, and counts those behind it whose calls may be made with its own.

    If each was woken by the one before it, they would never catch up with newcomers.
    """

    def __init__(self) -> None:
        self._waiting: deque[Caller] = deque()

    @property
    def first(self) -> Caller | None:
        """Who came before all others and has not left, counted or not."""
        return self._waiting[0] if self._waiting else None

    async def join(self, parts: int, messages: int, lead: Callable[[], Awaitable[bool]]) -> bool:
        """Wait until the call is counted; `lead` says of the first whether it may be made.

        Nobody else is asked: who is to wait no longer hears of it when those before it have gone.
        """
        caller = Caller(parts, messages, asyncio.get_running_loop().create_future())
        self._waiting.append(caller)
        self._call_first()
        try:
            return await caller.counted or await lead()
        finally:
            self._waiting.remove(caller)
            self._call_first()

    def take_along(self, take: Callable[[Caller], bool]) -> Caller | None:
        """Count who is behind the first, until one cannot be counted now; returns that one."""
        for caller in self._waiting:
            if caller.counted.done():
                continue
            try:
                counts = take(caller)
            except ValueError:
                return None  # it could never be made, which it is told when it is the first
            if not counts:
                return caller
            caller.counted.set_result(True)
        return None

    def _call_first(self) -> None:
        """Tell who is the first now that it is, unless it was counted."""
        if self.first and not self.first.counted.done():
            self.first.counted.set_result(False)
