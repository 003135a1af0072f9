"""The ledger, the config and the process around the dialects."""

import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any, cast

import aiohttp
import orjson
import pytest

from outreach.simulator import (
    Esms,
    Faults,
    Simulator,
    SimulatorConfig,
    Zalo,
    ZaloConfig,
    load_dialects,
    text_hash,
)
from outreach.simulator.__main__ import read_arguments
from outreach.simulator.recent import Recent
from tests.simulator.conftest import Stage
from tests.simulator.speak import Speaker
from tests.simulator.test_vnpt import send as send_list
from tests.simulator.test_vnpt import status


async def test_counts_what_arrived_and_what_was_taken(staged: Stage) -> None:
    async with staged() as (_, speak):
        await speak.zalo(tracking_id="key-1")
        await speak.zalo(tracking_id="key-2")  # the same text again: Zalo does not mind
        await speak.zalo(tracking_id="key-2", phone="84900000002")
        await speak.zalo(phone="1")
        await speak.get("/zalo/message/quota")
        summary = cast("dict[str, Any]", await speak.get("/ledger/summary"))
        duplicates = cast("dict[str, Any]", await speak.get("/ledger/duplicates"))
    zalo = summary["dialects"]["zalo"]
    assert (zalo["requests"], zalo["accepted"], zalo["queries"]) == (4, 3, 1)
    assert zalo["refused"] == {"-108": 1}
    assert (zalo["repeated_texts"], zalo["repeated_keys"], zalo["accepted_again"]) == (1, 2, 1)
    [row] = duplicates["duplicates"]
    assert (row["msisdn"], row["requests"], row["accepted"]) == ("84900000001", 2, 2)
    assert row["keys"] == "key-1,key-2"


async def test_refused_duplicates_are_requests_but_not_taken(staged: Stage) -> None:
    async with staged() as (sim, speak):
        for _ in range(3):
            await speak.viettel()
        [row] = sim.ledger.duplicates()
        assert (row.requests, row.accepted) == (3, 1)
        sim.set_faults(Faults(refuse_duplicates=False))
        await speak.viettel()
        assert sim.ledger.duplicates()[0].accepted == 2


async def test_who_was_asked_for_twice_when_and_with_what_answer(staged: Stage) -> None:
    now = 1_800_000_000.0
    async with staged(clock=lambda: now) as (sim, speak):
        sim.set_faults(Faults(error_before=1.0))
        await speak.zalo(tracking_id="key-1")
        sim.set_faults(Faults(dropped_after=1.0))
        now += 2
        with pytest.raises(aiohttp.ClientError):
            await speak.zalo(tracking_id="key-1")
        sim.set_faults(Faults(throttled=1.0))
        now += 2
        await speak.zalo(tracking_id="key-2")
        await speak.zalo(phone="84900000002")
        told = cast("dict[str, Any]", await speak.get("/ledger/duplicates"))
        first, second, third = sim.ledger.requests()[:3]
    [row] = told["duplicates"]
    assert (row["msisdn"], row["requests"], row["accepted"]) == ("84900000001", 3, 1)
    assert row["keys"] == "key-1,key-2"
    seen = [(each["at"] - now, each["code"], each["cut"]) for each in row["tries"]]
    assert seen == [(-4, "", "error_before"), (-2, "0", "dropped_after"), (0, "-32", "")]
    assert row["tries"] == [each._asdict() for each in (first, second, third)]


async def test_a_list_that_came_twice_is_told_member_by_member(staged: Stage) -> None:
    numbers = [f"8491000000{n}" for n in range(3)]
    async with staged() as (sim, speak):
        first = await send_list(speak, *numbers)
        again = await send_list(speak, *numbers[:2])
        rows = sim.ledger.duplicates()
    assert (first, again) == ("0", "33")
    assert [row.msisdn for row in rows] == numbers[:2]
    for row in rows:
        assert [(each.key, each.code) for each in row.tries] == [("key-1", "0"), ("key-1", "33")]


