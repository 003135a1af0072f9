"""Zalo by user id: the request, what success is, what its answers are known by."""

from dataclasses import dataclass, replace

import httpx
import orjson
import pytest

from outreach.carriers.base import Submission
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Outcome

from .contract import MSISDN, Contract, Dialect, account, bench_of
from .oa import BY_USER, CREDENTIALS, answer, event

USER = f"sim-user-{MSISDN}"
ACCOUNT = account("zalo_uid", Channel.ZALO, CREDENTIALS)


@dataclass(frozen=True)
class ByUser(Dialect):
    """A dialect whose carrier knows persons by its own id; the number in it shows a leak."""

    @property
    def submission(self) -> Submission:
        return replace(super().submission, address=USER)


DIALECT = ByUser(
    account=ACCOUNT,
    path="/v3.0/oa/message/template",
    accepted=answer(0, message_id="sim-msg-1", user_id=USER, sent_time="1795143600000"),
    reference="sim-msg-1",
    refused=answer(-213, told=f"sim-app-secret sim-oa-secret {USER}"),
    unlisted=answer(-9999),
    key_on_wire=False,
    receipt=event(BY_USER),
    forged=event(BY_USER, secret="sim-guess"),
    duplicate=None,
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


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (answer(0), Accepted(None)),
        (answer("0", message_id=7), Accepted("7")),
        (httpx.Response(200, json={"error": 0}), Accepted(None)),
    ],
)
async def test_success(reply: httpx.Response, outcome: Outcome) -> None:
    bench = bench_of(DIALECT)
    bench.route.mock(reply)
    assert await bench.adapter.submit(DIALECT.submission) == outcome


async def test_the_proof_of_the_secret() -> None:
    options = {**ACCOUNT.options, "appsecret_proof": "header"}
    bench = bench_of(replace(DIALECT, account=replace(ACCOUNT, options=options)))
    bench.route.mock(DIALECT.accepted)
    await bench.adapter.submit(DIALECT.submission)
    assert len(bench.route.calls.last.request.headers["appsecret_proof"]) == 64
