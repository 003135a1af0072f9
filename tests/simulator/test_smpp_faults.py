"""Every fault of a plan, as the simulated SMSC plays it."""

import pytest

from outreach.simulator import Faults, parse_faults
from tests.simulator.smsc import bound, smsc
from tests.simulator.speak import submit_body


@pytest.mark.parametrize(("fault", "accepted"), [("dropped_before", 0), ("dropped_after", 1)])
async def test_dropped_connections(fault: str, accepted: int) -> None:
    async with smsc(parse_faults({fault: 1.0})) as sim:
        esme = await bound(sim)
        esme.say(0x04, submit_body())
        esme.say(0x04, submit_body(text=b"never read"))
        assert await esme.ended()
        [row] = sim.ledger.requests()
        assert (row.accepted, row.cut) == (accepted, fault)


@pytest.mark.parametrize(
    ("fault", "accepted", "status"), [("error_before", 0, 0x08), ("error_after", 1, 0xFF)]
)
async def test_errors_before_and_after_taking(fault: str, accepted: int, status: int) -> None:
    async with smsc(parse_faults({fault: 1.0, "receipt_ms": (0, 0)})) as sim:
        esme = await bound(sim)
        answer = await esme.submit()
        assert (answer.status, answer.body) == (status, b"")
        [row] = sim.ledger.requests()
        assert (row.accepted, row.cut) == (accepted, fault)
        if accepted:
            assert (await esme.receipt()).field("id") == row.reference


async def test_silence_after_acceptance() -> None:
    async with smsc(Faults(unanswered=1.0, receipt_ms=(0, 0))) as sim:
        esme = await bound(sim)
        esme.say(0x04, submit_body())
        assert (await esme.receipt()).msisdn == "84900000001"
        sim.set_faults(Faults(unanswered=1.0, silence_s=0.05, receipt_lost=1.0))
        sequence = esme.say(0x04, submit_body(text=b"other"))
        assert (await esme.ask(0x15)).command == 0x80000015  # it goes on meanwhile
        answer = await esme.hear()
        assert (answer.sequence, answer.status) == (sequence, 0)


async def test_throttles_and_full_queues_come_in_bursts() -> None:
    now = 1_800_000_000.0
    async with smsc(Faults(throttled=1.0), clock=lambda: now) as sim:
        esme, statuses = await bound(sim), []
        for _ in range(3):
            statuses.append([(await esme.submit()).status for _ in range(2)])
            now += 1
        assert statuses == [[0x58] * 2, [0x14] * 2, [0x58] * 2]
        sim.set_faults(Faults(tps=1, receipt_lost=1.0))
        # An odd second, but a limit is a limit.
        assert [(await esme.submit()).status for _ in range(2)] == [0, 0x58]


@pytest.mark.parametrize(
    ("faults", "status"),
    [
        (Faults(refused=1.0), 0x0B),
        (Faults(blocked=1.0), 0x0B),
        (Faults(forced_code="0x45"), 0x45),
        (Faults(forced_code="400"), 0x400),
    ],
)
async def test_refusals(faults: Faults, status: int) -> None:
    async with smsc(faults) as sim:
        assert (await (await bound(sim)).submit()).status == status
        assert sim.ledger.summary()["smpp"]["refused"] == {f"0x{status:02X}": 1}


@pytest.mark.parametrize(
    ("faults", "count"), [(Faults(receipt_lost=1.0), 0), (Faults(receipt_doubled=1.0), 2)]
)
async def test_lost_and_doubled_receipts(faults: Faults, count: int) -> None:
    async with smsc(faults) as sim:
        esme = await bound(sim)
        answer = await esme.submit()
        told = [await esme.receipt() for _ in range(count)]
        await sim.settled()
        assert [each.field("id") for each in told] == [answer.reference] * count
        assert len(sim.ledger.receipts()) == count


async def test_shuffled_and_late_receipts() -> None:
    async with smsc(Faults(receipt_ms=(0, 0), receipt_shuffle_ms=20_000)) as sim:
        esme, receiver = await bound(sim, 0x02), await bound(sim, 0x01)
        answers = [(await esme.submit(text=b"%d" % n)).reference for n in range(20)]
        told = [(await receiver.receipt()).field("id") for _ in answers]
        assert sorted(told) == sorted(answers)
        assert told != answers
        sim.set_faults(Faults(receipt_late=1.0, receipt_late_s=20))
        await esme.submit(text=b"late")
        await receiver.receipt()
        await sim.settled()
        assert sim.ledger.receipts()[-1].at - sim.ledger.requests()[-1].at >= 0.2


async def test_a_receipt_can_overtake_the_answer() -> None:
    async with smsc(Faults(receipt_first=1.0, receipt_doubled=1.0)) as sim:
        esme = await bound(sim)
        esme.say(0x04, submit_body())
        told, answer, again = await esme.receipt(), await esme.hear(), await esme.receipt()
        assert (answer.command, told.field("id")) == (0x80000004, answer.reference)
        assert again.heard.body == told.heard.body


async def test_the_answer_to_a_slow_submit_does_not_outlive_its_connection() -> None:
    async with smsc(Faults(latency_ms=(30, 30))) as sim:
        esme = await bound(sim, 0x02)
        esme.say(0x04, submit_body())
        esme.close()
        other = await bound(sim, 0x02)
        assert (await other.submit(text=b"other")).status == 0
        assert len(sim.ledger.requests()) == 2
