"""The breaker that the processes of an account share: one exchange of words, done at once."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from outreach.board.connection import Board

_UNUSED_S = 5.0
"""How long a process that may probe keeps others from it, unless it says so again."""
_SILENCE_S = 2.0
"""After a loss of everything nobody probes before all have told again how they stand."""
_KEPT_S = 3600
_PROOF = "proof "

_SCRIPT = """
local key, time = KEYS[1], redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local me, told = ARGV[1], cjson.decode(ARGV[2])
local kept = redis.call('HMGET', key,
    'born', 'open', 'opens_at', 'wait', 'probe', 'probe_until', 'quiet_until')
local born, quiet_until = kept[1], tonumber(kept[7] or 0)
if not born then born, quiet_until = time[1] .. '.' .. time[2], now + told.silence end
local open, opens_at, wait = kept[2] == '1', tonumber(kept[3] or 0), tonumber(kept[4] or 0)
local probe, probe_until = kept[5] or '', tonumber(kept[6] or 0)
if probe_until <= now then probe = '' end
local mine = probe == me
local unheard = told.news or told.born ~= born

if told.state == 'closed' then
    -- Only the one whose probe was answered may say that the account is well.
    if unheard and mine then open, probe = false, '' end
elseif unheard then
    local until_then = now + told.opens_in
    if open and not mine then
        until_then, told.wait = math.max(until_then, opens_at), math.max(told.wait, wait)
    end
    open, opens_at, wait = true, until_then, told.wait
    redis.call('HSET', key, 'reason', told.reason, 'refused', told.refused)
    if told.state == 'open' then probe = '' end
end

if told.leaving then
    if probe == me then probe = '' end
elseif open and told.probe_left > 0 then
    if mine or probe == '' and now >= opens_at then
        probe, probe_until = me, now + told.probe_left
    end
elseif open and (probe == me or probe == '' and now >= math.max(opens_at, quiet_until)) then
    probe, probe_until = me, now + told.unused
end

for campaign, times in pairs(told.proofs) do
    if times > 0 then redis.call('HSET', key, told.proof .. campaign, times)
    else redis.call('HDEL', key, told.proof .. campaign) end
end
redis.call('HSET', key, 'born', born, 'open', open and '1' or '0', 'wait', wait,
    'opens_at', string.format('%.0f', opens_at), 'probe', probe,
    'probe_until', string.format('%.0f', probe_until),
    'quiet_until', string.format('%.0f', quiet_until))
redis.call('EXPIRE', key, told.kept)
return {string.format('%.0f', math.max(0, opens_at - now)), redis.call('HGETALL', key)}
"""


@dataclass(frozen=True, slots=True)
class Told:
    """How the breaker of one process stands; seconds are counted from now."""

    state: str
    """`closed`, `open`, or `half-open` while a probe of its own is under way."""
    news: bool
    """Whether it learnt so itself since it was last heard."""
    opens_in_s: float
    wait_s: float
    reason: str
    refused: int
    probe_left_s: float
    """What its own probe has left for an answer; 0: none is under way."""
    proofs: Mapping[int, int]
    """What has changed of the proofs, by campaign; 0: there are none any more."""
    born: str = ""
    """The `born` that it was told last."""
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """How the account stands by the words of all."""

    is_open: bool
    opens_in_s: float
    wait_s: float
    reason: str
    refused: int
    may_probe: bool
    """Whether the probe is up to the one who asked, or under way there."""
    proofs: Mapping[int, int]
    born: str
    """Another one than before where Redis has forgotten everything meanwhile."""


async def exchange(board: Board, account: int, me: str, told: Told) -> Said:
    """Tell how a breaker stands, and hear how the account does; GoneError without an answer."""
    words = {
        "state": told.state,
        "news": told.news,
        "opens_in": _ms(told.opens_in_s),
        "wait": told.wait_s,
        "reason": told.reason,
        "refused": told.refused,
        "probe_left": _ms(told.probe_left_s),
        "proofs": {str(campaign): times for campaign, times in told.proofs.items()},
        "born": told.born,
        "leaving": told.leaving,
        "unused": _ms(_UNUSED_S),
        "silence": _ms(_SILENCE_S),
        "kept": _KEPT_S,
        "proof": _PROOF,
    }
    opens_in, flat = await board.run(
        _SCRIPT, [f"outreach:breaker:{account}"], [me, orjson.dumps(words).decode()]
    )
    kept = dict(zip(flat[::2], flat[1::2], strict=True))
    return Said(
        kept["open"] == "1",
        int(opens_in) / 1000,
        float(kept["wait"]),
        kept.get("reason", ""),
        int(kept.get("refused", 0)),
        kept["probe"] == me,
        {
            int(name.removeprefix(_PROOF)): int(times)
            for name, times in kept.items()
            if name.startswith(_PROOF)
        },
        kept["born"],
    )


def _ms(seconds: float) -> int:
    return max(0, int(seconds * 1000))
