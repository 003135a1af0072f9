"""Zalo: every code of table A (wire-formats.md 1.8), the token's life, the webhook's seal."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from urllib.parse import parse_qs

import httpx
import orjson
import pytest
import respx

from outreach.carriers.base import (
    Asked,
    Callback,
    ForgedError,
    PullError,
    Pushed,
    Rehearses,
    Standing,
    Stands,
)
from outreach.carriers.registry import adapter
from outreach.carriers.zalo.answers import outcome as outcome_of
from outreach.domain.errors import BadInputError
from outreach.domain.limit import LimitScope
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Later, NotSent, Refused, Scope, Unknown
from outreach.domain.receipt import Receipt, Status
from outreach.domain.token import Tokens

from .asked_contract import QUESTION, AskedContract, Asking
from .contract import (
    BASE,
    KEY,
    MSISDN,
    NOW,
    Bench,
    Contract,
    Dialect,
    MemoryTokens,
    account,
    bench_of,
    fresh_tokens,
    ports_of,
)

OAUTH = "https://sim-oauth.test"
ACCOUNT = account(
    "zalo",
    Channel.ZALO,
    {
        "oauth_url": OAUTH,
        "app_id": "sim-app-1",
        "app_secret": "sim-app-secret",
        "oa_secret": "sim-oa-secret",
        "refresh_token": "sim-refresh-0",
    },
)
EVENT = {
    "sender": {"id": "SIM-CITY"},
    "recipient": {"id": MSISDN},
    "event_name": "user_received_message",
    "message": {"delivery_time": "1795143600000", "msg_id": "sim-msg-1", "tracking_id": KEY},
    "app_id": "sim-app-1",
    "timestamp": "1795143601000",
}


def event(
    body: object,
    first: str = "sim-app-1",
    secret: str = "sim-oa-secret",
    prefix: str = "mac=",
) -> Callback:
    raw = orjson.dumps(body)
    told = str(body.get("timestamp", "")) if isinstance(body, dict) else ""
    mac = hashlib.sha256(first.encode() + raw + told.encode() + secret.encode()).hexdigest()
    return Callback("", {"x-zevent-signature": prefix + mac, "x-zevent-server": "ZNS"}, raw)


def answer(error: object, **data: object) -> httpx.Response:
    return httpx.Response(200, json={"error": error, "message": "84900000001", "data": data})


DIALECT = Dialect(
    account=ACCOUNT,
    path="/message/template",
    accepted=answer(0, msg_id="sim-msg-1", sent_time="1795143600000"),
    reference="sim-msg-1",
    refused=answer(-118, told="sim-app-secret sim-oa-secret 84900000001"),
    unlisted=answer(-9999),
    key_on_wire=True,
    receipt=event(EVENT),
    forged=event(EVENT, secret="sim-guess"),
)


class TestContract(Contract):
    dialect = DIALECT


CODES = {
    Scope.RECIPIENT: (
        "-108 -110 -1121 -1124 -114 -118 -119 -134 -139 -140 -141 -1471 -148 -149 -1491 -150 "
    ),
    Scope.TEXT: (
        "-109 -1091 -111 -112 -1122 -1123 -113 -1131 -116 -117 -127 -130 -131 -132 -145 "
        "-146 -151 -153 "
    ),
    Scope.ACCOUNT: (
        "-101 -102 -103 -104 -105 -106 -107 -120 -1201 -1202 -121 -122 -123 -124 -1241 "
        "-125 -126 -128 -129 -135 -1351 -136 -138 -1381 -142 -143 -152 -158 -159 -160 "
        "-161 -162 -216 -220 "
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


NIGHT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)  # 22:30 in Ho Chi Minh City
SMALL_HOURS = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)  # 03:00 on the 21st there


@pytest.mark.parametrize(
    ("code", "now", "until"),
    [
        ("-133", NIGHT, datetime(2026, 11, 20, 23, 5, tzinfo=UTC)),
        ("-133", SMALL_HOURS, datetime(2026, 11, 20, 23, 5, tzinfo=UTC)),
        ("-144", NIGHT, datetime(2026, 11, 20, 17, 5, tzinfo=UTC)),
        ("-144", SMALL_HOURS, datetime(2026, 11, 21, 17, 5, tzinfo=UTC)),
        ("-147", NIGHT, datetime(2026, 11, 20, 17, 5, tzinfo=UTC)),
        ("-1472", NIGHT, datetime(2026, 11, 20, 17, 5, tzinfo=UTC)),
        ("-1441", NIGHT, datetime(2026, 11, 30, 17, 5, tzinfo=UTC)),
        (
            "-1441",
            datetime(2026, 12, 31, 17, 1, tzinfo=UTC),
            datetime(2027, 1, 31, 17, 5, tzinfo=UTC),
        ),
        ("-115", NOW, NOW + timedelta(hours=1)),
        ("-137", NOW, NOW + timedelta(hours=1)),
        ("-32", NOW, NOW + timedelta(seconds=5)),
    ],
)
def test_waits(code: str, now: datetime, until: datetime) -> None:
    outcome = outcome_of(code, now, time(0, 5))
    assert isinstance(outcome, Later)
    assert now + outcome.wait == until
    assert outcome.throttled is (code == "-32")


async def test_an_unknown_exception_at_zalo_is_counted() -> None:
    bench = bench_of(DIALECT)
    bench.route.mock(answer(-100))
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert outcome == NotSent("-100 unknown exception at Zalo")


@pytest.mark.parametrize("hour", ["midnight", "00:05+07:00"])
async def test_a_reset_hour_that_is_none_names_the_file(hour: str) -> None:
    options = {**ACCOUNT.options, "quota_resets": hour}
    with pytest.raises(BadInputError, match=r"zalo\.toml: quota_resets"):
        bench_of(replace(DIALECT, account=replace(ACCOUNT, options=options)))


@pytest.mark.parametrize("error", [0, "0"])
async def test_success_without_an_id_is_success(error: object) -> None:
    bench = bench_of(DIALECT)
    bench.route.respond(json={"error": error})
    assert await bench.adapter.submit(DIALECT.submission) == Accepted(None)


async def test_the_request() -> None:
    bench = bench_of(DIALECT)
    bench.route.mock(DIALECT.accepted)
    await bench.adapter.submit(DIALECT.submission)
    request = bench.route.calls.last.request
    assert request.headers["access_token"] == "sim-access-1"
    assert orjson.loads(request.content) == {
        "phone": MSISDN,
        "template_id": "sim-template-1",
        "template_data": {"name": "Nguyễn Văn A"},
        "tracking_id": KEY,
    }


# The token.


def oauth(bench: Bench) -> respx.Route:
    return bench.router.post(f"{OAUTH}/v4/oa/access_token")


def pair(number: int) -> httpx.Response:
    return httpx.Response(
        200,
        json={
            "access_token": f"sim-access-{number}",
            "refresh_token": f"sim-refresh-{number}",
            "expires_in": "90000",
        },
    )


def expired() -> MemoryTokens:
    return MemoryTokens(Tokens("sim-access-1", "sim-refresh-1", NOW + timedelta(minutes=4)))


def by_token(good: str) -> Callable[[httpx.Request], httpx.Response]:
    def reply(request: httpx.Request) -> httpx.Response:
        return DIALECT.accepted if request.headers["access_token"] == good else answer(-124)

    return reply


async def test_the_first_token_comes_from_the_settings() -> None:
    bench = bench_of(DIALECT, MemoryTokens())
    token = oauth(bench).mock(pair(1))
    bench.route.mock(side_effect=by_token("sim-access-1"))
    assert await bench.adapter.submit(DIALECT.submission) == Accepted("sim-msg-1")
    request = token.calls.last.request
    assert request.headers["secret_key"] == "sim-app-secret"
    assert parse_qs(request.content.decode()) == {
        "refresh_token": ["sim-refresh-0"],
        "app_id": ["sim-app-1"],
        "grant_type": ["refresh_token"],
    }
    assert bench.tokens.saved == [
        Tokens("sim-access-1", "sim-refresh-1", NOW + timedelta(seconds=90_000))
    ]


async def test_a_token_is_kept_before_its_first_use() -> None:
    bench = bench_of(DIALECT, expired())
    oauth(bench).mock(pair(2))

    def reply(request: httpx.Request) -> httpx.Response:
        assert bench.tokens.saved[-1].access == request.headers["access_token"]
        return DIALECT.accepted

    bench.route.mock(side_effect=reply)
    assert await bench.adapter.submit(DIALECT.submission) == Accepted("sim-msg-1")


async def test_many_in_flight_share_one_refresh() -> None:
    bench = bench_of(DIALECT)
    bench.route.mock(side_effect=by_token("sim-access-2"))

    async def slow(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.02)
        return pair(2)

    token = oauth(bench).mock(side_effect=slow)
    outcomes = await asyncio.gather(*(bench.adapter.submit(DIALECT.submission) for _ in range(50)))
    assert set(outcomes) == {Accepted("sim-msg-1")}
    assert token.call_count == 1
    assert bench.tokens.refreshes == 1


@pytest.mark.parametrize("code", [-124, -216, -220])
async def test_a_token_that_is_refused_again_is_about_the_account(code: int) -> None:
    bench = bench_of(DIALECT)
    token = oauth(bench).mock(pair(2))
    bench.route.mock(answer(code))
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.code) == (Scope.ACCOUNT, str(code))
    assert (bench.route.call_count, token.call_count) == (2, 1)


async def test_http_401_renews_the_token_too() -> None:
    bench = bench_of(DIALECT)
    oauth(bench).mock(pair(2))
    bench.route.mock(side_effect=[httpx.Response(401), DIALECT.accepted])
    assert await bench.adapter.submit(DIALECT.submission) == Accepted("sim-msg-1")


async def test_a_lost_answer_after_the_renewal_is_unknown_and_not_sent_again() -> None:
    bench = bench_of(DIALECT)
    oauth(bench).mock(pair(2))
    bench.route.mock(side_effect=[answer(-124), httpx.ReadTimeout("")])
    assert isinstance(await bench.adapter.submit(DIALECT.submission), Unknown)
    assert bench.route.call_count == 2


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (httpx.Response(200, json={"error": -14020, "error_name": "sim-refresh-1"}), "-14020"),
        (httpx.Response(200, json={"error": "sim-app-secr"}), "oauth"),
        (httpx.Response(500), "oauth"),
        (httpx.Response(200, text="<html>"), "oauth"),
        (
            httpx.Response(
                200,
                json={"access_token": "a\r\nb", "refresh_token": "c", "expires_in": "90000"},
            ),
            "oauth",
        ),
    ],
)
async def test_without_a_token_nothing_is_sent(reply: httpx.Response, code: str) -> None:
    bench = bench_of(DIALECT, expired())
    oauth(bench).mock(reply)
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.code) == (Scope.ACCOUNT, code)
    assert "sim-refresh" not in repr(outcome)
    assert not bench.route.called


async def test_a_token_that_another_process_renewed_is_taken() -> None:
    tokens = fresh_tokens()
    bench = bench_of(DIALECT, tokens)
    bench.route.mock(side_effect=by_token("sim-access-1"))
    await bench.adapter.submit(DIALECT.submission)
    tokens.kept = Tokens("sim-access-9", "sim-refresh-9", NOW + timedelta(hours=20))
    bench.route.mock(side_effect=by_token("sim-access-9"))
    assert await bench.adapter.submit(DIALECT.submission) == Accepted("sim-msg-1")
    assert tokens.saved == []


async def test_a_token_that_could_not_be_kept_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = bench_of(DIALECT, expired())
    token = oauth(bench).mock(pair(2))
    bench.route.mock(side_effect=by_token("sim-access-2"))

    def fail(_tokens: Tokens) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(bench.tokens, "save", fail)
    with pytest.raises(OSError, match="disk full"):
        await bench.adapter.submit(DIALECT.submission)
    assert not bench.route.called
    monkeypatch.undo()
    assert await bench.adapter.submit(DIALECT.submission) == Accepted("sim-msg-1")
    assert token.call_count == 1, "the refresh token can be used once"


async def test_a_cancelled_send_does_not_cut_off_the_refresh() -> None:
    bench = bench_of(DIALECT, expired())

    async def slow(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.05)
        return pair(2)

    oauth(bench).mock(side_effect=slow)
    sending = asyncio.create_task(bench.adapter.submit(DIALECT.submission))
    await asyncio.sleep(0.01)
    sending.cancel()
    await asyncio.sleep(0.1)
    assert bench.tokens.saved[-1].refresh == "sim-refresh-2"


# The webhook.


def receipts(call: Callback) -> list[Receipt]:
    made = bench_of(DIALECT).adapter
    assert isinstance(made, Pushed)
    return list(made.receipts(call))


@pytest.mark.parametrize("first", ["sim-app-1", "SIM-CITY"])
@pytest.mark.parametrize("secret", ["sim-oa-secret", "sim-app-secret"])
@pytest.mark.parametrize("prefix", ["mac=", ""])
def test_every_candidate_for_the_seal(first: str, secret: str, prefix: str) -> None:
    delivered = datetime.fromtimestamp(1_795_143_600, UTC)
    assert receipts(event(EVENT, first, secret, prefix)) == [
        Receipt(Status.DELIVERED, KEY, "sim-msg-1", MSISDN, at=delivered)
    ]


def test_a_changed_byte_breaks_the_seal() -> None:
    sealed = event(EVENT)
    with pytest.raises(ForgedError):
        receipts(Callback("", sealed.headers, sealed.body.replace(b"sim-msg-1", b"sim-msg-2")))


@pytest.mark.parametrize(
    "other",
    [
        EVENT | {"message": {"msg_id": "sim-msg-1"}, "sender": {"id": "sim-user"}},
        EVENT | {"event_name": "user_seen_message"},
        EVENT | {"message": "text"},
        EVENT | {"message": {"delivery_time": "1795143600000"}},
        {"event_name": "follow", "oa_id": "SIM-CITY", "follower": {"id": "1"}, "timestamp": "1"},
        {"event_name": "change_oa_daily_quota", "timestamp": "1"},
    ],
)
def test_other_events_are_no_receipts(other: object) -> None:
    assert receipts(event(other)) == []


def test_a_hashed_recipient_and_an_odd_time_are_left_out() -> None:
    odd = EVENT | {
        "recipient": {"id": "ab" * 32},
        "message": {"delivery_time": "soon", "tracking_id": KEY},
    }
    assert receipts(event(odd)) == [Receipt(Status.DELIVERED, KEY)]


# What it tells when asked.

WORDS = "sim-app-secret sim-oa-secret sim-reference-1 84900000001"


def told(status: object, when: object = "") -> httpx.Response:
    return answer(0, delivery_time=when, message=WORDS, status=status)


def of_it(status: Status, at: datetime | None = None) -> list[Receipt]:
    return [Receipt(status, KEY, "sim-reference-1", MSISDN, at=at)]


class TestAsked(AskedContract):
    asking = Asking(
        DIALECT,
        "GET",
        "/message/status",
        answers=[
            (
                told(1, "1795143600000"),
                of_it(Status.DELIVERED, datetime.fromtimestamp(1_795_143_600, UTC)),
            ),
            (told("1", "soon"), of_it(Status.DELIVERED)),
            (told(0), of_it(Status.ENROUTE)),
            (told(7), of_it(Status.OTHER)),
            (told(-1), []),
            (answer(-107), []),
        ],
        refused=[answer(-32), answer(-138), answer(-9999999), httpx.Response(200, text=WORDS)],
    )

    async def test_the_question(self, router: respx.Router, route: respx.Route) -> None:
        route.mock(told(0))
        await self.asked(router).status(QUESTION)
        request = route.calls.last.request
        assert dict(request.url.params) == {"message_id": "sim-reference-1"}
        assert request.headers["access_token"] == "sim-access-1"

    @pytest.mark.parametrize("stale", [answer(-124), answer(-216), httpx.Response(401)])
    async def test_a_stale_token_is_renewed_once(
        self, router: respx.Router, route: respx.Route, stale: httpx.Response
    ) -> None:
        token = router.post(f"{OAUTH}/v4/oa/access_token").mock(pair(2))
        route.mock(side_effect=[stale, told(1)])
        assert await self.asked(router).status(QUESTION) == tuple(of_it(Status.DELIVERED))
        assert route.calls.last.request.headers["access_token"] == "sim-access-2"
        route.mock(stale)
        await self.fails(router)
        assert (route.call_count, token.call_count) == (4, 2)

    async def test_a_refused_refresh_tells_nothing(
        self, router: respx.Router, route: respx.Route
    ) -> None:
        router.post(f"{OAUTH}/v4/oa/access_token").respond(json={"error": -14020, "x": WORDS})
        route.mock(answer(-124))
        assert "no token" in await self.fails(router)

    async def test_the_second_question_waits_for_its_turn(
        self, router: respx.Router, route: respx.Route
    ) -> None:
        scopes: list[LimitScope] = []

        async def turn(scope: LimitScope) -> bool:
            scopes.append(scope)
            return scope is LimitScope.TOKEN

        router.post(f"{OAUTH}/v4/oa/access_token").mock(pair(2))
        route.mock(answer(-124))
        made = adapter(DIALECT.account, replace(ports_of(DIALECT, router), turn=turn))
        assert isinstance(made, Asked)
        with pytest.raises(PullError, match="limit is used up"):
            await made.status(QUESTION)
        assert (scopes, route.call_count) == ([LimitScope.TOKEN, LimitScope.STATUS], 1)


@pytest.mark.parametrize("left", [499_000, "499000"])
async def test_how_the_oa_stands(left: object) -> None:
    bench = bench_of(DIALECT)
    reply = answer(0, dailyQuota=500_000, remainingQuota=left)
    reply.headers["Date"] = "Fri, 20 Nov 2026 03:00:02 GMT"
    bench.router.get(f"{BASE}/message/quota").mock(reply)
    assert isinstance(bench.adapter, Stands)
    assert await bench.adapter.standing() == Standing(
        quota_left=499_000, clock=NOW + timedelta(seconds=2)
    )


@pytest.mark.parametrize(
    "reply",
    [answer(-138), answer(0), answer(0, remainingQuota="many"), httpx.Response(404)],
)
async def test_without_a_quota_it_says_so(reply: httpx.Response) -> None:
    bench = bench_of(DIALECT)
    bench.router.get(f"{BASE}/message/quota").mock(reply)
    assert isinstance(bench.adapter, Stands)
    with pytest.raises(PullError, match=r"^message/quota: ") as fault:
        await bench.adapter.standing()
    assert not any(secret in str(fault.value) for secret in (*DIALECT.secrets, MSISDN))


async def test_a_rehearsal_reaches_administrators_only() -> None:
    bench = bench_of(DIALECT)
    bench.route.mock(DIALECT.accepted)
    assert isinstance(bench.adapter, Rehearses)
    assert await bench.adapter.rehearse(DIALECT.submission) == Accepted("sim-msg-1")
    assert orjson.loads(bench.route.calls.last.request.content)["mode"] == "development"
