"""Lists and what holds them back: ceilings, paces, limits, the breaker."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from outreach.delivery.list_room import Room
from outreach.delivery.pacing import Pacer
from outreach.domain.errors import BadInputError
from outreach.domain.limit import Limit, Span, Unit
from outreach.domain.message import State
from outreach.domain.outcome import Accepted, Outcome, Refused, Scope
from outreach.domain.rules import Rules
from tests.delivery.listing import STEPS, Listed, Lister, crowd, rows, until
from tests.delivery.stage import VIETTEL, Stage, account

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def _paused(stage: Stage) -> bool:
    return rows(stage, "SELECT state FROM campaign") == [("paused",)]


async def test_a_ceiling_holds_for_lists(stage: Stage) -> None:
    price, people = 600, 40
    campaign = stage.campaign(
        crowd(stage, [{"parts": "2"}] * people), STEPS, rules=Rules(budget=25 * 2 * price)
    )
    carrier = Lister(says=_half_refused)
    await until(stage, carrier, lambda: _paused(stage))
    took = stage.states(campaign)[State.ACCEPTED]
    assert 20 <= took <= 25
    assert len(carrier.numbers) == len(set(carrier.numbers))


def _half_refused(_: str, members: Listed) -> Sequence[Outcome]:
    no = Refused(Scope.RECIPIENT, "99", "number blocked")
    return [no if int(each.msisdn) % 5 == 0 else Accepted() for each in members]


async def test_a_campaigns_own_pace_holds_for_lists(stage: Stage) -> None:
    rules = Rules(rate=20)
    campaign = stage.campaign(crowd(stage, 60), STEPS, rules=rules)
    carrier = Lister(bounds=(6, 50))
    await until(stage, carrier, lambda: bool(stage.states(campaign).get(State.ACCEPTED)))
    assert stage.states(campaign)[State.ACCEPTED] == len(carrier.numbers)
    (pace,) = stage.roster._paces.values()
    assert pace._pace._in_window == len(carrier.numbers)


async def test_a_list_is_paid_for_in_every_limit(stage: Stage) -> None:
    limits = tuple(Limit(unit, 1000, MINUTE) for unit in Unit)
    stage.campaign(crowd(stage, [{"parts": "2"}] * 40), STEPS)
    carrier = Lister()
    (sender,) = stage.senders({VIETTEL: carrier}, limits=limits)
    pacer = sender.pacer
    for pace, *_ in pacer._normal.paces:
        pace.remember([], pacer._monotonic())  # no silence after the start
    async with stage.working([sender]), asyncio.timeout(30):
        while not carrier.lists:
            await asyncio.sleep(0.01)
    people = len(carrier.numbers)
    assert people
    used = {pace.limit.unit: pace._in_window for pace, *_ in pacer._normal.paces}
    assert used == {
        Unit.REQUESTS: len(carrier.lists),
        Unit.MESSAGES: people,
        Unit.PARTS: 2 * people,
    }


async def test_a_pace_below_one_list_is_told_and_not_broken(stage: Stage) -> None:
    stage.campaign(crowd(stage, 60), STEPS, rules=Rules(rate=5))
    carrier = Lister(bounds=(6, 50))
    await until(stage, carrier, lambda: _paused(stage))
    assert carrier.lists == []
    found = rows(stage, "SELECT state, paused_why FROM campaign")
    assert found == [("paused", "5 messages a minute are fewer than a list of 6")]


async def test_a_probe_is_one_list(stage: Stage) -> None:
    stage.campaign(crowd(stage, 60), STEPS)
    carrier = Lister(says=lambda *_: Refused(Scope.ACCOUNT, "101", "bad credentials"))
    senders = stage.senders({VIETTEL: carrier})
    senders[0].breaker.trip("a trial", 0.0)
    senders[0].breaker._opens_again = 0.0
    async with stage.working(senders), asyncio.timeout(30):
        while senders[0].breaker.state != "open" or not carrier.lists:
            await asyncio.sleep(0.01)
    assert carrier.sizes == [5]


LIMITS = [
    (Limit(Unit.REQUESTS, 2, SECOND), 1, 2),
    (Limit(Unit.MESSAGES, 20, SECOND), 1, 2),
    (Limit(Unit.PARTS, 60, SECOND), 3, 2),
    (Limit(Unit.MESSAGES, 20, timedelta(days=1), span=Span.DAY), 1, 2),
]


@pytest.mark.parametrize(("limit", "parts", "calls"), LIMITS, ids=str)
def test_a_list_costs_one_request_its_messages_and_their_parts(
    limit: Limit, parts: int, calls: int
) -> None:
    now = 100.0
    pacer = Pacer([limit], monotonic=lambda: now)
    left = 0
    for _ in range(200):
        now += 0.05
        left += pacer.try_now(10 * parts, messages=10)
        if now >= 103.0:
            break
    assert left == calls * (1 if limit.span else 2)


def test_a_list_fits_into_every_limit() -> None:
    its = account(
        "lists",
        limits=(
            Limit(Unit.PARTS, 600, SECOND),
            Limit(Unit.REQUESTS, 5, SECOND),
            Limit(Unit.MESSAGES, 3_000, timedelta(days=1), span=Span.DAY),
        ),
    )
    room = Room(its, 3, 5_000)
    assert [room.size(parts, None) for parts in (1, 2, 3)] == [150, 150, 100]
    assert room.size(1, 40) == 20
    assert room.size(1, 2) == 3
    assert room.allowed == pytest.approx(600 * 0.95)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"in_flight": 29}, "in_flight is 29"),
        ({"limits": (Limit(Unit.PARTS, 89, SECOND),)}, "cost 90 parts; '89 parts a second'"),
        ({"limits": (Limit(Unit.MESSAGES, 30, SECOND, reserve_percent=5),)}, "cost 30 messages"),
    ],
)
def test_an_account_without_room_for_a_list_is_refused(changes: Any, said: str) -> None:
    its = replace(account("lists"), price_per_part=Decimal(1), **changes)
    with pytest.raises(BadInputError, match=said):
        Room(its, 30, 5_000)


def test_no_room_is_taken_for_fewer_than_a_list(stage: Stage) -> None:
    (sender,) = stage.senders({VIETTEL: Lister()})
    sender._held = sender.account.in_flight - 2
    assert sender._reserve() == 0
    sender._held -= 1
    assert sender._reserve() == 3
