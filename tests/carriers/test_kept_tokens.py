"""Tokens and sessions on a real table, which keeps their ends less exactly than a clock tells."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import respx

from outreach.carriers.base import Adapter, Stands
from outreach.carriers.registry import adapter
from outreach.domain.outcome import Accepted
from outreach.store import schema
from outreach.store.database import Database
from outreach.store.tokens import TokenTable

from .dialects import NOW, ports_of
from .token_cases import CASES, Case


class Carrier:
    """Gives one token after the other, and takes the last one only."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.given = 0
        self.good = True
        self.sends = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) == self.case.door:
            self.given += 1
            self.good = True
            return self.case.grant(self.given)
        self.sends += 1
        last = self.case.shown(request).endswith(f"-{self.given}")
        return self.case.dialect.accepted if last and self.good else self.case.stale[0]

    def process(self, table: TokenTable) -> Adapter:
        """An adapter with what it holds in memory, before this carrier."""
        router = respx.Router(assert_all_called=False)
        router.route().mock(side_effect=self.answer)
        moment = NOW + timedelta(microseconds=123_456)
        ports = replace(ports_of(self.case.dialect, router), tokens=table, clock=lambda: moment)
        return adapter(self.case.dialect.account, ports)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[TokenTable]:
    with_schema = Database(f"sqlite:///{tmp_path / 'tokens.db'}")
    schema.upgrade(with_schema)
    yield TokenTable(with_schema, "sim")
    with_schema.close()


@pytest.fixture
def other_table(tmp_path: Path, table: TokenTable) -> Iterator[TokenTable]:
    """The same one, as another process has it open."""
    database = Database(f"sqlite:///{tmp_path / 'tokens.db'}")
    yield TokenTable(database, "sim")
    database.close()


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
async def test_a_token_that_was_just_kept_is_renewed_when_it_is_stale(
    case: Case, table: TokenTable
) -> None:
    carrier = Carrier(case)
    made = carrier.process(table)
    taken = Accepted(case.dialect.reference)
    assert await made.submit(case.dialect.submission) == taken
    carrier.good = False
    assert await made.submit(case.dialect.submission) == taken
    assert (carrier.given, carrier.sends) == (2, 3)


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
async def test_a_renewal_by_another_process_is_taken_over_and_not_repeated(
    case: Case, table: TokenTable, other_table: TokenTable
) -> None:
    carrier = Carrier(case)
    one, other = carrier.process(table), carrier.process(other_table)
    taken = Accepted(case.dialect.reference)
    for made in (one, other):
        assert await made.submit(case.dialect.submission) == taken
    assert carrier.given == 1
    carrier.good = False
    for made in (one, other):
        assert await made.submit(case.dialect.submission) == taken
    assert (carrier.given, carrier.sends) == (2, 6)


@pytest.mark.parametrize("name", ["fpt", "mobifone"])
async def test_asking_how_a_contract_stands_tries_the_credentials(
    name: str, table: TokenTable, other_table: TokenTable
) -> None:
    carrier = Carrier(CASES[name])
    one, other = carrier.process(table), carrier.process(other_table)
    assert isinstance(one, Stands)
    await one.submit(carrier.case.dialect.submission)
    await one.standing()
    assert carrier.given == 2
    carrier.good = False
    await other.submit(carrier.case.dialect.submission)
    await one.standing()
    assert carrier.given == 4, "also where another process has renewed meanwhile"
