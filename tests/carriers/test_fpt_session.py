"""FPT's token: its life with its session_id, and what is done when there is none."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import orjson
import pytest
import respx

from outreach.carriers.base import PullError, Standing, Stands
from outreach.carriers.registry import adapter
from outreach.domain.limit import LimitScope
from outreach.domain.outcome import Accepted, Later, Outcome, Refused, Scope
from outreach.domain.token import Tokens

from .contract import (
    BASE,
    NOW,
    MemoryTokens,
    bench_of,
    fresh_tokens,
    ports_of,
)
from .test_fpt import ACCOUNT, DIALECT, granted, oauth, refusal, with_options


def expired() -> MemoryTokens:
    return MemoryTokens(Tokens("sim-access-1", "sim-refresh-1", NOW + timedelta(seconds=29)))


def by_token(good: str, code: int = 1011) -> Callable[[httpx.Request], httpx.Response]:
    def reply(request: httpx.Request) -> httpx.Response:
        token = orjson.loads(request.content)["access_token"]
        return DIALECT.accepted if token == good else refusal(code)

    return reply


@pytest.mark.parametrize("lasting", [3600, "3600"])
async def test_the_first_token_is_asked_for_with_a_session_of_ours(lasting: object) -> None:
    bench = bench_of(with_options(scope="send_brandname"), MemoryTokens())
    token = oauth(bench).mock(granted(1, lasting))
    bench.route.mock(DIALECT.accepted)
    assert await bench.adapter.submit(DIALECT.submission) == Accepted("4711")
    asked = orjson.loads(token.calls.last.request.content)
    session = asked.pop("session_id")
    assert asked == {
        "grant_type": "client_credentials",
        "client_id": "sim-client-1",
        "client_secret": "sim-client-secret-1",
        "scope": "send_brandname",
    }
    assert len(session) == 32
    assert bench.tokens.saved == [Tokens("sim-access-1", session, NOW + timedelta(hours=1))]
    assert orjson.loads(bench.route.calls.last.request.content)["session_id"] == session


async def test_each_token_has_a_session_of_its_own() -> None:
    sessions = set()
    for _ in range(5):
        bench = bench_of(DIALECT, MemoryTokens())
        oauth(bench).mock(granted(1))
        bench.route.mock(DIALECT.accepted)
        await bench.adapter.submit(DIALECT.submission)
        sessions.add(bench.tokens.saved[-1].refresh)
    assert len(sessions) == 5


@pytest.mark.parametrize("code", [1011, 1013])
async def test_a_token_that_is_refused_again_is_about_the_account(code: int) -> None:
    bench = bench_of(DIALECT)
    token = oauth(bench).mock(granted(2))
    bench.route.mock(refusal(code))
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.code) == (Scope.ACCOUNT, str(code))
    assert (bench.route.call_count, token.call_count) == (2, 1)


@pytest.mark.parametrize(
    ("reply", "code", "reason"),
    [
        (refusal(77), "77", "unlisted code"),
        (refusal("invalid_client", 401), "oauth", "HTTP 401"),
        (httpx.Response(500), "oauth", "HTTP 500"),
        (httpx.Response(502, json={"access_token": "a", "expires_in": 9}), "oauth", "HTTP 502"),
        (httpx.Response(200, text="<html>"), "oauth", "unreadable answer"),
        (granted(2, "soon"), "oauth", "unreadable answer"),
        (granted(2, None), "oauth", "unreadable answer"),
        (
            httpx.Response(200, json={"access_token": "a\r\nb", "expires_in": 9}),
            "oauth",
            "unreadable answer",
        ),
    ],
)
async def test_without_a_token_nothing_is_sent(
    reply: httpx.Response, code: str, reason: str
) -> None:
    bench = bench_of(DIALECT, expired())
    oauth(bench).mock(reply)
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert outcome == Refused(Scope.ACCOUNT, code, f"no access token: {reason}")
    assert not bench.route.called
    assert bench.tokens.saved == []


@pytest.mark.parametrize("status", [200, 400, 401])
async def test_wrong_credentials_are_told_as_such(status: int) -> None:
    bench = bench_of(DIALECT, expired())
    oauth(bench).mock(refusal(1008, status))
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert outcome == Refused(Scope.ACCOUNT, "1008", "client id or secret wrong")
    assert not bench.route.called


async def test_a_token_call_that_never_left_is_no_message() -> None:
    bench = bench_of(DIALECT, expired())
    oauth(bench).mock(side_effect=httpx.ConnectError("sim-client-secret-1"))
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert outcome == Refused(Scope.ACCOUNT, "oauth", "no access token: no connection")


@pytest.mark.parametrize(
    ("shut", "outcome", "calls"),
    [
        (
            LimitScope.TOKEN,
            Refused(Scope.ACCOUNT, "pace", "no access token: the account's limit is used up"),
            (1, 0),
        ),
        (
            LimitScope.SEND,
            Later(timedelta(minutes=1), "the account's limit is used up"),
            (1, 1),
        ),
    ],
)
async def test_calls_more_than_the_engine_paced_take_their_turn(
    shut: LimitScope, outcome: Outcome, calls: tuple[int, int]
) -> None:
    router = respx.Router(assert_all_called=False)
    token = router.post(f"{BASE}/oauth2/token").mock(granted(2))
    route = router.post(f"{BASE}{DIALECT.path}").mock(refusal(1013))

    async def turn(scope: LimitScope) -> bool:
        return scope is not shut

    made = adapter(ACCOUNT, replace(ports_of(DIALECT, router), turn=turn))
    assert await made.submit(DIALECT.submission) == outcome
    assert (route.call_count, token.call_count) == calls


async def test_a_token_that_another_process_renewed_is_taken() -> None:
    tokens = fresh_tokens()
    bench = bench_of(DIALECT, tokens)
    bench.route.mock(side_effect=by_token("sim-access-1"))
    await bench.adapter.submit(DIALECT.submission)
    tokens.kept = Tokens("sim-access-9", "sim-session-9", NOW + timedelta(hours=1))
    bench.route.mock(side_effect=by_token("sim-access-9"))
    assert await bench.adapter.submit(DIALECT.submission) == Accepted("4711")
    assert orjson.loads(bench.route.calls.last.request.content)["session_id"] == "sim-session-9"
    assert tokens.saved == []


async def test_its_standing_is_a_fresh_token() -> None:
    bench = bench_of(DIALECT)
    token = oauth(bench).mock(granted(2))
    assert isinstance(bench.adapter, Stands)
    assert await bench.adapter.standing() == Standing()
    assert (token.call_count, bench.tokens.saved[-1].access) == (1, "sim-access-2")


async def test_a_standing_that_is_none_says_why() -> None:
    bench = bench_of(DIALECT)
    oauth(bench).mock(refusal(1008))
    assert isinstance(bench.adapter, Stands)
    with pytest.raises(PullError, match=r"^1008: client id or secret wrong$"):
        await bench.adapter.standing()
