"""Zalo by phone number: what it tells of one message, and of the OA's quota, when asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import respx

from outreach.carriers.base import Asked, PullError, Standing, Stands
from outreach.carriers.registry import adapter
from outreach.domain.limit import LimitScope
from outreach.domain.receipt import Receipt, Status

from .asked_contract import QUESTION, AskedContract, Asking
from .dialects import BASE, KEY, MSISDN, NOW, bench_of, ports_of
from .oa import OAUTH, answer, pair
from .test_zalo import DIALECT, PROOF, with_options

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
        assert "appsecret_proof" not in request.headers

    async def test_the_question_has_the_proof_too(
        self, router: respx.Router, route: respx.Route
    ) -> None:
        route.mock(told(0))
        dialect = with_options(appsecret_proof="header")
        made = adapter(dialect.account, ports_of(dialect, router))
        assert isinstance(made, Asked)
        await made.status(QUESTION)
        assert route.calls.last.request.headers["appsecret_proof"] == PROOF

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
