"""SMPP on real sockets: what becomes of a submit, whatever becomes of its bind."""

import asyncio
import struct

import pytest

from outreach.domain.outcome import Accepted, Later, NotSent, Refused, Scope, Unknown

from .smpp_centre import (
    Centre,
    Line,
    Submit,
    accepts,
    client,
    message,
    packed,
    says_nothing,
    serving,
    submitted,
    until,
)

LOST = Unknown("connection lost")
BROKEN = struct.pack(">4I", 5, 0x80000004, 0, 2)
HUGE = struct.pack(">4I", 65537, 0x80000004, 0, 2)


async def test_the_window_is_never_exceeded_and_always_used() -> None:
    open_now: list[Submit] = []
    most = 0

    def script(line: Line, submit: Submit, number: int) -> None:
        nonlocal most
        open_now.append(submit)
        most = max(most, len(open_now))
        if len(open_now) == 3 or number == 20:
            for each in open_now:
                line.accept(each.sequence)
            open_now.clear()

    async with serving(Centre(script)) as centre, client(centre.port, window=3) as smpp:
        assert await submitted(smpp, 20) == [Accepted("SIM-1")] * 20
    assert most == 3


async def test_several_binds_share_the_work_the_least_loaded_first() -> None:
    async with serving(Centre(says_nothing)) as centre:
        async with client(centre.port, within=0.3, binds=3, window=2) as smpp:
            # Bound three times, and known to be: a bind that was asked for may not be answered.
            await until(lambda: len(smpp._connector._sessions) == 3)
            first = asyncio.ensure_future(submitted(smpp, 3))
            await until(lambda: len(centre.submits) == 3)
            assert [len(line.of(4)) for line in centre.lines] == [1, 1, 1]
            await submitted(smpp, 3)
            assert [len(line.of(4)) for line in centre.lines] == [2, 2, 2]
        assert await first == [Unknown("no answer in time")] * 3


async def test_an_unanswered_submit_is_unknown_and_written_once() -> None:
    async with serving(Centre(says_nothing)) as centre, client(centre.port, within=0.2) as smpp:
        assert await smpp.submit(message()) == Unknown("no answer in time")
        assert await smpp.submit(message()) == Unknown("no answer in time")
        assert len(centre.submits) == 2
        centre.line.accept(2)  # too late: nobody waits for it
        centre.script = accepts
        assert await smpp.submit(message()) == Accepted("SIM-3")


async def test_answers_out_of_order_and_doubled_find_their_submits() -> None:
    def script(line: Line, _: Submit, number: int) -> None:
        for each in reversed(centre.submits if number == 5 else []):
            line.accept(each.sequence, each.recipient[2].decode())
            line.accept(each.sequence, "DOUBLED")

    centre = Centre(script)
    async with serving(centre), client(centre.port) as smpp:
        outcomes = await submitted(smpp, 5)
    assert outcomes == [Accepted(f"{84900000001 + n}") for n in range(5)]


async def test_a_nack_is_a_no() -> None:
    def script(line: Line, submit: Submit, number: int) -> None:
        line.say(0x80000000, submit.sequence, status=3 if number == 1 else 0)

    async with serving(Centre(script)) as centre, client(centre.port) as smpp:
        assert await smpp.submit(message()) == Refused(Scope.ACCOUNT, "0x03", "command not known")
        # A nack that names no fault says nothing.
        assert await smpp.submit(message()) == Unknown("0xFF unknown error at the carrier")


@pytest.mark.parametrize(
    "after",
    [b"", packed(0x80000004, 2, b"SIM")[:10], packed(0x80000004, 2, b"SIM")[:-1], BROKEN, HUGE],
    ids=["nothing", "half a header", "half a body", "a length too short", "a length too long"],
)
async def test_a_connection_that_ends_after_the_write(after: bytes) -> None:
    def script(line: Line, _submit: Submit, number: int) -> None:
        if number > 2:
            line.accept(_submit.sequence)
            return
        line.writer.write(after)
        line.writer.close()

    async with serving(Centre(script)) as centre, client(centre.port, window=2) as smpp:
        outcomes = await submitted(smpp, 4)
        # Two were in the window; the others were never written.
        assert outcomes[:2] == [LOST, LOST]
        assert all(each == NotSent("no bind: connection lost") for each in outcomes[2:])
        await until(lambda: centre.bound == 2)
        assert await smpp.submit(message()) == Accepted("SIM-1")
        assert len(centre.submits) == 3


