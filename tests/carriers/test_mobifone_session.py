"""MobiFone's session: its login, its life, and what is done when there is none."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from outreach.carriers.base import PullError, Standing, Stands
from outreach.domain.errors import BadInputError
from outreach.domain.outcome import Accepted, Refused, Scope
from outreach.domain.token import Tokens

from .dialects import BASE, NOW, Bench, MemoryTokens, bench_of
from .test_mobifone import ACCOUNT, DIALECT, answer, held, lost, session


def login(bench: Bench) -> respx.Route:
    return bench.router.post(f"{BASE}/smsg/login.jsp")


def by_sid(good: str, otherwise: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    def reply(request: httpx.Request) -> httpx.Response:
        return DIALECT.accepted if request.url.params["sid"] == good else otherwise

    return reply


async def test_the_first_message_logs_in() -> None:
    bench = bench_of(DIALECT, MemoryTokens())
    page = login(bench).mock(session(1))
    bench.route.mock(side_effect=by_sid("sim-sid-1", lost()))
    assert await bench.adapter.submit(DIALECT.submission) == Accepted()
    request = page.calls.last.request
    assert request.url.query == b""
    assert parse_qs(request.content.decode()) == {
        "userName": ["sim-user-1"],
        "password": ["sim-pass&word 1"],
        "bindMode": ["T"],
    }
    assert bench.tokens.saved == [Tokens("sim-sid-1", "", NOW + timedelta(minutes=5))]


@pytest.mark.parametrize(("minutes", "logins"), [(0.01, 0), (0, 1), (-1, 1)])
async def test_a_session_that_was_kept_is_used_until_its_end(minutes: float, logins: int) -> None:
    bench = bench_of(DIALECT, held(minutes=minutes))
    page = login(bench).mock(session(2))
    bench.route.mock(DIALECT.accepted)
    for _ in range(3):
        assert await bench.adapter.submit(DIALECT.submission) == Accepted()
    assert page.call_count == logins


async def test_a_contract_may_know_how_long_a_session_lasts() -> None:
    contract = replace(ACCOUNT, options={**ACCOUNT.options, "session_minutes": "0.5"})
    bench = bench_of(replace(DIALECT, account=contract), MemoryTokens())
    login(bench).mock(session(1))
    bench.route.mock(DIALECT.accepted)
    await bench.adapter.submit(DIALECT.submission)
    assert bench.tokens.saved[0].expires == NOW + timedelta(seconds=30)


@pytest.mark.parametrize("told", [0, -1, "soon", "nan", "inf"])
def test_a_life_without_sense_names_the_file(told: str | int) -> None:
    contract = replace(ACCOUNT, options={**ACCOUNT.options, "session_minutes": told})
    with pytest.raises(BadInputError, match=r"mobifone\.toml: session_minutes"):
        bench_of(replace(DIALECT, account=contract))


async def test_a_session_that_is_lost_at_once_stops_the_account() -> None:
    bench = bench_of(DIALECT, held())
    page = login(bench).mock(session(2))
    bench.route.mock(lost())
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert outcome == Refused(Scope.ACCOUNT, "HTTP 401", "credentials refused")
    assert (page.call_count, bench.route.call_count) == (1, 2)


@pytest.mark.parametrize("status", [401, 403])
async def test_another_refusal_is_no_lost_session(status: int) -> None:
    bench = bench_of(DIALECT, held())
    page = login(bench).mock(session(2))
    bench.route.respond(status, text="IP not allowed" if status == 401 else "SessionExpired")
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert outcome == Refused(Scope.ACCOUNT, f"HTTP {status}", "credentials refused")
    assert (page.call_count, bench.route.call_count) == (0, 1)


NO_LOGIN = [
    (answer("405"), "405", "login refused"),
    (answer("84900000001"), "status", "login refused"),
    (answer("200"), "login", "unreadable answer"),
    (answer("200", sid=" "), "login", "unreadable answer"),
    (answer("200", sid="a\x00b\x1b"), "login", "unreadable answer"),
    (httpx.Response(200, json={"sid": "sim-sid-1"}), "login", "unreadable answer"),
    (httpx.Response(200, text="<html>sim-user-1</html>"), "login", "unreadable answer"),
    (httpx.Response(503), "login", "HTTP 503"),
    (httpx.Response(403), "login", "HTTP 403"),
]


@pytest.mark.parametrize(("told", "code", "reason"), NO_LOGIN)
async def test_a_login_that_fails_stops_the_account(
    told: httpx.Response, code: str, reason: str
) -> None:
    bench = bench_of(DIALECT, MemoryTokens())
    login(bench).mock(told)
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert outcome == Refused(Scope.ACCOUNT, code, f"no session: {reason}")
    assert not bench.route.called
    assert bench.tokens.saved == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(httpx.ConnectError, "no connection"), (httpx.ReadTimeout, "no answer in time")],
)
async def test_a_login_without_an_answer_sends_nothing(
    fault: type[httpx.TransportError], reason: str
) -> None:
    bench = bench_of(DIALECT, MemoryTokens())
    login(bench).mock(side_effect=fault("sim-pass&word 1"))
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert outcome == Refused(Scope.ACCOUNT, "login", f"no session: {reason}")
    assert not bench.route.called


async def test_its_standing_is_a_login() -> None:
    bench = bench_of(DIALECT, held())
    page = login(bench).mock(session(2))
    assert isinstance(bench.adapter, Stands)
    assert await bench.adapter.standing() == Standing()
    assert (page.call_count, bench.tokens.saved[-1].access) == (1, "sim-sid-2")
    bench.route.mock(side_effect=by_sid("sim-sid-2", lost()))
    assert await bench.adapter.submit(DIALECT.submission) == Accepted()
    assert page.call_count == 1


async def test_a_standing_that_cannot_be_had_says_why() -> None:
    bench = bench_of(DIALECT, MemoryTokens())
    login(bench).mock(answer("405"))
    assert isinstance(bench.adapter, Stands)
    with pytest.raises(PullError, match=r"login\.jsp: 405 no session: login refused") as fault:
        await bench.adapter.standing()
    assert not any(secret in str(fault.value) for secret in DIALECT.secrets)
