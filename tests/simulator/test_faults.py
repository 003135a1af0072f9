"""Every fault, seen from the other end of the wire; and the dice behind them."""

import asyncio
import gc
import time
from pathlib import Path

import aiohttp
import pytest
import uvloop

from outreach.simulator import (
    PRESETS,
    Faults,
    Simulator,
    SimulatorConfig,
    ZaloConfig,
    load_faults,
    parse_faults,
)
from outreach.simulator.faults import fate, roll
from outreach.simulator.ledger import RequestRow
from tests.simulator.conftest import Stage
from tests.simulator.speak import Sink, Speaker


async def _send_many(speak: Speaker, count: int) -> list[object]:
    outcomes: list[object] = []
    for n in range(count):
        try:
            answer = await speak.zalo(phone=f"8490000{n:04d}", tracking_id=f"key-{n}")
            outcomes.append(answer["error"])
        except aiohttp.ServerDisconnectedError:
            outcomes.append("dropped")
    return outcomes


@pytest.mark.parametrize(
    ("fault", "accepted"), [("dropped_before", False), ("dropped_after", True)]
)
async def test_dropped_connections(staged: Stage, fault: str, accepted: bool) -> None:  # noqa: FBT001
    async with staged(faults=Faults(**{fault: 1.0})) as (sim, speak):  # type: ignore[arg-type]
        with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
            await speak.zalo()
        [row] = sim.ledger.requests()
        assert (row.accepted, row.cut) == (accepted, fault)
        sim.set_faults(Faults())
        assert (await speak.zalo(tracking_id="key-2"))["error"] == 0


@pytest.mark.parametrize(("fault", "accepted"), [("error_before", False), ("error_after", True)])
async def test_server_errors(staged: Stage, fault: str, accepted: bool) -> None:  # noqa: FBT001
    async with staged(faults=Faults(**{fault: 1.0})) as (sim, speak):  # type: ignore[arg-type]
        assert (await speak.zalo())["error"] == 503
        [row] = sim.ledger.requests()
        assert (row.accepted, row.cut) == (accepted, fault)


async def test_silence_after_acceptance(staged: Stage) -> None:
    async with staged(faults=Faults(unanswered=1.0)) as (sim, speak):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(speak.zalo(), 0.5)
        assert [row.accepted for row in sim.ledger.requests()] == [True]
        sim.set_faults(Faults(unanswered=1.0, silence_s=0.1))
        start = time.monotonic()
        assert (await speak.zalo(tracking_id="key-2"))["error"] == 0
        assert time.monotonic() - start >= 0.1


async def test_a_refusal_is_always_answered(staged: Stage) -> None:
    async with staged(faults=Faults(unanswered=1.0)) as (_, speak):
        assert (await speak.zalo(phone="1"))["error"] == -108


async def test_latency(staged: Stage) -> None:
    async with staged(faults=Faults(latency_ms=(80, 90))) as (_, speak):
        start = time.monotonic()
        await speak.zalo()
        assert 0.08 <= time.monotonic() - start < 5


async def test_throttles_above_the_limit(staged: Stage) -> None:
    now = 1_800_000_000.0
    async with staged(faults=Faults(tps=3), clock=lambda: now) as (sim, speak):
        first = await _send_many(speak, 5)
        now += 0.999
        assert await _send_many(speak, 1) == [-32]
        now += 0.001
        assert await _send_many(speak, 1) == [0]
        assert first == [0, 0, 0, -32, -32]
        assert (sim.ledger.peak("zalo"), sim.ledger.per_second("zalo")) == (
            6,
            {1_800_000_000: 6, 1_800_000_001: 1},
        )


async def test_throttle_and_refusal_in_every_dialect(staged: Stage) -> None:
    async with staged(faults=Faults(throttled=1.0)) as (sim, speak):
        assert (await speak.zalo())["error"] == -32
        assert (await speak.esms())["CodeResult"] == "160"
        assert "Check information error" in await speak.viettel()
        sim.set_faults(Faults(refused=1.0))
        assert (await speak.zalo())["error"] == -114
        assert (await speak.esms())["CodeResult"] == "99"
        assert "Check ReceiverID: FORMAT_ERROR" in await speak.viettel()
        sim.set_faults(Faults(forced_code="-135"), "zalo")
        sim.set_faults(Faults(forced_code="143"), "esms")
        sim.set_faults(Faults(forced_code="Authenticate: IP_INVALID"), "viettel")
        assert (await speak.zalo())["error"] == -135
        assert (await speak.esms())["CodeResult"] == "143"
        assert "Authenticate: IP_INVALID" in await speak.viettel()


