"""Units of shared limits in hand: granted to this process, good for a moment, not used yet."""

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.board.limits import Grant
from outreach.delivery.sharing import SharedLimits
from outreach.domain.limit import Limit
from outreach.store.sharing import DIVIDED_FOR

_MOST = 2
"""Grants that are held at a time."""
_SOON = 0.02
"""Seconds until it is looked again whether the database and Redis have been heard of."""
_OF_AMOUNT, _OF_SECOND = 0.02, 0.1
"""A grant is no more than this of a limit and of a second's pace, save that one call needs more."""
_NEW = 1 / 8
"""What the last call counts in the mean."""


@dataclass(slots=True)
class _Held:
    grant: Grant
    epoch: int
    units: Mapping[int, int]
    """By share."""
    left: dict[int, int]

    def runs_low(self, now: float) -> bool:
        """Whether half of its time is over, or half of it used."""
        if now * 2 > self.grant.starts + self.grant.until:
            return True
        return any(self.left[n] * 2 < units for n, units in self.units.items())


class Purse:
    """What calls of one kind spend from the shares of an account, and have in hand of them."""

    def __init__(self, shared: SharedLimits, *, steady: bool) -> None:
        """The spacing of a `steady` one is not widened by throttles."""
        self._shared = shared
        self._steady = steady
        self.spends: dict[int, tuple[int, int, int]] = {}
        """By share: what a call costs, each message of it, and each part."""
        self._mean: dict[int, float] = {}
        self._calls = 0
        """Made since more was asked for."""
        self._held: list[_Held] = []
        self._late: list[_Held] = []
        """What was not used while it was good."""
        self._lender: Purse | None = None
        self._closed_until = 0.0

    def heed(self, share: int, call: int, message: int, part: int) -> None:
        """Spend from a share."""
        self.spends[share] = (call, message, part)

    def borrow(self, lender: "Purse") -> None:
        """Use what another one has in hand, who spends from the same shares and from more."""
        self._lender = lender

    def spends_with(self, other: "Purse") -> bool:
        """Whether both spend from one share."""
        return not self.spends.keys().isdisjoint(other.spends)

    def ready_in(
        self, parts: int, messages: int, now: float, besides: "Purse | None" = None
    ) -> tuple[float, str]:
        """In how many seconds there is room for one call, and for which limit it waits.

        0 also where that has to be asked for; of what is not shared with `besides`, if that is
        told. Raises ValueError for a call above a whole limit, which could never be made.
        """
        costs = self._cost(parts, messages)
        if not costs:
            return 0.0, ""
        limit = self._tightest(costs)
        if self._shared.present is None:
            return _SOON, limit.words
        if self._shared.paces is not None:
            return self._ready_apart(costs, now, besides), limit.words
        opens = None if besides else self._opens(costs, now)
        if opens is None:
            return max(0.0, self._closed_until - now), limit.words
        if opens <= now and not self._shared.hears(now):
            return _SOON, limit.words
        return max(0.0, opens - now), limit.words

    def lacks(self, parts: int, messages: int, now: float) -> bool:
        """Whether a call needs what has to be asked for."""
        costs = self._cost(parts, messages)
        return bool(costs) and self._is_together() and self._opens(costs, now) is None

    def presses(self, other: "Purse", parts: int, messages: int, now: float) -> bool:
        """Whether a call that waits here could do with what that one would take."""
        if not self._is_together():
            return True
        costs = self._cost(parts, messages)
        return self._lender is other and _opens(costs, self.good(now), now) is None

    def has(self, parts: int, messages: int, now: float) -> bool:
        """Whether one call may be made at this moment."""
        costs = self._cost(parts, messages)
        if not costs:
            return True
        if self._shared.present is None:
            return False
        if self._shared.paces is not None:
            return self._ready_apart(costs, now, None) <= 0
        opens = self._opens(costs, now)
        return opens is not None and opens <= now and self._shared.hears(now)

    def use(self, parts: int, messages: int, now: float) -> None:
        """Spend for one call; `has` has just said that it may be made."""
        costs = self._cost(parts, messages)
        self._calls += 1
        for n, cost in costs.items():
            if self._shared.paces is not None:
                self._shared.paces[n].spend(cost, now)
            else:
                _spend(self._in_hand(now), n, cost, now)
                mean = self._mean.get(n, cost)
                self._mean[n] = mean + _NEW * (cost - mean)

    def wants_more(self, now: float) -> bool:
        """Whether one more grant may be held."""
        return self._is_together() and len(self.good(now)) < _MOST and now >= self._closed_until

    def runs_low(self, now: float) -> bool:
        """Whether to ask for more before it is needed; a call was just made."""
        held = self._held
        return len(held) == 1 and held[0].runs_low(now) and self.wants_more(now)

    async def fetch(self, parts: int, messages: int) -> None:
        """Ask for one call, and for more like it if they are small and there were some."""
        units, state = self._units(parts, messages), self._shared.present
        if state is None or not units:
            return
        self._calls = 0
        while self._late:
            held = self._late.pop()
            await self._shared.give_back(held.grant, held.epoch, held.left)
        answer = await self._shared.grant(units, wider=not self._steady)
        if isinstance(answer, Grant):
            self._held.append(_Held(answer, state[0], units, {**units}))
        else:
            self._closed_until = self._shared.monotonic() + answer

    def _cost(self, parts: int, messages: int) -> dict[int, int]:
        costs = {
            n: call + message * messages + part * parts
            for n, (call, message, part) in self.spends.items()
        }
        for n, cost in costs.items():
            limit = self._shared.shares[n].limit
            if cost > limit.amount:
                raise ValueError(f"{cost} at once, with a limit of {limit.words}")
        return costs

    def _tightest(self, costs: Mapping[int, int]) -> Limit:
        limits = [self._shared.shares[n].limit for n in costs]
        return min(limits, key=lambda limit: limit.per_second)

    def _units(self, parts: int, messages: int) -> dict[int, int]:
        """What to ask for: one call, or, if they are small, twice as many as since the last time.

        What is not used is lost to the others for a moment, so who makes few calls asks for few.
        """
        costs = self._cost(parts, messages)
        if not costs:
            return {}
        means = {n: self._mean.get(n, cost) for n, cost in costs.items()}
        most = int(min(_size(self._shared.shares[n].limit) / mean for n, mean in means.items()))
        calls = min(most, 2 * self._calls)
        return {n: max(cost, int(calls * means[n])) for n, cost in costs.items()}

    def _is_together(self) -> bool:
        """Whether limits are shared at present, as far as we know."""
        return self._shared.present is not None and self._shared.paces is None

    def _ready_apart(self, costs: Mapping[int, int], now: float, besides: "Purse | None") -> float:
        """The same where limits are divided; what is too much for our part waits for the end."""
        paces, waits = self._shared.paces, [0.0]
        for n, cost in costs.items():
            if besides is not None and n in besides.spends:
                continue
            if not paces or cost > paces[n].limit.amount:
                return DIVIDED_FOR.total_seconds()
            waits.append(paces[n].ready_in(cost, now))
        return max(waits)

    def _opens(self, costs: Mapping[int, int], now: float) -> float | None:
        return _opens(costs, self._in_hand(now), now)

    def _in_hand(self, now: float) -> list[_Held]:
        """What may be used, now or soon, in order."""
        lent = self._lender.good(now) if self._lender else []
        return sorted([*self.good(now), *lent], key=lambda held: held.grant.starts)

    def good(self, now: float) -> list[_Held]:
        """What is still good of what was granted to us."""
        state, shared, good = self._shared.present, self._shared, list[_Held]()
        for held in self._held:
            if not any(held.left.values()) or (held.epoch, False) != state:
                continue  # used up, or not to be used any more
            if shared.knows(held.grant):
                (good if now < held.grant.until else self._late).append(held)
        self._held = good
        return good


def _opens(costs: Mapping[int, int], hand: list[_Held], now: float) -> float | None:
    """The first moment from which there is enough in hand; None if there is none."""
    for at in [max(now, held.grant.starts) for held in hand]:
        good = [held for held in hand if held.grant.starts <= at < held.grant.until]
        if all(sum(held.left.get(n, 0) for held in good) >= cost for n, cost in costs.items()):
            return at
    return None


def _spend(hand: list[_Held], share: int, cost: int, now: float) -> None:
    for held in hand:
        if held.grant.starts <= now:
            taken = min(cost, held.left.get(share, 0))
            held.left[share] = held.left.get(share, 0) - taken
            cost -= taken


def _size(limit: Limit) -> float:
    return min(_OF_AMOUNT * limit.amount, _OF_SECOND * limit.per_second)
