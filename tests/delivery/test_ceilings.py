"""A campaign's ceiling and pace as several processes keep to them (PostgreSQL)."""

import asyncio
import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import text

from outreach.delivery.budget import Budget
from outreach.delivery.roster import Live, Roster
from outreach.domain.campaign import CampaignState
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.domain.rules import Rules
from outreach.store import allowance, campaigns, doubtful
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from outreach.store.tally import Counter, Group
from tests.databases import Server
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Carrier, Stage

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
    for _ in range(2):  # whoever writes it may have to write it again
        assert process.in_hand() == {_live(stage, process).campaign.id: Decimal(2_300)}
    process.let_go()
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
    assert _top_up(stage, process) == (CEILING - most) / Decimal(20)


async def test_nothing_is_started_that_would_only_wait(stage: Stage) -> None:
    campaign = _campaign(stage, Rules(budget=CEILING))
    process = _process(stage, VIETTEL, OTHER)
    carrier = Carrier()
    async with stage.working(stage.senders({VIETTEL: carrier, OTHER: carrier})):
        await asyncio.sleep(1.0)  # several times what a lane waits before it looks again
        with stage.database.read() as conn:
            assert doubtful.under_way(conn, campaign.id) == {}
        assert stage.left(campaign) == 20
        _top_up(stage, process)
        async with asyncio.timeout(20):
            while len(carrier.asked) < 5:
                await asyncio.sleep(0.05)  # nobody tells of an answer
    assert len(carrier.asked) == 5, "all that was in hand"


@pytest.mark.parametrize(("ceiling", "sent"), [(6_000, 10), (1_200, 2), (599, 0), (15, 0)])
async def test_a_ceiling_that_is_used_up_holds_the_campaign(
    stage: Stage, ceiling: int, sent: int
) -> None:
    _campaign(stage, Rules(budget=ceiling))
    process, carrier = _process(stage, VIETTEL, OTHER), Carrier()
    async with (
        asyncio.timeout(20),
        stage.working(stage.senders({VIETTEL: carrier, OTHER: carrier})),
    ):
        _at_work(process, VIETTEL, OTHER)
        while process.sending(stage.clock()):
            _top_up(stage, process)
            await asyncio.sleep(0.05)  # nobody tells of an answer
            stage.clock.pass_(seconds=6)  # what waits for more is tried again
            stage.refresh()
            _at_work(process, VIETTEL, OTHER)
    assert len(carrier.asked) == sent
    with stage.database.read() as conn:
        [held] = campaigns.in_state(conn, CampaignState.PAUSED)
    assert "budget" in (held.paused_why or "")


def _starts(budget: Budget) -> bool:
    return budget.ready


def test_what_is_in_hand_bounds_what_is_started(stage: Stage) -> None:
    _campaign(stage, Rules(budget=CEILING))
    process = _process(stage, VIETTEL)
    live, budget = _live(stage, process), _live(stage, process).budget
    assert not _starts(budget)
    _top_up(stage, process)
    assert _starts(budget)
    together = [live.at_once]
    assert budget.take(Decimal(700))
    together.append(live.at_once)
    assert together == [None, 3], "at first it is not known what a message costs"
    while budget.take(Decimal(700)):
        pass
    assert not _starts(budget)
    while _top_up(stage, process):
        while budget.take(Decimal(700)):
            pass
    assert _starts(budget), "one is tried, and stops the campaign"


def _amend(stage: Stage, campaign: Campaign, budget: int | None, approval: str) -> None:
    """Hold a campaign, move its ceiling, and let it go on, before a process looks."""
    rules = json.dumps(Rules(budget=budget).to_dict())
    with stage.database.write() as conn:
        told = campaigns.get(conn, campaign.id)
        campaigns.move(conn, told, CampaignState.PAUSED, approved_hash=approval, rules=rules)
        allowance.strike(conn, campaign.id)
        told = campaigns.get(conn, campaign.id)
        campaigns.move(conn, told, CampaignState.RUNNING)


def _spend(stage: Stage, process: Roster) -> Decimal:
    """Spend all that a process can have, and have the tally say so."""
    spent = Decimal(0)
    while _top_up(stage, process):
        while _live(stage, process).budget.take(Decimal(600)):
            spent += 600
    _record(stage, _live(stage, process).campaign.id, int(spent / 600))
    return spent


def _record(stage: Stage, campaign: int, messages: int) -> None:
    group = Group(campaign, VIETTEL, Network.VIETTEL, State.ACCEPTED, "", 20_261_120, 0, 1, 0)
    counter = Counter()
    counter.add(group, messages, messages)
    with stage.database.write() as conn:
        counter.write(conn)


def _look(stage: Stage, *processes: Roster) -> None:
    with stage.database.read() as conn:
        for process in processes:
            process.refresh(conn)


def test_a_ceiling_that_is_lowered_holds_for_what_was_in_hand(stage: Stage) -> None:
    campaign = _campaign(stage, Rules(budget=CEILING))
    one, two = _process(stage, VIETTEL), _process(stage, VIETTEL)
    assert [_top_up(stage, each) for each in (one, two)] == [3_000, 2_850]
    assert _live(stage, one).budget.take(Decimal(600))
    _record(stage, campaign.id, 1)
    _amend(stage, campaign, 2_400, "lowered")
    _look(stage, one, two)
    assert _spend(stage, one) + _spend(stage, two) == 1_800


def test_a_ceiling_that_is_raised_is_not_taken_for_used_up(stage: Stage) -> None:
    campaign = _campaign(stage, Rules(budget=6_000))
    process = _process(stage, VIETTEL)
    assert _spend(stage, process) == 6_000
    assert _live(stage, process).budget.exhausted
    _amend(stage, campaign, 12_000, "raised")
    _look(stage, process)
    assert not _live(stage, process).budget.exhausted
    assert _spend(stage, process) == 6_000


def test_a_ceiling_that_is_moved_and_moved_back_is_not_spent_twice(stage: Stage) -> None:
    campaign = _campaign(stage, Rules(budget=CEILING))
    one, two = _process(stage, VIETTEL), _process(stage, VIETTEL)
    assert _top_up(stage, one) == 3_000
    _amend(stage, campaign, None, "none")
    _amend(stage, campaign, CEILING, "again")
    _look(stage, two)
    assert _spend(stage, two) == CEILING
    _look(stage, one)
    assert _spend(stage, one) == 0


def test_what_was_taken_before_an_amendment_is_not_given_back(stage: Stage) -> None:
    campaign = _campaign(stage, Rules(budget=CEILING))
    one, two = _process(stage, VIETTEL), _process(stage, VIETTEL)
    assert _top_up(stage, one) == 3_000
    _amend(stage, campaign, 10_000, "lowered")
    _look(stage, two)
    assert _top_up(stage, two) == 500
    with stage.database.read() as conn:
        one.forget(conn)
    assert one.in_hand() == {}


def test_a_pace_is_divided_by_the_seats_that_are_taken(stage: Stage) -> None:
    _campaign(stage, Rules(rate=600))
    shares = [(VIETTEL, OTHER), (VIETTEL,), (OTHER,)]
    paces = [_live(stage, _process(stage, *accounts)).pace for accounts in shares]
    assert [pace and pace.part for pace in paces] == [0.5, 0.25, 0.25]
    assert sum(pace.allowed for pace in paces if pace) == pytest.approx(600 / 60 * 0.95)
