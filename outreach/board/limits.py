"""Limits that the processes of a cluster share: what may leave is granted at the time of Redis.

A grant is so many units of one or several limits that may leave between two moments. Two rules
hold at once, as in `domain.limit.Pace`: even spacing, and a count of what was granted in any
window, which is longer than the limit's by as long as a grant lasts.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from outreach.board.connection import Board, GoneError
from outreach.domain.limit import BUCKETS, CATCH_UP, LONGEST_WAIT, SILENT, Limit

HEARD_S = 0.5
"""A grant may be used while Redis was heard of within so many seconds, and is the same one."""
_LASTS, _LASTS_AT_MOST = 0.05, 0.5
_APART_S = 5.0
"""Two failures so far apart are not one that lasts: whoever lacks something asks more often."""
_DRIFT = 0.001
"""Seconds that two clocks may part by in a second without a step."""
_STEP = 0.01
"""Seconds by which a clock may be set without harm: a fifth of what the pace leaves unused."""
_BORN = "outreach:limits:born"

_GRANT = """
-- KEYS: the mark of this Redis' life, then a hash for each limit. ARGV: the longest wait, how much
-- wider the spacing is to be; then of each limit: amount, window, spacing of a unit, slack, silence
-- of a beginning, units wanted. All times are in microseconds.
-- Returns the mark, the time, the moment from which the units may leave, and whether they may.
local told = redis.call('TIME')
local now = told[1] * 1000000 + told[2]
local function whole(number) return string.format('%.0f', number) end
redis.call('SET', KEYS[1], whole(now), 'NX')
local born = redis.call('GET', KEYS[1])
local longest, wider = tonumber(ARGV[1]), tonumber(ARGV[2])
local limits, at = {}, now
for n = 2, #KEYS do
  local given = {}
  for i = 1, 6 do given[i] = tonumber(ARGV[6 * n - 10 + i]) end
  local l = {key = KEYS[n], amount = given[1], window = given[2], spacing = given[3],
             slack = given[4], units = given[6], counted = {}}
  l.width = math.ceil(l.window / BUCKETS)
  local found = redis.call('HGETALL', l.key)
  for i = 1, #found, 2 do
    local value = tonumber(found[i + 1])
    if found[i] == 'free' then l.free = value
    elseif found[i] == 'last' then l.last = value
    else
      local bucket = tonumber(found[i])
      l.counted[#l.counted + 1] = {bucket = bucket, units = value,
                                   ends = (bucket + 1) * l.width + l.window}
    end
  end
  -- Nothing is known, or the clock was set back: begin with a silence.
  if not l.last or l.last - now > longest then
    l.counted, l.last = {}, now + given[5]
    l.free = l.last + l.slack
    redis.call('DEL', l.key)
    redis.call('HSET', l.key, 'free', whole(l.free), 'last', whole(l.last))
    redis.call('PEXPIRE', l.key, 3600000)
  end
  at = math.max(at, l.free - l.slack, l.last)
  limits[#limits + 1] = l
end
for _, l in ipairs(limits) do
  table.sort(l.counted, function(a, b) return a.bucket < b.bucket end)
  local over = l.units - l.amount
  for _, each in ipairs(l.counted) do
    if each.ends > at then over = over + each.units end
  end
  for _, each in ipairs(l.counted) do
    if over > 0 and each.ends > at then
      over = over - each.units
      if over <= 0 then at = each.ends end
    end
  end
end
if at - now > longest then return {born, whole(now), whole(at), 0} end
for _, l in ipairs(limits) do
  for _, each in ipairs(l.counted) do
    if each.ends <= at then redis.call('HDEL', l.key, whole(each.bucket)) end
  end
  local free = math.max(at, l.free) + l.units * l.spacing * wider
  redis.call('HSET', l.key, 'free', whole(free), 'last', whole(at))
  redis.call('HINCRBY', l.key, whole(math.floor(at / l.width)), l.units)
  redis.call('PEXPIRE', l.key, whole((at - now + l.window) / 1000 + 3600000))
end
return {born, whole(now), whole(at), 1}
""".replace("BUCKETS", str(BUCKETS))

_RETURN = """
-- KEYS: as above. ARGV: the mark, the moment from which it might have left, how much wider it was
-- spaced; then of each limit: window, spacing of a unit, units. What ended meanwhile stays.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return end
for n = 2, #KEYS do
  local window, spacing, units = ARGV[3 * n - 2], ARGV[3 * n - 1], ARGV[3 * n]
  local bucket = string.format('%.0f', math.floor(ARGV[2] / math.ceil(window / BUCKETS)))
  if redis.call('HEXISTS', KEYS[n], bucket) == 1 then
    redis.call('HINCRBY', KEYS[n], bucket, -units)
    local free = redis.call('HGET', KEYS[n], 'free') - units * spacing * ARGV[3]
    redis.call('HSET', KEYS[n], 'free', string.format('%.0f', free))
  end
end
""".replace("BUCKETS", str(BUCKETS))


@dataclass(frozen=True, slots=True)
class Want:
    """Units of one limit."""

    key: str
    limit: Limit
    units: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What was wanted may leave between two moments (monotonic s)."""

    starts: float
    until: float
    born: str
    """The life of Redis it was granted in."""
    at: str
    """When it starts, µs by the clock of Redis."""
    wider: float
    """How much wider than usual it was spaced."""


class Granter:
    """One process's way to the limits that it shares with others."""

    def __init__(self, board: Board, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.born = ""
        """The life of Redis that was heard of last."""
        self.heard = -math.inf
        """The last moment at which it was surely that one (monotonic s)."""
        self._board = board
        self._monotonic = monotonic
        self._apart = _Apart()
        self._steady = True
        self._failing: dict[str, tuple[float, float]] = {}
        """By a limit's key: since when asking fails, and when it did last (monotonic s)."""

    @property
    def failing_s(self) -> float:
        """For how long (s) some limit has been asked for in vain, though Redis may be heard of."""
        return max((last - first for first, last in self._failing.values()), default=0.0)

    def forgive(self) -> None:
        """Forget what failed: limits have other keys from now on."""
        self._failing.clear()

    async def hear(self) -> bool:
        """Hear of Redis; False if its clock was set since. GoneError where no answer comes."""
        await self._ask([], 0.0, 1.0)
        steady, self._steady = self._steady, True
        return steady

    async def grant(
        self, wants: Sequence[Want], silence: float = 0.0, wider: float = 1.0
    ) -> Grant | float:
        """Ask for units of limits together, or hear in how many seconds to ask again.

        `silence` is added (s) where a limit begins anew, `wider` is what the spacing is multiplied
        by. GoneError where no answer comes: what was granted then is lost.
        """
        first = wants[0].key
        try:
            born, now, at, granted = await self._ask(wants, silence, wider)
        except GoneError:
            failed = self._monotonic()
            since, last = self._failing.get(first, (failed, failed))
            self._failing[first] = (since if failed - last < _APART_S else failed, failed)
            raise
        self._failing.pop(first, None)
        if not self._steady:
            return HEARD_S
        if not granted:
            return max(at - now - LONGEST_WAIT, 0.01)
        lasts = min(lasts_s(want.limit) for want in wants)
        return Grant(at - self._apart.least, at + lasts - self._apart.most, born, _us(at), wider)

    async def give_back(self, grant: Grant, left: Sequence[Want]) -> None:
        """Take back what was not used of a grant; GoneError where no answer comes."""
        args: list[str | float] = [grant.born, grant.at, grant.wider]
        for want in left:
            args += [_window(want.limit), 1e6 / want.limit.per_second, want.units]
        await self._board.run(_RETURN, [_BORN, *(want.key for want in left)], args)

    async def _ask(
        self, wants: Sequence[Want], silence: float, wider: float
    ) -> tuple[str, float, float, bool]:
        args: list[str | float] = [_us(LONGEST_WAIT), wider]
        for want in wants:
            args += _arguments(want, silence)
        asked = self._monotonic()
        told = await self._board.run(_GRANT, [_BORN, *(want.key for want in wants)], args)
        now, at = int(told[1]) / 1e6, int(told[2]) / 1e6
        self._steady &= self._apart.learn(now, asked, self._monotonic())
        if asked > self.heard:  # else it is an answer that another one overtook
            self.born, self.heard = told[0], asked
        return told[0], now, at, bool(told[3])


class _Apart:
    """How far the clock of Redis is ahead of ours (s): between `least` and `most`.

    Each answer narrows it down, as the clock was read between the question and the answer.
    """

    def __init__(self) -> None:
        self.least, self.most = -math.inf, math.inf
        self._at = 0.0

    def learn(self, told: float, asked: float, heard: float) -> bool:
        """Heed what the clock told; False if it was set meanwhile."""
        parted = _DRIFT * (heard - self._at)
        self._at = heard
        least = max(self.least - parted, told - heard)
        most = min(self.most + parted, told - asked)
        steady = least - most < _STEP
        if least > most:
            least, most = told - heard, told - asked
        self.least, self.most = least, most
        return steady


def lasts_s(limit: Limit) -> float:
    """How many seconds a grant of a limit is good for."""
    return min(_LASTS * limit.period.total_seconds(), _LASTS_AT_MOST)


def silence_s(limit: Limit) -> float:
    """How many seconds nothing leaves where nothing is known of a limit.

    Of a long one the database knows exactly what was spent: here it is only spread.
    """
    return min(limit.period.total_seconds(), SILENT)


def _arguments(want: Want, silence: float) -> list[str | float]:
    limit = want.limit
    return [
        limit.amount,
        _window(limit),
        1e6 / limit.per_second,
        _us(CATCH_UP * limit.period.total_seconds()),
        # Who has grants of an earlier life uses them until he misses it.
        _us(silence_s(limit) + HEARD_S + silence),
        want.units,
    ]


def _window(limit: Limit) -> str:
    """What is granted within it (µs) leaves within the limit's period and as a grant lasts."""
    return _us(limit.period.total_seconds() + lasts_s(limit))


def _us(seconds: float) -> str:
    return f"{seconds * 1e6:.0f}"
