"""A campaign sent message by message on a clock of its own, by the very paces of the engine."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, cycle

from outreach.domain.limit import Limit, LimitScope, Pace, Quota
from outreach.domain.window import Hours


@dataclass
class Lane:
    """One account, with the parts of each message that it has to send."""

    limits: Sequence[Limit]
    parts: Sequence[int] = field(repr=False)
    others: Sequence[int] = ()
    """Messages of one part that other campaigns have waiting, each by turns with ours."""
    sent: list[float] = field(default_factory=list, repr=False)
    """When each of ours left."""

    def turns(self) -> Iterator[tuple[bool, int]]:
        """Whose message goes next (ours?), and its parts, until ours are gone."""
        mine, rest = list(reversed(self.parts)), list(self.others)
        for turn in cycle(range(1 + len(rest))):
            if not mine:
                return
            if turn == 0:
                yield True, mine.pop()
            elif rest[turn - 1]:
                rest[turn - 1] -= 1
                yield False, 1


class _Account:
    def __init__(self, lane: Lane, begin: float) -> None:
        self.lane = lane
        self.paces = [Pace(limit, begin) for limit in lane.limits if not limit.span]
        self.quotas = [Quota(limit) for limit in lane.limits if limit.span]
        self._turns = lane.turns()
        self.next = next(self._turns, None)

    def ready_at(self, now: float) -> float:
        assert self.next
        parts = self.next[1]
        waits = [p.ready_in(p.limit.cost(LimitScope.SEND, parts), now) for p in self.paces]
        for quota in self.quotas:
            cost = quota.limit.cost(LimitScope.SEND, parts)
            waits.append(quota.ready_in(cost, datetime.fromtimestamp(now, UTC)))
        return now + max(waits, default=0.0)

    def send(self, now: float) -> None:
        assert self.next
        ours, parts = self.next
        for pace in self.paces:
            pace.spend(pace.limit.cost(LimitScope.SEND, parts), now)
        for quota in self.quotas:
            cost = quota.limit.cost(LimitScope.SEND, parts)
            quota.spend(cost, datetime.fromtimestamp(now, UTC))
        if ours:
            self.lane.sent.append(now)
        self.next = next(self._turns, None)


def drill(lanes: Sequence[Lane], hours: Hours, begin: datetime, rate: int | None = None) -> float:
    """Send everything, at no more than `rate` messages a minute; returns when the last one left."""
    accounts = [_Account(lane, begin.timestamp()) for lane in lanes]
    gate, order, opens, closes = 0.0, count(), 0.0, 0.0
    waiting = [(begin.timestamp(), next(order), account) for account in accounts if account.next]
    while waiting:
        now, _, account = heapq.heappop(waiting)
        if now >= closes:
            moment = datetime.fromtimestamp(now, UTC)
            opens = hours.next_opening(moment).timestamp()
            closes = hours.closes_after(moment).timestamp()
        ready = max(opens, account.ready_at(now))
        assert account.next
        if rate and account.next[0]:
            ready = max(ready, gate)
        if ready > now:
            heapq.heappush(waiting, (ready, next(order), account))
            continue
        if rate and account.next[0]:
            gate = now + 60 / rate
        account.send(now)
        if account.next:
            heapq.heappush(waiting, (now, next(order), account))
    return max(max(lane.sent) for lane in lanes if lane.sent)
