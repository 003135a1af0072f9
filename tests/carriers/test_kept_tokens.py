"""Tokens and sessions on a real table, which keeps their ends less exactly than a clock tells."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
import orjson
import pytest
import respx

from outreach.carriers.base import Stands
from outreach.carriers.registry import adapter
from outreach.domain.outcome import Accepted
from outreach.store import schema
from outreach.store.database import Database
from outreach.store.tokens import TokenTable

from . import test_fpt, test_mobifone, test_zalo
from .contract import NOW, Dialect, ports_of


@dataclass(frozen=True)
class Case:
    """How one carrier gives its tokens, and where a send shows the one it was given."""

    dialect: Dialect
    grant: Callable[[int], httpx.Response]
    shown: Callable[[httpx.Request], str]
    stale: httpx.Response
    login: str


CASES = {
    "zalo": Case(
        test_zalo.DIALECT,
        test_zalo.pair,
        lambda request: request.headers["access_token"],
        httpx.Response(200, json={"error": -124}),
        "access_token",
    ),
    "fpt": Case(
        test_fpt.DIALECT,
        test_fpt.granted,
        lambda request: str(orjson.loads(request.content)["access_token"]),
        test_fpt.refusal(1011),
        "token",
    ),
    "mobifone": Case(
        test_mobifone.DIALECT,
        test_mobifone.session,
        lambda request: request.url.params["sid"],
        test_mobifone.lost(),
        "login.jsp",
    ),
}


class Carrier:
    """Gives one token after the other, and takes the last one only."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.given = 0
        self.good = True
        self.sends = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(f"/{self.case.login}"):
            self.given += 1
            self.good = True
            return self.case.grant(self.given)
        self.sends += 1
        last = self.case.shown(request).endswith(f"-{self.given}")
        return self.case.dialect.accepted if last and self.good else self.case.stale


@pytest.fixture
def table(tmp_path: Path) -> Iterator[TokenTable]:
    database = Database(f"sqlite:///{tmp_path / 'tokens.db'}")
    schema.upgrade(database)
    yield TokenTable(database, "sim")
    database.close()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_a_token_that_was_just_kept_is_renewed_when_it_is_stale(
    case: Case, table: TokenTable
) -> None:
    carrier = Carrier(case)
    router = respx.Router(assert_all_called=False)
    router.route().mock(side_effect=carrier.answer)
    moment = NOW + timedelta(microseconds=123_456)
    ports = replace(ports_of(case.dialect, router), tokens=table, clock=lambda: moment)
    made = adapter(case.dialect.account, ports)
    taken = Accepted(case.dialect.reference)
    assert await made.submit(case.dialect.submission) == taken
    carrier.good = False
    assert await made.submit(case.dialect.submission) == taken
    assert (carrier.given, carrier.sends) == (2, 3)


async def test_asking_how_fpt_stands_tries_the_credentials(table: TokenTable) -> None:
    carrier = Carrier(CASES["fpt"])
    router = respx.Router(assert_all_called=False)
    router.route().mock(side_effect=carrier.answer)
    moment = NOW + timedelta(microseconds=123_456)
    ports = replace(ports_of(test_fpt.DIALECT, router), tokens=table, clock=lambda: moment)
    made = adapter(test_fpt.ACCOUNT, ports)
    assert isinstance(made, Stands)
    await made.submit(test_fpt.DIALECT.submission)
    await made.standing()
    assert carrier.given == 2
