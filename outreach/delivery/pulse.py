"""What the engine says of its accounts each second, and what it keeps of it."""

import logging
from collections.abc import Sequence

from outreach.delivery.breaker import BreakerState
from outreach.delivery.keeper import Keeper
from outreach.domain.limit import Limit
from outreach.observe import ALLOWED, BREAKER, IN_FLIGHT, RATE
from outreach.store import audit
from outreach.store.accounts import Pulse
from outreach.store.audit import Entry

log = logging.getLogger(__name__)


class Heart:
    """Takes the pulse of accounts; that one opened or closed its breaker is kept for good."""

    def __init__(self) -> None:
        self._told: dict[int, str] = {}
        """The accounts that are held back, and why."""
        self._now_held: dict[int, str] = {}

    def pulse_of(self, keeper: Keeper, now: int) -> Pulse:
        """How an account fares at this moment (ms)."""
        sender, breaker = keeper.sender, keeper.sender.breaker
        held = breaker.state is not BreakerState.CLOSED
        BREAKER.labels(keeper.name).set(held)
        self._now_held.pop(sender.number, None)
        if held:
            if sender.number not in self._told:
                log.warning("account %s is held back: %s", keeper.name, breaker.reason)
            self._now_held[sender.number] = breaker.reason
        rate, unit = keeper.take_rate(), _unit(sender.account.limits)
        RATE.labels(keeper.name).set(rate)
        ALLOWED.labels(keeper.name, unit).set(sender.pacer.allowed)
        IN_FLIGHT.labels(keeper.name).set(sender.in_flight)
        return Pulse(
            sender.number,
            now,
            rate,
            int(sender.pacer.allowed),
            sender.in_flight,
            breaker.state,
            breaker.reason,
            keeper.per_minute,
            unit,
            keeper.watch.stalled_since,
            keeper.counted_s,
        )

    def take_events(self, now: int) -> list[Entry]:
        """The breakers that opened or closed since this was last asked."""
        opened = self._now_held.keys() - self._told.keys()
        closed = self._told.keys() - self._now_held.keys()
        self._told = dict(self._now_held)
        return [
            _event(now, account, BreakerState.OPEN, self._told[account])
            for account in sorted(opened)
        ] + [_event(now, account, BreakerState.CLOSED, "") for account in sorted(closed)]


def _event(now: int, account: int, state: BreakerState, reason: str) -> Entry:
    detail = {"state": state.value, "reason": reason}
    return Entry(now, audit.ENGINE, "account.breaker", f"account:{account}", detail)


def _unit(limits: Sequence[Limit]) -> str:
    """What the tightest limit counts; messages where there is none."""
    even = [limit for limit in limits if limit.span is None]
    tightest = min(even, key=lambda limit: limit.per_second, default=None)
    return "messages" if tightest is None else tightest.unit.value
