"""The simulated SMSC's receipts: their forms, and their way until they are acknowledged."""

from datetime import UTC, datetime
from typing import Any

import pytest

from outreach.simulator import Faults
from tests.simulator.smsc import bound, smsc, submitted

_UDH = b"\x05\x00\x03\x2a\x03\x01"


@pytest.mark.parametrize(("form", "text", "tlvs"), [("tlv", 0, 2), ("text", 1, 0), ("both", 1, 2)])
async def test_receipts_say_it_in_tlvs_or_in_text(form: str, text: int, tlvs: int) -> None:
    async with smsc(receipt_form=form) as sim:
        _, told = await submitted(sim)
    assert (told.text.count("stat:DELIVRD"), len(told.tlvs)) == (text, tlvs)


@pytest.mark.parametrize("form", ["same", "hex-in-answer", "hex-in-receipt"])
async def test_references(form: str) -> None:
    async with smsc(reference_form=form) as sim:
        answer, told = await submitted(sim)
    given, later = answer.reference, told.field("id")
    assert told.tlvs[0x001E] == later.encode() + b"\0"
    assert (given == later) is (form == "same")
    base = {"same": (16, 16), "hex-in-answer": (16, 10), "hex-in-receipt": (10, 16)}[form]
    assert int(given, base[0]) == int(later, base[1]) < 2**63
    assert given == later or given.startswith("0")


@pytest.mark.parametrize(
    ("digits", "sent", "done"),
    [
        (10, "2611230330", "2611230331"),
        (12, "261123033059", "261123033100"),
        (14, "20261123033059", "20261123033100"),
    ],
)
async def test_dates_are_local(digits: Any, sent: str, done: str) -> None:
    now = datetime(2026, 11, 22, 20, 30, 59, 980_000, tzinfo=UTC)
    faults = Faults(receipt_ms=(5_000, 5_000))
    async with smsc(faults, clock=now.timestamp, date_digits=digits) as sim:
        _, told = await submitted(sim)
    assert f"submit date:{sent} done date:{done} stat:" in told.text


@pytest.mark.parametrize(
    ("errs", "lost", "ported"), [("numeric", "034", "027"), ("letters", "E3A", "PRT")]
)
async def test_what_was_not_delivered(errs: str, lost: str, ported: str) -> None:
    states = {"UNDELIV": 5, "EXPIRED": 3, "REJECTD": 8, "DELETED": 4}
    async with smsc(Faults(undelivered=1.0, receipt_ms=(0, 0)), err_form=errs) as sim:
        esme, seen = await bound(sim), set()
        for n in range(40):
            await esme.submit(text=b"%d" % n)
            told = await esme.receipt()
            assert (told.field("err"), told.field("dlvrd")) == (lost, "000")
            assert told.tlvs[0x0427] == bytes((states[told.field("stat")],))
            seen.add(told.field("stat"))
        assert seen == states.keys()
        sim.set_faults(Faults(ported=1.0, receipt_ms=(0, 0)))
        await esme.submit()
        assert (await esme.receipt()).field("err") == ported


@pytest.mark.parametrize(
    ("registered", "undelivered", "count"),
    [(0, 0.0, 0), (0, 1.0, 0), (2, 0.0, 0), (2, 1.0, 1), (1, 1.0, 1)],
)
async def test_receipts_are_for_those_who_ask(
    registered: int, undelivered: float, count: int
) -> None:
    async with smsc(Faults(undelivered=undelivered, receipt_ms=(0, 0))) as sim:
        esme = await bound(sim)
        await esme.submit(registered=registered)
        for _ in range(count):
            await esme.receipt()
        await sim.settled()
        assert len(sim.ledger.receipts()) == count


