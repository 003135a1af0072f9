"""The embedded bell: one process, one event loop, everything that an installation does."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from outreach.bootstrap import House, Staffed
from outreach.delivery.poll import Poll
from outreach.delivery.send import AccountSender
from outreach.delivery.settle import Settler
from outreach.delivery.sweep import Sweep
from outreach.domain.errors import NotAllowedError
from outreach.observe import BREAKER, INBOX
from outreach.store import accounts, closing, inbox
from outreach.store.accounts import Pulse
from outreach.store.database import Database

log = logging.getLogger(__name__)

_SWEEP = 0.5
_SETTLE_IDLE = 0.1
_POLL = 2.0


@contextlib.contextmanager
def only_engine(database: Database) -> Iterator[None]:
    """Hold the engine's place at a database; NotAllowedError if another process has it."""
    with database.sole_engine() as alone:
        if not alone:
            raise NotAllowedError(
                "another `outreach run` is working on this database; stop it first"
            )
        yield


class Runner:
    """Runs the engine, the settling of receipts, or both, until it is told to stop.

    Settling goes with the callback door, so that a door in a process of its own takes that work
    from the engine's core too.
    """

    def __init__(self, house: House, *, sends: bool = True, settles: bool = True) -> None:
        self.house = house
        self._sends = sends
        self._settles = settles
        self._stop = asyncio.Event()
        self.senders: list[AccountSender] = []

    def stop(self) -> None:
        """Ask for a quiet end: what is in flight is answered and recorded first."""
        self._stop.set()
        for sender in self.senders:
            sender.stop()

    async def run(self) -> None:
        """Take back what an earlier run left, then work until `stop`."""
        async with self.house.staffed() as staff, asyncio.TaskGroup() as group:
            if self._settles:
                group.create_task(self._settle(self.house.settler(staff)))
            if self._sends:
                await self._send(staff, group)

    async def _send(self, staff: list[Staffed], group: asyncio.TaskGroup) -> None:
        house, sweep = self.house, self.house.sweep(staff)
        if house.database.is_sqlite:
            # We hold the only engine of this file, so whoever had a lease is dead.
            await house.tools.write(closing.forget_leases)
        await house.tools.write(sweep.recover)
        await asyncio.to_thread(self._refresh)
        self.senders = [house.sender(each) for each in staff]
        group.create_task(self._every(_SWEEP, partial(self._sweep, sweep)))
        group.create_task(self._every(1.0, self._pulse))
        group.create_task(self._every(_POLL, partial(self._polled, house.poll(staff))))
        for sender in self.senders:
            group.create_task(sender.run())
        if self._stop.is_set():
            self.stop()  # it was asked for before there was anybody to tell

    async def _every(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        while not self._stop.is_set():
            await work()
            await self._rest(seconds)

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    async def _sweep(self, sweep: Sweep) -> None:
        await asyncio.to_thread(self._refresh)
        for job in (sweep.recover, sweep.close, sweep.fold):
            await self.house.tools.write(job)
        await self.house.tools.write(sweep.finish)

    @staticmethod
    async def _polled(poll: Poll) -> None:
        """Ask; a carrier's odd answer, or a fault in reading it, is no reason to stop sending."""
        try:
            await poll.poll()
        except Exception:
            log.exception("asking for failures did not work")

    def _refresh(self) -> None:
        with self.house.database.read() as conn:
            self.house.roster.refresh(conn)

    async def _settle(self, settler: Settler) -> None:
        while not self._stop.is_set():
            if not await settler.settle():
                await self._rest(_SETTLE_IDLE)

    async def _pulse(self) -> None:
        now = self.house.tools.now_ms()
        pulses = [self._pulse_of(sender, now) for sender in self.senders]
        INBOX.set(await asyncio.to_thread(self._waiting))
        await self.house.tools.write(lambda conn: accounts.beat(conn, pulses))

    def _waiting(self) -> int:
        with self.house.database.read() as conn:
            return inbox.waiting(conn)

    def _pulse_of(self, sender: AccountSender, now: int) -> Pulse:
        BREAKER.labels(sender.account.name).set(sender.breaker.state != "closed")
        return Pulse(
            sender.number,
            now,
            sender.take_rate(),
            int(sender.pacer.allowed),
            sender.in_flight,
            sender.breaker.state,
            sender.breaker.reason,
        )
