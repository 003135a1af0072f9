"""An event loop whose time passes when everybody waits: hours of pacing take milliseconds."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_TURN = 1e-7
"""Seconds that a turn of the loop takes."""


class _Leaping(selectors.DefaultSelector):
    """Never sleeps: time leaps to the moment at which the next sleeper wakes."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        self.now += _TURN if ready or not timeout else timeout + _TURN
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its `time` begins at `now` seconds; nothing may be awaited that comes from a thread."""

    def __init__(self, now: float) -> None:
        self._leaping = _Leaping()
        self._leaping.now = now
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now


def run_virtually(work: Coroutine[Any, Any, T], loop: VirtualLoop) -> T:
    """Run to the end on a virtual loop."""
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(work)
