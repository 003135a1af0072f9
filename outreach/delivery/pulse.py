"""What the engine says of its accounts each second, and what it keeps of it."""

import logging
from collections.abc import Iterable, Sequence
from functools import partial

from sqlalchemy import Connection

from outreach.delivery.breaker import BreakerState
from outreach.delivery.keeper import Keeper
from outreach.delivery.tools import Tools
from outreach.domain.limit import Limit
from outreach.observe import ALLOWED, BREAKER, IN_FLIGHT, RATE, STALLED, UNWRITABLE
from outreach.store import accounts, audit
from outreach.store.accounts import Pulse
from outreach.store.audit import Entry

log = logging.getLogger(__name__)

_ACTION = "account.breaker"
"""What the audit calls it that one opened or closed."""


class Heart:
    """Takes the pulse of accounts."""

    def __init__(self, *, shares: bool = False) -> None:
        """`shares`: whether a sender is one of several that each have a part of an account."""
        self._shares = shares
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


class Chart:
    """Keeps how accounts fare, and for good that one opened or closed its breaker.

    Without Redis each process keeps what its own senders say, and nobody what all of them do: what
    opened and closed meanwhile is not among what is kept for good.
    """

    def __init__(self, tools: Tools, numbers: Iterable[int]) -> None:
        """`numbers` are those of the accounts whose breakers are kept."""
        self._tools = tools
        self._numbers = frozenset(numbers)
        self._held: set[int] | None = None
        """The accounts whose breaker is not closed, by what was kept last; None: to be read."""

    async def keep(self, pulses: Sequence[Pulse]) -> None:
        """Store a pulse of each account, and what has turned since the last one."""
        try:
            if self._held is None:
                self._held = await self._tools.read(self._last_kept)
            events = self._turned(self._held, pulses)
            await self._tools.write(partial(_keep, pulses=pulses, events=events))
        except Exception:
            UNWRITABLE.set(1)  # the writer takes it back with whatever is stored next
            self._held = None  # it takes for kept what was not
            raise

    def _last_kept(self, conn: Connection) -> set[int]:
        last = {each: audit.latest(conn, f"account:{each}", _ACTION) for each in self._numbers}
        return {
            number
            for number, entry in last.items()
            if entry is not None and entry.detail["state"] != BreakerState.CLOSED
        }

    def _turned(self, held: set[int], pulses: Sequence[Pulse]) -> list[Entry]:
        """The breakers that opened or closed by these pulses."""
        now, found = self._tools.now_ms(), []
        for pulse in sorted(pulses, key=lambda pulse: pulse.account):
            is_held = pulse.breaker != BreakerState.CLOSED
            if is_held and pulse.account not in held:
                held.add(pulse.account)
                found.append(_event(now, pulse.account, BreakerState.OPEN, pulse.reason))
            elif not is_held and pulse.account in held:
                held.discard(pulse.account)
                found.append(_event(now, pulse.account, BreakerState.CLOSED, ""))
        return found


def _keep(conn: Connection, pulses: Sequence[Pulse], events: Sequence[Entry]) -> None:
    accounts.beat(conn, pulses)
    for event in events:
        audit.write(conn, event)


def _event(now: int, account: int, state: BreakerState, reason: str) -> Entry:
    detail = {"state": state.value, "reason": reason}
    return Entry(now, audit.ENGINE, _ACTION, f"account:{account}", detail)


def _unit(limits: Sequence[Limit]) -> str:
    """What the tightest limit counts; messages where there is none."""
    even = [limit for limit in limits if limit.span is None]
    tightest = min(even, key=lambda limit: limit.per_second, default=None)
    return "messages" if tightest is None else tightest.unit.value
