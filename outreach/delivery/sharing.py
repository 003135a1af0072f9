"""Limits that several processes keep together: by grants of Redis, or each by its part of them.

What decides is written in the database. Who has not read it for a few seconds, or has not heard of
Redis, spends nothing; so whatever they cannot reach, all together never spend more than a limit.
"""

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from outreach.board import Board, GoneError
from outreach.board.limits import HEARD_S, Grant, Granter, Want, silence_s
from outreach.domain.limit import Limit, LimitScope, Pace
from outreach.observe import DIVIDED
from outreach.settings import Account
from outreach.store import sharing
from outreach.store.database import Database
from outreach.store.sharing import NEVER
from outreach.store.spent_shared import SharedSpent

LOOKED_S = 3.0
"""Nothing is spent by what the database said longer ago than this."""
_LOOK_EVERY = 1.0
_HEAR_EVERY = 0.2
_GONE_S = 2.0
"""Whoever asks Redis in vain for so long says so."""
_SAY_EVERY = 5.0
_AGAIN_S = 0.1
_THREADS = 3

log = logging.getLogger(__name__)


class Sharer:
    """What a process knows of how the limits are kept; `run` keeps it up to date."""

    def __init__(
        self,
        board: Board,
        database: Database,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`database` is PostgreSQL."""
        self.granter = Granter(board, monotonic)
        self.sharing = NEVER
        self.looked = -math.inf
        """Since when (monotonic s) that is known to be so."""
        self.rejoined = -math.inf
        """When (monotonic s) it was seen that they are not divided any more."""
        self.monotonic = monotonic
        self.database = database
        self.executor = ThreadPoolExecutor(_THREADS, "limits")
        self._fails = False

    def limits(self, account: Account, number: int, seat: int | None) -> "SharedLimits":
        """What is spent from at a seat of an account; without one, nothing while it is divided."""
        return SharedLimits(self, account, number, seat)

    async def run(self, stop: asyncio.Event) -> None:
        """Look and listen until the stop."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_on(stop))
            group.create_task(self._listen(stop))

    def close(self) -> None:
        """Let the threads go, after every pacer has given back what it had left."""
        self.executor.shutdown()

    async def look(self) -> None:
        """Read how the limits are kept; what the database does not say stays as old as it is."""
        asked = self.monotonic()
        try:
            found = await asyncio.wrap_future(self.executor.submit(self._read))
        except SQLAlchemyError as fault:
            if not self._fails:
                log.warning("nobody says how limits are kept: %s", type(fault).__name__)
            self._fails = True
            return
        self._fails = False
        if asked < self.looked:
            return  # another look overtook this one
        if found.divided and not self.sharing.divided:
            log.warning("limits are divided: every process keeps to its part of them")
        elif self.sharing.divided and not found.divided:
            log.warning("limits are shared again")
            self.rejoined = self.monotonic()
        self.sharing, self.looked = found, asked
        DIVIDED.set(found.divided)

    async def _look_on(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.look()
            await _pause(stop, _LOOK_EVERY)

    async def _listen(self, stop: asyncio.Event) -> None:
        heard, said, silent_from = self.monotonic(), -math.inf, math.inf
        while not stop.is_set():
            steady = True
            try:
                steady = await self.granter.hear()
                heard, silent_from = self.monotonic(), math.inf
            except GoneError:
                # Not from the last that did not fail: it may be we who slept since.
                silent_from = min(silent_from, self.monotonic())
            now = self.monotonic()
            if (why := self._gone(now - silent_from, steady=steady)) and (
                not steady or now - said > _SAY_EVERY
            ):
                if heard > said:
                    log.warning("Redis %s: the limits are to be divided", why)
                said = now
                await self._divide()
            await _pause(stop, _HEAR_EVERY)

    def _gone(self, silent_s: float, *, steady: bool) -> str:
        """Why limits cannot be shared; nothing where they can."""
        if not steady:
            return "has another clock than before"
        if silent_s > _GONE_S:
            return "does not answer"
        # It answers, but not with limits: something else stands under their keys, say.
        return "grants nothing" if self.granter.failing_s > _GONE_S else ""

    async def _divide(self) -> None:
        try:
            await asyncio.wrap_future(self.executor.submit(self._say))
        except SQLAlchemyError as fault:
            log.warning("the limits could not be divided: %s", type(fault).__name__)
            return
        self.granter.forgive()
        await self.look()

    def _read(self) -> sharing.Sharing:
        with self.database.read() as conn:
            return sharing.look(conn)

    def _say(self) -> None:
        with self.database.write() as conn:
            sharing.divide(conn)


@dataclass(frozen=True, slots=True)
class Share:
    """A rolling limit, or the part of it that messages may use which are not urgent."""

    limit: Limit
    whole: Limit
    """The limit as the account's settings have it."""
    key: str
    """What it is called among the limits of all accounts."""


class SharedLimits:
    """The limits of an account as one process spends from them."""

    def __init__(self, sharer: Sharer, account: Account, number: int, seat: int | None) -> None:
        self.shares = [
            Share(each, limit, _name(number, each, limit))
            for limit in account.limits
            for each in parts_of(limit)
            if not limit.span
        ]
        self.workers = account.workers
        self.monotonic = sharer.monotonic
        self._sharer = sharer
        self._number = number
        # Without a seat there is no part of our own.
        self._limits = () if seat is None else account.part(seat).limits
        self._state: tuple[int, bool] | None = None
        self._paces: list[Pace] | None = None
        self._slowed = 1.0

    @property
    def rate(self) -> float:
        """Units a second that our part of the tightest limit gives at present."""
        sending = [share.limit for share in self.shares if _sends(share)]
        rates = [limit.per_second for limit in sending]
        return min(rates, default=0.0) / self.workers * self._slowed

    @property
    def present(self) -> tuple[int, bool] | None:
        """The number of the present division, and whether it lasts; what was granted before goes.

        None while we do not know: then nothing is spent.
        """
        now, found = self.monotonic(), self._sharer.sharing
        if now - self._sharer.looked > LOOKED_S:
            return None
        state = (found.epoch, found.divided)
        if state != self._state:
            self._state = state
            self._paces = self._divided(now) if found.divided else None
        return state

    @property
    def paces(self) -> list[Pace] | None:
        """What keeps our part of each share while they are divided; empty where we have none."""
        return self._paces

    def ledger(self, *, normal: bool) -> SharedSpent:
        """What the account has spent of its long limits, or of what is not kept for the urgent."""
        sharer = self._sharer
        return SharedSpent(
            sharer.database,
            sharer.executor,
            self._number,
            normal=normal,
            monotonic=self.monotonic,
        )

    def slow(self, share: float) -> None:
        """Leave so much of the pace to messages."""
        self._slowed = share
        for pace, each in zip(self._paces or (), self.shares, strict=False):
            pace.slowed = share if _sends(each) else 1.0

    async def grant(self, units: Mapping[int, int], *, wider: bool) -> Grant | float:
        """Ask for units of shares together, or hear in how many seconds to ask again."""
        found = self._sharer.sharing
        wants = self._wants(found.epoch, units)
        # Some may not have seen yet that the limits are not divided any more. The database's clock
        # may have been set since: what we saw ourselves counts too.
        seen_s = self.monotonic() - self._sharer.rejoined
        silence = max(0.0, LOOKED_S - min(found.since_s, seen_s))
        spacing = 1 / self._slowed if wider else 1.0
        try:
            return await self._sharer.granter.grant(wants, silence, spacing)
        except GoneError:
            return _AGAIN_S

    async def give_back(self, grant: Grant, epoch: int, left: Mapping[int, int]) -> None:
        """Hand back what was not used of a grant."""
        with contextlib.suppress(GoneError):
            await self._sharer.granter.give_back(grant, self._wants(epoch, left))

    def knows(self, grant: Grant) -> bool:
        """Whether the Redis that we heard of last knows of a grant."""
        return grant.born == self._sharer.granter.born

    def hears(self, now: float) -> bool:
        """Whether we heard of it just now."""
        return now - self._sharer.granter.heard <= HEARD_S

    def _wants(self, epoch: int, units: Mapping[int, int]) -> list[Want]:
        return [
            Want(f"outreach:limits:{epoch}:{self.shares[n].key}", self.shares[n].limit, count)
            for n, count in units.items()
        ]

    def _divided(self, now: float) -> list[Pace]:
        """Begin with a silence: until then others may spend by what they read before."""
        paces = [
            Pace(each, now, LOOKED_S + silence_s(limit))
            for limit in self._limits
            for each in parts_of(limit)
            if not limit.span
        ]
        for pace, share in zip(paces, self.shares, strict=False):
            pace.slowed = self._slowed if _sends(share) else 1.0
        return paces


def parts_of(limit: Limit) -> list[Limit]:
    """A limit, and what of it is not reserved where something is."""
    return [limit, limit.for_normal()] if limit.reserve_percent else [limit]


def _sends(share: Share) -> bool:
    return share.limit.cost(LimitScope.SEND, 1) > 0


def _name(number: int, limit: Limit, whole: Limit) -> str:
    period = f"{limit.period.total_seconds():g}"
    share = "whole" if limit is whole else "normal"
    return f"{number}:{limit.unit}:{limit.scope}:{period}:{share}"


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
