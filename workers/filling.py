"""How each kind of post is filled: what an engine does, one piece in one process."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial

from sqlalchemy import Connection

from outreach.board import GoneError
from outreach.bootstrap import House, Staffed
from outreach.delivery.duty import every, settle, swept
from outreach.delivery.gauges import Gauges
from outreach.delivery.keeper import Keeper
from outreach.delivery.pulse import Chart
from outreach.delivery.pulses import Pulses
from outreach.delivery.send import AccountSender
from outreach.delivery.shared_breaker import SharedBreaker
from outreach.delivery.sweep import Sweep
from outreach.domain.window import day_number
from outreach.observe import INBOX, UNWRITABLE
from outreach.store import closing, inbox
from outreach.store.accounts import Pulse
from workers.posts import Post, Work
from workers.process import Process
from workers.rollcall import RollCall

_SETTLERS = 2
"""While one's words wait for the database, the other reads and matches its own."""
_POLL = 2.0
_SWEEP = 0.5
_ROLL_CALL = 5.0
_PULSE = 1.0
_GAUGES = 5.0
_NIGHTLY = 60.0


async def fill(process: Process, post: Post, seat: int, over: asyncio.Event) -> None:
    """Do the work of a post until it is over."""
    if post.account is not None:
        await _send(process, post, seat, over)
        return
    try:
        async with process.house.staffed() as staff, asyncio.TaskGroup() as group:
            for work in _WORK[post.work](process, staff, over):
                group.create_task(work)
    finally:
        if post.work is Work.SWEEP:
            Gauges.clear()
            INBOX.set(0)
            UNWRITABLE.set(0)  # whoever takes the post says whether it is so


async def _send(process: Process, post: Post, seat: int, over: asyncio.Event) -> None:
    """Keep a sender at work for one account."""
    house = process.house
    assert post.account is not None
    async with house.staffed([post.account], seat) as staff:
        [staffed] = staff
        shared = SharedBreaker(process.board, staffed.number, staffed.account.name)
        with contextlib.suppress(GoneError):  # then it is told as soon as it is there
            await shared.exchange()
        await staffed.open()

        def hire() -> AccountSender:
            return house.sender(staffed, process.owner(), shared.breaker)

        keeper = Keeper(hire, partial(_recover, house), over)
        process.keepers.append(keeper)
        ended = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(shared.run(ended))
                await _work(keeper, over)
                ended.set()  # not before the last answer: it may be that of a probe
        finally:
            process.keepers.remove(keeper)
            process.heart.leave(keeper)


async def _work(keeper: Keeper, over: asyncio.Event) -> None:
    """Keep a sender at work until it is over; what is in flight is answered and recorded."""
    working = asyncio.create_task(keeper.run())
    try:
        await over.wait()
        keeper.sender.stop()
        await working
    finally:
        working.cancel()


async def _recover(house: House, owner: str) -> None:
    """Take back the leases of a sender that has ended, while its process goes on."""
    tools = house.tools

    def job(conn: Connection) -> int:
        living = closing.owners(conn) - {owner}
        closing.forget_leases(conn, owner)
        return closing.recover(conn, living, tools.now_ms(), day_number(tools.clock()))

    await tools.write(job)


Tasks = list[Coroutine[None, None, None]]


def _receipts(process: Process, staff: list[Staffed], over: asyncio.Event) -> Tasks:
    return [settle(over, process.house.settler(staff)) for _ in range(_SETTLERS)]


def _poll(process: Process, staff: list[Staffed], over: asyncio.Event) -> Tasks:
    house = process.house
    asked = [asker.run() for asker in house.askers(staff, over)]
    return [every(over, "asking for failures", _POLL, house.poll(staff).poll), *asked]


def _reports(process: Process, _staff: list[Staffed], over: asyncio.Event) -> Tasks:
    nightly = process.house.nightly()
    look = partial(asyncio.to_thread, nightly.look, over.is_set)
    return [every(over, "looking registrations up", _NIGHTLY, look)]


def _sweep(process: Process, staff: list[Staffed], over: asyncio.Event) -> Tasks:
    rounds = _Rounds(process.house, process.house.sweep(staff), process.pulses)
    works: Mapping[str, tuple[float, Callable[[], Awaitable[object]]]] = {
        "the roll call": (_ROLL_CALL, rounds.take_back),
        "the sweep": (_SWEEP, rounds.sweep),
        "the pulse": (_PULSE, rounds.pulse),
        "the gauges": (_GAUGES, partial(asyncio.to_thread, rounds.gauge)),
    }
    return [every(over, name, seconds, work) for name, (seconds, work) in works.items()]


class _Rounds:
    """The sweep, over leases of many processes."""

    def __init__(self, house: House, sweep: Sweep, pulses: Pulses) -> None:
        self._house = house
        self._pulses = pulses
        self._chart = Chart(house.tools, house.numbers.values())
        self._sweeping = sweep
        self._roll_call = RollCall()
        self._gauges = house.gauges()

    async def take_back(self) -> None:
        """See who is at work, and take back what others have left."""
        await self._house.tools.write(self._take_back)

    def _take_back(self, conn: Connection) -> int:
        return self._sweeping.recover(conn, self._roll_call.call(conn))

    async def sweep(self) -> None:
        """Do a round."""
        await swept(self._house.tools, self._sweeping, None)

    async def pulse(self) -> None:
        """Store what all processes say of their accounts; without Redis each stores its own."""
        found: list[Pulse] = []
        with contextlib.suppress(GoneError):
            found = await self._pulses.collect(self._house.tools.now_ms())
        await self._chart.keep(found)

    def gauge(self) -> None:
        """Bring the metrics up to date that only the database knows."""
        self._gauges.read()
        with self._house.database.read() as conn:
            INBOX.set(inbox.waiting(conn))


_WORK: Mapping[Work, Callable[[Process, list[Staffed], asyncio.Event], Tasks]] = {
    Work.RECEIPTS: _receipts,
    Work.POLL: _poll,
    Work.SWEEP: _sweep,
    Work.REPORTS: _reports,
}
