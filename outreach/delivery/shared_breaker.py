"""A breaker that stands as those of the account's other processes do.

What a message asks is the process's own breaker. Beside it, this exchanges with Redis what the
processes have learnt: one that opens holds the account for all, one probe at a time is under way
over all of them, and its answer closes it for all. Without Redis each breaker works by itself.
"""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable, Mapping

from outreach.board import Board, GoneError
from outreach.board.breaker import Said, Told, exchange
from outreach.carriers.http import masked
from outreach.delivery.breaker import Breaker, BreakerState, Standing
from outreach.delivery.trouble import Trouble

_EVERY_S = 0.5
_REASON = 120
_PROBE_BEGINS_S = 3.0
"""In this time a probe begins, or is asked for again; the others leave it to us a bit longer."""
_ALONE_S = 5.0
"""Without an answer for so long, Redis is gone and not slow."""


class SharedBreaker:
    """One account's breaker in one process; `run` has it follow the others."""

    def __init__(
        self,
        board: Board,
        account: int,
        name: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`account` is its number, the same everywhere; `name` is for the log."""
        self._news = asyncio.Event()
        self.breaker = Breaker(monotonic, self._news.set)
        self._board = board
        self._account = account
        self._me = uuid.uuid4().hex
        self._monotonic = monotonic
        self._trouble = Trouble(f"sharing the breaker of account {name}")
        self._answered_at = monotonic()
        self._born = ""
        self._heard = 0
        """How much of what the breaker learnt has been told."""
        self._proofs: Mapping[int, int] = {}
        """As they were told last."""

    async def run(self, stop: asyncio.Event) -> None:
        """Exchange twice a second, and at once where there is news, until the stop."""
        with self._trouble.here():
            while not stop.is_set():
                self._news.clear()
                with self._trouble.told():
                    await self.exchange()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_EVERY_S):
                        await self._news.wait()
        with contextlib.suppress(GoneError):
            await self.exchange(leaving=True)

    async def exchange(self, *, leaving: bool = False) -> None:
        """Tell how our breaker stands, and have it stand as the account does.

        GoneError without an answer; after five seconds of that the breaker works by itself.
        """
        breaker, began = self.breaker, self._monotonic()
        learnt, proofs = breaker.learnt, dict(breaker.proofs)
        stood = breaker.standing()
        told = Told(
            stood.state,
            learnt != self._heard,
            stood.opens_in,
            stood.wait,
            masked(stood.reason, longest=_REASON),
            stood.refused,
            stood.probe_left,
            _changes(self._proofs, proofs),
            self._born,
            leaving,
        )
        try:
            said = await exchange(self._board, self._account, self._me, told)
        except GoneError:
            if self._monotonic() - self._answered_at >= _ALONE_S:
                breaker.stand_alone()
            raise
        self._answered_at, self._heard, self._born = began, learnt, said.born
        self._take_proofs(said, proofs)
        if (breaker.learnt, breaker.state) == (learnt, stood.state):  # else the next one tells
            ours = began + _PROBE_BEGINS_S - self._monotonic() if said.may_probe else 0.0
            breaker.adopt(_standing(said, stood), ours)

    def _take_proofs(self, said: Said, before: Mapping[int, int]) -> None:
        """Know the proofs of all, but for what has changed here since we told ours."""
        meanwhile = _changes(before, self.breaker.proofs)
        self._proofs = said.proofs
        known = {**said.proofs, **meanwhile}
        self.breaker.proofs = {campaign: times for campaign, times in known.items() if times}


def _standing(said: Said, stood: Standing) -> Standing:
    if not said.is_open:
        return Standing(BreakerState.CLOSED)
    probes = said.may_probe and stood.state is BreakerState.HALF_OPEN
    state = BreakerState.HALF_OPEN if probes else BreakerState.OPEN
    return Standing(state, said.opens_in_s, said.wait_s, said.reason, said.refused)


def _changes(before: Mapping[int, int], after: Mapping[int, int]) -> dict[int, int]:
    """What has become of each campaign's proofs; 0 for none any more."""
    every = before.keys() | after.keys()
    return {each: after.get(each, 0) for each in every if before.get(each, 0) != after.get(each, 0)}
