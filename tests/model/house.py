"""A house with a few people and accounts, and campaigns of every kind that wait to be started."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from outreach import settings
from outreach.campaigns.control import Desk, Wish
from outreach.campaigns.templates import TemplateSet
from outreach.domain.campaign import Role
from outreach.domain.holidays import Holidays
from outreach.domain.limit import Limit, Unit
from outreach.domain.network import Channel, Network
from outreach.domain.rules import Priority, Rules
from outreach.domain.window import LEGAL, Clock, Window
from outreach.settings import Account, Settings
from outreach.settings.approvals import Approval, Approvals, Approved
from outreach.store import accounts, audiences, schema
from outreach.store.audiences import Audience
from outreach.store.bulk import Row
from outreach.store.database import Database
from outreach.store.users import User
from tests.cli.shell import ENVIRON

NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
"""12:00 in Ho Chi Minh City, on a Friday."""
HOLIDAY = date(2026, 11, 21)
AN, BINH = User("an", Role.OPERATOR), User("binh", Role.APPROVER)
PURPOSE = "install-guide"
OA, NET, AGG = "oa", "net", "agg"
NAMES = (OA, NET, AGG)
REMEMBERS = timedelta(minutes=95)
"""For how long the aggregator refuses a key that it has taken; the others take it again."""

_NETWORKS = frozenset(network for network in Network if network)
_ROOT = Path(__file__).parents[2]
_FREE = (Limit(Unit.PARTS, 100_000, timedelta(seconds=0.01)),)


def _account(name: str, channel: Channel, networks: frozenset[Network], **more: object) -> Account:
    plain = Account(
        name, "none", channel, networks, "http://127.0.0.1:9", "SIM", _FREE,
        in_flight=3,
        price_per_part=Decimal(500),
        plain_only=True,
        max_parts=3,
        timeout=timedelta(seconds=5),
        receipt_deadline=timedelta(hours=6),
        approvals=_approved(channel),
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def _approved(channel: Channel) -> Approvals:
    """The one text that this town's campaigns use."""
    words = TemplateSet.load(_ROOT / "templates" / "messages", PURPOSE).words(channel)
    return Approvals(Approved.APPROVED, {PURPOSE: Approval(Approved.APPROVED, words)})


ACCOUNTS = (  # the aggregator is slow, so that people act while messages wait for their turn
    _account(NET, Channel.SMS, frozenset({Network.VIETTEL}), preference=50, in_flight=2),
    _account(
        AGG,
        Channel.SMS,
        _NETWORKS,
        limits=(Limit(Unit.MESSAGES, 2, timedelta(seconds=1)),),
        in_flight=6,
        price_per_part=Decimal(700),
    ),
    _account(OA, Channel.ZALO, _NETWORKS, price_per_part=Decimal(300)),
)
IN_FLIGHT = sum(account.in_flight for account in ACCOUNTS)

_BOTH, _SMS = (Channel.ZALO, Channel.SMS), (Channel.SMS,)


@dataclass(frozen=True, slots=True)
class Variant:
    """A campaign that may be started: its people are a stretch of the town."""

    people: tuple[int, int]
    channels: Sequence[Channel] = _BOTH
    window: Window = LEGAL
    hours: float | None = None
    """After so many hours its last moment has come."""
    rules: Rules = field(default_factory=Rules)


_IN_TWO_HOURS = int((NOON + timedelta(hours=2)).timestamp() * 1000)
VARIANTS = (
    Variant((0, 8)),
    Variant((4, 12), _SMS, rules=Rules(priority=Priority.URGENT)),
    Variant((0, 10), _SMS, rules=Rules(budget=4_000)),
    Variant((0, 12), rules=Rules(pilot=250)),
    Variant((2, 10), rules=Rules(fallback_hours=2)),
    Variant((6, 12), hours=26, rules=Rules(waves=1, wave_days=1)),
    Variant((0, 6), _SMS, rules=Rules(starts_at=_IN_TWO_HOURS, holidays=True)),
    Variant((3, 9), window=Window.parse("09:00-13:00")),
    Variant((0, 12), rules=Rules(share=(300, 900), fallback_hours=1)),
    Variant((0, 12), rules=Rules(rate=8)),
    Variant((0, 12), _SMS, rules=Rules(error_percent=30)),
)


@cache
def installed() -> Settings:
    """Settings as they are delivered, with three accounts and one holiday of this town."""
    usual = settings.load(_ROOT / "config", ENVIRON)
    known = Holidays({HOLIDAY: "the town's day"}, frozenset({2026}))
    return replace(usual, accounts=ACCOUNTS, holidays=known, cap=None)


def desk(database: Database, clock: Clock) -> Desk:
    """Where the town's two users act."""
    with database.write() as conn:
        numbers = accounts.register(conn, [(each.name, each.channel) for each in ACCOUNTS])
    return Desk(replace(installed(), clock=clock), database, numbers)


def person(n: int) -> int:
    """The number of the town's n-th person: half on Viettel, half on MobiFone."""
    return 84_000_000_000 + (86 if n % 2 else 90) * 10_000_000 + n


def furnish(database: Database) -> None:
    """Bring a database to the schema, with every variant approved and none begun."""
    schema.upgrade(database)
    place = desk(database, lambda: NOON)
    for n, variant in enumerate(VARIANTS):
        _people(database, f"a{n}", range(*variant.people))
        until = None if variant.hours is None else NOON + timedelta(hours=variant.hours)
        wish = Wish(
            f"c{n}", f"a{n}", PURPOSE, variant.channels, variant.window, until,
            variant.rules,
        )  # fmt: skip
        place.create(AN, wish)
        place.submit(AN, wish.name)
        place.approve(BINH, wish.name)


def _people(database: Database, name: str, town: Sequence[int]) -> None:
    rows: list[Row] = [
        (
            person(n),
            int(Network.VIETTEL if n % 2 else Network.MOBIFONE),
            None,
            f"Quận {n % 4}" if n % 4 else None,
            json.dumps({"full_name": "An"}),
        )
        for n in town
    ]
    with database.write() as conn:
        number = audiences.create(conn, Audience(0, name, "-", "-", "", 0, 0, 0, 0, "an"))
        audiences.add_recipients(conn, number, 1, rows)
        audiences.progress(conn, number, len(rows), len(rows), audiences.READY)


def copied(template: Path, to: Path) -> str:
    """The address of a fresh copy of a furnished SQLite file."""
    shutil.copyfile(template, to)
    return f"sqlite:///{to}"
