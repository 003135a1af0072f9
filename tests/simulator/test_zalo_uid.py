"""Zalo by user id, through real HTTP: whose token is good, who is whom, what is called back."""

from collections.abc import Mapping
from typing import cast

import orjson
import pytest

from outreach.simulator import Faults, Zalo, ZaloConfig
from outreach.simulator.zalo_uid import ZaloUidConfig, user_id
from tests.simulator.conftest import Stage
from tests.simulator.speak import ZALO_FIELDS, Json, Sink, Speaker

PERSON = "84900000001"
BOTH = (ZaloConfig(), ZaloUidConfig())


async def send(speak: Speaker, **fields: object) -> Json:
    return await send_as("sim-zalo-access-0", speak, fields)


async def send_as(token: str, speak: Speaker, fields: Json) -> Json:
    body = {
        "user_id": user_id(PERSON),
        "template_id": "sim-template-1",
        "template_data": ZALO_FIELDS,
        **fields,
    }
    async with speak.session.post(
        f"{speak.url}/zalo_uid/v3.0/oa/message/template",
        json=body,
        headers={"access_token": token},
    ) as answer:
        assert answer.status == 200
        return cast("Json", await answer.json())


async def test_accepts_with_an_id_of_its_own(staged: Stage) -> None:
    async with staged(dialects=BOTH) as (sim, speak):
        answer = await send(speak)
        [row] = sim.ledger.requests()
    data = cast("Mapping[str, object]", answer["data"])
    assert answer["error"] == 0
    assert data["message_id"] == row.reference
    assert data["user_id"] == user_id(PERSON)
    assert data["quota"] == {"quota_type": "purchase_quota", "remain": "9999999"}
    # The ledger knows the person by number, as the phone channel's rows do.
    assert (row.dialect, row.msisdn, row.key, row.accepted) == ("zalo_uid", PERSON, "", True)


async def test_the_tokens_are_those_of_the_phone_account(staged: Stage) -> None:
    async with staged(dialects=BOTH) as (sim, speak):
        assert (await send_as("sim-guess", speak, {}))["error"] == -216
        fresh = await speak.refresh("sim-zalo-refresh-0")
        token = str(fresh["access_token"])
        assert (await send_as(token, speak, {}))["error"] == 0
        sim.dialect(Zalo).tokens.expire()
        assert (await send_as(token, speak, {}))["error"] == -216
    async with staged(dialects=BOTH) as (_, speak):  # another rehearsal's are its own
        assert (await send_as(token, speak, {}))["error"] == -216


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"user_id": PERSON}, -201),
        ({"user_id": user_id("0900000001")}, -201),
        ({"user_id": int(user_id(PERSON))}, -201),
        ({"template_id": "sim-unknown"}, -109),
        ({"template_data": {"name": "A"}}, -1122),
        ({"template_data": {}}, -111),
    ],
)
async def test_checks_the_form(staged: Stage, fields: Json, code: int) -> None:
    async with staged(dialects=BOTH) as (_, speak):
        assert (await send(speak, **fields))["error"] == code


@pytest.mark.parametrize(
    ("faults", "codes"),
    [
        (Faults(throttled=1), {-32}),
        (Faults(refused=1), {-213}),
        (Faults(forced_code="-249"), {-249}),
        (Faults(no_zalo=1), {-227}),
        (Faults(zalo_refuses=1), {-213, -217, -244}),
    ],
)
async def test_faults_have_this_hosts_codes(staged: Stage, faults: Faults, codes: set[int]) -> None:
    async with staged(dialects=BOTH, faults=faults) as (_, speak):
        people = [user_id(f"8490000000{n}") for n in range(8)]
        answers = [await send(speak, user_id=each) for each in people]
    assert {answer["error"] for answer in answers} <= codes


async def test_the_quota_ends(staged: Stage) -> None:
    dialects = (ZaloConfig(), ZaloUidConfig(daily_quota=1))
    async with staged(dialects=dialects) as (_, speak):
        assert [(await send(speak))["error"] for _ in range(2)] == [0, -211]


async def test_a_delivery_names_no_id_of_ours(staged: Stage, callbacks: Sink) -> None:
    dialects = (ZaloConfig(), ZaloUidConfig(callback=callbacks.url))
    async with staged(dialects=dialects) as (sim, speak):
        await send(speak)
        await sim.settled()
        [row] = sim.ledger.requests()
    event = orjson.loads(callbacks.got[0].body)
    assert event["event_name"] == "user_received_message"
    assert event["recipient"] == {"id": user_id(PERSON)}
    assert event["message"] == {"delivery_time": event["timestamp"], "msg_id": row.reference}


@pytest.mark.parametrize("account", ["zalo", "zalo_uid"])
async def test_persons_are_told_of(staged: Stage, callbacks: Sink, account: str) -> None:
    async with staged(dialects=BOTH) as (sim, speak):
        await speak.post(f"/{account}/control/callback", {"url": callbacks.url})
        for name in ("follow", "unfollow", "user_submit_info"):
            told = {"event": name, "user": user_id(PERSON), "phone": PERSON}
            await speak.post(f"/{account}/control/event", told)
            await sim.settled()
    events = [orjson.loads(got.body) for got in callbacks.got]
    assert [event["event_name"] for event in events] == ["follow", "unfollow", "user_submit_info"]
    assert all(event["follower"] == {"id": user_id(PERSON)} for event in events[:2])
    assert not any("sender" in event for event in events[:2])
    assert events[2]["sender"] == {"id": user_id(PERSON)}
    assert events[2]["info"]["phone"] == PERSON
    assert all("X-ZEvent-Server" not in got.headers for got in callbacks.got)
    assert all(got.headers["X-ZEvent-Signature"].startswith("mac=") for got in callbacks.got)


@pytest.mark.parametrize("kind", ["transaction", "promotion"])
async def test_what_was_shut_down_says_so(staged: Stage, kind: str) -> None:
    async with staged(dialects=BOTH) as (_, speak):
        answer = await speak.post(f"/zalo_uid/v3.0/oa/message/{kind}", {})
    assert answer["error"] == -240
