"""Those that are too few for a list: for whom they wait, and what becomes of them in the end."""

import asyncio

import pytest
from sqlalchemy import text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.outcome import Outcome, Refused, Scope
from outreach.store import planning, work
from outreach.store.campaigns import Campaign, Step
from outreach.store.work import Lease
from tests.delivery.listing import (
    STEPS,
    TWO_ACCOUNTS,
    Listed,
    Lister,
    asleep,
    crowd,
    rows,
    send,
    taken,
    through_the_rounds,
    until,
)
from tests.delivery.stage import NETWORKS, OTHER, VIETTEL, ZALO, Carrier, Stage

_STATE = "SELECT state FROM campaign"


async def test_too_few_wait_for_others(stage: Stage) -> None:
    """Three of one text come with three sub-batches: none of them is a list by itself."""
    people = [{"parts": "2" if n % 12 == 5 else "1"} for n in range(36)]
    campaign = stage.campaign(crowd(stage, people), STEPS)
    carrier = Lister(bounds=(3, 12))
    await until(stage, carrier, lambda: asleep(stage, campaign))
    assert stage.states(campaign) == {State.ACCEPTED: 33, State.PENDING: 3}
    assert rows(stage, "SELECT DISTINCT waits, attempts, parts FROM due") == [(1, 0, 0)]
    (live,) = stage.roster.sending(stage.clock())
    assert live.budget.spent == 33 * 600
    stage.clock.pass_(minutes=1)
    await send(stage, carrier, campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 36}
    assert carrier.sizes[-1] == 3


async def test_to_wait_for_others_is_no_refusal(stage: Stage) -> None:
    """Neither is a text given up for the waits, nor the waiting for the refusals."""
    campaign = stage.campaign(crowd(stage, 3), STEPS)
    alone = Lister(bounds=(4, 10))
    for _ in range(4):
        await until(stage, alone, lambda: asleep(stage, campaign))
        stage.clock.pass_(minutes=1)
    no = Refused(Scope.TEXT, "146", "no such template")
    await until(stage, Lister(says=lambda *_: no), lambda: rows(stage, _STATE) == [("paused",)])
    assert stage.states(campaign) == {State.PENDING: 3}
    with stage.database.write() as conn:
        conn.exec_driver_sql("UPDATE campaign SET state = 'running'")
        conn.exec_driver_sql("UPDATE due SET snoozes = 15")
    stage.clock.pass_(minutes=1)
    await until(stage, alone, lambda: asleep(stage, campaign) or not stage.left(campaign))
    assert stage.states(campaign) == {State.PENDING: 3}


@pytest.mark.parametrize("next_channel", [True, False])
async def test_too_few_are_refused_in_the_end(stage: Stage, *, next_channel: bool) -> None:
    then = (Step(Channel.ZALO, dict.fromkeys(NETWORKS, (ZALO,))),) if next_channel else ()
    campaign = stage.campaign(crowd(stage, 2), (*STEPS, *then))
    carrier, zalo = Lister(), Carrier(channel=Channel.ZALO)
    senders = stage.senders({VIETTEL: carrier, ZALO: zalo})
    async with stage.working(senders), asyncio.timeout(30):
        await through_the_rounds(stage, campaign)
    assert carrier.lists == []
    assert len(zalo.asked) == 2 * next_channel
    assert stage.results(campaign) == {State.ACCEPTED if next_channel else State.REJECTED: 2}
    reasons = rows(stage, "SELECT reason FROM message WHERE reason IS NOT NULL")
    assert {row[0] for row in reasons} == {"fewer than 3 have this text"}


async def test_too_few_go_by_another_account_in_the_end(stage: Stage) -> None:
    campaign = stage.campaign(crowd(stage, 2), TWO_ACCOUNTS)
    carrier, other = Lister(), Carrier()
    senders = stage.senders({VIETTEL: carrier, OTHER: other})
    async with stage.working(senders), asyncio.timeout(30):
        await through_the_rounds(stage, campaign)
    assert carrier.lists == []
    assert len(other.asked) == 2
    assert stage.results(campaign) == {State.ACCEPTED: 2}


async def test_two_accounts_with_lists_do_not_pass_the_few_to_and_fro(stage: Stage) -> None:
    campaign = stage.campaign(crowd(stage, 2), TWO_ACCOUNTS)
    senders = stage.senders({VIETTEL: Lister(), OTHER: Lister()})
    async with stage.working(senders), asyncio.timeout(30):
        await through_the_rounds(stage, campaign)
    assert stage.results(campaign) == {State.REJECTED: 2}


