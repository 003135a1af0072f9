"""What the engine says of its accounts each second, and what it keeps of it."""

import logging
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from outreach.delivery.breaker import BreakerState
from outreach.delivery.keeper import Keeper
from outreach.domain.limit import Limit
from outreach.observe import ALLOWED, BREAKER, IN_FLIGHT, RATE, STALLED
from outreach.store import audit
from outreach.store.accounts import Pulse
from outreach.store.audit import Entry

log = logging.getLogger(__name__)

_ACTION = "account.breaker"
"""What the audit calls it that one opened or closed."""


class Heart:
    """Takes the pulse of accounts; that one opened or closed its breaker is kept for good."""

    def __init__(self, *, shares: bool = False) -> None:
        """`shares`: whether a sender is one of several that each have a part of an account."""
        self._shares = shares
        self._held: set[int] = set()
        """The accounts whose breaker is not closed, by what was kept last."""
        self._warned: set[int] = set()

    def pulse_of(self, keeper: Keeper, now: int) -> Pulse:
        """How an account fares at this moment (ms)."""
        sender, breaker = keeper.sender, keeper.sender.breaker
        held = breaker.state is not BreakerState.CLOSED
        BREAKER.labels(keeper.name).set(held)
        if held and sender.number not in self._warned:
            log.warning("account %s is held back: %s", keeper.name, breaker.reason)
        (self._warned.add if held else self._warned.discard)(sender.number)
        rate, unit = keeper.take_rate(), _unit(sender.account.limits)
        RATE.labels(keeper.name).set(rate)
        allowed = sender.pacer.allowed * (sender.account.workers if self._shares else 1)
        ALLOWED.labels(keeper.name, unit).set(allowed)
        IN_FLIGHT.labels(keeper.name).set(sender.in_flight)
        return Pulse(
            sender.number,
            now,
            rate,
            int(round(allowed, 6)),  # a third three times is a little less than the whole
            sender.in_flight,
            breaker.state,
            breaker.reason,
            keeper.per_minute,
            unit,
            keeper.watch.stalled_since,
            keeper.counted_s,
        )

    def leave(self, keeper: Keeper) -> None:
        """Say no more of an account: another process may."""
        for gauge in (RATE, IN_FLIGHT, BREAKER, STALLED):
            gauge.remove(keeper.name)
        ALLOWED.remove(keeper.name, _unit(keeper.sender.account.limits))

    def recall(self, conn: Connection, accounts: Iterable[int]) -> None:
        """Go on from what was kept of accounts before us: a breaker stays open over a restart."""
        for account in accounts:
            last = audit.latest(conn, f"account:{account}", _ACTION)
            if last is not None and last.detail["state"] != BreakerState.CLOSED:
                self._held.add(account)

    def take_events(self, pulses: Sequence[Pulse], now: int) -> list[Entry]:
        """The breakers that opened or closed since this was last asked, by these pulses."""
        found = []
        for pulse in sorted(pulses, key=lambda pulse: pulse.account):
            held = pulse.breaker != BreakerState.CLOSED
            if held and pulse.account not in self._held:
                self._held.add(pulse.account)
                found.append(_event(now, pulse.account, BreakerState.OPEN, pulse.reason))
            elif not held and pulse.account in self._held:
                self._held.discard(pulse.account)
                found.append(_event(now, pulse.account, BreakerState.CLOSED, ""))
        return found


def _event(now: int, account: int, state: BreakerState, reason: str) -> Entry:
    detail = {"state": state.value, "reason": reason}
    return Entry(now, audit.ENGINE, _ACTION, f"account:{account}", detail)


def _unit(limits: Sequence[Limit]) -> str:
    """What the tightest limit counts; messages where there is none."""
    even = [limit for limit in limits if limit.span is None]
    tightest = min(even, key=lambda limit: limit.per_second, default=None)
    return "messages" if tightest is None else tightest.unit.value
