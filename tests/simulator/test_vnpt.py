"""VNPT's answers to lists and questions, through real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from outreach.carriers.base import Adapter, Question, Submission, Template
from outreach.carriers.http import Http
from outreach.carriers.ports import Ports
from outreach.carriers.registry import adapter
from outreach.carriers.vnpt import Vnpt
from outreach.domain.network import Network
from outreach.domain.outcome import Accepted, Duplicate, Refused, Scope
from outreach.domain.receipt import Status
from outreach.domain.text import Encoding
from outreach.settings import utc_now
from outreach.settings.account import read_account
from outreach.simulator import Faults, Simulator, text_hash
from outreach.simulator.accounts import variables
from outreach.simulator.vnpt import VnptConfig
from tests.carriers.contract import MemoryTokens
from tests.simulator.conftest import Stage
from tests.simulator.speak import Speaker

_PATH = "/vnpt/smsmarketing/api"
_LOGIN = {
    "AGENTID": "sim-vnpt-agent-id",
    "APIUSER": "sim-vnpt-api-user",
    "APIPASS": "sim-vnpt-api-password",
}
FIRST, SECOND = "84910000001", "84910000002"
MORNING = 1_793_671_200.0  # 2026-11-03, 09:00 in Viet Nam


async def said(speak: Speaker, fields: dict[str, Any]) -> dict[str, Any]:
    answer = await speak.post(_PATH, {"RQST": fields})
    assert list(answer) == ["RPLY"]
    return cast("dict[str, Any]", answer["RPLY"])


async def send(speak: Speaker, *numbers: str, **changed: Any) -> str:
    fields = {
        "name": "send_sms_list",
        "REQID": "key-1",
        "LABELID": "sim-vnpt-label-id",
        "CONTRACTTYPEID": "1",
        "CONTRACTID": "sim-vnpt-contract-id",
        "TEMPLATEID": "sim-install-guide",
        "PARAMS": [{"NUM": "1", "CONTENT": "Tran Van A"}],
        "SCHEDULETIME": "",
        "MOBILELIST": ",".join(numbers or (FIRST,)),
        "ISTELCOSUB": "0",
        "USERNAME": "sim-vnpt-username",
        "DATACODING": "0",
        **_LOGIN,
        **changed,
    }
    answer = await said(speak, fields)
    assert answer["name"] == "send_sms_list"
    return str(answer["ERROR"])


async def status(speak: Speaker, number: str = FIRST, **changed: str) -> str:
    fields = {"name": "get_sms_status_api", "REQID": "key-1", "MSISND": number, **_LOGIN}
    return str((await said(speak, {**fields, **changed}))["STATUS"])


async def test_a_list_has_a_row_for_each_member(staged: Stage) -> None:
    async with staged() as (sim, speak):
        assert await send(speak, FIRST, SECOND) == "0"
        rows = sim.ledger.requests("vnpt")
        figures = sim.summary()["dialects"]["vnpt"]  # type: ignore[index]
    assert [(row.key, row.msisdn, row.accepted, row.reference) for row in rows] == [
        ("key-1", FIRST, True, "key-1"),
        ("key-1", SECOND, True, "key-1"),
    ]
    assert len({row.text for row in rows}) == 1
    assert (figures["requests"], figures["accepted"], figures["repeated_keys"]) == (2, 2, 0)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"APIPASS": "other"}, "1"),
        ({"AGENTID": "other"}, "15"),
        ({"CONTRACTTYPEID": "3"}, "9"),
        ({"USERNAME": "other"}, "10"),
        ({"CONTRACTID": "other"}, "13"),
        ({"LABELID": "other"}, "14"),
        ({"DATACODING": "1"}, "17"),
        ({"TEMPLATEID": "other"}, "7"),
        ({"PARAMS": []}, "7"),
        ({"PARAMS": [{"NUM": "1", "CONTENT": "a"}, {"NUM": "2", "CONTENT": "b"}]}, "7"),
        ({"PARAMS": [{"NUM": "1", "CONTENT": "Tran & Le"}]}, "-1"),
        ({"PARAMS": [{"NUM": "1", "CONTENT": "mot Sim-Banned hai"}]}, "30"),
        ({"PARAMS": [{"NUM": "1", "CONTENT": "Trần Văn A"}]}, "17"),
        ({"PARAMS": [{"NUM": "2", "CONTENT": "a"}]}, "7"),
        ({"PARAMS": [{"NUM": 1, "CONTENT": "a"}]}, "7"),
        ({"PARAMS": [{"NUM": "1", "CONTENT": 5}]}, "7"),
        ({"REQID": ""}, "-1"),
        ({"REQID": 1}, "-1"),
        ({"DATACODING": 0}, "-1"),
        ({"ISTELCOSUB": None}, "-1"),
        ({"SCHEDULETIME": None}, "-1"),
        ({"SCHEDULETIME": "2026-11-03 09:00"}, "2"),
        ({"SCHEDULETIME": "03/11/2020 09:00"}, "24"),
        ({"MOBILELIST": ""}, "23"),
        ({"MOBILELIST": f"{FIRST}, {SECOND}"}, "23"),
        ({"MOBILELIST": f"{FIRST},84900000001"}, "23"),
        ({"MOBILELIST": "84900000001"}, "25"),
        ({"MOBILELIST": "84870000001", "DATACODING": "8"}, "17"),
        ({"MOBILELIST": ",".join([FIRST] * 1001)}, "-1"),
    ],
)
async def test_refuses_with_a_code(staged: Stage, fields: dict[str, Any], code: str) -> None:
    async with staged() as (sim, speak):
        assert await send(speak, **fields) == code
        assert not any(row.accepted for row in sim.ledger.requests())
        assert await status(speak) == "-1"


async def test_parameters_are_read_by_their_numbers(staged: Stage) -> None:
    values = [{"NUM": str(n), "CONTENT": f"value {n}"} for n in range(1, 12)]
    config = VnptConfig(templates={"long": 11})
    async with staged(dialects=(config,)) as (sim, speak):
        for n, told in enumerate((values, values[::-1])):
            assert await send(speak, PARAMS=told, TEMPLATEID="long", REQID=f"key-{n}") == "0"
        first, second = sim.ledger.requests()
    words = "\x1f".join(["long", *(each["CONTENT"] for each in values)])
    assert first.text == second.text == text_hash(words)


async def test_an_order_for_later_is_read(staged: Stage) -> None:
    async with staged(clock=lambda: MORNING) as (_, speak):
        assert await send(speak, SCHEDULETIME="03/11/2026 08:59") == "24"
        assert await send(speak, SCHEDULETIME="03/11/2026 09:01") == "0"


async def test_a_method_that_does_not_exist(staged: Stage) -> None:
    async with staged() as (_, speak):
        assert (await said(speak, {"name": "send_all"}))["ERROR"] == "3"
        assert (await speak.post(_PATH, []))["RPLY"]


async def test_a_request_id_is_taken_once(staged: Stage) -> None:
    async with staged() as (sim, speak):
        assert await send(speak, FIRST) == "0"
        assert await send(speak, SECOND) == "33"
        sim.set_faults(Faults(refuse_duplicates=False))
        assert await send(speak, SECOND) == "0"


async def test_the_fourth_advertisement_of_a_day(staged: Stage) -> None:
    now = MORNING
    async with staged(clock=lambda: now) as (_, speak):
        for n in range(3):
            assert await send(speak, FIRST, REQID=f"ad-{n}", CONTRACTTYPEID="2") == "0"
        assert await send(speak, SECOND, FIRST, REQID="ad-3", CONTRACTTYPEID="2") == "26"
        assert await send(speak, SECOND, REQID="ad-4", CONTRACTTYPEID="2") == "0"
        assert await send(speak, FIRST, REQID="care-1") == "0"
        now += 86_400
        assert await send(speak, FIRST, REQID="ad-5", CONTRACTTYPEID="2") == "0"


async def test_advertisements_have_their_hours(staged: Stage) -> None:
    now = MORNING + 13 * 3600
    config = VnptConfig(night=(22, 7))
    async with staged(clock=lambda: now, dialects=(config,)) as (_, speak):
        assert await send(speak, CONTRACTTYPEID="2") == "12"
        assert await send(speak) == "0"
        now += 9 * 3600
        assert await send(speak, REQID="key-2", CONTRACTTYPEID="2") == "0"


async def test_the_quota_ends(staged: Stage) -> None:
    async with staged(dialects=(VnptConfig(quota=3),)) as (_, speak):
        assert await send(speak, FIRST, SECOND) == "0"
        assert await send(speak, FIRST, SECOND, REQID="key-2") == "20"
        assert await send(speak, FIRST, REQID="key-3") == "0"


async def test_a_list_is_one_send_to_the_limit(staged: Stage) -> None:
    now = MORNING
    async with staged(faults=Faults(tps=2), clock=lambda: now) as (_, speak):
        numbers = [f"8491000{n:04d}" for n in range(100)]
        assert [await send(speak, *numbers, REQID=f"key-{n}") for n in range(3)] == ["0", "0", "16"]
        now += 1
        assert await send(speak, REQID="key-3") == "0"


async def test_ported_numbers(staged: Stage) -> None:
    config = VnptConfig(registered=("VN", "VT", "MB", "VM"))
    async with staged(faults=Faults(ported=1.0), dialects=(config,)) as (_, speak):
        numbers = [f"8491000{n:04d}" for n in range(30)]
        assert await send(speak, *numbers) == "25"
        assert await send(speak, numbers[0], REQID="key-2") == "0"  # valid where it is now
    async with staged(faults=Faults(ported=1.0)) as (_, speak):
        assert await send(speak, numbers[0]) == "25"


async def test_a_blocked_number_spoils_its_list(staged: Stage) -> None:
    async with staged(faults=Faults(blocked=0.5)) as (_, speak):
        codes = [await send(speak, f"8491000000{n}", REQID=f"key-{n}") for n in range(10)]
        assert set(codes) == {"0", "23"}
        numbers = [f"8491000000{n}" for n in range(10)]
        assert await send(speak, *numbers, REQID="list") == "23"


@pytest.mark.parametrize(("undelivered", "last"), [(0.0, "0"), (1.0, "1")])
async def test_a_status_goes_its_way(staged: Stage, undelivered: float, last: str) -> None:
    now = MORNING
    faults = Faults(undelivered=undelivered, receipt_ms=(1000, 1000))
    async with staged(faults=faults, clock=lambda: now, time_scale=1.0) as (sim, speak):
        await send(speak, FIRST, SECOND)
        seen = []
        for _ in range(4):
            seen.append(await status(speak, SECOND))
            now += 0.4
        assert seen == ["2", "2", "3", last]
        assert await status(speak, "84910000003") == "-1"
        assert await status(speak, SECOND, REQID="key-2") == "-1"
        assert await status(speak, SECOND, APIPASS="other") == "10"
        assert sim.summary()["dialects"]["vnpt"]["queries"] == 7  # type: ignore[index]


@pytest.mark.parametrize(
    ("faults", "taken"),
    [
        (Faults(dropped_before=1.0), False),
        (Faults(error_before=1.0), False),
        (Faults(dropped_after=1.0), True),
        (Faults(error_after=1.0), True),
    ],
)
async def test_a_list_breaks_as_a_whole(staged: Stage, faults: Faults, *, taken: bool) -> None:
    async with staged(faults=faults) as (sim, speak):
        with pytest.raises(aiohttp.ClientError):
            await send(speak, FIRST, SECOND)
        rows = sim.ledger.requests()
    assert [row.accepted for row in rows] == [taken, taken]
    assert len({row.cut for row in rows} - {""}) == 1


# With the adapter, as the shipped account has it.

_CONFIG = Path(__file__).parents[2] / "config"


@asynccontextmanager
async def shipped(name: str, sim: Simulator) -> AsyncIterator[Adapter]:
    """The adapter of an account's file, with the credentials of a rehearsal."""
    environ = variables(_CONFIG, sim.url, {})
    account = read_account(_CONFIG / "accounts" / f"{name}.toml", environ)
    http = Http(account.timeout, 4)
    try:
        yield adapter(account, Ports(http, MemoryTokens(), "", utc_now))
    finally:
        await http.aclose()


