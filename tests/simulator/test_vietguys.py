"""VietGuys's answers and reports, through real HTTP."""

from typing import cast
from urllib.parse import parse_qs

import orjson
import pytest

from outreach.simulator import Faults
from outreach.simulator.vietguys import VietGuysConfig
from tests.simulator.conftest import Stage
from tests.simulator.speak import Json, Sink, Speaker

_FORM = {
    "u": "sim-vietguys-user",
    "pwd": "sim-vietguys-password",
    "from": "SIM-CITY",
    "phone": "84900000001",
    "sms": "Moi cai dat VssID",
    "bid": "key-1",
    "type": "0",
    "json": "1",
}


async def _sent(speak: Speaker, method: str = "POST", **fields: str) -> Json:
    form = _FORM | fields
    how = {"data": form} if method == "POST" else {"params": form}
    path = f"{speak.url}/vietguys/api/index.php"
    async with speak.session.request(method, path, **how) as answer:  # type: ignore[arg-type] # one of the two
        assert answer.status == 200
        return cast("Json", await answer.json())


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_accepts_a_form_and_a_query(staged: Stage, method: str) -> None:
    async with staged() as (sim, speak):
        answer = await _sent(speak, method, sms="Mời bà con", type="8")
        await speak.esms(Content="Mời bà con")
        row, twin = sim.ledger.requests()
    assert answer == {"error": 0, "msgid": row.reference, "log": "ok", "carrier": "MobiFone"}
    assert (row.key, row.msisdn, row.text) == ("key-1", "84900000001", twin.text)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"u": "other"}, -3),
        ({"pwd": "other"}, -5),
        ({"from": "OTHER"}, -8),
        ({"sms": ""}, -1),
        ({"type": "1"}, -1),
        ({"sms": "Moi " + "a" * 456}, -14),
        ({"sms": "Moi " + "a" * 455}, 0),
        ({"phone": "090000"}, -10),
        ({"phone": "84520000001"}, -22),
        ({"sms": "mot sim-banned hai"}, -18),
        ({"sms": "khong dang ky"}, -20),
        ({"phone": "0900000001"}, 0),
        ({"phone": ""}, -1),
        ({"pwd": ""}, -1),
        ({"sms": "Moi bà con đến"}, -20),
        ({"sms": "Moi bà con đến", "type": "8"}, 0),
    ],
)
async def test_refuses_with_a_code(staged: Stage, fields: dict[str, str], code: int) -> None:
    config = VietGuysConfig(templates=("Moi {text}", "mot {text}"), registered=("VT", "MB"))
    async with staged(dialects=(config,)) as (sim, speak):
        assert (await _sent(speak, **fields))["error"] == code
        assert sim.ledger.requests()[0].accepted is (code == 0)


async def test_who_does_not_ask_for_json_gets_none(staged: Stage) -> None:
    form = {name: value for name, value in _FORM.items() if name != "json"}
    async with staged() as (_, speak):
        path = f"{speak.url}/vietguys/api/index.php"
        async with speak.session.post(path, data=form) as answer:
            assert (answer.content_type, await answer.text()) == ("text/plain", "0")


async def test_a_number_that_moved_is_named_with_its_network(staged: Stage) -> None:
    config = VietGuysConfig(registered=())
    async with staged(dialects=(config,)) as (_, speak):
        answer = await _sent(speak, phone="84960000001")
    assert (answer["error"], answer["carrier"]) == (-22, "Viettel")


@pytest.mark.parametrize(
    ("limits", "codes"),
    [
        ({"credits": 2}, [0, 0, -9, -9]),
        ({"daily": 2}, [0, 0, -17, 0]),
        ({"daily_number": 2}, [0, 0, -19, 0]),
    ],
)
async def test_what_is_used_up(staged: Stage, limits: dict[str, int], codes: list[int]) -> None:
    now = 1_800_000_000.0
    config = VietGuysConfig(**limits)  # type: ignore[arg-type] # only whole numbers
    async with staged(dialects=(config,), clock=lambda: now) as (_, speak):
        found = [(await _sent(speak, bid=f"key-{n}"))["error"] for n in range(3)]
        now += 86_400
        found.append((await _sent(speak, bid="key-3"))["error"])
    assert found == codes


async def test_a_bid_is_refused_for_a_minute(staged: Stage) -> None:
    now = 1_800_000_000.0
    async with staged(clock=lambda: now) as (sim, speak):
        await _sent(speak)
        now += 60
        assert (await _sent(speak))["error"] == -16
        now += 1
        assert (await _sent(speak))["error"] == 0
        sim.set_faults(Faults(refuse_duplicates=False))
        assert (await _sent(speak))["error"] == 0


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        (Faults(throttled=1.0), -2),
        (Faults(refused=1.0), -10),
        (Faults(blocked=1.0), -11),
        (Faults(forced_code="-23"), -23),
    ],
)
async def test_faults(staged: Stage, faults: Faults, code: int) -> None:
    async with staged(faults=faults) as (_, speak):
        assert (await _sent(speak))["error"] == code
        assert (await _sent(speak, pwd="guess"))["error"] == -5


@pytest.mark.parametrize("form", ["json", "form"])
@pytest.mark.parametrize(("undelivered", "status"), [(0.0, "delivered"), (1.0, "fail")])
async def test_reports(
    staged: Stage, callbacks: Sink, undelivered: float, status: str, form: str
) -> None:
    config = VietGuysConfig(callback=callbacks.url, callback_form=form)
    faults = Faults(undelivered=undelivered)
    async with staged(dialects=(config,), faults=faults) as (sim, speak):
        answer = await _sent(speak)
        await _sent(speak, bid="key-2", phone="1")
        await sim.settled()
    [got] = callbacks.got
    assert got.method == "POST"
    if form == "json":
        said = orjson.loads(got.body)["data"]
    else:
        assert got.headers["Content-Type"] == "application/x-www-form-urlencoded"
        said = {name[5:-1]: value for name, [value] in parse_qs(got.body.decode()).items()}
    assert said == {"message_id": answer["msgid"], "status": status}


async def test_reports_are_retried(staged: Stage, callbacks: Sink) -> None:
    config = VietGuysConfig(callback=callbacks.url, callback_ladder_s=(0.01, 0.01))
    callbacks.statuses = [503, 500]
    async with staged(dialects=(config,)) as (sim, speak):
        await _sent(speak)
        await sim.settled()
        assert [row.status for row in sim.ledger.receipts()] == [503, 500, 200]