async def test_the_first_letters_of_a_long_or_an_accented_text_are_not_told() -> None:
    async with smsc(receipt_flag=False) as sim:
        _, long = await submitted(sim, text=_UDH + b"a", esm_class=0x40)
        _, accented = await submitted(sim, text=b"\0a", coding=8)
        _, plain = await submitted(sim, text=b"twenty-one letters...")
    assert (long.field("text"), accented.field("text")) == ("", "")
    assert plain.text.endswith("text:twenty-one letters..")
    assert plain.esm_class == 0


async def test_receipts_are_shared_out_among_binds() -> None:
    async with smsc() as sim:
        binds = [await bound(sim) for _ in range(3)]
        sender = await bound(sim, 0x02)
        answers = {(await sender.submit(text=b"%d" % n)).reference for n in range(6)}
        told = [await each.receipt() for each in binds for _ in range(2)]
        assert {each.field("id") for each in told} == answers


async def test_a_receipt_waits_for_someone_to_be_bound() -> None:
    async with smsc() as sim:
        sender = await bound(sim, 0x02)
        answer = await sender.submit()
        sender.close()
        assert sim.summary()["receipts_pending"] == 1
        assert (await (await bound(sim)).receipt()).field("id") == answer.reference


@pytest.mark.parametrize(("status", "shown"), [(0x64, 0x64), (0x08, 0x08)])
async def test_a_receipt_that_is_refused_comes_again(status: int, shown: int) -> None:
    async with smsc() as sim:
        esme = await bound(sim)
        await esme.submit()
        first, again = await esme.receipt(status), await esme.receipt()
        await sim.settled()
        assert [(row.attempt, row.status) for row in sim.ledger.receipts()] == [
            (0, shown),
            (1, 200),
        ]
    assert first.heard.body == again.heard.body
    assert first.heard.sequence != again.heard.sequence


async def test_a_receipt_that_is_not_answered_comes_again_and_then_no_more() -> None:
    async with smsc(ack_timeout_s=0.05, receipt_ladder_s=(0.1, 0.1)) as sim:
        esme = await bound(sim)
        await esme.submit()
        tries = [await esme.receipt(None) for _ in range(3)]
        await sim.settled()
        esme.say(0x80000005, b"\0", 0, tries[0].heard.sequence)  # too late to matter
        esme.say(0x80000000, b"", 3, 999)
        assert (await esme.ask(0x15)).command == 0x80000015
        assert [(row.attempt, row.status) for row in sim.ledger.receipts()] == [
            (n, 0) for n in range(3)
        ]


async def test_a_nack_of_a_receipt_is_a_refusal() -> None:
    async with smsc() as sim:
        esme = await bound(sim)
        await esme.submit()
        told = await esme.receipt(None)
        esme.say(0x80000000, b"", 0x03, told.heard.sequence)
        await esme.receipt()
        await sim.settled()
        assert [row.status for row in sim.ledger.receipts()] == [0x03, 200]


async def test_what_a_lost_connection_had_not_acknowledged_goes_to_another() -> None:
    async with smsc() as sim:
        first, sender = await bound(sim), await bound(sim, 0x02)
        answers = [(await sender.submit(text=b"%d" % n)).reference for n in range(3)]
        for _ in answers:
            await first.receipt(None)
        first.close()
        second = await bound(sim)
        told = [await second.receipt() for _ in answers]
        await sim.settled()
        assert [each.field("id") for each in told] == answers
        assert [row.status for row in sim.ledger.receipts()] == [-1] * 3 + [200] * 3


async def test_the_window_of_receipts() -> None:
    async with smsc(receipt_window=2, ack_timeout_s=60) as sim:
        receiver, sender = await bound(sim), await bound(sim, 0x02)
        for n in range(3):
            await sender.submit(text=b"%d" % n)
        held = [await receiver.receipt(None) for _ in range(2)]
        assert (await receiver.ask(0x15)).command == 0x80000015  # no third receipt before it
        receiver.say(0x80000005, b"\0", 0, held[0].heard.sequence)
        await receiver.receipt()