async def test_what_is_asked_is_in_the_ledger_with_its_answer(staged: Stage) -> None:
    now = 1_800_000_000.0
    async with staged(clock=lambda: now) as (sim, speak):
        await send_list(speak, "84910000001")
        await status(speak, "84910000001")
        await status(speak, "84910000002")
        now += 60
        await status(speak, "84910000001")
        await speak.get("/zalo/message/status", message_id="sim-unknown")
        await speak.get("/zalo/message/quota", token="guess")
        await speak.refresh("sim-zalo-refresh-0")
        await speak.refresh("sim-zalo-refresh-0")
        await speak.soap("noSuch")
        rows = [(row.at - now, *row[1:]) for row in sim.ledger.queries()]
        assert [row.dialect for row in sim.ledger.queries("zalo")] == ["zalo"] * 4
    asked, token = "get_sms_status_api", "oa/access_token"
    assert rows == [
        (-60, "vnpt", asked, "key-1 84910000001", "2"),
        (-60, "vnpt", asked, "key-1 84910000002", "-1"),
        (0, "vnpt", asked, "key-1 84910000001", "0"),
        (0, "zalo", "message/status", "sim-unknown", "0"),
        (0, "zalo", "message/quota", "", "-124"),
        (0, "zalo", token, "", "0"),
        (0, "zalo", token, "", "-14020"),
        (0, "viettel", "noSuch", "", "fault"),
    ]


async def test_rows_reach_the_file_while_it_plays(staged: Stage, tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    async with staged(ledger=path) as (_, speak):
        await speak.esms()
        await speak.get("/zalo/message/quota")
        other = sqlite3.connect(path)
        query = "SELECT dialect, key, msisdn, text, accepted FROM request"
        while not (rows := other.execute(query).fetchall()):
            await asyncio.sleep(0.02)
        while not (asked := other.execute("SELECT dialect, what, code FROM query").fetchall()):
            await asyncio.sleep(0.02)
        other.close()
    assert asked == [("zalo", "message/quota", "0")]
    assert rows == [("esms", "key-1", "84900000001", text_hash("Moi cai dat VssID"), 1)]


async def test_a_second_account_of_a_dialect(tmp_path: Path) -> None:
    accounts = tmp_path / "accounts.toml"
    accounts.write_text(
        "[zalo]\n"
        'faults = "rough"\n'
        "[zalo2]\n"
        'dialect = "zalo"\n'
        "night = [22, 6]\n"
        "templates = { t1 = { name = 5 } }\n"
        "[viettel.faults]\n"
        "refused = 1.0\n"
    )
    config = SimulatorConfig(dialects=load_dialects(accounts))
    async with Simulator(config) as sim:
        assert sim.dialect(Zalo, "zalo2").stage.name == "zalo2"
        assert sim.dialects["viettel"].stage.faults == Faults(refused=1.0)
        with pytest.raises(LookupError, match="no Esms"):
            sim.dialect(Esms)
    assert cast("ZaloConfig", config.dialects[1]).night == (22, 6)


@pytest.mark.parametrize(
    ("text", "told"),
    [("[acme]\n", "no such dialect"), ("[zalo]\ncolour = 1\n", r"\[zalo\]: unknown colour")],
)
def test_bad_accounts_say_what_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=told):
        load_dialects(path)


def test_names_of_accounts_differ() -> None:
    with pytest.raises(ValueError, match="names must differ"):
        SimulatorConfig(dialects=(ZaloConfig(), ZaloConfig()))


def test_arguments() -> None:
    config = read_arguments(
        ["--port", "9900", "--faults", "realistic", "--callbacks", "http://127.0.0.1:1/{account}"]
    )
    assert (config.port, config.faults.no_zalo) == (9900, 0.25)
    (zalo,) = (each for each in config.dialects if isinstance(each, ZaloConfig))
    assert zalo.callback == "http://127.0.0.1:1/zalo"


def test_memory_is_bounded_in_age_and_size() -> None:
    kept: Recent[int] = Recent(age_s=10, size=3)
    for n in range(7):
        kept.put(str(n), n, at=n)
    assert [kept.get(str(n), at=7) for n in range(7)] == [None, None, None, 3, 4, 5, 6]
    assert kept.get("3", at=13.5) is None


async def test_unknown_paths(staged: Stage) -> None:
    async with staged() as (_, speak):
        assert "no such path" in str((await speak.get("/zalo/message/other"))["error"])


async def test_a_process_ends_quietly_with_its_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "outreach.simulator", "--ledger", str(path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    assert process.stdout is not None
    url = orjson.loads(await process.stdout.readline())["url"]
    async with aiohttp.ClientSession() as session:
        assert (await Speaker(session, url).zalo())["error"] == 0
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
    assert (process.returncode, out, err) == (0, b"", b"")
    ledger = sqlite3.connect(path)
    assert ledger.execute("SELECT count(*) FROM request").fetchone() == (1,)
    ledger.close()
