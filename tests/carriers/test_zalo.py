"""Zalo by phone number: the request, what success is, the proof, a rehearsal."""

from dataclasses import replace

import httpx
import orjson
import pytest

from outreach.carriers.base import Rehearses
from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, NotSent

from .contract import KEY, MSISDN, Contract, Dialect, account, bench_of
from .oa import CREDENTIALS, EVENT, answer, event

ACCOUNT = account("zalo", Channel.ZALO, CREDENTIALS)
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
    duplicate=None,
)


class TestContract(Contract):
    dialect = DIALECT


def with_options(**options: str | int) -> Dialect:
    return replace(DIALECT, account=replace(ACCOUNT, options={**ACCOUNT.options, **options}))


async def test_an_unknown_exception_at_zalo_is_counted() -> None:
    bench = bench_of(DIALECT)
    bench.route.mock(answer(-100))
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert outcome == NotSent("-100 unknown exception at Zalo")


@pytest.mark.parametrize("hour", ["midnight", "00:05+07:00"])
async def test_a_reset_hour_that_is_none_names_the_file(hour: str) -> None:
    with pytest.raises(BadInputError, match=r"zalo\.toml: quota_resets"):
        bench_of(with_options(quota_resets=hour))


@pytest.mark.parametrize("error", [0, "0"])
async def test_success_without_an_id_is_success(error: object) -> None:
    bench = bench_of(DIALECT)
    bench.route.respond(json={"error": error})
    assert await bench.adapter.submit(DIALECT.submission) == Accepted(None)


async def sent(dialect: Dialect) -> httpx.Request:
    bench = bench_of(dialect)
    bench.route.mock(DIALECT.accepted)
    await bench.adapter.submit(dialect.submission)
    return bench.route.calls.last.request


async def test_the_request() -> None:
    request = await sent(DIALECT)
    assert request.headers["access_token"] == "sim-access-1"
    assert orjson.loads(request.content) == {
        "phone": MSISDN,
        "template_id": "sim-template-1",
        "template_data": {"name": "Nguyễn Văn A"},
        "tracking_id": KEY,
    }


PROOF = "3d2bf156e6e68240aa30c00ae0ae93dc1bbe1be5dcbcc56dcf9ccb5f179e54e3"
"""HMAC-SHA256 of the access token under the application's secret, as openssl makes it."""


@pytest.mark.parametrize(
    ("options", "proof"),
    [({}, None), ({"appsecret_proof": "none"}, None), ({"appsecret_proof": "header"}, PROOF)],
)
async def test_the_proof_of_the_secret_is_sent_where_it_is_asked_for(
    options: dict[str, str], proof: str | None
) -> None:
    request = await sent(with_options(**options))
    assert request.headers.get("appsecret_proof") == proof


async def test_a_proof_in_an_unknown_place_names_the_file() -> None:
    with pytest.raises(BadInputError, match=r"zalo\.toml: appsecret_proof .* not 'body'"):
        bench_of(with_options(appsecret_proof="body"))


async def test_a_rehearsal_reaches_administrators_only() -> None:
    bench = bench_of(DIALECT)
    bench.route.mock(DIALECT.accepted)
    assert isinstance(bench.adapter, Rehearses)
    assert await bench.adapter.rehearse(DIALECT.submission) == Accepted("sim-msg-1")
    assert orjson.loads(bench.route.calls.last.request.content)["mode"] == "development"
