"""SMPP binds: made, refused, kept alive, lost and made again."""

import asyncio
import socket
import struct
from dataclasses import replace

import pytest

from outreach.carriers.smpp import session
from outreach.carriers.smpp.pauses import Pauses
from outreach.domain.outcome import Accepted, NotSent, Refused, Scope, Unknown

from .smpp_centre import (
    QUICK,
    Centre,
    Line,
    accepts,
    client,
    made,
    message,
    packed,
    says_nothing,
    serving,
    submitted,
    tells_nothing,
    until,
    until_equal,
)
from .wire import unanswering

LOST = Unknown("connection lost")
BROKEN = struct.pack(">4I", 5, 0x80000004, 0, 2)


async def test_the_carriers_enquiry_is_answered_at_once() -> None:
    async with serving(Centre(says_nothing)) as centre, client(centre.port) as smpp:
        waiting = asyncio.ensure_future(smpp.submit(message()))
        await until(lambda: centre.submits)
        centre.line.say(0x15, 4711)
        await until(lambda: centre.line.of(0x80000015))
        assert [got.sequence for got in centre.line.of(0x80000015)] == [4711]
        centre.line.accept(2)
        assert await waiting == Accepted("SIM-1")


async def test_we_enquire_again_and_again() -> None:
    async with serving(Centre()) as centre, client(centre.port) as smpp:
        # Of seconds in an account's file one is the least: too long to wait for here.
        smpp._connector._options = replace(smpp._connector._options, enquire_every=0.02)
        await until(lambda: centre.lines and len(centre.line.of(0x15)) >= 3)
        assert await smpp.submit(message()) == Accepted("SIM-1")
        assert centre.bound == 1


async def test_a_silent_carrier_is_left_and_dialled_again() -> None:
    centre = Centre(says_nothing, enquired=False)
    async with serving(centre), client(centre.port, within=0.2) as smpp:
        smpp._connector._options = replace(smpp._connector._options, enquire_every=0.02)
        first = asyncio.ensure_future(smpp.submit(message()))
        await until(lambda: centre.bound == 2)
        assert await first in {Unknown("no answer in time"), LOST}
        assert len(centre.submits) == 1


async def test_an_unbind_of_the_carriers_is_answered() -> None:
    async with serving(Centre(says_nothing)) as centre, client(centre.port) as smpp:
        waiting = asyncio.ensure_future(smpp.submit(message()))
        await until(lambda: centre.submits)
        line = centre.line
        line.say(6, 4711)
        assert await waiting == LOST
        await until(lambda: line.of(0x80000006))
        assert [got.sequence for got in line.of(0x80000006)] == [4711]
        await until(lambda: centre.bound == 2)
        centre.script = accepts
        assert await smpp.submit(message()) == Accepted("SIM-2")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0x0D, "bind failed"),
        (0x0E, "password wrong"),
        (0x0F, "system_id wrong"),
        (0x53, "system_type wrong"),
        (0x1403, "unlisted code"),
    ],
)
async def test_a_refused_bind_is_about_the_account_and_is_not_hammered(
    status: int, words: str
) -> None:
    refused = Refused(Scope.ACCOUNT, f"0x{status:02X}", words)
    async with (
        serving(Centre(binds=iter([status]))) as centre,
        client(centre.port, binds=3) as smpp,
    ):
        assert await submitted(smpp, 3) == [refused] * 3
        assert await smpp.submit(message()) == refused
        await asyncio.sleep(0.1)  # ten times the pause after a fault: nothing may happen
        assert centre.bound == 1
        assert centre.submits == []


@pytest.mark.parametrize("status", [0x05, 0x08, 0x58, 0xFF])
async def test_a_bind_that_is_put_off_is_tried_again(status: int) -> None:
    async with serving(Centre(binds=iter([status]))) as centre, client(centre.port) as smpp:
        assert await smpp.submit(message()) == NotSent(f"0x{status:02X} no bind")
        await until(lambda: centre.bound == 2)
        assert await smpp.submit(message()) == Accepted("SIM-1")


async def test_a_carrier_that_allows_fewer_binds_is_used_with_those() -> None:
    binds = iter([0, 0x0D])
    async with serving(Centre(binds=binds)) as centre, client(centre.port, binds=2) as smpp:
        await until(lambda: centre.bound == 2)
        assert await submitted(smpp, 4) == [Accepted(f"SIM-{n}") for n in range(1, 5)]


async def test_a_good_bind_is_dialled_at_once_while_another_is_refused() -> None:
    steady = Pauses(first=60, longest=60, steady=0, chance=lambda: 0.0)
    centre = Centre(binds=iter([0, 0x0D]))
    async with serving(centre), client(centre.port, binds=2, pauses=steady) as smpp:
        await until(lambda: centre.bound == 2)
        await smpp.submit(message())
        centre.lines[0].writer.close()
        await until(lambda: centre.bound >= 3)
        assert await smpp.submit(message()) == Accepted("SIM-2")


async def test_a_good_bind_that_is_lost_during_a_refusal_is_dialled_at_once() -> None:
    asked, answer = [], asyncio.Event()

    async def greet(line: Line) -> None:
        asked.append(line)
        if len(asked) == 2:
            await answer.wait()
        line.say(0x80000009, 1, b"\0", 0x0D if len(asked) == 2 else 0)

    steady = replace(QUICK, steady=0)
    centre = Centre(greeting=greet)
    async with serving(centre), client(centre.port, binds=2, pauses=steady) as smpp:
        await until(lambda: len(asked) == 2)
        asked[0].writer.close()
        await until(lambda: not smpp._connector._sessions)
        answer.set()
        await until(lambda: len(asked) == 3)
        assert await smpp.submit(message()) == Accepted("SIM-1")


