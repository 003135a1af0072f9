"""The suite that every adapter passes: test_<name>.py derives a class from Contract."""

import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import httpx
import pytest
import respx

from outreach.carriers.base import (
    Adapter,
    Callback,
    ForgedError,
    Pulled,
    PullError,
    Pushed,
    ReceiptWay,
    Submission,
    Template,
    Text,
)
from outreach.carriers.http import Http
from outreach.carriers.ports import Ports
from outreach.carriers.registry import adapter
from outreach.carriers.transport import MAX_ANSWER
from outreach.delivery.judge import History, Policy, judge
from outreach.domain.message import Event
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import (
    Accepted,
    Duplicate,
    Later,
    NotSent,
    Outcome,
    Refused,
    Scope,
    Unknown,
)
from outreach.domain.receipt import Receipt
from outreach.domain.text import Encoding
from outreach.domain.token import Tokens
from outreach.settings import Account

from .heard import Heard

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
KEY = "7100000042L0-0123456789"
MSISDN = "84900000001"
BASE = "https://sim-carrier.test/api"
CALLBACK = "https://city.test/callback/sim-door-secret"
TEXT = Text("Moi ba con cai dat VssID", Encoding.GSM7, 1)
TEMPLATE = Template("sim-template-1", {"name": "Nguyễn Văn A"})


def account(name: str, channel: Channel, options: Mapping[str, str | int]) -> Account:
    """An account with invented credentials."""
    return Account(
        name=name,
        adapter=name,
        channel=channel,
        networks=frozenset({Network.VIETTEL}),
        base_url=BASE,
        sender="SIM-CITY",
        limits=(),
        in_flight=4,
        price_per_part=Decimal(1),
        plain_only=False,
        max_parts=3,
        timeout=timedelta(seconds=5),
        receipt_deadline=timedelta(hours=72),
        options=options,
    )


@dataclass
class MemoryTokens:
    """A token store that remembers what was done to it."""

    kept: Tokens | None = None
    saved: list[Tokens] = field(default_factory=list)
    refreshes: int = 0

    def load(self) -> Tokens | None:
        return self.kept

    def save(self, tokens: Tokens) -> None:
        self.saved.append(tokens)
        self.kept = tokens

    @asynccontextmanager
    async def refreshing(self) -> AsyncIterator[None]:
        self.refreshes += 1
        yield


def fresh_tokens() -> MemoryTokens:
    return MemoryTokens(Tokens("sim-access-1", "sim-refresh-1", NOW + timedelta(hours=20)))


@dataclass(frozen=True)
class Dialect:
    """What the contract must know of a dialect to test it."""

    account: Account
    path: str
    accepted: httpx.Response
    reference: str | None
    refused: httpx.Response
    """HTTP 200 with a refusal inside, whose words hold a number and the account's secrets."""
    unlisted: httpx.Response
    key_on_wire: bool
    receipt: Callback | None = None
    forged: Callback | None = None
    """None where the carrier seals nothing."""
    content: Text | Template | None = None
    """What is sent; None where it is what carriers of the channel commonly send."""
    method: str = "POST"
    duplicate: httpx.Response | None = None
    """The answer to a key that comes again; None where the carrier has none."""

    @property
    def secrets(self) -> Sequence[str]:
        return [str(value) for value in self.account.options.values()]

    @property
    def submission(self) -> Submission:
        common = TEMPLATE if self.account.channel is Channel.ZALO else TEXT
        return Submission(KEY, MSISDN, Network.VIETTEL, self.content or common)


@dataclass
class Bench:
    """An adapter with a mocked carrier."""

    adapter: Adapter
    router: respx.Router
    route: respx.Route
    tokens: MemoryTokens


def ports_of(
    dialect: Dialect, router: respx.Router | None = None, tokens: MemoryTokens | None = None
) -> Ports:
    """The ports of a test: a mocked network, tokens in memory, a clock that stands."""
    transport = httpx.MockTransport((router or respx.Router()).async_handler)
    http = Http(dialect.account.timeout, 4, transport)
    return Ports(http, tokens or fresh_tokens(), CALLBACK, lambda: NOW)


