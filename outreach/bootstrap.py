"""The only place that wires the house together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

import httpx
from sqlalchemy import Connection

from outreach.campaigns.compose import Renderer
from outreach.campaigns.templates import TemplateSet
from outreach.carriers.base import Adapter, Asked, Lasting
from outreach.carriers.http import Http
from outreach.carriers.ports import Ports
from outreach.carriers.registry import adapter
from outreach.delivery.asking import Asker
from outreach.delivery.breaker import Breaker
from outreach.delivery.door import Door
from outreach.delivery.ending import Deadline
from outreach.delivery.gauges import Gauges
from outreach.delivery.inquiry import AT_ONCE
from outreach.delivery.pacing import Pacer
from outreach.delivery.poll import Poll, Polled
from outreach.delivery.roster import Roster
from outreach.delivery.send import AccountSender
from outreach.delivery.settle import Settler
from outreach.delivery.sharing import Sharer
from outreach.delivery.sweep import Sweep
from outreach.delivery.tools import Tools
from outreach.domain.errors import BadInputError
from outreach.domain.key import KeySeal, SendClass
from outreach.settings import Account, Settings
from outreach.statistics.attribution import Nightly
from outreach.store import accounts, installation, reach, schema
from outreach.store.database import Database, Writer
from outreach.store.spent import SpentTable, seconds_ahead
from outreach.store.tokens import TokenTable

_SEALED_BY_OTHERS = (
    "OUTREACH_KEY_SECRET is not the one that this database's messages were sent with: no receipt of"
    " them would be understood. Put that one back; where it is lost, `outreach db new-secret` takes"
    " the present one, and what is under way stays without a receipt"
)

_PULL_EVERY = "pull_every_seconds"
_SIX_HOURS = 6 * 3600


@dataclass(frozen=True, slots=True)
class Staffed:
    """An account with its lasting number, its adapter, its pace and the way to the network."""

    account: Account
    number: int
    adapter: Adapter
    pacer: Pacer
    http: Http

    async def open(self) -> None:
        """Begin to keep up what outlives a call, such as binds."""
        if isinstance(self.adapter, Lasting):
            await self.adapter.open()

    async def close(self) -> None:
        """Hang up, and give back what was reserved of limits and is not used."""
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self.http.aclose)
            stack.push_async_callback(self.pacer.close)
            if isinstance(self.adapter, Lasting):
                await self.adapter.close()


@dataclass(frozen=True, slots=True)
class House:
    """One process's rooms, ready to work; opened by `open_house`, closed by `close`."""

    settings: Settings
    database: Database
    writer: Writer
    roster: Roster
    tools: Tools
    seal: KeySeal
    numbers: dict[str, int]
    transport: Callable[[], httpx.AsyncBaseTransport] | None = field(default=None)
    sharer: Sharer | None = field(default=None)
    """By which several processes keep to the limits together; None where there is but one."""

    def joined(self, sharer: Sharer) -> "House":
        """The same rooms, as those of one of several processes that send from this database."""
        self.roster.several = True
        return replace(self, sharer=sharer)

    def close(self) -> None:
        """Write what is queued and let the database go."""
        self.writer.close()
        self.database.close()

    @contextlib.asynccontextmanager
    async def staffed(
        self, accounts: Sequence[Account] | None = None, seat: int | None = None
    ) -> AsyncIterator[list[Staffed]]:
        """Accounts with their adapters, inside a running loop; connections close at the end.

        All of them, unless some are named. With a `seat`, what has to do with that part of them
        which one of their workers may use.
        """
        wanted = self.settings.accounts if accounts is None else accounts
        door = self.door()
        tokens = {name: TokenTable(self.database, name) for name in set(map(tokens_of, wanted))}
        async with contextlib.AsyncExitStack() as stack:
            staff = [self._staff(each, seat, door, tokens[tokens_of(each)]) for each in wanted]
            for each in staff:
                stack.push_async_callback(each.close)
            yield staff

    def _staff(self, account: Account, seat: int | None, door: Door, tokens: TokenTable) -> Staffed:
        part = account if seat is None else account.part(seat)
        transport = self.transport() if self.transport else None
        # Questions have connections of their own: no message waits for one.
        http = Http(part.timeout, part.in_flight + AT_ONCE, transport)
        number = self.numbers[account.name]
        shared = self.sharer.limits(account, number, seat) if self.sharer else None
        pacer = Pacer(account.limits, clock=self.settings.clock, shared=shared)
        ports = Ports(
            http,
            tokens,
            callback_address(self.settings, account.name),
            self.settings.clock,
            pacer.turn,
            partial(door.take, account.name),
        )
        # Lists are as large as the whole account's limits allow; the window is this worker's part.
        own = replace(account, in_flight=part.in_flight)
        return Staffed(own, number, adapter(part, ports), pacer, http)

    def resume(self, conn: Connection, staff: Sequence[Staffed]) -> None:
        """Have every account go on from what it has spent of its long limits."""
        ahead = seconds_ahead(conn, self.settings.clock)
        for each in staff:
            each.pacer.resume(conn, SpentTable(self.writer, each.number, ahead))

    def sender(
        self, staffed: Staffed, owner: str | None = None, breaker: Breaker | None = None
    ) -> AccountSender:
        """What sends through an account.

        `owner` is the name on its leases, `breaker` the one that other processes share.
        """
        return AccountSender(
            self.tools,
            staffed.account,
            staffed.number,
            staffed.adapter,
            staffed.pacer,
            owner,
            breaker,
        )

    def settler(self, staff: list[Staffed]) -> Settler:
        """What settles the inbox."""
        adapters = {each.number: (each.account.name, each.adapter) for each in staff}
        return Settler(self.writer, adapters, self.seal, self.tools.send_class, self.settings.clock)

    def sweep(self, staff: list[Staffed]) -> Sweep:
        """What ends campaigns."""
        deadlines = {
            each.number: Deadline(each.account.receipt_deadline, each.adapter.capabilities.receipts)
            for each in staff
        }
        return Sweep(self.settings.clock, deadlines, self.settings.cap)

    def poll(self, staff: list[Staffed]) -> Poll:
        """What pulls the failures of carriers that do not call."""
        polled = {
            each.number: Polled(
                each.account.name,
                each.adapter,
                timedelta(seconds=float(each.account.options.get(_PULL_EVERY, _SIX_HOURS))),
            )
            for each in staff
        }
        return Poll(self.database, self.writer, polled, self.settings.clock)

    def askers(self, staff: Sequence[Staffed], stop: asyncio.Event) -> list[Asker]:
        """What asks carriers about single messages, until the stop."""
        return [
            Asker(self.tools, each.account, each.number, each.adapter, each.pacer, stop)
            for each in staff
            if isinstance(each.adapter, Asked)
        ]

    def nightly(self) -> Nightly:
        """What looks up after which message people registered."""
        within_days = self.settings.reporting.registrations.within_days
        return Nightly(self.database, within_days, self.settings.window, self.settings.clock)

    def gauges(self) -> Gauges:
        """What reads the metrics that only the database knows."""
        accounts = {self.numbers[each.name]: each for each in self.settings.accounts}
        return Gauges(self.database, accounts, self.settings.clock)

    def door(self) -> Door:
        """What takes carriers' calls."""
        return Door(self.writer, self.numbers, self.settings.callback_token, self.settings.clock)


