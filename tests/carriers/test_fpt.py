"""FPT: every code of wire-formats.md 3.3, the request, its rehearsal."""

import asyncio
from base64 import b64decode
from dataclasses import replace

import httpx
import orjson
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from outreach.carriers.base import Submission, Text
from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Duplicate, Later, Outcome, Refused, Scope, Unknown
from outreach.domain.text import Encoding
from outreach.simulator import Faults, text_hash
from outreach.simulator.fpt import Fpt, FptConfig

from .contract import (
    BASE,
    KEY,
    MSISDN,
    TEXT,
    Bench,
    Contract,
    Dialect,
    account,
    bench_of,
)
from .dialogue import dialogue

ACCOUNT = account(
    "fpt", Channel.SMS, {"client_id": "sim-client-1", "client_secret": "sim-client-secret-1"}
)


def refusal(code: object, status: int = 200) -> httpx.Response:
    told = "sim-client-secret-1 sim-client-1 84900000001"
    return httpx.Response(status, json={"error": code, "error_description": told})


def taken(**more: object) -> httpx.Response:
    body = {"MessageId": 4711, "BrandName": "SIM-CITY", "Phone": MSISDN, "PartnerId": "1"}
    return httpx.Response(200, json=body | more)


DIALECT = Dialect(
    account=ACCOUNT,
    path="/api/push-brandname-otp",
    accepted=taken(),
    reference="4711",
    refused=refusal(2513),
    unlisted=refusal(9999),
    key_on_wire=True,
    duplicate=refusal(2501),
)


def oauth(bench: Bench) -> respx.Route:
    return bench.router.post(f"{BASE}/oauth2/token")


def granted(number: int, lasting: object = 3600) -> httpx.Response:
    body = {"access_token": f"sim-access-{number}", "expires_in": lasting, "token_type": "Bearer"}
    return httpx.Response(200, json=body)


class TestContract(Contract):
    dialect = DIALECT


def with_options(**options: str | int) -> Dialect:
    return replace(DIALECT, account=replace(ACCOUNT, options={**ACCOUNT.options, **options}))


CODES: list[tuple[str, Outcome | tuple[Scope, str]]] = [
    ("1008", (Scope.ACCOUNT, "client id or secret wrong")),
    *((code, Duplicate()) for code in ("2501", "1")),
    *(
        (code, (Scope.ACCOUNT, "brandname does not exist or is not active"))
        for code in ("2513", "2", "-8")
    ),
    *(
        (code, (Scope.TEXT, "text does not match the registered template"))
        for code in ("2518", "5", "-20")
    ),
    *((code, (Scope.TEXT, "banned word")) for code in ("2519", "6", "-18")),
    ("77", (Scope.RECIPIENT, "unlisted code")),
]


@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize(("code", "meant"), CODES)
async def test_codes(code: str, meant: Outcome | tuple[Scope, str], status: int) -> None:
    """A code has the word with a 400, too, as with a 200; with a 401 only one that is listed."""
    bench = bench_of(DIALECT)
    oauth(bench).mock(granted(2))
    bench.route.mock(refusal(int(code), status))
    outcome = await bench.adapter.submit(DIALECT.submission)
    if code == "77" and status == 401:
        code, meant = "HTTP 401", (Scope.ACCOUNT, "credentials refused")
    assert outcome == (Refused(meant[0], code, meant[1]) if isinstance(meant, tuple) else meant)


@pytest.mark.parametrize("code", [0, "invalid_request", None, True, "84900000001 is odd"])
async def test_a_400_without_a_code_is_about_the_account(code: object) -> None:
    """Nobody of FPT's has read the message there: what is wrong with it is wrong with all."""
    bench = bench_of(DIALECT)
    bench.route.mock(refusal(code, 400))
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert outcome == Refused(Scope.ACCOUNT, "HTTP 400", "request refused")