async def test_a_young_bind_is_soon_dialled_again_while_another_is_refused() -> None:
    centre = Centre(binds=iter([0, 0x0D]))
    async with serving(centre), client(centre.port, binds=2) as smpp:
        await until(lambda: centre.bound == 2)
        await smpp.submit(message())
        centre.lines[0].writer.close()
        await until(lambda: centre.bound == 3)
        assert await smpp.submit(message()) == Accepted("SIM-2")


async def test_the_bind_that_was_refused_is_not_asked_for_whenever_a_good_one_is_lost() -> None:
    centre = Centre(binds=iter([0, 0x0D]))
    steady = replace(QUICK, steady=0)
    async with serving(centre), client(centre.port, binds=2, pauses=steady) as smpp:
        await until(lambda: centre.bound == 2)
        for n in (3, 4, 5):
            assert isinstance(await smpp.submit(message()), Accepted)
            centre.line.writer.close() if n > 3 else centre.lines[0].writer.close()
            await until_equal(lambda: centre.bound, n)
        assert isinstance(await smpp.submit(message()), Accepted)
        await asyncio.sleep(0.1)  # ten times the pause after a fault: nothing may happen
        assert centre.bound == 5


async def test_whoever_answers_submits_is_there() -> None:
    centre = Centre(enquired=False)
    async with serving(centre), client(centre.port) as smpp:
        await smpp.submit(message())
        (bind,) = smpp._connector._sessions
        bind.enquire()
        bind._enquired_at -= 60  # as if it had been asked a minute ago
        assert await smpp.submit(message()) == Accepted("SIM-2")
        bind.sweep(asyncio.get_running_loop().time(), 30)
        assert await smpp.submit(message()) == Accepted("SIM-3")
        assert centre.bound == 1


async def test_a_peer_that_repeats_itself_changes_nothing() -> None:
    async with serving(Centre()) as centre, client(centre.port) as smpp:
        assert await smpp.submit(message()) == Accepted("SIM-1")
        line = centre.line
        for _ in range(2):
            line.say(0x80000009, 1, b"\0", 0x0E)  # the answer to the bind, now a refusal
            line.say(0x80000000, 1, status=0x0E)
            line.refuse(2, 0x05)
            line.say(0x80000015, 3)
        assert await smpp.submit(message()) == Accepted("SIM-2")
        assert await smpp.submit(message()) == Accepted("SIM-3")
        assert centre.bound == 1


async def test_a_dial_without_an_answer_ends() -> None:
    async def mute(_: Line) -> None:
        pass

    expected = NotSent("no bind: no answer in time")
    async with serving(Centre(greeting=mute)) as centre, client(centre.port, within=0.2) as smpp:
        assert await smpp.submit(message()) == expected
    async with unanswering() as port, client(port, within=0.2) as smpp:
        assert await smpp.submit(message()) == expected


@pytest.mark.parametrize(
    "greeting",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", packed(0x80000009, 1)[:12], BROKEN, b""],
    ids=["somebody else", "half a PDU", "no length", "nothing"],
)
async def test_a_greeting_that_is_none(greeting: bytes) -> None:
    async def greet(line: Line) -> None:
        line.writer.write(greeting)
        line.writer.close()

    async with serving(Centre(greeting=greet)) as centre, client(centre.port) as smpp:
        outcome = await smpp.submit(message())
        assert outcome == NotSent("no bind: connection lost")
        assert tells_nothing(outcome)
        await until(lambda: len(centre.lines) >= 3)


async def test_a_name_that_is_nobodys() -> None:
    smpp = made("smpp://nobody.invalid:2775")
    assert await smpp.submit(message()) == NotSent("no bind: name not found")
    await smpp.close()


async def test_closing_waits_for_answers_and_unbinds() -> None:
    async with serving(Centre(says_nothing)) as centre:
        async with client(centre.port) as smpp:
            waiting = asyncio.ensure_future(smpp.submit(message()))
            await until(lambda: centre.submits)
            closing = asyncio.ensure_future(smpp.close())
            await asyncio.sleep(0.02)  # closing has begun, and may not end
            assert not closing.done()
            assert await smpp.submit(message()) == NotSent("no bind: closed")
            centre.line.accept(2)
            assert await waiting == Accepted("SIM-1")
            await closing
        assert len(centre.line.of(6)) == 1
        assert centre.bound == 1


async def test_a_peer_that_asks_and_does_not_read_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_DEAF", 1)
    async with serving(Centre()) as centre, client(centre.port) as smpp:
        await smpp.submit(message())
        line = centre.line
        narrow(line.writer.transport, socket.SO_RCVBUF)
        narrow(smpp._connector._sessions[0]._transport, socket.SO_SNDBUF)
        line.reader._transport.pause_reading()  # type: ignore[attr-defined] # a peer that is deaf
        line.writer.write(packed(0x15, 1) * 20_000)
        await until(lambda: centre.bound == 2)


def narrow(transport: asyncio.BaseTransport, buffer: int) -> None:
    """Have the system keep little of what is not read."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, buffer, 4096)


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_pauses_grow_are_spread_and_are_long_after_a_refusal(chance: float) -> None:
    pauses = Pauses(chance=lambda: chance)
    waits = [pauses.before_dial(n, refused=False) for n in range(1, 2000)]
    assert waits == sorted(waits)
    assert 0.25 <= waits[0] <= 0.5
    assert 15 <= waits[-1] <= 30
    assert 60 <= pauses.before_dial(1, refused=True) <= 66
