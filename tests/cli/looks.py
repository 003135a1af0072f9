"""Looks at a campaign that a test has put into a state, as its status shows it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import StringIO

from rich.console import Console
from sqlalchemy import text

from outreach import settings as installed
from outreach.cli.contracts import Contracts
from outreach.cli.office import Office
from outreach.cli.status import Status, gather
from outreach.cli.status_screen import screen
from outreach.cli.words import Lang
from outreach.domain.holidays import Holidays
from outreach.domain.limit import Limit, Span, Unit
from outreach.store import accounts
from outreach.store.accounts import Pulse
from tests.cli.shell import ENVIRON, ROOT
from tests.delivery.stage import (
    DEFAULT_STEPS,
    NOON,
    OTHER,
    VIETTEL,
    ZALO,
    Stage,
    account,
)

NOW = int(NOON.timestamp() * 1000)
DAILY = Limit(Unit.MESSAGES, 500, timedelta(days=1), span=Span.DAY)
ACCOUNTS = (
    account("zalo", limits=(Limit(Unit.REQUESTS, 100, timedelta(seconds=1)), DAILY)),
    account("viettel", limits=(Limit(Unit.PARTS, 60, timedelta(minutes=1)),)),
    account("other"),
)


def look(
    stage: Stage, *pulses: Pulse, holidays: Holidays | None = None, redis_url: str = ""
) -> Status:
    settings = replace(
        installed.load(ROOT / "config", ENVIRON),
        database_url=str(stage.database.url),
        redis_url=redis_url,
        clock=stage.clock,
        accounts=ACCOUNTS,
        holidays=holidays or Holidays(),
    )
    with stage.database.write() as conn:
        accounts.beat(conn, pulses)
    terms = Contracts(dict.fromkeys((ZALO, VIETTEL, OTHER), Decimal(300)), frozenset({ZALO}))
    return gather(Office(settings, stage.database), "1", terms)


def pulse(number: int = ZALO, **changes: object) -> Pulse:
    plain = Pulse(number, NOW, 0, 95, 0, "closed", "", 0, "requests")
    return replace(plain, **changes)  # type: ignore[arg-type]


def shown(found: Status, lang: Lang, width: int = 160) -> str:
    page = Console(file=StringIO(), width=width, color_system=None)
    page.print(screen(found, lang, width))
    assert isinstance(page.file, StringIO)
    return page.file.getvalue()


def used_up(stage: Stage, units: int = 500) -> Status:
    running(stage)
    with stage.database.write() as conn:
        conn.execute(
            text("INSERT INTO spent VALUES (:account, 'messages send', 86400, :at, :units)"),
            {"account": ZALO, "at": int(DAILY.begins(NOON).timestamp() * 1000), "units": units},
        )
    return look(stage, pulse())


def people(stage: Stage) -> int:
    return stage.audience([{"name": "An"}] * 100)


def running(stage: Stage, *pulses: Pulse, **columns: object) -> Status:
    stage.campaign(people(stage), DEFAULT_STEPS, **columns)
    return look(stage, *(pulses or (pulse(),)))
