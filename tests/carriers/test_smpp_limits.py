"""SMPP: what waited for a bind or a window leaves within the account's limits all the same.

Nobody paces here before the adapter, as after a wait: all that came meanwhile is let go together.
"""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from outreach.domain.limit import Limit, LimitScope, Span, Unit
from outreach.domain.outcome import Accepted, Later, Outcome
from outreach.reports.reasons import in_vietnamese

from .smpp_centre import (
    LONG,
    SHORT,
    Centre,
    Line,
    Submit,
    client,
    message,
    serving,
    until_equal,
)

HELD = Later(timedelta(seconds=1), "no room in the account's limit", throttled=True)


def hourly(amount: int, unit: Unit = Unit.PARTS) -> Limit:
    """A limit so slow that its pace is as good as still: of 100 three leave, of 50 two."""
    return Limit(unit, amount, timedelta(hours=1))


async def told(*bodies: str, limit: Limit, **options: Any) -> tuple[list[Outcome], list[Submit]]:
    """What becomes of texts that are let go one after the other, and what was written."""
    async with serving(Centre()) as centre:
        async with client(centre.port, within=0.6, limits=(limit,), **options) as smpp:
            await smpp.standing()  # it is bound by then
            outcomes = [await smpp.submit(message(body)) for body in bodies]
        return outcomes, centre.submits


def taken(outcomes: list[Outcome]) -> list[bool]:
    """Which were taken; the others were held, and nothing else became of any."""
    assert all(isinstance(each, Accepted) or each == HELD for each in outcomes)
    return [isinstance(each, Accepted) for each in outcomes]


async def test_what_waited_for_a_window_does_not_leave_at_once() -> None:
    waiting: list[tuple[Line, Submit]] = []
    centre = Centre(lambda line, submit, _: waiting.append((line, submit)))
    limit = hourly(100)
    async with serving(centre), client(centre.port, within=3, limits=(limit,), window=1) as smpp:
        asked = asyncio.gather(*(smpp.submit(message(n=n)) for n in range(5)))
        for n in range(3):
            await until_equal(lambda: len(waiting), n + 1)
            line, submit = waiting[n]
            line.accept(submit.sequence)
        outcomes = await asked
    assert Counter(taken(outcomes)) == {True: 3, False: 2}
    assert len(centre.submits) == 3


async def test_what_waited_for_a_bind_does_not_leave_at_once() -> None:
    many: dict[str, Any] = {"within": 0.6, "limits": (hourly(100),), "binds": 3}
    async with serving(Centre()) as centre, client(centre.port, **many) as smpp:
        outcomes = await asyncio.gather(*(smpp.submit(message(n=n)) for n in range(5)))
    assert taken(outcomes) == [True, True, True, False, False]
    assert len(centre.submits) == 3


async def test_a_text_that_waited_for_a_bind_leaves_within_the_limit_and_is_counted_once() -> None:
    asked = []

    async def turn(scope: LimitScope) -> bool:
        asked.append(scope)
        return True

    many: dict[str, Any] = {"within": 0.6, "limits": (hourly(50),), "turn": turn}
    async with serving(Centre()) as centre, client(centre.port, **many) as smpp:
        outcomes = await asyncio.gather(*(smpp.submit(message(LONG, n)) for n in range(2)))
        assert taken(outcomes) == [True, False]
        assert isinstance(await smpp.submit(message(LONG, 2)), Later)
    assert len(centre.submits) == 3
    assert asked == [], "the engine has counted what it let through"


async def test_what_is_held_leaves_when_its_time_has_come() -> None:
    minutely = Limit(Unit.PARTS, 100, timedelta(minutes=1))  # three at once, then every 0.6 s
    async with serving(Centre()) as centre, client(centre.port, limits=(minutely,)) as smpp:
        outcomes = await asyncio.gather(*(smpp.submit(message(n=n)) for n in range(5)))
    assert taken(outcomes) == [True] * 5


async def test_the_parts_of_a_text_leave_together_or_not_at_all() -> None:
    outcomes, written = await told(LONG, LONG, limit=hourly(50))
    assert taken(outcomes) == [True, False]
    assert len(written) == 3


async def test_a_payload_counts_for_all_its_parts() -> None:
    outcomes, written = await told(LONG, SHORT, limit=hourly(50), long_texts="payload")
    assert taken(outcomes) == [True, False]
    assert len(written) == 1


@pytest.mark.parametrize("unit", [Unit.MESSAGES, Unit.REQUESTS])
async def test_parts_are_counted_as_the_limit_counts(unit: Unit) -> None:
    outcomes, written = await told(LONG, SHORT, SHORT, limit=hourly(50, unit))
    assert taken(outcomes) == [True, True, False]
    assert len(written) == 4


async def test_a_text_of_more_parts_than_the_limit_ever_has_harms_nobody() -> None:
    outcomes, _ = await told(LONG, LONG, limit=hourly(2))
    assert taken(outcomes) == [True, False]


def test_why_a_text_was_held_is_told_in_vietnamese() -> None:
    assert "hạn mức" in in_vietnamese(HELD.reason)


async def test_a_quota_is_not_counted_twice() -> None:
    daily = Limit(Unit.PARTS, 1, timedelta(days=1), span=Span.DAY)
    outcomes, _ = await told(SHORT, SHORT, limit=daily)
    assert taken(outcomes) == [True, True]
