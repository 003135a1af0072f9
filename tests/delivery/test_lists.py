"""Many messages in one call: what goes together, what is written down before it leaves."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from outreach.delivery import send as sending
from outreach.domain.message import State
from outreach.domain.outcome import Accepted, NotSent, Outcome
from outreach.store import batches, suppressions
from outreach.store.batches import Handed
from outreach.store.suppressions import SuppressionList, SuppressionScope
from tests.delivery.listing import (
    STEPS,
    Listed,
    Lister,
    asleep,
    crowd,
    rows,
    send,
    taken,
    until,
)
from tests.delivery.stage import VIETTEL, Stage


async def test_everybody_is_in_one_list_once(stage: Stage) -> None:
    campaign, carrier = stage.campaign(crowd(stage, 137), STEPS), Lister()
    await send(stage, carrier, campaign)
    assert stage.states(campaign) == stage.results(campaign) == {State.ACCEPTED: 137}
    assert len(set(carrier.numbers)) == len(carrier.numbers) == 137
    assert all(3 <= size <= 10 for size in carrier.sizes)
    assert len({key for key, _ in carrier.lists}) == len(carrier.lists)
    references = Counter(row[0] for row in rows(stage, "SELECT reference FROM attempt"))
    assert references == {f"ref-{key}": len(members) for key, members in carrier.lists}
    assert rows(stage, "SELECT * FROM batch") == []


async def test_only_what_is_alike_goes_together(stage: Stage) -> None:
    people = [{"parts": str(1 + n % 3)} for n in range(60)]
    campaign, carrier = stage.campaign(crowd(stage, people), STEPS), Lister()
    await send(stage, carrier, campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 60}
    assert all(len({each.content for each in members}) == 1 for _, members in carrier.lists)
    assert max(carrier.sizes) > 3


async def test_a_list_is_durable_before_it_leaves(stage: Stage) -> None:
    seen: list[tuple[str, int]] = []

    async def rule(key: str, members: Listed) -> Outcome:
        stored = await asyncio.to_thread(rows, stage, "SELECT key, members FROM batch")
        seen.extend(
            (key, len(bytes(row[1])) // 8 - len(members)) for row in stored if row[0] == key
        )
        return Accepted()

    campaign, carrier = stage.campaign(crowd(stage, 40), STEPS), Lister(says=rule)
    await send(stage, carrier, campaign)
    assert seen == [(key, 0) for key, _ in carrier.lists]


async def test_who_was_suppressed_meanwhile_is_not_in_the_list(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.delivery.looker._STALE", -1.0)
    campaign, carrier = stage.campaign(crowd(stage, 10), STEPS), Lister()
    told = SuppressionList(0, "l", SuppressionScope.ALL, None, "asked", "test", 0, "an")
    write_down = batches.write_down

    def with_a_list(conn: Any, lists: Sequence[Handed], instead_of: Sequence[str]) -> None:
        write_down(conn, lists, instead_of)
        found = suppressions.create(conn, told)
        suppressions.add(conn, found.id, [84_900_000_003])

    monkeypatch.setattr(batches, "write_down", with_a_list)
    await send(stage, carrier, campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 9, State.SUPPRESSED: 1}
    assert "84900000003" not in carrier.numbers


async def test_late_answers_of_a_list_are_recorded(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_PATIENCE_FOR_LISTS", 0.05)
    answers = asyncio.Event()

    async def slow(key: str, members: Listed) -> Outcome:
        await answers.wait()
        return taken(key, members)

    campaign, carrier = stage.campaign(crowd(stage, 30), STEPS), Lister(says=slow)
    async with stage.working(stage.senders({VIETTEL: carrier})), asyncio.timeout(20):
        while len(rows(stage, "SELECT 1 FROM due WHERE lease_owner IS NOT NULL")) < 30:
            await asyncio.sleep(0.02)
        assert len(rows(stage, "SELECT 1 FROM batch")) == 3
        answers.set()
        while stage.left(campaign):
            await asyncio.sleep(0.02)
    assert stage.states(campaign) == {State.ACCEPTED: 30}
    assert rows(stage, "SELECT * FROM batch") == []
    assert len(set(carrier.numbers)) == len(carrier.numbers) == 30


async def test_a_kill_leaves_a_window_of_unknowns_with_their_lists_keys(stage: Stage) -> None:
    campaign, carrier = stage.campaign(crowd(stage, 90), STEPS), Lister(says=_never)
    (sender,) = stage.senders({VIETTEL: carrier}, None, in_flight=30)
    stage.refresh()
    running = asyncio.create_task(sender.run())
    while not carrier.lists:
        await asyncio.sleep(0.01)
    sender.abandon()
    await asyncio.gather(running, return_exceptions=True)
    with stage.database.write() as conn:
        assert stage.sweep().recover(conn, [sender.owner]) == 0
        conn.exec_driver_sql("UPDATE chunk SET lease_until = 0")
        assert stage.sweep().recover(conn, ()) == 10
    found = rows(stage, "SELECT reference, COUNT(*) FROM attempt GROUP BY reference")
    assert dict(found) == {key: len(members) for key, members in carrier.lists}
    assert rows(stage, "SELECT * FROM batch") == []
    again = Lister()
    await send(stage, again, campaign)
    assert stage.states(campaign) == {State.UNKNOWN: 10, State.ACCEPTED: 80}
    assert not set(again.numbers) & set(carrier.numbers)


async def _never(_: str, __: Listed) -> Outcome:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


async def test_no_list_holds_a_number_twice(stage: Stage) -> None:
    campaign, carrier = stage.campaign(crowd(stage, 40), STEPS), Lister()
    with stage.database.write() as conn:
        conn.exec_driver_sql("UPDATE recipient SET msisdn = msisdn / 2 * 2")
    await until(stage, carrier, lambda: len(carrier.numbers) == 40, in_flight=120)
    for _, members in carrier.lists:
        assert len({each.msisdn for each in members}) == len(members)
    assert stage.states(campaign) == {State.ACCEPTED: 40}


async def test_what_may_have_left_by_itself_goes_in_no_list(stage: Stage) -> None:
    campaign, carrier = stage.campaign(crowd(stage, 9), STEPS), Lister(says=lambda *_: NotSent(""))
    wait = timedelta(minutes=1)
    stage.policy = replace(stage.policy, first_backoff=wait, longest_backoff=wait)
    await until(stage, carrier, lambda: asleep(stage, campaign))
    later = int(stage.clock().timestamp() * 1000) + 3_600_000
    with stage.database.write() as conn:
        conn.exec_driver_sql(f"UPDATE due SET unknown_until = {later}")
    stage.clock.pass_(minutes=2)
    again = Lister()
    await send(stage, again, campaign)
    assert again.lists == []
    assert stage.states(campaign) == {State.UNKNOWN: 9}
