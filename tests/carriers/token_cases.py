"""The adapters that hold a token or a session: how each is given one, and how it shows it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import httpx
import orjson
import respx

from outreach.domain.token import Tokens

from . import test_fpt, test_mobifone, test_zalo, test_zalo_uid
from .dialects import BASE, NOW, Bench, Dialect, MemoryTokens
from .oa import OAUTH, answer, pair


@dataclass(frozen=True)
class Case:
    """One carrier, whose tokens are numbered."""

    dialect: Dialect
    door: str
    """The whole address at which it gives tokens."""
    grant: Callable[[int], httpx.Response]
    shown: Callable[[httpx.Request], str]
    """Where a send shows the token it was given."""
    stale: Sequence[httpx.Response]
    """Every answer by which it says that a token is no longer good."""
    over: timedelta
    """So long before its end a token counts as stale, or shorter."""
    name: str = "sim-access"

    def tokens(self, number: int, good_for: timedelta = timedelta(hours=20)) -> Tokens:
        """Those of a number, as they are kept."""
        return Tokens(f"{self.name}-{number}", f"sim-refresh-{number}", NOW + good_for)

    def kept(self, number: int = 1) -> MemoryTokens:
        """A store that has them, good for hours yet."""
        return MemoryTokens(self.tokens(number))

    def expired(self) -> MemoryTokens:
        """A store whose tokens have had their time."""
        return MemoryTokens(self.tokens(1, self.over))

    def given(self, bench: Bench) -> respx.Route:
        """The route at which tokens are given."""
        return bench.router.post(self.door)

    def by_token(self, good: int) -> Callable[[httpx.Request], httpx.Response]:
        """What a carrier answers that takes one token only."""

        def reply(request: httpx.Request) -> httpx.Response:
            fits = self.shown(request) == f"{self.name}-{good}"
            return self.dialect.accepted if fits else self.stale[0]

        return reply


def _header(request: httpx.Request) -> str:
    return request.headers["access_token"]


_ZALO_STALE = [*map(answer, (-124, -216, -220)), httpx.Response(401)]
CASES: Mapping[str, Case] = {
    **{
        dialect.account.name: Case(
            dialect,
            f"{OAUTH}/v4/oa/access_token",
            pair,
            _header,
            _ZALO_STALE,
            over=timedelta(minutes=4),
        )
        for dialect in (test_zalo.DIALECT, test_zalo_uid.DIALECT)
    },
    "fpt": Case(
        test_fpt.DIALECT,
        f"{BASE}/oauth2/token",
        test_fpt.granted,
        lambda request: str(orjson.loads(request.content)["access_token"]),
        [
            *map(test_fpt.refusal, (1011, 1013)),
            *(test_fpt.refusal(code, status) for code in (1011, 1013) for status in (400, 401)),
            httpx.Response(401),
        ],
        over=timedelta(seconds=29),
    ),
    "mobifone": Case(
        test_mobifone.DIALECT,
        f"{BASE}/smsg/login.jsp",
        test_mobifone.session,
        lambda request: request.url.params["sid"],
        [*map(test_mobifone.lost, ("SessionExpired", "SidNotPassed\r\n", '"notloggedin"'))],
        over=timedelta(0),
        name="sim-sid",
    ),
}
