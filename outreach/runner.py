"""The embedded bell: one process, one event loop, everything that an installation does."""

import asyncio
import contextlib
from collections.abc import Iterator
from functools import partial

from sqlalchemy import Connection

from outreach.bootstrap import House, Staffed
from outreach.delivery.duty import every, settle, swept
from outreach.delivery.keeper import Keeper, rest
from outreach.delivery.pulse import Chart, Heart
from outreach.delivery.send import AccountSender
from outreach.delivery.sweep import Sweep
from outreach.delivery.trouble import Trouble
from outreach.delivery.watchdog import Watchdog
from outreach.domain.errors import NotAllowedError
from outreach.observe import INBOX
from outreach.statistics.attribution import Nightly
from outreach.store import allowance, closing, inbox
from outreach.store.database import Database

_SWEEP = 0.5
_SETTLERS = 2
"""While one's words wait for the database, the other reads and matches its own."""
_POLL = 2.0
_WATCH = 1.0
_GAUGES = 5.0
_NIGHTLY = 60.0


@contextlib.contextmanager
def only_engine(database: Database) -> Iterator[None]:
    """Hold the engine's place at a database; NotAllowedError if another process has it."""
    with database.sole_engine() as alone:
        if not alone:
            raise NotAllowedError(
                "another `outreach run`, or a worker, is working on this database; stop it first"
            )
        yield


class Runner:
    """Runs the engine, the settling of receipts, or both, until it is told to stop.

    Settling goes with the callback door, so that a door in a process of its own takes that work
    from the engine's core too. What one task meets does not end the others: it says so, and is
    tried again.
    """

    def __init__(self, house: House, *, sends: bool = True, settles: bool = True) -> None:
        self.house = house
        self._sends = sends
        self._settles = settles
        self._stop = asyncio.Event()
        self._keepers: list[Keeper] = []

    @property
    def senders(self) -> list[AccountSender]:
        """The accounts' senders of this moment."""
        return [keeper.sender for keeper in self._keepers]

    def stop(self) -> None:
        """Ask for a quiet end: what is in flight is answered and recorded first."""
        self._stop.set()
        for sender in self.senders:
            sender.stop()

    async def run(self) -> None:
        """Take back what an earlier run left, then work until `stop`."""
        async with self.house.staffed() as staff, asyncio.TaskGroup() as group:
            if self._settles:
                for _ in range(_SETTLERS):
                    group.create_task(settle(self._stop, self.house.settler(staff)))
            if self._sends:
                await self._send(staff, group)
            else:
                await self._stop.wait()

    async def _send(self, staff: list[Staffed], group: asyncio.TaskGroup) -> None:
        house, sweep = self.house, self.house.sweep(staff)
        # This database has no engine but us, so whoever had a lease is dead.
        await house.tools.write(closing.forget_leases)
        await house.tools.write(allowance.forget)
        await house.tools.write(partial(sweep.recover, living=()))
        await house.tools.write(partial(house.resume, staff=staff))
        await asyncio.to_thread(self._refresh)
        for each in staff:
            await each.open()
        recover = partial(self._recover, sweep)
        self._keepers = [Keeper(partial(house.sender, one), recover, self._stop) for one in staff]
        for keeper in self._keepers:
            group.create_task(keeper.run())
        for asker in house.askers(staff, self._stop):
            group.create_task(asker.run())
        group.create_task(self._stay_sole())
        pulse = partial(self._pulse, Heart(), Chart(house.tools, house.numbers.values()))
        watchdog = Watchdog(house.tools, house.database, self._keepers)
        for name, seconds, work in (
            ("looking for changes", _SWEEP, self._refreshed),
            ("the sweep", _SWEEP, partial(self._sweep, sweep)),
            ("the pulse", 1.0, pulse),
            ("the gauges", _GAUGES, partial(asyncio.to_thread, house.gauges().read)),
            ("asking for failures", _POLL, house.poll(staff).poll),
            ("the watchdog", _WATCH, watchdog.look),
            ("looking registrations up", _NIGHTLY, partial(self._look_up, house.nightly())),
        ):
            group.create_task(every(self._stop, name, seconds, work))
        if self._stop.is_set():
            self.stop()  # it was asked for before there was anybody to tell

    async def _stay_sole(self) -> None:
        """End everything where another engine has our place: it takes over what we had leased."""
        trouble, sole = Trouble("keeping the engine's place"), True
        while not self._stop.is_set():
            with trouble.told():
                sole = await asyncio.to_thread(self.house.database.still_sole)
            if not sole:
                raise NotAllowedError(
                    "another `outreach run`, or a worker, has begun on this database"
                )
            await rest(self._stop, _WATCH)

    async def _refreshed(self) -> None:
        await asyncio.to_thread(self._refresh)

    def _refresh(self) -> None:
        with self.house.database.read() as conn:
            self.house.roster.refresh(conn)

    async def _sweep(self, sweep: Sweep) -> None:
        await swept(self.house.tools, sweep, self._living())

    def _living(self) -> set[str]:
        return {sender.owner for sender in self.senders}

    async def _recover(self, sweep: Sweep, owner: str) -> None:
        """Take back the leases of a sender that has ended."""

        def job(conn: Connection) -> int:
            closing.forget_leases(conn, owner)
            return sweep.recover(conn, self._living() - {owner})

        await self.house.tools.write(job)

    async def _pulse(self, heart: Heart, chart: Chart) -> None:
        now = self.house.tools.now_ms()
        INBOX.set(await asyncio.to_thread(self._waiting))
        await chart.keep([heart.pulse_of(keeper, now) for keeper in self._keepers])

    async def _look_up(self, nightly: Nightly) -> None:
        await asyncio.to_thread(nightly.look, self._stop.is_set)

    def _waiting(self) -> int:
        with self.house.database.read() as conn:
            return inbox.waiting(conn)
