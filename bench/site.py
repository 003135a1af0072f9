"""The house without a network: a campaign on a database, and what sends and settles it."""

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from outreach.campaigns.compose import Renderer
from outreach.campaigns.templates import TemplateSet
from outreach.carriers.base import Callback, Capabilities, ReceiptWay, Submission
from outreach.delivery.calls import pack
from outreach.delivery.pacing import Pacer
from outreach.delivery.roster import Roster
from outreach.delivery.send import AccountSender
from outreach.delivery.settle import Settler
from outreach.delivery.tools import Tools
from outreach.domain.campaign import CampaignState
from outreach.domain.key import CAMPAIGN_SPAN, KeySeal, SendClass
from outreach.domain.limit import Limit, Unit
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted
from outreach.domain.receipt import Receipt, Status
from outreach.settings import Account, RehearsalClock
from outreach.store import accounts, audiences, campaigns, planning, schema
from outreach.store.audiences import Audience
from outreach.store.bulk import Row
from outreach.store.campaigns import Campaign, Step
from outreach.store.database import Database, Writer

TEMPLATES = Path(__file__).parent.parent / "templates" / "messages"
PAGE = 50_000
NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
CAMPAIGN = 1
_SEAL = KeySeal(b"a secret of the benchmark")


class Agreeable:
    """A carrier without a wire: takes every message at once, and counts."""

    capabilities = Capabilities(Channel.SMS, ReceiptWay.PUSHED, receipts_carry_key=True)

    def __init__(self) -> None:
        self.taken = 0

    async def submit(self, message: Submission) -> Accepted:
        """Take a message."""
        self.taken += 1
        return Accepted(message.key)

    def receipts(self, call: Callback) -> list[Receipt]:
        """Read a call of ours: the key of what was delivered."""
        return [Receipt(Status.DELIVERED, key=call.body.decode())]


@dataclass(frozen=True, slots=True)
class Site:
    """A database with one running campaign, and what sends and settles it."""

    database: Database
    writer: Writer
    clock: RehearsalClock
    carrier: Agreeable
    sender: AccountSender
    settler: Settler


def prepare(url: str, messages: int) -> float:
    """Make a campaign to so many invented people; returns the seconds that planning it took."""
    database = Database(url)
    try:
        schema.upgrade(database)
        with database.write() as conn:
            accounts.register(conn, [("sms", Channel.SMS)])
        _people(database, messages)
        return _planned(database)
    finally:
        database.close()


@contextlib.contextmanager
def site(url: str, in_flight: int) -> Iterator[Site]:
    """Work on a prepared database."""
    database = Database(url)
    writer = Writer(database)
    account, clock = _account(in_flight), RehearsalClock(NOON - datetime.now(UTC))
    roster = Roster(
        lambda campaign: Renderer(TemplateSet.from_dict(campaign.template)), {1: account}
    )
    tools = Tools(writer, roster, clock, _SEAL, SendClass.REHEARSAL)
    carrier = Agreeable()
    sender = AccountSender(tools, account, 1, carrier, Pacer(account.limits, clock=clock))
    settler = Settler(writer, {1: ("sms", carrier)}, _SEAL, SendClass.REHEARSAL, clock)
    with database.read() as conn:
        roster.refresh(conn)
    try:
        yield Site(database, writer, clock, carrier, sender, settler)
    finally:
        writer.close()
        database.close()


def receipt(n: int) -> bytes:
    """The call that says that message `n` of the campaign was delivered."""
    key = _SEAL.encode(CAMPAIGN * CAMPAIGN_SPAN + n, SendClass.REHEARSAL, 0)
    return pack(Callback("", {}, key.encode()))


def _people(database: Database, size: int) -> None:
    """Store an audience of invented people."""
    with database.write() as conn:
        audience = audiences.create(conn, Audience(0, "people", "-", "-", "", 0, 0, 0, 0, "an"))
    params = json.dumps({"full_name": "Nguyễn Thị Minh Khai"})
    network = int(Network.VIETTEL)
    for first in range(0, size, PAGE):
        stop = min(first + PAGE, size)
        rows: list[Row] = [
            (84_860_000_000 + n, network, None, None, params) for n in range(first, stop)
        ]
        with database.write() as conn:
            audiences.add_recipients(conn, audience, first + 1, rows)
    with database.write() as conn:
        audiences.progress(conn, audience, size, size, audiences.READY)


def _planned(database: Database) -> float:
    """Make a running campaign of everybody; returns the seconds that took."""
    words = TemplateSet.load(TEMPLATES, "install-guide")
    steps = (Step(Channel.SMS, {Network.VIETTEL: (1,)}),)
    campaign = Campaign(
        0, "throughput", CampaignState.RUNNING, 1, None, (), words.name, "care", words.to_dict(),
        steps, "07:00", "22:00", None, "an", "binh", "h", None, None, 0, 0, 0, None, None, None,
    )  # fmt: skip
    with database.write() as conn:
        number = campaigns.create(conn, campaign)
        planned: Campaign | None = campaigns.get(conn, number)
    began = time.monotonic()
    while planned is not None:
        with database.write() as conn:
            planned = planning.plan_window(conn, planned)
    return time.monotonic() - began


def _account(in_flight: int) -> Account:
    return Account(
        name="sms",
        adapter="none",
        channel=Channel.SMS,
        networks=frozenset({Network.VIETTEL}),
        base_url="http://127.0.0.1:9",
        sender="SIM",
        limits=(Limit(Unit.PARTS, 10_000_000, timedelta(seconds=1)),),
        in_flight=in_flight,
        price_per_part=Decimal(600),
        plain_only=True,
        max_parts=3,
        timeout=timedelta(seconds=5),
        receipt_deadline=timedelta(hours=1),
    )