@pytest.mark.parametrize("status", [403, 404, 405])
@pytest.mark.parametrize("code", [77, 2518])
async def test_another_refusing_status_has_the_word_over_a_code(status: int, code: int) -> None:
    bench = bench_of(DIALECT)
    bench.route.mock(refusal(code, status))
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.code) == (Scope.ACCOUNT, f"HTTP {status}")


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"MessageId": 5}, Accepted("5")),
        ({"MessageId": "5", "error": 0}, Accepted("5")),
        ({"MessageId": 5, "Telco": "viettel"}, Accepted("5", network=Network.VIETTEL)),
        ({"MessageId": 5, "Telco": "VINAPHONE"}, Accepted("5", network=Network.VINAPHONE)),
        ({"MessageId": 5, "Telco": "VTL"}, Accepted("5")),
        ({"MessageId": 5, "Telco": "không rõ"}, Accepted("5")),
        ({"MessageId": 5, "Telco": {"name": 1}}, Accepted("5")),
        ({"MessageId": 5, "error": 2518}, "2518"),
        ({"MessageId": None, "error": 0}, "unreadable"),
        ({"error": "invalid_request"}, "unreadable"),
    ],
)
async def test_answers(body: object, outcome: Outcome | str) -> None:
    bench = bench_of(DIALECT)
    bench.route.respond(json=body)
    said = await bench.adapter.submit(DIALECT.submission)
    if isinstance(said, Refused):
        assert said.code == outcome
    elif isinstance(said, Unknown):
        assert outcome == "unreadable"
    else:
        assert said == outcome


async def sent(dialect: Dialect, body: str = "Moi ba con") -> httpx.Request:
    bench = bench_of(dialect)
    bench.route.mock(DIALECT.accepted)
    text = Text(body, Encoding.GSM7, 1)
    await bench.adapter.submit(Submission(KEY, MSISDN, Network.VIETTEL, text))
    return bench.route.calls.last.request


async def test_the_request() -> None:
    assert orjson.loads((await sent(DIALECT)).content) == {
        "access_token": "sim-access-1",
        "session_id": "sim-refresh-1",
        "BrandName": "SIM-CITY",
        "Phone": MSISDN,
        "Message": "TW9pIGJhIGNvbg==",
        "RequestId": KEY,
    }


async def test_the_token_as_a_header() -> None:
    request = await sent(with_options(bearer=True))
    assert request.headers["Authorization"] == "Bearer sim-access-1"
    body = orjson.loads(request.content)
    assert "access_token" not in body
    assert body["session_id"] == "sim-refresh-1"


async def test_a_switch_that_is_none_names_the_file() -> None:
    with pytest.raises(BadInputError, match=r"fpt\.toml: bearer must be true or false, not 'yes'"):
        bench_of(with_options(bearer="yes"))


@given(st.text(min_size=1, max_size=400).filter(lambda text: text.isprintable()))
def test_every_text_arrives_as_it_is(text: str) -> None:
    request = asyncio.run(sent(DIALECT, text))
    assert b64decode(orjson.loads(request.content)["Message"]).decode() == text


# Its rehearsal.


@pytest.mark.parametrize("bearer", [False, True])
@pytest.mark.parametrize("status", [200, 400, 401])
async def test_it_understands_its_rehearsal(bearer: bool, status: int) -> None:  # noqa: FBT001 - a table
    """A token of its own, one that the gateway has forgotten, and a message that comes again."""
    async with dialogue(FptConfig(refusal_status=status), bearer=bearer) as talk:
        first = await talk.adapter.submit(DIALECT.submission)
        (row,) = talk.sim.ledger.requests()
        assert first == Accepted(row.reference, network=Network.MOBIFONE)
        assert row.text == text_hash(TEXT.body)
        talk.sim.dialect(Fpt).expire()
        second = await talk.adapter.submit(replace(DIALECT.submission, key="key-2"))
        assert isinstance(second, Accepted)
        assert [row.code for row in talk.sim.ledger.requests()] == ["0", "1011", "0"]
        assert await talk.adapter.submit(DIALECT.submission) == Duplicate()
        assert len(talk.tokens.saved) == 2


@pytest.mark.parametrize("option", ["client_id", "client_secret", "scope"])
async def test_wrong_credentials_stop_the_account(option: str) -> None:
    async with dialogue(FptConfig(), Faults(), **{option: "sim-wrong"}) as talk:
        outcome = await talk.adapter.submit(DIALECT.submission)
        assert talk.sim.ledger.requests() == []
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.code) == (Scope.ACCOUNT, "1008")


async def test_a_throttle_is_understood() -> None:
    async with dialogue(FptConfig(), Faults(throttled=1.0)) as talk:
        outcome = await talk.adapter.submit(DIALECT.submission)
    assert isinstance(outcome, Later)
    assert outcome.throttled
