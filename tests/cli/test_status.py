"""Where a campaign stands, with an engine that speaks and one that has fallen silent."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from io import StringIO

from rich.console import Console

from outreach import settings as installed
from outreach.cli.contracts import Contracts
from outreach.cli.office import Office
from outreach.cli.status import Status, gather
from outreach.cli.status_json import status_json
from outreach.cli.status_screen import screen
from outreach.cli.words import Lang
from outreach.domain.message import State
from outreach.reports import Column
from outreach.reports.figures import ReasonCount
from outreach.store import accounts
from outreach.store.accounts import Pulse
from outreach.store.database import Database
from tests.cli.shell import ENVIRON, ROOT
from tests.delivery.stage import NOON, ZALO, Carrier, Stage

TERMS = Contracts({ZALO: Decimal(300)}, frozenset({ZALO}))


def _look(stage: Stage, *pulses: Pulse) -> Status:
    settings = replace(installed.load(ROOT / "config", ENVIRON), clock=lambda: NOON, rehearsal=True)
    with stage.database.write() as conn:
        accounts.beat(conn, pulses)
    return gather(Office(settings, stage.database), "1", TERMS)


def _shown(found: Status, lang: Lang = Lang.EN) -> str:
    page = Console(file=StringIO(), width=120, color_system=None)
    page.print(screen(found, lang, page.width))
    assert isinstance(page.file, StringIO)
    return page.file.getvalue()


def _pulse(age: timedelta, breaker: str = "closed", reason: str = "") -> Pulse:
    at = int((NOON - age).timestamp() * 1000)
    return Pulse(ZALO, at, 40, 1425, 7, breaker, reason, per_minute=2400)


async def test_a_campaign_under_way(database: Database) -> None:
    stage = Stage(database)
    campaign = stage.run_of(100)
    found = _look(stage, _pulse(timedelta(seconds=1)))
    assert (found.backlog, found.rate, found.engine_running) == (100, 40, True)
    assert found.eta == NOON + timedelta(seconds=2.5)
    told = status_json(found)
    assert told["campaign"]["state"] == "running"  # type: ignore[index]
    assert sum(line.recipients for line in found.networks) == 100
    page = _shown(found)
    assert "REHEARSAL" in page
    assert "40 / 1,425" in page
    assert "done about 2026-11-20 12:00" in page
    await stage.finish(stage.senders({ZALO: Carrier()}), campaign)
    done = _look(stage)
    assert done.figures.results == {Column.AWAITING: 100}
    assert all(line.done == line.recipients for line in done.networks)
    assert done.figures.cost == 30_000
    stage.close()


def test_an_engine_that_is_silent(database: Database) -> None:
    stage = Stage(database)
    stage.run_of(10)
    found = _look(stage, _pulse(timedelta(seconds=6)))
    assert (found.engine_running, found.rate, found.eta) == (False, 0, None)
    assert "engine not running" in _shown(found)
    stage.close()


def test_a_breaker_says_why(database: Database) -> None:
    stage = Stage(database)
    stage.run_of(10)
    found = _look(stage, _pulse(timedelta(0), "open", "credentials refused"))
    assert "open: credentials refused" in _shown(found)
    stage.close()


def test_reasons_are_those_of_what_went_wrong(database: Database) -> None:
    stage = Stage(database)
    stage.run_of(1)
    found = _look(stage)
    reasons = {
        State.ACCEPTED: (ReasonCount("under way", 1),),
        State.DELIVERED: (ReasonCount("code 5", 1),),
        State.REJECTED: (ReasonCount("no such account", 3),),
    }
    page = _shown(replace(found, figures=replace(found.figures, reasons=reasons)))
    assert "no such account" in page
    assert "under way" not in page
    assert "code 5" not in page
    stage.close()


def test_a_closed_window_says_when_it_opens(database: Database) -> None:
    stage = Stage(database)
    stage.campaign(stage.audience([{"name": "An"}]), opens="13:00", closes="14:00")
    page = _shown(_look(stage, _pulse(timedelta(0))))
    assert "window 13:00-14:00 is closed; opens 2026-11-20 13:00" in page
    stage.close()