def _made_exceptions(stage: Stage, campaign: Campaign, size: int) -> None:
    """Let the first of a campaign be exceptions whose time has come, the others of its chunk."""
    with stage.database.write() as conn:
        conn.execute(
            text(
                "INSERT INTO due (message, campaign, account, at, why, attempts, snoozes, rerouted,"
                " lease_until) SELECT id, :campaign, account, 1, 'waits', 0, 0, 0, 0 FROM message"
                " ORDER BY id LIMIT :size"
            ),
            {"campaign": campaign.id, "size": size},
        )
        conn.execute(
            text(
                "UPDATE chunk SET first = first + :size, started_to = started_to + :size,"
                " recorded_to = recorded_to + :size"
            ),
            {"size": size},
        )


async def test_too_few_go_with_those_who_have_not_been_tried(stage: Stage) -> None:
    campaign = stage.campaign(crowd(stage, 12), STEPS)
    _made_exceptions(stage, campaign, 2)
    carrier = Lister()
    await send(stage, carrier, campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 12}
    assert len(set(carrier.numbers)) == len(carrier.numbers) == 12


async def test_exceptions_are_recorded_though_the_run_beside_them_was_lost(stage: Stage) -> None:
    async def steals(key: str, members: Listed) -> Outcome:
        await asyncio.to_thread(_take_the_chunk, stage)
        return taken(key, members)

    campaign, carrier = stage.campaign(crowd(stage, 30), STEPS), Lister(says=steals)
    _made_exceptions(stage, campaign, 4)
    await send(stage, carrier, campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 30}
    assert len(set(carrier.numbers)) == len(carrier.numbers) == 30


def _take_the_chunk(stage: Stage) -> None:
    """As whoever finds that its lease has run out: what was started of it is unknown."""
    with stage.database.write() as conn:
        conn.execute(text("UPDATE chunk SET lease_until = 0"))
        stage.sweep().recover(conn, ())


async def test_of_many_texts_each_finds_its_own(stage: Stage) -> None:
    """A sub-batch holds two of each text, and a list needs three."""
    people = [{"parts": str(n % 3 + 1), "name": "An"} for n in range(48)]
    campaign, carrier = stage.campaign(crowd(stage, people), STEPS), Lister(bounds=(3, 30))
    senders = stage.senders({VIETTEL: carrier}, in_flight=18)
    async with stage.working(senders), asyncio.timeout(30):
        await through_the_rounds(stage, campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 48}


@pytest.mark.parametrize(
    ("room", "claimed"), [(2, 0), (3, 3), (4, 3), (5, 3), (6, 6), (7, 6), (8, 6), (9, 9), (20, 10)]
)
def test_those_who_met_are_not_divided_into_too_few(stage: Stage, room: int, claimed: int) -> None:
    """Six are due at one moment, three at the next, one at the last."""
    campaign = stage.campaign(crowd(stage, 10), STEPS)
    _made_exceptions(stage, campaign, 10)
    with stage.database.write() as conn:
        conn.execute(
            text("UPDATE due SET at = CASE WHEN message <= :n + 6 THEN 1 ELSE 2 END"),
            {"n": campaign.id * CAMPAIGN_SPAN},
        )
        conn.execute(
            text("UPDATE due SET at = 3 WHERE message > :n + 9"),
            {"n": campaign.id * CAMPAIGN_SPAN},
        )
        found = work.claim_due(conn, campaign.id, VIETTEL, 9, room, Lease("me", 99), least=3)
    assert len(found) == claimed


async def test_a_list_is_filled_from_the_chunk_that_follows(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "CHUNK", 10)
    campaign, carrier = stage.campaign(crowd(stage, 26), STEPS), Lister(bounds=(3, 8))
    await send(stage, carrier, campaign, in_flight=24)
    assert stage.states(campaign) == {State.ACCEPTED: 26}
    assert sorted(carrier.sizes) == [3, 7, 8, 8]
    spans = rows(stage, "SELECT first, last FROM chunk ORDER BY first")
    assert sum(last - first + 1 for first, last in spans) == 26


async def test_a_chunk_takes_over_from_its_own_kind_only(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "CHUNK", 10)
    campaign, carrier = stage.campaign(stage.audience([{}] * 40), STEPS), Lister(bounds=(3, 8))
    await send(stage, carrier, campaign, in_flight=24)
    assert stage.states(campaign) == {State.ACCEPTED: 40}
    networks = rows(
        stage,
        "SELECT COUNT(DISTINCT m.network) FROM chunk c JOIN message m"
        " ON m.id BETWEEN c.first AND c.last GROUP BY c.id",
    )
    assert set(networks) == {(1,)}
    assert sorted(carrier.sizes) == [4, 4, 8, 8, 8, 8]
