"""Receipts: any order, any repetition, the same end; early, foreign and forged ones."""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Connection

from outreach.carriers.base import Callback, Capabilities, ForgedError, ReceiptWay, Submission
from outreach.delivery import settle as settling
from outreach.delivery.calls import pack
from outreach.delivery.door import Door
from outreach.delivery.settle import Settler, _wait_ms
from outreach.domain.key import CAMPAIGN_SPAN, KeySeal, SendClass
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Outcome
from outreach.domain.receipt import Receipt, Status
from outreach.store import campaigns, inbox
from outreach.store.campaigns import Campaign
from outreach.store.database import Job, T, Writer
from outreach.store.inbox import Call, Settled, TakenOverError
from outreach.store.tally import Reasons
from tests.delivery.stage import OTHER, SEAL, SMS_STEPS, VIETTEL, Carrier, Stage


@dataclass
class Caller:
    """A carrier whose calls say `key=…&status=…&code=…`, several parted by a comma."""

    capabilities = Capabilities(Channel.SMS, ReceiptWay.PUSHED, receipts_carry_key=True)

    async def submit(self, _: Submission) -> Outcome:
        return Accepted()

    def receipts(self, call: Callback) -> Sequence[Receipt]:
        if call.query == "forged":
            raise ForgedError
        if call.query == "nonsense":
            raise KeyError("a bug")
        words = [word.split("/") for word in call.query.split(",")]
        return [Receipt(Status(int(status)), key, code=code) for key, status, code in words]


class Office:
    """A settler on a stage, with a sent campaign."""

    def __init__(self, stage: Stage, campaign: Campaign) -> None:
        self.stage = stage
        self.campaign = campaign
        adapters = {number: ("any", Caller()) for number in (VIETTEL, OTHER)}
        self.settler = Settler(stage.writer, adapters, SEAL, SendClass.LIVE, stage.clock)

    def key(self, number: int = 1, generation: int = 0, seal: KeySeal = SEAL) -> str:
        message = self.campaign.id * CAMPAIGN_SPAN + number
        return seal.encode(message, SendClass.LIVE, generation)

    def call(self, query: str) -> None:
        body = pack(Callback(query, {}, b""))
        now = int(self.stage.clock().timestamp() * 1000)
        with self.stage.database.write() as conn:
            inbox.put(conn, [(OTHER, now, body)])

    async def settle(self) -> None:
        self.stage.clock.pass_(milliseconds=inbox.GRACE_MS)
        while await self.settler.settle():
            pass

    def effects(self) -> Mapping[str, int]:
        with self.stage.database.read() as conn:
            rows = conn.exec_driver_sql("SELECT effect, COUNT(*) FROM receipt GROUP BY effect")
            return {row[0]: row[1] for row in rows}

    def waiting(self) -> int:
        with self.stage.database.read() as conn:
            return inbox.waiting(conn)


async def _office(stage: Stage, size: int = 4) -> Office:
    campaign = stage.run_of(size, SMS_STEPS)
    await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), campaign)
    return Office(stage, campaign)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_order_and_repetition_do_not_matter(stage: Stage) -> None:
    orders = list(itertools.permutations([3, 3, 1, 1, 0]))
    office = await _office(stage, len(orders))
    for number, order in enumerate(orders, 1):
        for status in order:
            office.call(f"{office.key(number)}/{status}/c")
    await office.settle()
    assert stage.states(office.campaign) == {State.DELIVERED: len(orders)}
    assert stage.results(office.campaign) == {State.DELIVERED: len(orders)}


async def test_the_first_final_word_stays(stage: Stage) -> None:
    office = await _office(stage)
    for status in (2, 1, 2):
        office.call(f"{office.key()}/{status}/x")
    await office.settle()
    assert stage.states(office.campaign) == {State.ACCEPTED: 3, State.UNDELIVERED: 1}
    assert office.effects() == {"moved": 1, "contradicts": 1, "repeated": 1}


async def test_a_receipt_that_overtakes_its_answer_waits(stage: Stage) -> None:
    campaign = stage.run_of(2, SMS_STEPS)
    office = Office(stage, campaign)
    office.call(f"{office.key()}/1/c")
    await office.settle()
    assert office.waiting() == 1
    await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), campaign)
    stage.clock.pass_(seconds=5)
    await office.settle()
    assert office.waiting() == 0
    assert stage.states(campaign) == {State.ACCEPTED: 1, State.DELIVERED: 1}