def bench_of(dialect: Dialect, tokens: MemoryTokens | None = None) -> Bench:
    """Set an adapter before a mock of its carrier."""
    router = respx.Router(assert_all_called=False)
    kept = tokens or fresh_tokens()
    made = adapter(dialect.account, ports_of(dialect, router, kept))
    route = router.route(method=dialect.method, url=f"{BASE}{dialect.path}")
    return Bench(made, router, route, kept)


class Suite:
    """What the tests of every adapter derive a class from; `of` is the adapter's name."""

    of: ClassVar[str] = ""


class Contract(Heard, Suite):
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
        outcome = await bench.adapter.submit(self.dialect.submission)
        told = repr(outcome) + repr(bench.adapter)
        for secret in (*self.dialect.secrets, MSISDN, "900000001", "sim-access-1"):
            assert secret not in told
        assert KEY not in told or self.dialect.reference == KEY
        if isinstance(outcome, Refused | Unknown | NotSent | Later):
            assert outcome.reason
            assert len(outcome.reason) <= 120
        return outcome

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

    @pytest.mark.parametrize(
        ("before", "event"), [(History(), Event.LOSE), (History(was_unknown=True), Event.ACCEPT)]
    )
    async def test_a_duplicate_counts_only_after_an_unknown(
        self, bench: Bench, before: History, event: Event
    ) -> None:
        if self.dialect.duplicate is None:
            pytest.skip("this carrier refuses no key that comes again")
        bench.route.mock(self.dialect.duplicate)
        outcome = await self.said(bench)
        assert isinstance(outcome, Duplicate)
        assert judge(outcome, before, Policy()).event is event

    async def test_a_wrong_content_type_is_no_matter(self, bench: Bench) -> None:
        whole = self.dialect.accepted.content
        bench.route.respond(200, content=whole, headers={"Content-Type": "text/plain"})
        assert await self.said(bench) == Accepted(self.dialect.reference)

    def test_its_receipts_come_as_it_says(self, bench: Bench) -> None:
        way = bench.adapter.capabilities.receipts
        assert isinstance(bench.adapter, Pushed) is (way is ReceiptWay.PUSHED)
        assert isinstance(bench.adapter, Pulled) is (way is ReceiptWay.PULLED)
        assert bench.adapter.capabilities.channel is self.dialect.account.channel

    def test_a_receipt_twice_reads_the_same(self, bench: Bench) -> None:
        pushed = self._pushed(bench)
        assert self.dialect.receipt is not None
        first, second = pushed.receipts(self.dialect.receipt), pushed.receipts(self.dialect.receipt)
        assert first == second
        key = KEY if bench.adapter.capabilities.receipts_carry_key else None
        assert [receipt.key for receipt in first] == [key]

    def test_a_forged_receipt(self, bench: Bench) -> None:
        pushed = self._pushed(bench)
        if self.dialect.forged is None:
            pytest.skip("this carrier seals nothing: the door's address is the secret")
        with pytest.raises(ForgedError) as forged:
            pushed.receipts(self.dialect.forged)
        for secret in (*self.dialect.secrets, MSISDN):
            assert secret not in str(forged.value)

    @pytest.mark.parametrize("junk", [b"", b"\xff\x00", b"{}", b"[]", b'{"timestamp": 1}'])
    def test_a_garbage_receipt_moves_nothing(self, bench: Bench, junk: bytes) -> None:
        pushed = self._pushed(bench)
        call = Callback(junk.decode("latin-1"), {"x-zevent-signature": "mac=\udcff"}, junk)
        found: Sequence[Receipt] = ()
        with suppress(ForgedError):
            found = pushed.receipts(call)
        assert list(found) == []

    async def test_a_pull_that_fails_says_so(self, bench: Bench) -> None:
        if not isinstance(bench.adapter, Pulled):
            pytest.skip("this carrier is not asked")
        for broken in (httpx.Response(500), httpx.Response(200, content=b"<a/>")):
            bench.route.mock(broken)
            with pytest.raises(PullError) as fault:
                await bench.adapter.failures(NOW.date())
            assert not any(secret in str(fault.value) for secret in self.dialect.secrets)

    @staticmethod
    def _pushed(bench: Bench) -> Pushed:
        if not isinstance(bench.adapter, Pushed):
            pytest.skip("this carrier does not call back")
        return bench.adapter
