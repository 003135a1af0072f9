"""Zalo by user id: every code of table B (wire-formats.md 1.8), its webhook, whose token it has."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

import httpx
import orjson
import pytest

from outreach.carriers.base import Submission, Teaches
from outreach.carriers.zalo.answers import outcome as outcome_by_number
from outreach.carriers.zalo_uid.answers import codes
from outreach.carriers.zalo_uid.answers import outcome as outcome_of
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Later, Outcome, Refused, Scope, Unknown
from outreach.domain.reach import Lesson, Reach
from outreach.domain.receipt import Receipt, Status

from .contract import MSISDN, NOW, Contract, Dialect, account, bench_of
from .test_zalo import EVENT, NIGHT, SMALL_HOURS, event
from .test_zalo import answer as zalo_answer

USER = f"sim-user-{MSISDN}"
ACCOUNT = account(
    "zalo_uid",
    Channel.ZALO,
    {
        "oauth_url": "https://sim-oauth.test",
        "app_id": "sim-app-1",
        "app_secret": "sim-app-secret",
        "oa_secret": "sim-oa-secret",
        "refresh_token": "sim-refresh-0",
    },
)
DELIVERED = EVENT | {
    "recipient": {"id": "7000000000000000001"},
    "message": {"delivery_time": "1795143600000", "msg_id": "sim-msg-1"},
}


@dataclass(frozen=True)
class ByUser(Dialect):
    """A dialect whose carrier knows persons by its own id; the number in it shows a leak."""

    @property
    def submission(self) -> Submission:
        return replace(super().submission, address=USER)


DIALECT = ByUser(
    account=ACCOUNT,
    path="/v3.0/oa/message/template",
    accepted=zalo_answer(0, message_id="sim-msg-1", user_id=USER, sent_time="1795143600000"),
    reference="sim-msg-1",
    refused=zalo_answer(-213, told=f"sim-app-secret sim-oa-secret {USER}"),
    unlisted=zalo_answer(-9999),
    key_on_wire=False,
    receipt=event(DELIVERED),
    forged=event(DELIVERED, secret="sim-guess"),
)


class TestContract(Contract):
    dialect = DIALECT


async def test_the_request() -> None:
    bench = bench_of(DIALECT)
    bench.route.mock(DIALECT.accepted)
    await bench.adapter.submit(DIALECT.submission)
    request = bench.route.calls.last.request
    assert request.headers["access_token"] == "sim-access-1"
    assert orjson.loads(request.content) == {
        "user_id": USER,
        "template_id": "sim-template-1",
        "template_data": {"name": "Nguyễn Văn A"},
    }


def test_what_is_heard_names_zalos_id_only() -> None:
    capabilities = bench_of(DIALECT).adapter.capabilities
    assert capabilities.by_reference
    assert capabilities.addressed


CODES = {
    Scope.RECIPIENT: "-213 -217 -227 -230 -232 -244",
    Scope.TEXT: "-100 -201 -210 -233 -248 -249",
    Scope.ACCOUNT: (
        "-204 -205 -209 -212 -216 -219 -220 -221 -223 -224 -235 -237 -238 -240 -241 -242 "
        "-320 -403 -1340 -1341"
    ),
}


@pytest.mark.parametrize(
    ("code", "scope"), [(code, scope) for scope in CODES for code in CODES[scope].split()]
)
def test_refusals(code: str, scope: Scope) -> None:
    outcome = outcome_of(code, NOW, time(0, 5))
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.code) == (scope, code)
    assert outcome.reason != "unlisted code"
    assert outcome.reach is (Reach.REFUSES if code == "-244" else None)
    assert code in codes()


@pytest.mark.parametrize(
    ("code", "now", "until", "whole"),
    [
        ("-32", NOW, NOW + timedelta(seconds=5), False),
        ("-211", NIGHT, datetime(2026, 11, 20, 17, 5, tzinfo=UTC), True),
        ("-214", NOW, NOW + timedelta(minutes=1), False),
        ("-218", NIGHT, datetime(2026, 11, 20, 17, 5, tzinfo=UTC), False),
        ("-234", SMALL_HOURS, datetime(2026, 11, 20, 23, 5, tzinfo=UTC), True),
        ("-321", NOW, NOW + timedelta(hours=1), True),
    ],
)
def test_waits(code: str, now: datetime, until: datetime, whole: bool) -> None:  # noqa: FBT001
    outcome = outcome_of(code, now, time(0, 5))
    assert isinstance(outcome, Later)
    assert now + outcome.wait == until
    assert outcome.account is whole
    assert outcome.throttled is (code == "-32")


def test_a_send_that_failed_may_have_been_made() -> None:
    assert outcome_of("-200", NOW, time(0, 5)) == Unknown("-200 send failed")


@pytest.mark.parametrize("code", ["-109", "-118", "-124", "-131", "-1121", "-144", "-1471"])
def test_a_code_of_the_other_host_means_the_same(code: str) -> None:
    assert outcome_of(code, NOW, time(0, 5)) == outcome_by_number(code, NOW, time(0, 5))
    assert code in codes()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("-118", Reach.ABSENT),
        ("-134", Reach.REFUSES),
        ("-139", Reach.REFUSES),
        ("-141", Reach.REFUSES),
        ("-114", None),
        ("-119", None),
        ("-108", None),
    ],
)
def test_what_a_refusal_by_number_tells_of_the_person(code: str, told: Reach | None) -> None:
    outcome = outcome_by_number(code, NOW, time(0, 5))
    assert isinstance(outcome, Refused)
    assert outcome.reach is told


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (zalo_answer(0), Accepted(None)),
        (zalo_answer("0", message_id=7), Accepted("7")),
        (httpx.Response(200, json={"error": 0}), Accepted(None)),
    ],
)
async def test_success(answer: httpx.Response, outcome: Outcome) -> None:
    bench = bench_of(DIALECT)
    bench.route.mock(answer)
    assert await bench.adapter.submit(DIALECT.submission) == outcome


async def test_a_stale_token_is_renewed_once() -> None:
    bench = bench_of(DIALECT)
    fresh = {"access_token": "sim-access-2", "refresh_token": "sim-r-2", "expires_in": "90000"}
    renewal = bench.router.post("https://sim-oauth.test/v4/oa/access_token").respond(json=fresh)
    bench.route.mock(side_effect=[zalo_answer(-216), DIALECT.accepted])
    assert await bench.adapter.submit(DIALECT.submission) == Accepted("sim-msg-1")
    assert bench.route.calls.last.request.headers["access_token"] == "sim-access-2"
    assert renewal.call_count == 1


# The webhook, which is the phone account's too.

FOLLOW = {
    "oa_id": "SIM-CITY",
    "follower": {"id": "7000000000000000001"},
    "user_id_by_app": "1",
    "event_name": "follow",
    "source": "oa_profile",
    "app_id": "sim-app-1",
    "timestamp": "1795143601000",
}
SUBMIT = {
    "sender": {"id": "7000000000000000001"},
    "recipient": {"id": "SIM-CITY"},
    "event_name": "user_submit_info",
    "info": {"name": "Trần Văn A", "phone": "84900000001"},
    "app_id": "sim-app-1",
    "timestamp": "1795143601000",
}
WHO = "7000000000000000001"


def lessons(body: object) -> list[Lesson]:
    made = bench_of(DIALECT).adapter
    assert isinstance(made, Teaches)
    return list(made.lessons(event(body)))


@pytest.mark.parametrize(
    ("told", "lesson"),
    [
        (FOLLOW, Lesson(None, WHO, Reach.OPEN)),
        (FOLLOW | {"event_name": "unfollow"}, Lesson(None, WHO, Reach.REFUSES)),
        (SUBMIT, Lesson(MSISDN, WHO)),
        (SUBMIT | {"info": {"phone": "0900 000 001"}}, Lesson(MSISDN, WHO)),
        (SUBMIT | {"info": {"phone": "+84-900.000.001"}}, Lesson(MSISDN, WHO)),
        (SUBMIT | {"info": {"phone": 84900000001}}, Lesson(MSISDN, WHO)),
    ],
)
def test_what_calls_tell_of_persons(told: object, lesson: Lesson) -> None:
    assert lessons(told) == [lesson]


@pytest.mark.parametrize(
    "told",
    [
        EVENT,
        FOLLOW | {"follower": None},
        FOLLOW | {"follower": {"id": ""}},
        FOLLOW | {"event_name": "user_send_text"},
        SUBMIT | {"info": {"phone": "12345"}},
        SUBMIT | {"info": {"phone": "028 3822 0000"}},
        SUBMIT | {"info": "0900000001"},
        SUBMIT | {"sender": {}},
    ],
)
def test_other_calls_teach_nothing(told: object) -> None:
    assert lessons(told) == []


def test_a_delivery_names_zalos_id() -> None:
    made = bench_of(DIALECT).adapter
    at = datetime.fromtimestamp(1_795_143_600, UTC)
    found = made.receipts(event(DELIVERED))  # type: ignore[attr-defined] # the contract has seen it
    assert found == (Receipt(Status.DELIVERED, None, "sim-msg-1", None, at=at),)