async def test_a_code_that_is_forced_goes_before_a_throttle(staged: Stage) -> None:
    async with staged(faults=Faults(forced_code="-77", throttled=1.0)) as (_, speak):
        assert (await speak.zalo())["error"] == -77
        assert (await speak.esms())["CodeResult"] == "-77"
        assert "<message>-77</message>" in await speak.viettel()


@pytest.mark.parametrize(
    ("faults", "count"),
    [
        (Faults(), 1),
        (Faults(receipt_lost=1.0), 0),
        (Faults(undelivered=1.0), 0),
        (Faults(receipt_doubled=1.0), 2),
    ],
)
async def test_receipts(staged: Stage, callbacks: Sink, faults: Faults, count: int) -> None:
    config = ZaloConfig(callback=callbacks.url)
    async with staged(faults=faults, dialects=(config,)) as (sim, speak):
        await _send_many(speak, 3)
        await sim.settled()
        assert len(sim.ledger.receipts()) == 3 * count
    assert len({got.body for got in callbacks.got}) == (3 if count else 0)


async def test_receipts_are_shuffled(staged: Stage, callbacks: Sink) -> None:
    config = ZaloConfig(callback=callbacks.url)
    faults = Faults(receipt_ms=(0, 0), receipt_shuffle_ms=20_000)
    async with staged(faults=faults, dialects=(config,)) as (sim, speak):
        await _send_many(speak, 20)
        await sim.settled()
        keys = [row.key for row in sim.ledger.receipts()]
    assert sorted(keys) == sorted(f"key-{n}" for n in range(20))
    assert keys != [f"key-{n}" for n in range(20)]


async def test_late_receipts(staged: Stage, callbacks: Sink) -> None:
    config = ZaloConfig(callback=callbacks.url)
    faults = Faults(receipt_late=1.0, receipt_late_s=30)
    async with staged(faults=faults, dialects=(config,)) as (sim, speak):
        await speak.zalo()
        await sim.settled()
        [sent], [told] = sim.ledger.requests(), sim.ledger.receipts()
    assert told.at - sent.at >= 0.3


async def test_a_receipt_can_overtake_the_answer(staged: Stage, callbacks: Sink) -> None:
    config = ZaloConfig(callback=callbacks.url)
    async with staged(faults=Faults(receipt_first=1.0), dialects=(config,)) as (_, speak):
        await speak.zalo()
        assert len(callbacks.got) == 1


async def _rehearse(staged: Stage, order: list[int], seed: int) -> list[RequestRow]:
    async with staged(faults=Faults(refused=0.3, error_after=0.2, error_before=0.2), seed=seed) as (
        sim,
        speak,
    ):
        for n in order:
            await speak.zalo(phone=f"84900000{n:03d}", tracking_id=f"key-{n}")
        return sorted(row._replace(at=0) for row in sim.ledger.requests())


async def test_the_same_seed_writes_the_same_ledger_in_any_order(staged: Stage) -> None:
    forth, back = list(range(60)), list(range(59, -1, -1))
    first = await _rehearse(staged, forth, seed=3)
    assert first == await _rehearse(staged, back, seed=3)
    assert first != await _rehearse(staged, forth, seed=4)
    assert {row.cut for row in first} == {"", "error_before", "error_after"}


def test_a_retry_throws_the_dice_again() -> None:
    plan = Faults(error_before=0.5)
    cuts = {fate(plan, roll(1, "zalo", "84900000001", "text", str(n))).cut for n in range(20)}
    assert len(cuts) == 2


def test_one_share_does_not_move_another() -> None:
    plain, other = Faults(refused=0.5), Faults(refused=0.5, throttled=0.9, receipt_lost=0.9)
    dice = [roll(1, str(n)) for n in range(200)]
    assert [fate(plain, d).refused for d in dice] == [fate(other, d).refused for d in dice]


