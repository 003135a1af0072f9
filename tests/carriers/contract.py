"""The suite that every adapter passes: test_<name>.py derives a class from Contract."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import httpx
import pytest

from outreach.carriers.connection import MAX_ANSWER
from outreach.domain.outcome import Accepted, Later, NotSent, Outcome, Refused, Scope, Unknown

from .again import Again
from .dialects import (
    BASE,
    CALLBACK,
    KEY,
    MSISDN,
    NOW,
    TEMPLATE,
    TEXT,
    Bench,
    Dialect,
    MemoryTokens,
    account,
    bench_of,
    fresh_tokens,
    ports_of,
    submitted,
)
from .heard import Heard

__all__ = [
    "BASE",
    "CALLBACK",
    "KEY",
    "MSISDN",
    "NOW",
    "TEMPLATE",
    "TEXT",
    "Bench",
    "Contract",
    "Dialect",
    "MemoryTokens",
    "Suite",
    "account",
    "bench_of",
    "fresh_tokens",
    "ports_of",
]


class Suite:
    """What the tests of every adapter derive a class from; `of` is the adapter's name."""

    of: ClassVar[str] = ""


class Contract(Again, Heard, Suite):
    """What the engine relies on, whatever the carrier that speaks HTTP."""

    dialect: Dialect

    def __init_subclass__(cls) -> None:
        cls.of = cls.dialect.account.adapter

    @pytest.fixture
    def bench(self) -> Bench:
        return bench_of(self.dialect)

    @pytest.fixture(autouse=True)
    def _nothing_of_it_is_logged(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        caplog.set_level(logging.DEBUG)
        yield
        logged = "".join(map(logging.Formatter().format, caplog.get_records("call")))
        for secret in (*self.dialect.secrets, MSISDN, "900000001", "sim-access-1"):
            assert secret not in logged

    async def said(self, bench: Bench) -> Outcome:
        """Submit, and see to it that the outcome tells no secret and no number."""
        return await submitted(self.dialect, bench)

    async def test_accepted(self, bench: Bench) -> None:
        bench.route.mock(self.dialect.accepted)
        assert await self.said(bench) == Accepted(self.dialect.reference)
        request = bench.route.calls.last.request
        sent = f"{request.url} {request.content.decode()}"
        assert (KEY in sent) is self.dialect.key_on_wire
        assert MSISDN in sent

    @pytest.mark.parametrize("fault", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
    async def test_what_never_left_is_not_sent(self, bench: Bench, fault: Any) -> None:
        bench.route.mock(side_effect=fault(" ".join((*self.dialect.secrets, MSISDN))))
        assert isinstance(await self.said(bench), NotSent)
        assert bench.route.call_count == 1

    @pytest.mark.parametrize(
        "fault",
        [httpx.ReadTimeout, httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError],
    )
    async def test_what_may_have_left_is_unknown(self, bench: Bench, fault: Any) -> None:
        bench.route.mock(side_effect=fault(" ".join((*self.dialect.secrets, MSISDN))))
        assert isinstance(await self.said(bench), Unknown)
        assert bench.route.call_count == 1

    @pytest.mark.parametrize("status", [301, 302, 307, 408, 500, 502, 503, 504])
    async def test_a_status_that_says_nothing_is_unknown(self, bench: Bench, status: int) -> None:
        bench.route.respond(status, html=f"<h1>{MSISDN}</h1>", headers={"Location": "/again"})
        assert await self.said(bench) == Unknown(f"HTTP {status}")
        assert bench.route.call_count == 1

    async def test_a_throttle_waits_as_long_as_asked(self, bench: Bench) -> None:
        bench.route.respond(429, headers={"Retry-After": "17"})
        outcome = await self.said(bench)
        assert outcome == Later(timedelta(seconds=17), "HTTP 429", throttled=True)

    @pytest.mark.parametrize("status", [403, 404, 405])
    async def test_a_refusing_status_is_about_the_account(self, bench: Bench, status: int) -> None:
        bench.route.respond(status, html="<h1>no</h1>")
        outcome = await self.said(bench)
        assert isinstance(outcome, Refused)
        assert outcome.scope is Scope.ACCOUNT

    async def test_an_error_inside_a_200(self, bench: Bench) -> None:
        bench.route.mock(self.dialect.refused)
        assert isinstance(await self.said(bench), Refused)
        assert bench.route.call_count == 1

    async def test_an_unlisted_code(self, bench: Bench) -> None:
        bench.route.mock(self.dialect.unlisted)
        outcome = await self.said(bench)
        assert isinstance(outcome, Refused)
        assert outcome.scope is Scope.RECIPIENT
        assert outcome.reason.startswith("unlisted")

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html><body>84900000001: please log in to the proxy</body></html>",
            b"null",
            b"[]",
            b"{}",
            b"0",
            b'{"error":',
            b'{"error": true, "CodeResult": null}',
            b'{"error": {"a": 1}, "CodeResult": [100]}',
            b"<?xml version='1.0'?><a><result>1</res",
            b"<!DOCTYPE a [<!ENTITY b '1'>]><a><result>&b;</result></a>",
            b"<a>" * 50_000 + b"</a>" * 50_000,
            b"\xff\xfe\x00\x01",
            b"{" * 100_000,
        ],
        ids=lambda body: repr(body[:20]),
    )
    async def test_an_unreadable_answer_is_unknown(self, bench: Bench, body: bytes) -> None:
        bench.route.respond(200, content=body)
        outcome = await self.said(bench)
        assert isinstance(outcome, Unknown)
        assert outcome.reason.startswith("unreadable answer: ")

    async def test_half_an_answer_is_unknown(self, bench: Bench) -> None:
        whole = self.dialect.accepted.content
        bench.route.respond(200, content=whole[: len(whole) // 2])
        assert isinstance(await self.said(bench), Unknown)

    async def test_a_huge_answer_is_unknown(self, bench: Bench) -> None:
        bench.route.respond(200, content=b" " * MAX_ANSWER + self.dialect.accepted.content)
        assert isinstance(await self.said(bench), Unknown)

    async def test_a_wrong_content_type_is_no_matter(self, bench: Bench) -> None:
        whole = self.dialect.accepted.content
        bench.route.respond(200, content=whole, headers={"Content-Type": "text/plain"})
        assert await self.said(bench) == Accepted(self.dialect.reference)
