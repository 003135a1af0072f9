"""MobiFone: the two pages, the session's life, the few answers of wire-formats.md 2.3."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from outreach.carriers.base import PullError, ReceiptWay, Standing, Stands, Submission, Text
from outreach.carriers.registry import adapter
from outreach.domain.errors import BadInputError
from outreach.domain.limit import LimitScope
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Later, Outcome, Refused, Scope, Unknown
from outreach.domain.text import Encoding, measure
from outreach.domain.token import Tokens

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
    ports_of,
)

ACCOUNT = account("mobifone", Channel.SMS, {"user": "sim-user-1", "password": "sim-pass&word 1"})


def answer(status: object, **more: str) -> httpx.Response:
    told = "sim-user-1 sim-pass&word 1 84900000001"
    return httpx.Response(200, json={"status": status, "message": told, **more})


DIALECT = Dialect(
    account=ACCOUNT,
    path="/smsg/send.jsp",
    accepted=answer("200"),
    reference=None,
    refused=answer("406"),
    unlisted=answer("sim-pass&word 1"),
    key_on_wire=False,
    method="GET",
)


class TestContract(Contract):
    dialect = DIALECT


def held(sid: str = "sim-sid-1", minutes: float = 5) -> MemoryTokens:
    return MemoryTokens(Tokens(sid, "", NOW + timedelta(minutes=minutes)))


def login(bench: Bench) -> respx.Route:
    return bench.router.post(f"{BASE}/smsg/login.jsp")


def session(number: int) -> httpx.Response:
    return httpx.Response(200, json={"sid": f"sim-sid-{number}", "status": "200"})


def lost(word: str = "SessionExpired") -> httpx.Response:
    return httpx.Response(401, content=word.encode())


def by_sid(good: str, otherwise: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    def reply(request: httpx.Request) -> httpx.Response:
        return DIALECT.accepted if request.url.params["sid"] == good else otherwise

    return reply


def sms(body: str, encoding: Encoding) -> Submission:
    return Submission(KEY, MSISDN, Network.MOBIFONE, Text(body, encoding, 1))


# The pages.


async def test_a_plain_text() -> None:
    bench = bench_of(DIALECT, held())
    bench.route.mock(DIALECT.accepted)
    text = "Moi Ong/Ba cai VssID: 100% & +mien phi#"
    assert await bench.adapter.submit(sms(text, Encoding.GSM7)) == Accepted(None)
    assert dict(bench.route.calls.last.request.url.params) == {
        "sid": "sim-sid-1",
        "sender": "SIM-CITY",
        "recipient": MSISDN,
        "content": text,
    }


async def test_an_accented_text_has_another_page() -> None:
    bench = bench_of(DIALECT, held())
    page = bench.router.get(f"{BASE}/smsg/send_2.jsp").mock(DIALECT.accepted)
    text = "Mời Ông/Bà cài VssID\nmiễn phí"
    assert await bench.adapter.submit(sms(text, Encoding.UCS2)) == Accepted(None)
    assert dict(page.calls.last.request.url.params) == {
        "enCoding": "ALPHA_UCS2",
        "sid": "sim-sid-1",
        "sender": "SIM-CITY",
        "recipient": MSISDN,
        "content": text,
    }
    assert not bench.route.called


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=200))
async def test_no_letter_is_changed_on_the_way(text: str) -> None:
    bench = bench_of(DIALECT, held())
    for page in ("send.jsp", "send_2.jsp"):
        bench.router.get(f"{BASE}/smsg/{page}").mock(DIALECT.accepted)
    encoding = measure(text).encoding
    outcome = await bench.adapter.submit(sms(text, encoding))
    if encoding is Encoding.GSM7 and not text.isascii():
        assert outcome == Refused(
            Scope.RECIPIENT, "NOT_ASCII", "a sign that only accented texts carry"
        )
        assert not bench.router.calls
        return
    request = bench.router.calls.last.request
    assert request.url.params["content"] == text
    assert request.url.path.endswith("send_2.jsp" if encoding is Encoding.UCS2 else "send.jsp")


# What it answers.


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("200", Accepted()),
        (200, Accepted()),
        ("406", Refused(Scope.RECIPIENT, "406", "unlisted status")),
        ("500", Refused(Scope.RECIPIENT, "500", "unlisted status")),
        ("84900000001", Refused(Scope.RECIPIENT, "status", "unlisted status")),
        ("sim-user-1 is odd", Refused(Scope.RECIPIENT, "status", "unlisted status")),
        (None, Unknown("unreadable answer: no 'status'")),
    ],
)
async def test_answers(status: object, outcome: Outcome) -> None:
    bench = bench_of(DIALECT, held())
    bench.route.mock(answer(status))
    assert await bench.adapter.submit(DIALECT.submission) == outcome


def test_it_tells_nothing_later() -> None:
    told = bench_of(DIALECT).adapter.capabilities
    assert (told.receipts, told.by_reference) == (ReceiptWay.ABSENT, False)


# The session.


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


@pytest.mark.parametrize("word", ["SessionExpired", "SidNotPassed\r\n", '"notloggedin"'])
async def test_a_lost_session_is_begun_anew_and_the_message_sent_once_more(word: str) -> None:
    bench = bench_of(DIALECT, held())
    page = login(bench).mock(session(2))
    bench.route.mock(side_effect=by_sid("sim-sid-2", lost(word)))
    assert await bench.adapter.submit(DIALECT.submission) == Accepted()
    assert (page.call_count, bench.route.call_count) == (1, 2)


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


async def test_the_second_try_may_break_as_the_first() -> None:
    bench = bench_of(DIALECT, held())
    login(bench).mock(session(2))
    bench.route.mock(side_effect=[lost(), httpx.ReadTimeout(f"sim-pass&word 1 {MSISDN}")])
    assert await bench.adapter.submit(DIALECT.submission) == Unknown("no answer in time")
    assert bench.route.call_count == 2


async def test_many_in_flight_share_one_login() -> None:
    bench = bench_of(DIALECT, held())
    bench.route.mock(side_effect=by_sid("sim-sid-2", lost()))
    open_door = asyncio.Event()

    async def slow(_request: httpx.Request) -> httpx.Response:
        await open_door.wait()
        return session(2)

    page = login(bench).mock(side_effect=slow)
    calls = [asyncio.create_task(bench.adapter.submit(DIALECT.submission)) for _ in range(50)]
    while bench.route.call_count < 50:
        await asyncio.sleep(0)  # until all have been told that their session is lost
    open_door.set()
    assert set(await asyncio.gather(*calls)) == {Accepted()}
    assert (page.call_count, bench.tokens.refreshes, len(bench.tokens.saved)) == (1, 1, 1)


async def test_who_asked_for_a_login_may_go_away() -> None:
    bench = bench_of(DIALECT, MemoryTokens())
    bench.route.mock(DIALECT.accepted)
    asked, open_door = asyncio.Event(), asyncio.Event()

    async def slow(_request: httpx.Request) -> httpx.Response:
        asked.set()
        await open_door.wait()
        return session(1)

    page = login(bench).mock(side_effect=slow)
    first = asyncio.create_task(bench.adapter.submit(DIALECT.submission))
    await asked.wait()
    second = asyncio.create_task(bench.adapter.submit(DIALECT.submission))
    first.cancel()
    open_door.set()
    assert await second == Accepted()
    assert (page.call_count, first.cancelled()) == (1, True)


async def test_another_process_may_have_been_faster() -> None:
    bench = bench_of(DIALECT, held())
    page = login(bench).mock(session(3))

    def reply(request: httpx.Request) -> httpx.Response:
        bench.tokens.kept = Tokens("sim-sid-2", "", NOW + timedelta(minutes=5))
        return by_sid("sim-sid-2", lost())(request)

    bench.route.mock(side_effect=reply)
    assert await bench.adapter.submit(DIALECT.submission) == Accepted()
    assert (page.call_count, bench.tokens.saved) == (0, [])


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


async def test_a_failed_login_is_tried_again_for_the_next() -> None:
    bench = bench_of(DIALECT, MemoryTokens())
    login(bench).mock(side_effect=[httpx.Response(503), session(1)])
    bench.route.mock(DIALECT.accepted)
    assert isinstance(await bench.adapter.submit(DIALECT.submission), Refused)
    assert await bench.adapter.submit(DIALECT.submission) == Accepted()


# Calls that the engine has not paced.


@pytest.mark.parametrize(
    ("most", "logins", "sends"),
    [(0, 0, 1), (1, 1, 1), (2, 1, 2)],
)
async def test_the_login_and_the_second_send_wait_for_their_turns(
    most: int, logins: int, sends: int
) -> None:
    asked: list[LimitScope] = []

    async def turn(scope: LimitScope) -> bool:
        asked.append(scope)
        return len(asked) <= most

    bench = bench_of(DIALECT, held())
    page = login(bench).mock(session(2))
    bench.route.mock(side_effect=by_sid("sim-sid-2", lost()))
    ports = replace(ports_of(DIALECT, bench.router, held()), turn=turn)
    outcome = await adapter(ACCOUNT, ports).submit(DIALECT.submission)
    assert (page.call_count, bench.route.call_count) == (logins, sends)
    assert asked == [LimitScope.TOKEN, LimitScope.SEND][: most + 1]
    wanted = (Refused, Later, Accepted)[most]
    assert isinstance(outcome, wanted)


# How the contract stands.


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