@pytest.mark.parametrize("effect", ["forged", "unreadable"])
def test_the_first_call_that_came_to_nothing_is_growth(stage: Stage, effect: str) -> None:
    name = f"never {effect}"
    Settler(stage.writer, {OTHER: (name, Caller())}, SEAL, SendClass.LIVE, stage.clock)
    told = {"account": name, "effect": effect}
    assert REGISTRY.get_sample_value("outreach_receipts_total", told) == 0


async def test_foreign_forged_stale_and_unreadable_words_move_nothing(stage: Stage) -> None:
    office = await _office(stage)
    stranger = KeySeal(b"somebody else's secret")
    office.call(f"{office.key(seal=stranger)}/1/c")
    office.call(f"{office.key(generation=1)}/2/c")
    office.call(f"{office.key(number=99)}/1/c")
    office.call(f"{office.key()}/0/strange")
    office.call("forged")
    office.call("nonsense")  # a fault in our reading: kept until a reading works
    await office.settle()
    assert stage.states(office.campaign) == {State.ACCEPTED: 4}
    assert office.effects() == {"unmatched": 2, "stale": 1, "unlisted": 1}
    assert office.waiting() == 1


async def test_a_call_with_many_words_settles_them_all(stage: Stage) -> None:
    office = await _office(stage)
    office.call(",".join(f"{office.key(n)}/{1 + n % 2}/c" for n in range(1, 5)))
    await office.settle()
    assert stage.states(office.campaign) == {State.DELIVERED: 2, State.UNDELIVERED: 2}


async def test_the_door_stores_before_it_answers(stage: Stage) -> None:
    office = await _office(stage)
    door = Door(stage.writer, {"other": OTHER}, "unguessable", stage.clock)
    assert door.knows("other", "unguessable")
    assert not door.knows("other", "guess")
    assert not door.knows("nobody", "unguessable")
    calls = [Callback(f"{office.key(n % 4 + 1)}/1/c", {}, b"\xff\x00") for n in range(200)]
    await asyncio.gather(*(door.take("other", call) for call in calls))
    assert office.waiting() == 200
    await office.settle()
    assert stage.states(office.campaign) == {State.DELIVERED: 4}


async def test_unconfirmed_after_the_deadline_and_a_late_word_after_that(stage: Stage) -> None:
    office = await _office(stage)
    sweep = stage.sweep()
    with stage.database.write() as conn:
        sweep.finish(conn)
    stage.clock.pass_(minutes=59)
    with stage.database.write() as conn:
        sweep.finish(conn)
    assert stage.states(office.campaign) == {State.ACCEPTED: 4}
    stage.clock.pass_(minutes=2)
    for _ in range(2):
        with stage.database.write() as conn:
            sweep.finish(conn)
    # One network's carrier never confirms: its messages stay accepted, and are never delivered.
    assert stage.states(office.campaign) == {State.ACCEPTED: 2, State.UNCONFIRMED: 2}
    with stage.database.read() as conn:
        assert campaigns.get(conn, office.campaign.id).state == "settled"
    late = next(n for n in range(1, 5) if _state(stage, office, n) is State.UNCONFIRMED)
    office.call(f"{office.key(late)}/1/c")
    await office.settle()
    assert stage.states(office.campaign)[State.DELIVERED] == 1


def _state(stage: Stage, office: Office, number: int) -> State:
    with stage.database.read() as conn:
        message = office.campaign.id * CAMPAIGN_SPAN + number
        found = conn.exec_driver_sql(f"SELECT state FROM message WHERE id = {message}").scalar()
        return State(int(str(found)))


