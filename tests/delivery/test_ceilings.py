"""A campaign's ceiling and pace as several processes keep to them (PostgreSQL)."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import text

from outreach.delivery.roster import Live, Roster
from outreach.domain.rules import Rules
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from tests.databases import Server
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Stage

CEILING = 60_000


@pytest.fixture
def stage(postgres_server: Server) -> Iterator[Stage]:
    with postgres_server.lent() as url:
        database = Database(url)
        stage = Stage(database)
        yield stage
        stage.close()
        database.close()


def _campaign(stage: Stage, rules: Rules) -> Campaign:
    people = stage.audience([{"name": "An"}] * 20)
    return stage.campaign(people, SMS_STEPS, rules=rules)


def _process(stage: Stage, *accounts: int) -> Roster:
    """What another process knows of the campaigns, and through which accounts it sends."""
    stage.forgetful()
    roster = stage.roster
    roster.several = True
    stage.refresh()
    _at_work(roster, *accounts)
    return roster


def _at_work(roster: Roster, *accounts: int) -> None:
    roster.divide(dict.fromkeys(accounts, 1), {VIETTEL: 2, OTHER: 2})


def _live(stage: Stage, roster: Roster) -> Live:
    [live] = roster.sending(stage.clock())
    return live


def _top_up(stage: Stage, roster: Roster) -> Decimal:
    with stage.database.write() as conn:
        taken = roster.top_up(conn)
    roster.receive(taken)
    return sum(taken.values(), Decimal(0))


def test_two_processes_never_have_more_in_hand_than_there_is(stage: Stage) -> None:
    _campaign(stage, Rules(budget=CEILING))
    processes = [_process(stage, VIETTEL, OTHER) for _ in range(2)]
    spent = Decimal(0)
    while any(_top_up(stage, each) for each in processes):
        for each in processes:
            budget = _live(stage, each).budget
            while budget.take(Decimal(700)):
                spent += 700
    assert spent <= CEILING
    assert CEILING - spent < 700
    assert all(_live(stage, each).budget.exhausted for each in processes)


def test_who_does_not_send_takes_nothing(stage: Stage) -> None:
    _campaign(stage, Rules(budget=CEILING))
    receipts = _process(stage)
    assert (receipts.wants, _top_up(stage, receipts)) == (False, Decimal(0))
    _at_work(receipts, VIETTEL)
    assert (receipts.wants, _top_up(stage, receipts)) == (True, Decimal(CEILING // 20))


def test_what_is_in_hand_goes_back_at_the_end(stage: Stage) -> None:
    _campaign(stage, Rules(budget=CEILING))
    process = _process(stage, VIETTEL)
    assert _top_up(stage, process) == 3_000
    assert _live(stage, process).budget.take(Decimal(700))
    assert process.hand_over() == {_live(stage, process).campaign.id: Decimal(2_300)}
    assert not _live(stage, process).budget.take(Decimal(1))


def test_what_is_under_way_counts_with_the_most(stage: Stage) -> None:
    campaign = _campaign(stage, Rules(budget=CEILING))
    with stage.database.write() as conn:
        conn.execute(
            text(
                "UPDATE chunk SET lease_owner = 'x', started_to = recorded_to + 5"
                " WHERE id = (SELECT MIN(id) FROM chunk WHERE campaign = :id)"
            ),
            {"id": campaign.id},
        )
    process = _process(stage, VIETTEL, OTHER)
    most = 5 * 3 * 600
    assert _live(stage, process).budget.spent == most
    assert _top_up(stage, process) == (CEILING - most) / Decimal(20)


def test_a_pace_is_divided_by_the_seats_that_are_taken(stage: Stage) -> None:
    _campaign(stage, Rules(rate=600))
    shares = [(VIETTEL, OTHER), (VIETTEL,), (OTHER,)]
    paces = [_live(stage, _process(stage, *accounts)).pace for accounts in shares]
    assert [pace and pace.part for pace in paces] == [0.5, 0.25, 0.25]
    assert sum(pace.allowed for pace in paces if pace) == pytest.approx(600 / 60 * 0.95)
