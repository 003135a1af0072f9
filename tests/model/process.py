"""One process of the engine: the real senders, sweep, door and settler, in a time that leaps."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar
from unittest import mock
from uuid import uuid4

from outreach.campaigns.compose import Renderer
from outreach.campaigns.templates import TemplateSet
from outreach.carriers.base import Callback, ReceiptWay
from outreach.delivery import roster
from outreach.delivery.calls import pack
from outreach.delivery.campaign_pace import CampaignPace
from outreach.delivery.door import Door
from outreach.delivery.ending import Deadline
from outreach.delivery.pacing import Pacer
from outreach.delivery.roster import Roster
from outreach.delivery.send import AccountSender
from outreach.delivery.settle import Settler
from outreach.delivery.sweep import Sweep
from outreach.delivery.tools import Tools
from outreach.domain.key import SendClass
from outreach.domain.rules import Cap
from outreach.settings import Account
from outreach.store import closing, inbox
from outreach.store.campaigns import Campaign
from outreach.store.database import Job
from tests.model.carriers import SEAL, Carrier
from tests.model.house import ACCOUNTS, installed
from tests.model.mortal import Fuse, Pen, Time
from tests.model.quick import Known, Steady

T = TypeVar("T")
TOKEN = "t" * 16
_LOOK = 0.25
"""Seconds in which every idle lane looks for work once."""


_RENDERERS: dict[str, Renderer] = {}


def _renderer(campaign: Campaign) -> Renderer:
    """The words of a campaign, made once for all histories."""
    if campaign.purpose not in _RENDERERS:
        _RENDERERS[campaign.purpose] = Renderer(TemplateSet.from_dict(campaign.template))
    return _RENDERERS[campaign.purpose]


class _Roster(Roster):
    """A roster whose campaigns' own paces go by the time that leaps."""

    def __init__(self, time_: Time, accounts: Mapping[int, Account]) -> None:
        super().__init__(_renderer, accounts, installed().holidays, time_)
        self._paced = partial(CampaignPace, monotonic=time_.loop.time)

    def _pace(self, campaign: Campaign) -> CampaignPace | None:
        with mock.patch.object(roster, "CampaignPace", self._paced):
            return super()._pace(campaign)


class _Tools(Tools):
    """What is read beside the writer is read at once: no thread answers in a time that leaps."""

    async def read(self, look: Job[T]) -> T:
        with self.writer.database.read() as conn:
            return look(conn)


class Process:
    """An engine from its start to its death or stop."""

    def __init__(
        self,
        database: Steady,
        time_: Time,
        carriers: Callable[[Fuse], Mapping[int, Carrier]],
        numbers: Mapping[str, int],
        cap: Cap | None,
    ) -> None:
        self.fuse = Fuse()
        self._database = database
        self._time = time_
        self._numbers = numbers
        self._carriers = carriers(self.fuse)
        pen = Pen(database, time_, self.fuse)
        self._pen = pen
        accounts = {numbers[account.name]: account for account in ACCOUNTS}
        self._roster = _Roster(time_, accounts)
        self._running = Known(database, self._roster.refresh)
        self._tools = _Tools(pen, self._roster, time_, SEAL, SendClass.LIVE, cap=cap)
        self._known = {n: (account.name, self._carriers[n]) for n, account in accounts.items()}
        self._settler = Settler(pen, self._known, SEAL, SendClass.LIVE, time_)
        self._door = Door(pen, numbers, TOKEN, time_)
        self.sweeper = Sweep(
            time_,
            {n: Deadline(each.receipt_deadline, ReceiptWay.PUSHED) for n, each in accounts.items()},
        )
        self._senders: dict[int, AccountSender] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Take back what an earlier process left, then begin to send."""
        self._time.run(self._start())

    async def _start(self) -> None:
        await self._tools.write(closing.forget_leases)
        await self._tools.write(partial(self.sweeper.recover, living=()))
        for account in ACCOUNTS:
            self._hire(self._numbers[account.name])

    def _hire(self, number: int) -> None:
        account = next(each for each in ACCOUNTS if self._numbers[each.name] == number)
        pacer = Pacer(account.limits, self._time.loop.time, self._time)
        sender = AccountSender(
            self._tools, account, number, self._carriers[number], pacer, uuid4().hex
        )
        self._senders[number] = sender
        self._tasks[number] = asyncio.get_running_loop().create_task(sender.run())

    @property
    def living(self) -> set[str]:
        """The owners that are at work."""
        return {sender.owner for sender in self._senders.values()}

    def work(self) -> None:
        """Let it work until nothing moves, or until the fuse's point is reached."""
        self._run(self._until_quiet())
        for task in self._tasks.values():
            if task.done() and not self.fuse.dead:
                task.result()
                raise AssertionError("a sender has ended by itself")

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something beside the senders, who know by then what people have done."""
        self._running.get()
        return self._time.run(work)

    @property
    def waits(self) -> bool:
        """Whether messages wait for the pace of an account."""
        return any(sender._out.waiting for sender in self._senders.values())

    async def _until_quiet(self) -> None:
        moved: float | None = None
        while moved != (moved := self._moved()) and not self.fuse.stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK):
                    await self.fuse.stop.wait()

    def _moved(self) -> float:
        return sum(sender.moved_at for sender in self._senders.values())

    def lose(self, number: int) -> None:
        """Have one sender end without a word, and another take over, as its keeper does."""
        self._run(self._lose(number))

    async def _lose(self, number: int) -> None:
        old = self._senders[number]
        old.abandon()
        await asyncio.wait({self._tasks[number]})

        def recover(conn: Any) -> None:
            closing.forget_leases(conn, old.owner)
            self.sweeper.recover(conn, self.living - {old.owner})

        await self._tools.write(recover)
        self._hire(number)

    def sweep(self) -> None:
        """One slow round."""
        self._run(self._sweep())

    async def _sweep(self) -> None:
        jobs = [self._tools.write(job) for job in self.sweeper.jobs(self.living)]
        await asyncio.gather(*jobs)

    def call(self, calls: list[tuple[str, bytes]]) -> None:
        """Carriers call back."""
        self._run(self._call(calls))

    async def _call(self, calls: list[tuple[str, bytes]]) -> None:
        said = [self._door.take(account, Callback("", {}, body)) for account, body in calls]
        await asyncio.gather(*said)

    def settle(self) -> int:
        """Look at the calls whose time has come."""
        return self._run(self._settler.settle())

    async def settled_on(
        self, database: Steady, calls: Sequence[Sequence[tuple[int, bytes]]]
    ) -> None:
        """Settle calls, so many together each time, on another database."""
        settler = Settler(
            Pen(database, self._time, Fuse()), self._known, SEAL, SendClass.LIVE, self._time
        )
        at = self._tools.now_ms() - inbox.GRACE_MS
        for together in calls:
            arrived = [(account, at, pack(Callback("", {}, body))) for account, body in together]
            with database.write() as conn:
                inbox.put(conn, arrived)
            await settler.settle()

    def die(self) -> None:
        """Be killed: nothing more is written, sent or heard."""
        self.fuse.dead = True
        self._time.run(_ended([*self._tasks.values()]))


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    everything: list[Awaitable[Any]] = [
        task for task in asyncio.all_tasks() if task is not asyncio.current_task()
    ]
    for task in everything:
        task.cancel()  # type: ignore[attr-defined]
    await asyncio.gather(*everything, *tasks, return_exceptions=True)
