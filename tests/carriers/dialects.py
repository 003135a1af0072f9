"""What the suites must know of a dialect, and its adapter set before a mock of its carrier."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import respx

from outreach.carriers.base import Adapter, Callback, Submission, Template, Text
from outreach.carriers.http import Http
from outreach.carriers.ports import Ports
from outreach.carriers.registry import adapter
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Later, NotSent, Outcome, Refused, Unknown
from outreach.domain.text import Encoding
from outreach.domain.token import Tokens
from outreach.settings import Account

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
    duplicate: httpx.Response | None = field(kw_only=True)
    """The answer to what comes again; None says that the protocol knows nothing of the kind."""

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


async def submitted(dialect: Dialect, bench: Bench) -> Outcome:
    """Submit, and see to it that the outcome tells no secret and no number."""
    outcome = await bench.adapter.submit(dialect.submission)
    told = repr(outcome) + repr(bench.adapter)
    for secret in (*dialect.secrets, MSISDN, "900000001", "sim-access-1"):
        assert secret not in told
    assert KEY not in told or dialect.reference == KEY
    if isinstance(outcome, Refused | Unknown | NotSent | Later):
        assert outcome.reason
        assert len(outcome.reason) <= 120
    return outcome
