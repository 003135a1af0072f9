"""What every adapter passes that takes lists: derive a class from it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from outreach.carriers.base import Adapter, Lists, Submission, Template, Text
from outreach.domain.network import Network
from outreach.domain.outcome import (
    Accepted,
    Later,
    NotSent,
    Outcome,
    Refused,
    Scope,
    Unknown,
)

from .dialects import TEXT, Bench, Dialect, bench_of

LIST_KEY = "0123456789abcdef0123456789abcdef"
NUMBERS = [f"8490000{n:04}" for n in range(40)]


class ListContract:
    """What the engine relies on when it hands over many messages in one call."""

    dialect: Dialect
    """Its answers are those to a list of 40; `accepted` takes it under `reference`."""

    @pytest.fixture
    def bench(self) -> Bench:
        return bench_of(self.dialect)

    @property
    def members(self) -> list[Submission]:
        content = self.dialect.content or TEXT
        return [
            Submission(f"k{n}", number, Network.VIETTEL, content)
            for n, number in enumerate(NUMBERS)
        ]

    async def said(self, bench: Bench) -> Sequence[Outcome]:
        """Hand over a list; there is a word for each, and none tells a secret or a number."""
        said = await taker(bench.adapter).submit_list(LIST_KEY, self.members)
        outcomes = [said] * len(NUMBERS) if isinstance(said, Outcome) else said
        assert len(outcomes) == len(NUMBERS)
        told = repr(outcomes) + repr(bench.adapter)
        for secret in (*self.dialect.secrets, *(number[2:] for number in NUMBERS)):
            assert secret not in told
        return outcomes

    async def one_word(self, bench: Bench) -> Outcome:
        (outcome,) = set(await self.said(bench))
        return outcome

    def test_it_says_how_many_it_takes(self, bench: Bench) -> None:
        able = bench.adapter.capabilities
        assert 1 <= able.list_least <= len(NUMBERS) <= able.list_most

    def test_messages_are_alike_whose_words_are(self, bench: Bench) -> None:
        alike = taker(bench.adapter).alike
        assert len({alike(member) for member in self.members}) == 1
        other = another(self.members[0].content)
        assert alike(replace(self.members[0], content=other)) != alike(self.members[0])

    async def test_a_list_is_one_call_with_every_number_once(self, bench: Bench) -> None:
        bench.route.mock(self.dialect.accepted)
        assert await self.one_word(bench) == Accepted(self.dialect.reference)
        assert bench.route.call_count == 1
        request = bench.route.calls.last.request
        sent = f"{request.url} {request.content.decode()}"
        assert all(sent.count(number[2:]) == 1 for number in NUMBERS)
        assert (LIST_KEY in sent) is self.dialect.key_on_wire
        assert not any(f'"{member.key}"' in sent for member in self.members)

    @pytest.mark.parametrize("fault", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
    async def test_what_never_left_is_not_sent(self, bench: Bench, fault: Any) -> None:
        bench.route.mock(side_effect=fault(" ".join((*self.dialect.secrets, NUMBERS[0]))))
        assert isinstance(await self.one_word(bench), NotSent)
        assert bench.route.call_count == 1

    @pytest.mark.parametrize(
        "fault", [httpx.ReadTimeout, httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError]
    )
    async def test_what_may_have_left_is_unknown(self, bench: Bench, fault: Any) -> None:
        bench.route.mock(side_effect=fault(" ".join((*self.dialect.secrets, NUMBERS[0]))))
        assert isinstance(await self.one_word(bench), Unknown)
        assert bench.route.call_count == 1

    @pytest.mark.parametrize("status", [302, 408, 500, 503])
    async def test_a_status_that_says_nothing_is_unknown(self, bench: Bench, status: int) -> None:
        bench.route.respond(status, html=f"<h1>{NUMBERS[0]}</h1>", headers={"Location": "/again"})
        assert isinstance(await self.one_word(bench), Unknown)
        assert bench.route.call_count == 1

    async def test_a_throttle_is_about_the_account(self, bench: Bench) -> None:
        bench.route.respond(429, headers={"Retry-After": "17"})
        outcome = await self.one_word(bench)
        assert isinstance(outcome, Later)
        assert outcome.throttled

    async def test_a_refusal_of_the_account_is_no_word_about_one(self, bench: Bench) -> None:
        """Else the engine would ask again and again, in ever smaller lists."""
        bench.route.mock(self.dialect.refused)
        outcome = await self.one_word(bench)
        assert isinstance(outcome, Refused)
        assert outcome.scope is Scope.ACCOUNT

    @pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"error":', b"\xff\xfe"])
    async def test_an_unreadable_answer_is_unknown(self, bench: Bench, body: bytes) -> None:
        bench.route.respond(200, content=body)
        assert isinstance(await self.one_word(bench), Unknown)

    async def test_half_an_answer_is_unknown(self, bench: Bench) -> None:
        whole = self.dialect.accepted.content
        bench.route.respond(200, content=whole[: len(whole) // 2])
        assert isinstance(await self.one_word(bench), Unknown)


def another(content: Text | Template) -> Text | Template:
    """Other words of the same kind."""
    if isinstance(content, Text):
        return replace(content, body="Moi ba con cai VssID ngay")
    return replace(content, values={**content.values, "1": "Le Thi B"})


def taker(adapter: Adapter) -> Lists:
    """The adapter as one that takes lists."""
    assert isinstance(adapter, Lists)
    return adapter
