"""What every adapter passes that can be asked about one message: derive a class from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx

from outreach.carriers.base import Asked, PullError, Question
from outreach.carriers.connection import MAX_ANSWER
from outreach.carriers.registry import adapter
from outreach.domain.receipt import Receipt

from .dialects import BASE, KEY, MSISDN, NOW, Dialect, ports_of

QUESTION = Question(KEY, "sim-reference-1", MSISDN, NOW - timedelta(hours=1))


@dataclass(frozen=True)
class Asking:
    """What the suite must know of a dialect's questions."""

    dialect: Dialect
    method: str
    path: str
    answers: Sequence[tuple[httpx.Response, Sequence[Receipt]]]
    """Readable answers, and what each says of `question`."""
    refused: Sequence[httpx.Response]
    """Refusals inside HTTP 200, whose words hold a number and the account's secrets."""
    question: Question = QUESTION


class AskedContract:
    """What the engine relies on when it asks."""

    asking: Asking

    @pytest.fixture
    def router(self) -> respx.Router:
        return respx.Router(assert_all_called=False)

    @pytest.fixture
    def route(self, router: respx.Router) -> respx.Route:
        return router.route(method=self.asking.method, url__startswith=BASE + self.asking.path)

    def asked(self, router: respx.Router) -> Asked:
        dialect = self.asking.dialect
        made = adapter(dialect.account, ports_of(dialect, router))
        assert isinstance(made, Asked)
        return made

    async def fails(self, router: respx.Router) -> str:
        """Ask in vain, once; what is raised tells no secret."""
        with pytest.raises(PullError) as raised:
            await self.asked(router).status(self.asking.question)
        told = "".join(map(repr, (raised.value, raised.value.__context__, raised.value.__cause__)))
        question = self.asking.question
        known = (*self.asking.dialect.secrets, "sim-access-1", BASE, "sim-carrier", MSISDN[2:])
        for secret in (*known, question.key, str(question.reference)):
            assert secret not in told
        assert 0 < len(str(raised.value)) <= 120
        return str(raised.value)

    async def test_readable_answers(self, router: respx.Router, route: respx.Route) -> None:
        for answer, receipts in self.asking.answers:
            route.mock(answer)
            assert list(await self.asked(router).status(self.asking.question)) == list(receipts)
            own = [receipt for receipt in receipts if receipt.msisdn == self.asking.question.msisdn]
            assert all(receipt.key == self.asking.question.key for receipt in own)
        assert route.call_count == len(self.asking.answers), "one call for one question"

    @pytest.mark.parametrize("status", [301, 400, 403, 404, 429, 500, 503])
    async def test_a_status_that_is_no_answer(
        self, router: respx.Router, route: respx.Route, status: int
    ) -> None:
        route.respond(status, html=f"<h1>{MSISDN}</h1>", headers={"Location": "/again"})
        await self.fails(router)
        assert route.call_count == 1

    async def test_refusals(self, router: respx.Router, route: respx.Route) -> None:
        assert self.asking.refused
        for answer in self.asking.refused:
            route.mock(answer)
            await self.fails(router)

    @pytest.mark.parametrize(
        "fault",
        [httpx.ConnectError, httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError],
    )
    async def test_silence(self, router: respx.Router, route: respx.Route, fault: Any) -> None:
        route.mock(side_effect=fault(" ".join((*self.asking.dialect.secrets, MSISDN))))
        await self.fails(router)
        assert route.call_count == 1

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html><body>84900000001: please log in to the proxy</body></html>",
            b"null",
            b"[]",
            b"{}",
            b'{"error": 0}',
            b'{"error": 0, "data": []}',
            b'{"error": 0, "data": {"status": true}}',
            b'{"error": true, "CodeResult": null, "CodeResponse": {}}',
            b'{"CodeResult": "100", "CodeResponse": "100", "ReceiverList": 1}',
            b"\xff\xfe\x00\x01",
            b"{" * 100_000,
            b" " * (MAX_ANSWER + 1),
        ],
        ids=lambda body: repr(body[:50]),
    )
    async def test_an_unreadable_answer(
        self, router: respx.Router, route: respx.Route, body: bytes
    ) -> None:
        route.respond(200, content=body)
        await self.fails(router)

    async def test_half_an_answer(self, router: respx.Router, route: respx.Route) -> None:
        whole = self.asking.answers[0][0].content
        route.respond(200, content=whole[: len(whole) // 2])
        await self.fails(router)

    async def test_without_a_reference_nobody_is_asked(
        self, router: respx.Router, route: respx.Route
    ) -> None:
        question = replace(self.asking.question, reference=None)
        assert list(await self.asked(router).status(question)) == []
        assert not route.called
