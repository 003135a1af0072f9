"""An account under limits in a world of its own: time leaps, clocks step, processes die."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from sqlalchemy import Connection

from outreach.delivery.pacing import Pacer
from outreach.domain.limit import LONGEST_WAIT, Limit, LimitScope
from outreach.store.spent import Block, SpentTable
from tests.delivery.virtual import VirtualLoop

EVENING = datetime(2026, 11, 30, 16, 40, tzinfo=UTC).timestamp()
"""23:40 in Ho Chi Minh City, on the last day of a month."""

NOBODY: Connection = None  # type: ignore[assignment]  # the table below has no database


@dataclass(frozen=True, slots=True)
class Call:
    """One call that left."""

    at: float
    """True seconds."""
    wall: datetime
    scope: LimitScope
    parts: int
    urgent: bool


class Table(SpentTable):
    """The record of one account, in memory; writing takes a moment, and may be cut short."""

    def __init__(self, world: "World") -> None:
        super().__init__(None, 1, 0.0, world.monotonic)  # type: ignore[arg-type]  # no writer
        self._world = world
        self.delays: Iterator[tuple[float, float]] = iter(())
        """Until a reservation is durable, and from then until its caller hears of it."""
        self._stored: dict[tuple[str, timedelta], dict[int, int]] = {}

    def start(self, ahead: float) -> None:
        """Begin a process."""
        self._ahead = ahead

    def reserve(self, limit: Limit, units: int, begins: datetime | None) -> Future[Block]:
        future: Future[Block] = Future()
        loop, life = asyncio.get_running_loop(), self._world.lives
        durable, heard = next(self.delays, (0.001, 0.0))

        def write() -> None:
            if life != self._world.lives:
                return  # the process died before
            block = self._reserve(NOBODY, limit, units, begins)
            loop.call_later(heard, future.set_result, block)

        loop.call_later(durable, write)
        return future

    def give_back(self, limit: Limit, block: Block) -> Future[None]:
        future: Future[None] = Future()
        self._add(NOBODY, limit, block.starts_at, -block.units)
        future.set_result(None)
        return future

    def _rows(self, _: Connection, limit: Limit) -> list[tuple[int, int]]:
        return sorted(self._of(limit).items())

    def _add(self, _: Connection, limit: Limit, starts_at: int, units: int) -> None:
        rows = self._of(limit)
        rows[starts_at] = rows.get(starts_at, 0) + units

    def _delete(self, _: Connection, limit: Limit, first: int, end: int) -> None:
        rows = self._of(limit)
        for starts_at in [each for each in rows if first <= each < end]:
            del rows[starts_at]

    def _of(self, limit: Limit) -> dict[int, int]:
        return self._stored.setdefault((f"{limit.unit} {limit.scope}", limit.period), {})


@dataclass
class World:
    """True time, the machine's monotonic clock, and a wall clock that people can set."""

    limits: Sequence[Limit]
    loop: VirtualLoop = field(default_factory=lambda: VirtualLoop(1000.0))
    calls: list[Call] = field(default_factory=list)
    lives: int = 0
    shift: float = 0.0
    """What the wall clock is wrong by."""

    def __post_init__(self) -> None:
        self._booted = 500.0
        self.table = Table(self)
        self._boot()

    def monotonic(self) -> float:
        return self.loop.time() - self._booted

    def wall(self) -> datetime:
        seconds = EVENING + self.loop.time() - 1000.0 + self.shift
        return datetime.fromtimestamp(seconds, UTC)

    def start(self) -> Pacer:
        """Begin a process on this machine."""
        self.lives += 1
        self.table.start(self._ahead)
        pacer = Pacer(self.limits, self.monotonic, self.wall)
        pacer.resume(NOBODY, self.table)
        return pacer

    def reboot(self) -> None:
        """Start the machine anew; the wall clock is then all that the record goes by."""
        self._booted = self.loop.time() - 3.0
        self._boot()

    def step_ahead_since_boot(self) -> float:
        """How far the wall clock was moved since the machine was started."""
        return self.shift - self._shift_at_boot

    def _boot(self) -> None:
        self._shift_at_boot = self.shift
        self._ahead = self.wall().timestamp() - self.monotonic()

    async def send(self, pacer: Pacer, parts: int, *, urgent: bool = False) -> None:
        """Let one message leave, however long that takes."""
        while not await pacer.acquire(parts, urgent=urgent):
            wait, why = pacer.opens_in(parts, urgent=urgent)
            assert not wait or why
            await asyncio.sleep(min(max(wait, 0.01), LONGEST_WAIT))
        self._left(LimitScope.SEND, parts, urgent=urgent)

    def send_now(self, pacer: Pacer, parts: int, *, urgent: bool = False) -> bool:
        """Let one message leave if it may do so at once."""
        left = pacer.try_now(parts, urgent=urgent)
        if left:
            self._left(LimitScope.SEND, parts, urgent=urgent)
        return left

    async def ask(self, pacer: Pacer, scope: LimitScope) -> None:
        """Make a call beside the messages, or do without."""
        if await pacer.turn(scope):
            self._left(scope, 1, urgent=True)

    def _left(self, scope: LimitScope, parts: int, *, urgent: bool) -> None:
        self.calls.append(Call(self.loop.time(), self.wall(), scope, parts, urgent))

    def most(self, limit: Limit) -> int:
        """The largest sum that a limit saw in any window of its period, day or month."""
        return _most(self.calls, limit)

    def most_of_normal(self, limit: Limit) -> int:
        """The same, of messages that were not urgent."""
        return _most([call for call in self.calls if not call.urgent], limit)


def _most(calls: Sequence[Call], limit: Limit) -> int:
    costs = [(call, limit.cost(call.scope, call.parts)) for call in calls]
    if limit.span:
        return max(_sums(costs, lambda call: limit.begins(call.wall)).values(), default=0)
    return _in_any_window([(call.at, cost) for call, cost in costs if cost], limit.period)


def _sums(
    costs: Sequence[tuple[Call, int]], key: Callable[[Call], datetime]
) -> dict[datetime, int]:
    found: dict[datetime, int] = {}
    for call, cost in costs:
        found[key(call)] = found.get(key(call), 0) + cost
    return found


def _in_any_window(spent: Sequence[tuple[float, int]], period: timedelta) -> int:
    """The largest sum of a window that begins with a call; less a billionth, for floats."""
    width = Fraction(period.total_seconds()) * (1 - Fraction(1, 10**9))
    most = total = first = 0
    for at, cost in spent:
        total += cost
        while Fraction(at) - Fraction(spent[first][0]) >= width:
            total -= spent[first][1]
            first += 1
        most = max(most, total)
    return most
