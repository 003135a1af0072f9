"""The simulated SMSC, spoken to by hand over a socket: binds, PDUs, windows, ends."""

import asyncio
import contextlib
import random
import re
import socket
import sqlite3
import struct
import sys
from pathlib import Path

import aiohttp
import orjson
import pytest

from outreach.simulator import Faults, SimulatorConfig, text_hash
from outreach.simulator.smpp import Smpp, SmppConfig
from tests.simulator.smsc import bound, opened, smsc
from tests.simulator.speak import Esme, Speaker, submit_body


async def test_a_message_and_its_receipt() -> None:
    async with smsc() as sim:
        esme = await bound(sim)
        answer = await esme.submit()
        told = await esme.receipt()
        await sim.settled()
        [row], [tried] = sim.ledger.requests(), sim.ledger.receipts()
    assert (answer.command, answer.status) == (0x80000004, 0)
    assert (told.msisdn, told.esm_class) == ("84900000001", 0x04)
    assert re.fullmatch(
        rf"id:{answer.reference} sub:001 dlvrd:001 submit date:\d{{10}} done date:\d{{10}}"
        r" stat:DELIVRD err:000 text:Moi cai dat VssID",
        told.text,
    )
    assert told.tlvs == {0x001E: answer.body, 0x0427: b"\x02"}
    assert (row.dialect, row.msisdn, row.accepted, row.code) == ("smpp", told.msisdn, True, "0x00")
    assert (row.text, row.reference) == (text_hash("Moi cai dat VssID"), answer.reference)
    assert (tried.msisdn, tried.reference, tried.attempt, tried.status) == (
        *(row.msisdn, row.reference),
        *(0, 200),
    )


@pytest.mark.parametrize(
    ("user", "password", "status"),
    [
        ("sim-smpp", "sim-pass", 0),
        ("sim-smpp", "sim-else", 0x0E),
        ("sim-else", "sim-pass", 0x0F),
        ("sim-smpp", "sim-pass-9", 0x02),
    ],
)
async def test_binds(user: str, password: str, status: int) -> None:
    async with smsc() as sim:
        esme = await Esme.connect(sim.lines["smpp"])
        answer = await esme.bind(user=user, password=password)
        assert (answer.command, answer.status) == (0x80000009, status)
        assert answer.body == b"sim-smpp\0\x02\x10\0\x01\x34"
        assert (await esme.submit()).status == (0x04 if status else 0)
        assert sim.ledger.summary()["smpp"]["queries"] == 1


async def test_a_second_bind_of_a_connection_and_one_too_many() -> None:
    async with smsc(binds=1) as sim:
        esme = await bound(sim)
        assert (await esme.bind()).status == 0x05
        other = await Esme.connect(sim.lines["smpp"])
        assert (await other.bind()).status == 0x0D
        assert (await esme.ask(0x06)).command == 0x80000006
        assert await esme.ended()
        assert (await other.bind()).status == 0


async def test_a_receiver_receives_what_a_transmitter_sends() -> None:
    async with smsc() as sim:
        sender, receiver = await bound(sim, 0x02), await bound(sim, 0x01)
        assert (await receiver.submit()).status == 0x04
        answer = await sender.submit()
        assert (await receiver.receipt()).field("id") == answer.reference
        assert (await sender.ask(0x15)).command == 0x80000015  # and nothing else came to it


@pytest.mark.parametrize("size", [1, 7, 16, 50])
async def test_pdus_come_in_pieces_and_in_heaps(size: int) -> None:
    async with smsc() as sim:
        esme = await bound(sim, 0x02)
        body = submit_body()
        heap = b"".join(struct.pack(">4I", 16 + len(body), 4, 0, n) + body for n in range(10, 15))
        for at in range(0, len(heap), size):
            esme.raw(heap[at : at + size])
            await asyncio.sleep(0)  # so that the pieces are sent one by one
        answers = [await esme.hear() for _ in range(5)]
    assert [(each.sequence, each.status) for each in answers] == [(n, 0) for n in range(10, 15)]


@pytest.mark.parametrize("length", [0, 15, 80_000, 0xFFFFFFFF])
async def test_a_length_that_cannot_be_ends_the_connection(length: int) -> None:
    async with smsc() as sim:
        esme = await bound(sim)
        esme.raw(struct.pack(">4I", length, 4, 0, 1) + b"x" * 64)
        answer = await esme.hear()
        assert (answer.command, answer.status) == (0x80000000, 0x02)
        assert await esme.ended()


