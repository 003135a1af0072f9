"""SMPP receipts on their way in: acknowledged when they are kept, and not before."""

import asyncio

from outreach.carriers.base import Callback
from outreach.carriers.smpp.adapter import Smpp
from outreach.carriers.smpp.ears import STORES

from .smpp_centre import Centre, Ear, Got, Line, client, message, serving, until, until_equal
from .smpp_receipt import HEADERS, TEXT, data, deliver, tlv


async def answered(line: Line, count: int) -> None:
    """Wait for so many answers to deliver_sm."""
    await until(lambda: len(line.of(0x80000005)) == count)


async def settled(centre: Centre, smpp: Smpp) -> None:
    """Be bound, and have nothing under way."""
    await smpp.submit(message())
    assert centre.bound == 1


async def test_it_is_acknowledged_only_when_it_is_kept() -> None:
    ear = Ear()
    ear.gate.clear()
    async with serving(Centre()) as centre, client(centre.port, ear) as smpp:
        await settled(centre, smpp)
        centre.line.writer.write(deliver())
        await until(lambda: ear.calls)
        await smpp.submit(message())  # the line goes on meanwhile
        assert centre.line.of(0x80000005) == []
        ear.gate.set()
        await until(lambda: centre.line.of(0x80000005))
        (answer,) = centre.line.of(0x80000005)
        assert (answer.sequence, answer.status, answer.body) == (11, 0, b"\0")
        assert ear.calls == [Callback("", HEADERS, deliver())]


async def test_what_could_not_be_kept_is_to_come_again() -> None:
    ear = Ear(faults=[OSError("disk full of sim-pwd1"), RuntimeError()])
    async with serving(Centre()) as centre, client(centre.port, ear) as smpp:
        await settled(centre, smpp)
        for n in (1, 2, 3):
            centre.line.writer.write(deliver(sequence=n))
            await answered(centre.line, n)
        told = [(got.sequence, got.status) for got in centre.line.of(0x80000005)]
        assert told == [(1, 0x64), (2, 0x64), (3, 0)]


async def test_what_comes_together_is_kept_together() -> None:
    ear = Ear()
    async with serving(Centre()) as centre, client(centre.port, ear) as smpp:
        await settled(centre, smpp)
        stream = b"".join(deliver(sequence=n) for n in range(1, 501))
        centre.line.writer.write(stream)
        await answered(centre.line, 500)
        assert b"".join(call.body for call in ear.calls) == stream
        assert len(ear.calls) < 50
        assert sum(len(smpp.receipts(call)) for call in ear.calls) == 500


async def test_what_waits_for_a_slow_house_is_bounded() -> None:
    ear = Ear()
    ear.gate.clear()
    async with serving(Centre()) as centre, client(centre.port, ear) as smpp:
        await settled(centre, smpp)
        for n in range(1, 10_401):
            centre.line.writer.write(deliver(sequence=n))
        await until(lambda: len(centre.line.of(0x80000005)) >= 100)
        assert {got.status for got in centre.line.of(0x80000005)} == {0x64}
        ear.gate.set()
        await answered(centre.line, 10_400)


async def test_a_message_of_a_person_is_answered_and_dropped() -> None:
    ear = Ear()
    async with serving(Centre()) as centre, client(centre.port, ear) as smpp:
        await settled(centre, smpp)
        centre.line.writer.write(deliver("STOP", esm_class=0) + data(esm_class=0))
        await until(lambda: centre.line.of(0x80000005) and centre.line.of(0x80000103))
        assert [got.status for got in centre.line.of(0x80000005)] == [0]
        assert [got.status for got in centre.line.of(0x80000103)] == [0]
        assert ear.calls == []


async def test_what_is_longer_than_any_receipt_is_answered_and_dropped() -> None:
    ear = Ear()
    huge = tlv(0x1400, bytes(60_000))
    async with serving(Centre()) as centre, client(centre.port, ear) as smpp:
        await settled(centre, smpp)
        centre.line.writer.write(deliver(TEXT, huge, sequence=1) + deliver(sequence=2))
        await answered(centre.line, 2)
        assert {got.status for got in centre.line.of(0x80000005)} == {0}
        assert [call.body for call in ear.calls] == [deliver(sequence=2)]


async def test_a_receipt_before_the_answer_to_the_bind_is_kept() -> None:
    async def greet(line: Line) -> None:
        line.writer.write(deliver())
        await until(lambda: line.of(0x80000005))
        line.say(0x80000009, 1, b"\0")

    ear = Ear()
    async with serving(Centre(greeting=greet)) as centre, client(centre.port, ear) as smpp:
        await settled(centre, smpp)
        assert [call.body for call in ear.calls] == [deliver()]


async def test_each_bind_gets_the_answers_to_its_own() -> None:
    ear = Ear()
    ear.gate.clear()
    async with serving(Centre()) as centre, client(centre.port, ear, binds=2) as smpp:
        await until(lambda: len(smpp._connector._sessions) == 2)
        one, other = centre.lines
        for n in range(1, STORES + 1):  # being kept at once; the next wait for each other
            one.writer.write(deliver(sequence=n))
            await until_equal(lambda: len(ear.calls), n)
        for n in range(5):
            one.writer.write(deliver(sequence=STORES + 1 + n))
            other.writer.write(deliver(sequence=101 + n))
        await until(lambda: len(smpp._connector._ears._waiting) == 10)
        ear.gate.set()
        await answered(one, STORES + 5)
        await answered(other, 5)
        assert len(ear.calls) == STORES + 1
        assert sorted(got.sequence for got in one.of(0x80000005)) == [*range(1, STORES + 6)]
        assert sorted(got.sequence for got in other.of(0x80000005)) == [*range(101, 106)]


async def test_closing_keeps_and_acknowledges_what_has_come() -> None:
    ear = Ear()
    ear.gate.clear()
    async with serving(Centre()) as centre:
        async with client(centre.port, ear) as smpp:
            await settled(centre, smpp)
            centre.line.writer.write(deliver())
            await until(lambda: ear.calls)
            asyncio.get_running_loop().call_later(0.02, ear.gate.set)
        assert [got.command for got in centre.line.got[-2:]] == [0x80000005, 6]


async def test_a_line_that_is_lost_while_its_receipt_is_kept() -> None:
    ear = Ear()
    ear.gate.clear()
    async with serving(Centre()) as centre, client(centre.port, ear) as smpp:
        await settled(centre, smpp)
        centre.line.writer.write(deliver())
        await until(lambda: ear.calls)
        centre.line.writer.close()
        await until(lambda: centre.bound == 2)
        ear.gate.set()
        await smpp.submit(message())
        assert [line.of(0x80000005) for line in centre.lines] == [[], []]


class Talkative(Centre):
    """Has a last word when we say good-bye."""

    async def _answer(self, line: Line, got: Got) -> None:
        if got.command == 6:
            line.writer.write(deliver())
        await super()._answer(line, got)


async def test_what_comes_during_the_good_bye_is_kept_before_the_end() -> None:
    kept = []

    class Slow(Ear):
        async def hear(self, call: Callback) -> None:
            await super().hear(call)
            kept.append(call)

    ear = Slow()
    ear.gate.clear()
    async with serving(Talkative()) as centre, client(centre.port, ear) as smpp:
        await settled(centre, smpp)
        closing = asyncio.ensure_future(smpp.close())
        await until(lambda: ear.calls)
        asyncio.get_running_loop().call_later(0.02, ear.gate.set)
        await closing
        assert len(kept) == 1