def open_house(
    settings: Settings, transport: Callable[[], httpx.AsyncBaseTransport] | None = None
) -> House:
    """Open the rooms on a database at the present schema and of our secret; else BadInputError."""
    database = Database(settings.database_url)
    schema.require_newest(database)
    seal = KeySeal(settings.key_secret)
    with database.write() as conn:
        if installation.seal_first(conn, seal.fingerprint) != seal.fingerprint:
            raise BadInputError(_SEALED_BY_OTHERS)
        numbers = numbered(conn, settings.accounts)
    writer = Writer(database)
    # A text with a link that leads nowhere is not sent.
    links = settings.links if settings.links.enabled else None
    roster = Roster(
        lambda campaign: Renderer(TemplateSet.from_dict(campaign.template), links),
        {numbers[account.name]: account for account in settings.accounts},
        settings.holidays,
        settings.clock,
    )
    tools = Tools(
        writer=writer,
        roster=roster,
        clock=settings.clock,
        seal=seal,
        send_class=SendClass.REHEARSAL if settings.rehearsal else SendClass.LIVE,
        cap=settings.cap,
    )
    return House(settings, database, writer, roster, tools, seal, numbers, transport)


def numbered(conn: Connection, wanted: Sequence[Account]) -> dict[str, int]:
    """Give accounts their lasting numbers; those of one official account know the same people."""
    whose = {account.name: tokens_of(account) for account in wanted}
    channels = [(account.name, account.channel) for account in wanted]
    channels += [(whose[name], channel) for name, channel in channels]
    numbers = accounts.register(conn, channels)
    for name, other in whose.items():
        reach.share(conn, numbers[name], numbers[other])
    return numbers


def tokens_of(account: Account) -> str:
    """Whose kept tokens an account uses: those who share them never refresh at the same time."""
    return str(account.options.get("same_oa_as", account.name))


def callback_address(settings: Settings, account: str) -> str:
    """Where an account's carrier calls; its last part cannot be guessed."""
    return f"{settings.callback_url}/callbacks/{account}/{settings.callback_token}"