async def test_a_connection_that_is_reset_while_much_is_written() -> None:
    async def reset(line: Line) -> None:
        line.say(0x80000009, 1, b"\0")
        await line.writer.drain()
        line.reader.set_exception(ConnectionError())
        line.writer.transport.abort()

    centre = Centre(greeting=reset)
    async with serving(centre), client(centre.port, window=500) as smpp:
        outcomes = await submitted(smpp, 500)
    assert {type(each) for each in outcomes} <= {Unknown, NotSent}
    assert centre.submits == []


@pytest.mark.parametrize("stream", [BROKEN, HUGE], ids=["too short", "too long"])
async def test_a_length_that_cannot_be_is_answered_and_the_line_dropped(stream: bytes) -> None:
    async with serving(Centre()) as centre, client(centre.port) as smpp:
        assert isinstance(await smpp.submit(message()), Accepted)
        line = centre.line
        line.writer.write(stream)
        await until(lambda: line.of(0x80000000))
        assert [(got.sequence, got.status) for got in line.of(0x80000000)] == [(0, 2)]
        await until(lambda: centre.bound == 2)
        assert isinstance(await smpp.submit(message()), Accepted)


async def test_what_is_not_known_is_answered_and_the_line_stays() -> None:
    async with serving(Centre()) as centre, client(centre.port) as smpp:
        await smpp.submit(message())
        line = centre.line
        line.say(0x21, 77)  # submit_multi, which no SMS centre sends
        line.say(0x102, 78, b"\0\0\0\0")  # alert_notification and outbind have no answer
        line.say(0x0B, 79, b"\0\0")
        line.say(0x80000099, 80)
        line.say(0x80000004, 4711, b"never asked\0")
        line.say(0x80000000, 4711, status=2)
        line.say(5, 81, b"\0\1")  # a deliver_sm that ends too soon
        await until(lambda: len(line.of(0x80000000)) == 2)
        assert [(got.sequence, got.status) for got in line.of(0x80000000)] == [(77, 3), (81, 2)]
        assert await smpp.submit(message()) == Accepted("SIM-2")
        assert centre.bound == 1


async def test_pdus_in_any_pieces_are_read() -> None:
    async with serving(Centre(says_nothing)) as centre, client(centre.port) as smpp:
        waiting = asyncio.ensure_future(submitted(smpp, 2))
        await until(lambda: len(centre.submits) == 2)
        stream = b"".join(packed(0x80000004, each.sequence, b"SIM-9\0") for each in centre.submits)
        for n in range(len(stream)):
            centre.line.writer.write(stream[n : n + 1])
            await asyncio.sleep(0.001)  # so that most octets are a read of their own
        assert await waiting == [Accepted("SIM-9")] * 2


async def test_who_finds_no_room_is_told_for_certain() -> None:
    centre = Centre(says_nothing)
    async with serving(centre), client(centre.port, within=0.3, window=1) as smpp:
        outcomes = await submitted(smpp, 3)
    silent = NotSent("no room in the window")
    assert outcomes == [Unknown("no answer in time"), silent, silent]
    assert len(centre.submits) == 1


async def test_a_carrier_that_is_slower_than_we_are_slows_us() -> None:
    def script(line: Line, submit: Submit, number: int) -> None:
        if number == 1:
            line.accept(submit.sequence)

    centre = Centre(script)
    async with serving(centre), client(centre.port, within=0.3, window=1) as smpp:
        outcomes = await submitted(smpp, 3)
    late = [each for each in outcomes if isinstance(each, Later)]
    assert outcomes[0] == Accepted("SIM-1")
    assert [(each.reason, each.throttled) for each in late] == [("no room in the window", True)]


async def test_what_is_answered_in_one_breath_with_an_unbind_is_answered() -> None:
    def script(line: Line, submit: Submit, number: int) -> None:
        if number == 4:
            first, second, third, _ = centre.submits
            line.writer.write(
                packed(0x80000004, first.sequence, b"SIM-1\0")
                + packed(0x80000004, second.sequence, status=0x58)
                + packed(0x06, 4711)
                + packed(0x80000004, third.sequence, b"SIM-3\0")
            )

    centre = Centre(script)
    async with serving(centre), client(centre.port) as smpp:
        first, second, third, fourth = await submitted(smpp, 4)
    assert (first, third, fourth) == (Accepted("SIM-1"), Accepted("SIM-3"), LOST)
    assert isinstance(second, Later)
