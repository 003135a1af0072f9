"""What the processes of a cluster say of their accounts each second, and how that is read as one.

Each tells Redis how its own senders fare; whoever sweeps collects that and stores it, so that
screens and metrics read the database as ever.
"""

import contextlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial

import orjson

from outreach.board import Board, GoneError
from outreach.delivery.breaker import BreakerState
from outreach.delivery.tools import Tools
from outreach.store import accounts
from outreach.store.accounts import Pulse

_COUNTS_MS = 5000
"""What is older does not count: who said it may be gone."""
_KEY = "outreach:pulses"
_STRICTEST = (BreakerState.CLOSED, BreakerState.HALF_OPEN, BreakerState.OPEN)

_PUBLISH = """
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
for i = 1, #ARGV, 2 do
    redis.call('HSET', KEYS[1], ARGV[i], now .. ' ' .. ARGV[i + 1])
end
redis.call('EXPIRE', KEYS[1], 60)
"""
_COLLECT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local all, found = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #all, 2 do
    local at, pulse = string.match(all[i + 1], '^(%d+) (.*)$')
    if not at or now - at > tonumber(ARGV[1]) then redis.call('HDEL', KEYS[1], all[i])
    else found[#found + 1] = string.format('%.0f', now - at) .. ' ' .. pulse end
end
return found
"""


class Pulses:
    """One process's part in it."""

    def __init__(self, board: Board, process: str) -> None:
        """`process` is the name of ours: what it said last is what counts of it."""
        self._board = board
        self._process = process

    async def tell(self, tools: Tools, pulses: Sequence[Pulse]) -> None:
        """Say how our senders fare; without Redis to the database, where the last word holds."""
        try:
            await self.publish(pulses)
        except GoneError:
            await tools.write(partial(accounts.beat, pulses=pulses))

    async def publish(self, pulses: Sequence[Pulse]) -> None:
        """Say it to Redis; GoneError without an answer."""
        args: list[str] = []
        for pulse in pulses:
            args += [f"{pulse.account} {self._process}", orjson.dumps(asdict(pulse)).decode()]
        if args:
            await self._board.run(_PUBLISH, [_KEY], args)

    async def collect(self, now: int) -> list[Pulse]:
        """How each account fares over all processes, at this moment (ms) of our own clock.

        GoneError without an answer.
        """
        found: defaultdict[int, list[Pulse]] = defaultdict(list)
        for told in await self._board.run(_COLLECT, [_KEY], [_COUNTS_MS]):
            age, _, words = told.partition(" ")
            with contextlib.suppress(ValueError, TypeError):  # of another version, say
                pulse = Pulse(**orjson.loads(words))
                BreakerState(pulse.breaker)
                found[pulse.account].append(replace(pulse, at=now - int(age)))
        return [together(found[account]) for account in sorted(found)]


def together(pulses: Sequence[Pulse]) -> Pulse:
    """Take what the processes of one account say as one; there is at least one of them."""
    strictest = max(pulses, key=lambda pulse: _STRICTEST.index(BreakerState(pulse.breaker)))
    stalled = [pulse.stalled_since for pulse in pulses if pulse.stalled_since is not None]
    return replace(
        strictest,
        at=max(pulse.at for pulse in pulses),
        rate=sum(pulse.rate for pulse in pulses),
        allowed=max(pulse.allowed for pulse in pulses),  # each knows the whole account's
        in_flight=sum(pulse.in_flight for pulse in pulses),
        per_minute=sum(pulse.per_minute for pulse in pulses),
        stalled_since=min(stalled, default=None),
        counted_s=max(pulse.counted_s for pulse in pulses),
    )