def test_shares_come_true() -> None:
    plan = Faults(dropped_after=0.1, unanswered=0.2)
    cuts = [fate(plan, roll(1, str(n))).cut.value for n in range(10_000)]
    assert 900 < cuts.count("dropped_after") < 1_100
    assert 1_850 < cuts.count("unanswered") < 2_150


def test_plans_are_read_from_files(tmp_path: Path) -> None:
    toml, other = tmp_path / "plan.toml", tmp_path / "plan.json"
    toml.write_text('preset = "rough"\nlatency_ms = [1, 2]\ntps = 50\n')
    other.write_bytes(b'{"refused": 0.5}')
    rough = load_faults(str(toml))
    assert (rough.latency_ms, rough.tps) == ((1, 2), 50)
    assert rough.receipt_doubled == PRESETS["rough"].receipt_doubled
    assert load_faults(str(other)) == Faults(refused=0.5)
    assert load_faults("realistic") is PRESETS["realistic"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"refusd": 1}, "unknown refusd"),
        ({"preset": "mild"}, "no preset 'mild'"),
        ({"refused": 1.5}, r"Faults.refused is 1.5"),
        ({"dropped_before": 0.6, "unanswered": 0.6}, "add up to more than 1"),
    ],
)
def test_bad_plans_say_what_is_wrong(values: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_faults(values)
    with pytest.raises(ValueError, match="neither a preset"):
        load_faults("mild")


async def test_faults_change_while_it_plays(staged: Stage) -> None:
    async with staged() as (sim, speak):
        await speak.post("/control/faults", {"dialect": "zalo", "refused": 1.0})
        assert (await speak.zalo())["error"] == -114
        assert (await speak.esms())["CodeResult"] == "100"
        wrong = await speak.post("/control/faults", {"dialect": "smoke"})
        assert "no account 'smoke'" in str(wrong["error"])
        assert isinstance(sim, Simulator)


async def test_a_late_answer_does_not_outlive_the_simulator(staged: Stage) -> None:
    async with staged(faults=Faults(latency_ms=(150, 150))) as (_, speak):
        sent = asyncio.create_task(speak.zalo())
        await asyncio.sleep(0.05)
    with pytest.raises(aiohttp.ClientError):
        await sent
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_callback_that_nobody_answers(staged: Stage) -> None:
    config = ZaloConfig(callback="http://127.0.0.1:1/callback")
    async with staged(dialects=(config,), time_scale=0.00001) as (sim, speak):
        await speak.zalo()
        await sim.settled()
        assert [row.status for row in sim.ledger.receipts()] == [-1] * 6


@pytest.mark.parametrize(("size", "status"), [(300_000, 200), (1_000_001, 413)])
async def test_large_bodies(staged: Stage, size: int, status: int) -> None:
    async with (
        staged() as (_, speak),
        speak.session.post(f"{speak.url}/zalo/message/template", data=b" " * size) as answer,
    ):
        assert answer.status == status


async def test_a_client_that_leaves_halfway(staged: Stage) -> None:
    async with staged() as (sim, _):
        _, writer = await asyncio.open_connection("127.0.0.1", int(sim.url.rpartition(":")[2]))
        writer.write(b"POST /zalo/message/template HTTP/1.1\r\nContent-Length: 90\r\n\r\n{")
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0.05)
        assert sim.ledger.summary() == {}


def test_a_client_that_is_gone_before_its_answer() -> None:
    """On the loop that the simulator runs on, which forbids to write on a line that is down."""
    told: list[object] = []

    async def leave() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, said: told.append(said))
        config = SimulatorConfig(faults=Faults(latency_ms=(100, 100)))
        async with Simulator(config) as sim:
            host, port = "127.0.0.1", int(sim.url.rpartition(":")[2])
            _, writer = await asyncio.open_connection(host, port)
            writer.write(b"POST /zalo/message/template HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()
            await asyncio.sleep(0.03)
            writer.close()
            await asyncio.sleep(0.2)
        gc.collect()  # a task tells of its fault when it is thrown away

    uvloop.run(leave())
    assert told == []
