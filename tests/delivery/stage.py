"""A small campaign on a real database, and carriers that say what a test tells them to."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import text

from outreach.carriers.base import Capabilities, ReceiptWay, Submission, Template, Text
from outreach.delivery.ending import Deadline
from outreach.delivery.judge import Policy
from outreach.delivery.pacing import Pacer
from outreach.delivery.roster import Params, Renders, Roster
from outreach.delivery.send import AccountSender
from outreach.delivery.sweep import Sweep
from outreach.delivery.tools import Tools
from outreach.domain.campaign import CampaignState
from outreach.domain.errors import BadInputError
from outreach.domain.key import CAMPAIGN_SPAN, KeySeal, SendClass
from outreach.domain.limit import Limit, Unit
from outreach.domain.message import State
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Outcome
from outreach.domain.rules import Cap
from outreach.domain.text import Encoding
from outreach.settings import Account
from outreach.store import accounts, audiences, campaigns, planning, tally, work
from outreach.store.audiences import Audience
from outreach.store.bulk import Row
from outreach.store.campaigns import Campaign, Step
from outreach.store.database import Database, Writer

NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
"""12:00 in Ho Chi Minh City, on a Friday."""

SEAL = KeySeal(b"a secret of the tests only")
ZALO, VIETTEL, OTHER = 1, 2, 3
NETWORKS = [network for network in Network if network]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


class Words:
    """Renders every row to one short text; a row that says so cannot be rendered."""

    def message(self, params: Params, account: Account, _number: int) -> Text | Template:
        if account.channel is Channel.ZALO:
            if "sms_only" in params:
                raise BadInputError("name: too long for Zalo")
            return Template("t", {"name": str(params.get("name", ""))})
        if "broken" in params:
            raise BadInputError("name: is missing")
        parts = int(str(params.get("parts", "1")))
        if parts > account.max_parts:
            raise BadInputError(f"text: {parts} parts, at most {account.max_parts} are allowed")
        encoding = Encoding.GSM7 if account.plain_only else Encoding.UCS2
        return Text("Moi ong ba cai VssID", encoding, parts)


@dataclass(slots=True)
class Carrier:
    """An adapter that answers by a rule, and remembers every submission."""

    rule: Callable[[Submission], Outcome | Awaitable[Outcome]] = lambda _: Accepted()
    channel: Channel = Channel.SMS
    way: ReceiptWay = ReceiptWay.PUSHED
    asked: list[Submission] = field(default_factory=list)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(self.channel, self.way, receipts_carry_key=True)

    async def submit(self, message: Submission) -> Outcome:
        self.asked.append(message)
        said = self.rule(message)
        if isinstance(said, Awaitable):
            return await said
        await asyncio.sleep(0)
        return said


def account(name: str, channel: Channel = Channel.SMS, **changes: object) -> Account:
    """An account without hindrance, but for what a test changes."""
    plain = Account(
        name=name,
        adapter="none",
        channel=channel,
        networks=frozenset(NETWORKS),
        base_url="http://127.0.0.1:9",
        sender="SIM",
        limits=(Limit(Unit.PARTS, 100_000, timedelta(seconds=0.01)),),
        in_flight=30,
        price_per_part=Decimal(600),
        plain_only=False,
        max_parts=3,
        timeout=timedelta(seconds=5),
        receipt_deadline=timedelta(hours=1),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


DEFAULT_STEPS = (
    Step(Channel.ZALO, dict.fromkeys(NETWORKS, (ZALO,))),
    Step(
        Channel.SMS,
        {n: (VIETTEL, OTHER) if n is Network.VIETTEL else (OTHER,) for n in NETWORKS},
    ),
)
SMS_STEPS = DEFAULT_STEPS[1:]


def district(n: int, size: int) -> str | None:
    """Where the n-th of so many people lives: in that order they are planned, too."""
    return (None, "Quận 1", "Quận 3")[n * 3 // size]


class Stage:
    """One database with three accounts: Zalo, one network's own SMS, one for every network."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self.database = database
        self.clock = clock or Clock()
        self.writer = Writer(database)
        self.words: Renders = Words()
        self.roster = self._roster()
        self.cap: Cap | None = None
        self.policy = Policy(first_backoff=timedelta(0), longest_backoff=timedelta(0))
        names = [("zalo", Channel.ZALO), ("viettel", Channel.SMS), ("other", Channel.SMS)]
        with database.write() as conn:
            accounts.register(conn, names)

    def _roster(self) -> Roster:
        known = {ZALO: account("zalo", Channel.ZALO), VIETTEL: account("viettel")}
        return Roster(lambda _: self.words, {**known, OTHER: account("other")}, clock=self.clock)

    def forgetful(self) -> None:
        """Lose what the engine holds in memory, as a new process has."""
        self.roster = self._roster()

    def tools(self) -> Tools:
        """What all senders share."""
        return Tools(
            self.writer, self.roster, self.clock, SEAL, SendClass.LIVE, self.policy, self.cap
        )

    def audience(self, rows: Sequence[Mapping[str, str]], name: str = "people") -> int:
        """Store invented people, spread over two networks."""
        stored: list[Row] = [
            (
                84_900_000_000 + n,
                int(Network.VIETTEL if n % 2 else Network.MOBIFONE),
                None,
                district(n, len(rows)),
                json.dumps(row),
            )
            for n, row in enumerate(rows)
        ]
        with self.database.write() as conn:
            audience = audiences.create(conn, Audience(0, name, "f", "f", "", 0, 0, 0, 0, "an"))
            audiences.add_recipients(conn, audience, 1, stored)
            audiences.progress(conn, audience, len(stored), len(stored), audiences.READY)
        return audience

    def campaign(
        self, audience: int, steps: Sequence[Step] = DEFAULT_STEPS, **columns: object
    ) -> Campaign:
        """Plan a campaign and let it run."""
        campaign = Campaign(
            0, f"c{audience}", CampaignState.RUNNING, audience, None, (), "p", "care", {},
            tuple(steps), "07:00", "22:00", None, "an", "binh", "h", None, None, 0, 0, 0, None,
            None, None,
        )  # fmt: skip
        with self.database.write() as conn:
            number = campaigns.create(conn, replace(campaign, **columns))  # type: ignore[arg-type]
            planned: Campaign | None = campaigns.get(conn, number)
            while planned is not None:
                planned = planning.plan_window(conn, planned)
            return campaigns.get(conn, number)

    def run_of(self, size: int, steps: Sequence[Step] = DEFAULT_STEPS) -> Campaign:
        """A running campaign of so many plain recipients."""
        return self.campaign(self.audience([{"name": "An"}] * size), steps)

    def refresh(self) -> None:
        """Let the roster see which campaigns run."""
        with self.database.read() as conn:
            self.roster.refresh(conn)

    def sweep(self) -> Sweep:
        """The slow round of a process."""
        wait = timedelta(hours=1)
        ways = {
            ZALO: Deadline(wait, ReceiptWay.PUSHED),
            VIETTEL: Deadline(wait, ReceiptWay.PULLED),
            OTHER: Deadline(wait, ReceiptWay.PUSHED),
        }
        return Sweep(self.clock, ways)

    def senders(
        self, carriers: Mapping[int, Carrier], owner: str | None = "me", **changes: object
    ) -> list[AccountSender]:
        """One sender for each carrier given."""
        names = {ZALO: "zalo", VIETTEL: "viettel", OTHER: "other"}
        tools = self.tools()
        made = []
        for number, carrier in carriers.items():
            its = account(names[number], carrier.channel, **changes)
            pacer = Pacer(its.limits, clock=self.clock)
            made.append(AccountSender(tools, its, number, carrier, pacer, owner))
        return made

    @contextlib.asynccontextmanager
    async def working(self, senders: Sequence[AccountSender]) -> AsyncIterator[None]:
        """Let senders work while the block runs, then stop them quietly."""
        self.refresh()
        tasks = [asyncio.create_task(sender.run()) for sender in senders]
        try:
            yield
        finally:
            for sender in senders:
                sender.stop()
            await asyncio.gather(*tasks)

    async def finish(self, senders: Sequence[AccountSender], campaign: Campaign) -> None:
        """Work until the campaign has nothing left to send."""
        async with self.working(senders), asyncio.timeout(30):
            while self.left(campaign):
                await asyncio.sleep(0.02)

    def left(self, campaign: Campaign) -> int:
        """Messages and exceptions not sent yet."""
        with self.database.read() as conn:
            rest = work.left(conn, campaign.id)
        return rest.messages + rest.due

    def states(self, campaign: Campaign) -> dict[State, int]:
        """How many messages are in each state, counted one by one."""
        with self.database.read() as conn:
            rows = conn.execute(
                text(
                    "SELECT state, COUNT(*) FROM message WHERE id >= :a AND id < :b GROUP BY state"
                ),
                {"a": campaign.id * CAMPAIGN_SPAN, "b": (campaign.id + 1) * CAMPAIGN_SPAN},
            )
            return {State(row[0]): row[1] for row in rows}

    def results(self, campaign: Campaign) -> dict[State, int]:
        """How many recipients have each result, by the tally."""
        found: dict[State, int] = {}
        with self.database.read() as conn:
            for figure in tally.figures(conn, campaign.id):
                if figure.group.result:
                    state = figure.group.state
                    found[state] = found.get(state, 0) + figure.messages
        return {state: count for state, count in found.items() if count}

    def close(self) -> None:
        """End the writer."""
        self.writer.close()