class _Halting:
    """A writer in a process that stands still once it has claimed what is to be settled."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._claimed = False
        self._waiting: list[tuple[Job[Any], Future[Any]]] = []
        self.stands = asyncio.Event()

    def submit(self, job: Job[T]) -> Future[T]:
        if not self._claimed:
            self._claimed = True
            return self._writer.submit(job)
        future: Future[T] = Future()
        self._waiting.append((job, future))
        self.stands.set()
        return future

    async def goes_on(self) -> None:
        for job, future in self._waiting:
            try:
                future.set_result(await asyncio.wrap_future(self._writer.submit(job)))
            except TakenOverError as fault:
                future.set_exception(fault)
        self._waiting.clear()


@pytest.mark.parametrize(
    ("waits", "leaves"),
    [(False, False), (True, False), (True, True)],
    ids=["settled", "postponed", "ready"],
)
async def test_who_stood_still_leaves_a_call_to_who_took_it_over(
    stage: Stage, *, waits: bool, leaves: bool
) -> None:
    """The third word may wait for its message to leave, which it may have done since."""
    office = await _office(stage)
    pending = stage.campaign(stage.audience([{"name": "An"}], "others"), SMS_STEPS)
    third = Office(stage, pending).key() if waits else office.key(3)
    office.call(f"{office.key(1)}/1/c,{office.key(2)}/1/c,{third}/1/c")
    stage.clock.pass_(milliseconds=inbox.GRACE_MS)

    writer = Writer(stage.database)
    halting = _Halting(writer)
    adapters = {OTHER: ("any", Caller())}
    slow = Settler(cast(Writer, halting), adapters, SEAL, SendClass.LIVE, stage.clock)
    late = asyncio.create_task(slow.settle())
    await halting.stands.wait()
    stage.clock.pass_(seconds=31)
    await office.settle()
    told = {"moved": 2} if waits else {"moved": 3}
    assert (office.effects(), office.waiting()) == (told, int(waits))
    if leaves:
        await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), pending)
    await halting.goes_on()
    await late
    assert (office.effects(), office.waiting()) == (told, int(waits))
    writer.close()


async def test_calls_of_many_words_do_not_hold_up_the_writer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, settle = await _office(stage), inbox.settle
    together: list[int] = []

    def counted(conn: Connection, done: Sequence[Call], settled: Sequence[Settled]) -> None:
        together.append(len(settled))
        settle(conn, done, settled)

    monkeypatch.setattr(inbox, "settle", counted)
    words = ",".join(f"{office.key(1 + n % 4)}/1/c" for n in range(64))
    for _ in range(50):
        office.call(words)
    await office.settle()
    assert (sum(together), office.waiting()) == (50 * 64, 0)
    assert max(together) <= 2_000
    assert stage.states(office.campaign) == {State.DELIVERED: 4}


async def test_receipts_are_counted_on_their_own_day(stage: Stage) -> None:
    office = await _office(stage, 1)
    stage.clock.pass_(days=1)
    office.call(f"{office.key()}/1/c")
    await office.settle()
    with stage.database.read() as conn:
        row = conn.exec_driver_sql(
            "SELECT day, receipt_day, SUM(messages) FROM tally_delta"
            " WHERE state = 2 GROUP BY day, receipt_day"
        ).one()
    assert tuple(row) == (20261120, 20261121, 1)


def test_waits_double_up_to_an_hour() -> None:
    assert [_wait_ms(n) for n in (0, 1, 2, 30)] == [500, 1000, 2000, 3_600_000]
    assert timedelta(milliseconds=sum(map(_wait_ms, range(24)))) > timedelta(hours=10)


def test_the_reasons_that_are_counted_stay_few() -> None:
    reasons = Reasons()
    kept = {reasons.keep(f"code {n}") for n in range(10 * Reasons.MOST)}
    assert len(kept) == Reasons.MOST + 1
    assert reasons.keep("code 1") == "code 1"
    assert reasons.keep("a new one") == Reasons.OTHER


async def _ahead(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> tuple[Office, Settler]:
    """An office that has settled two calls and claimed a third, and another settler beside it."""
    monkeypatch.setattr(settling, "BATCH", 2)
    office = await _office(stage, 3)
    for number in (1, 2, 3):
        office.call(f"{office.key(number)}/1/c")
    stage.clock.pass_(milliseconds=inbox.GRACE_MS)
    assert await office.settler.settle() == 2
    adapters = {OTHER: ("any", Caller())}
    return office, Settler(stage.writer, adapters, SEAL, SendClass.LIVE, stage.clock)


async def test_what_was_claimed_ahead_is_nobody_elses_for_a_while(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, other = await _ahead(stage, monkeypatch)
    assert await other.settle() == 0
    assert await office.settler.settle() == 1
    assert (office.effects(), office.waiting()) == ({"moved": 3}, 0)


async def test_what_was_claimed_too_long_ago_is_another_ones(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, other = await _ahead(stage, monkeypatch)
    stage.clock.pass_(seconds=31)
    assert await other.settle() == 1
    assert await office.settler.settle() == 0
    assert office.effects() == {"moved": 3}


async def test_whoever_stops_gives_back_what_he_claimed_ahead(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, other = await _ahead(stage, monkeypatch)
    await office.settler.give_back()
    assert await other.settle() == 1
    assert await office.settler.settle() == 0
    assert office.effects() == {"moved": 3}