async def test_the_adapter_and_the_rehearsal_speak_of_the_same_carrier(staged: Stage) -> None:
    content = Template("sim-deadline-reminder", {"1": "Le Thi B", "2": "31/12/2026"}, 2)
    one = Submission("key-1", FIRST, Network.VINAPHONE, content)
    both = [one, replace(one, key="key-2", msisdn=SECOND)]
    faults = Faults(receipt_ms=(0, 0))
    async with staged(faults=faults) as (sim, _), shipped("vnpt", sim) as vnpt:
        assert isinstance(vnpt, Vnpt)
        assert await vnpt.submit(one) == Accepted("key-1")
        assert await vnpt.submit_list("list-1", both) == Accepted("list-1")
        assert await vnpt.submit_list("list-1", both) == Duplicate("list-1")
        question = Question("key-2", "list-1", SECOND, datetime.now(UTC))
        assert [receipt.status for receipt in await vnpt.status(question)] == [Status.DELIVERED]
        elsewhere = await vnpt.submit(replace(one, key="key-3", msisdn="84900000001"))
        assert isinstance(elsewhere, Refused)
        assert (elsewhere.scope, elsewhere.code) == (Scope.NETWORK, "25")
        accented = replace(content, encoding=Encoding.UCS2)
        assert await vnpt.submit(replace(one, key="key-4", content=accented)) == Accepted("key-4")
        figures = sim.summary()["dialects"]["vnpt"]  # type: ignore[index]
    assert (figures["accepted"], figures["queries"]) == (4, 1)
