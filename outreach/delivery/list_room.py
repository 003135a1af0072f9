"""How large the lists of an account may be."""

import math

from outreach.domain.errors import BadInputError
from outreach.domain.limit import Limit, LimitScope, Unit
from outreach.settings import Account

_OF_A_PERIOD, _OF_A_QUOTA = 2, 20
"""A list is at most this part of a limit: two fill a period, and little of a quota is left over."""


class Room:
    """The fewest and the most messages of one list, by the carrier's rules and the limits."""

    def __init__(self, account: Account, least: int, most: int) -> None:
        """BadInputError where the account leaves no room for the smallest list."""
        self.least = least
        self._most = most
        self._in_flight = account.in_flight
        self._limits = [each for each in account.limits if each.cost(LimitScope.SEND, 1)]
        if account.in_flight < least:
            raise BadInputError(
                f"config/accounts/{account.name}.toml: in_flight is {account.in_flight}, but this"
                f" carrier takes lists of at least {least}; give it room for three lists"
            )
        for limit in self._limits:
            cost = least * _units(limit, account.max_parts) or 1
            if limit.for_normal().amount < cost:
                raise BadInputError(
                    f"config/accounts/{account.name}.toml: limits: a list of {least} messages may"
                    f" cost {cost} {limit.unit}; '{limit.words}' never leaves room for it"
                )

    @property
    def allowed(self) -> float:
        """Messages a second that the tightest limit gives to full lists; 0 without a limit."""
        paces = [
            each.per_second * (1 if _units(each, 1) else self._most)
            for each in self._limits
            if not each.span
        ]
        return min(paces, default=0.0)

    @property
    def probe(self) -> int:
        """Messages to start for one list: some are held back at the last moment."""
        return min(2 * self.least - 1, self._in_flight)

    @property
    def rest(self) -> int:
        """Fewer than so many are not to be left over, because they are no list by themselves.

        1 where `in_flight` is too small to heed that.
        """
        return self.least if self._in_flight >= 2 * self.least - 1 else 1

    def cut(self, count: int, parts: int, pace: int | None) -> list[int]:
        """The sizes of the lists to make of so many; those left over are too few for one."""
        size = self.size(parts, pace)
        lists = min(math.ceil(count / size), count // self.least)
        taken = min(count, lists * size)
        return [taken * (n + 1) // lists - taken * n // lists for n in range(lists)]

    def size(self, parts: int, pace: int | None) -> int:
        """How many messages of so many parts go in a list; `pace`: the campaign's a minute."""
        sizes = [self._most]
        if pace is not None:
            sizes.append(pace // _OF_A_PERIOD)
        for limit in self._limits:
            if units := _units(limit, parts):
                share = _OF_A_QUOTA if limit.span else _OF_A_PERIOD
                sizes.append(limit.for_normal().amount // share // units)
        return max(self.least, min(sizes))


def _units(limit: Limit, parts: int) -> int:
    """What a message of so many parts costs by itself, the call apart."""
    return limit.cost(LimitScope.SEND, parts) if limit.unit is not Unit.REQUESTS else 0