async def test_what_it_does_not_know() -> None:
    async with smsc() as sim:
        esme = await bound(sim)
        answer = await esme.ask(0x03, b"x")
        assert (answer.command, answer.status, answer.sequence) == (0x80000000, 0x03, 2)
        whole = submit_body()
        for cut in range(len(whole)):
            answer = await esme.ask(0x04, whole[:cut])
            assert (answer.command, answer.status) == (0x80000004, 0x02)
        for odd in (b"\x02", b"\x02\x04\0\x02\0"):
            assert (await esme.ask(0x04, whole + odd)).status == 0x02
        esme.say(0x80000077)
        assert (await esme.ask(0x15)).command == 0x80000015
        assert sim.ledger.requests() == []


async def test_noise_never_ends_the_simulator() -> None:
    chance = random.Random(5)
    async with smsc() as sim:
        for _ in range(30):
            esme = await Esme.connect(sim.lines["smpp"])
            esme.raw(chance.randbytes(200))
            esme.close()
        commands = [1, 2, 4, 5, 6, 9, 0x15, 0x80000005, 0x80000000]
        for _ in range(200):
            esme = await Esme.connect(sim.lines["smpp"])
            esme.say(chance.choice(commands), chance.randbytes(chance.randrange(60)))
            esme.close()
        assert (await (await bound(sim)).submit()).status == 0


async def test_the_window_of_submits() -> None:
    async with smsc(Faults(latency_ms=(100, 100), receipt_lost=1.0), window=3) as sim:
        esme = await bound(sim)
        for n in range(5):
            esme.say(0x04, submit_body(text=b"%d" % n), sequence=n + 10)
        answers = {each.sequence: each.status for each in [await esme.hear() for _ in range(5)]}
        assert answers == {10: 0, 11: 0, 12: 0, 13: 0x58, 14: 0x58}
        assert (await esme.submit()).status == 0


async def test_it_asks_whether_we_are_there() -> None:
    async with smsc(enquire_link_s=0.05) as sim:
        esme = await bound(sim)
        for _ in range(2):
            asked = await esme.hear()
            assert asked.command == 0x15
            esme.say(0x80000015, sequence=asked.sequence)
        assert (await esme.hear()).command == 0x15
        assert await esme.ended()


async def test_it_unbinds_or_hangs_up() -> None:
    async with smsc() as sim:
        smpp = sim.dialect(Smpp)
        esme = await bound(sim)
        smpp.hang_up(unbind=True)
        asked = await esme.hear()
        assert asked.command == 0x06
        esme.say(0x80000006, sequence=asked.sequence)
        assert await esme.ended()
        other = await bound(sim)
        smpp.hang_up()
        assert await other.ended()
        assert (await (await bound(sim)).submit()).status == 0


async def test_it_hangs_up_when_told_from_outside() -> None:
    async with smsc() as sim, aiohttp.ClientSession() as session:
        esme, speak = await bound(sim), Speaker(session, sim.url)
        await speak.post("/smpp/control/hang-up", {"unbind": True})
        assert (await esme.hear()).command == 0x06
        await speak.post("/smpp/control/hang-up", {})
        assert await esme.ended()


async def test_it_hangs_up_after_so_many() -> None:
    async with smsc(hang_up_after=3) as sim:
        esme = await bound(sim, 0x02)
        assert [(await esme.submit(text=b"%d" % n)).status for n in range(2)] == [0, 0]
        esme.say(0x04, submit_body())
        assert await esme.ended()
        assert len(sim.ledger.requests()) == 3


async def test_two_system_ids_have_each_their_own_port() -> None:
    accounts = (SmppConfig(), SmppConfig(name="other", system_id="sim-other"))
    async with opened(SimulatorConfig(dialects=accounts)) as sim:
        assert sim.lines.keys() == {"smpp", "other"}
        assert len(set(sim.lines.values())) == 2
        other = await Esme.connect(sim.lines["other"])
        assert (await other.bind()).status == 0x0F
        assert (await other.bind(user="sim-other")).status == 0


async def test_a_fixed_port_is_for_a_simulator_with_one() -> None:
    own, port = _free_port(), _free_port()
    async with opened(SimulatorConfig(port=own, dialects=(SmppConfig(port=port),))) as sim:
        assert sim.lines == {"smpp": f"smpp://127.0.0.1:{port}"}
        assert (await (await bound(sim)).submit()).status == 0


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def test_a_process_tells_where_it_listens(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "outreach.simulator", "--ledger", str(tmp_path / "ledger.db")),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    where = orjson.loads(await process.stdout.readline())
    esme = await Esme.connect(where["lines"]["smpp"])
    assert (await esme.bind()).status == 0
    answer = await esme.submit()
    assert (await esme.receipt()).field("id") == answer.reference
    await Esme.hang_up_all()
    process.terminate()
    assert await process.wait() == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.db")) as ledger:
        [row] = ledger.execute("SELECT dialect, reference FROM request").fetchall()
    assert row == ("smpp", answer.reference)
