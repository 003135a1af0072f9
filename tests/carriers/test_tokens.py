"""What is true of every token and session: one renewal, kept first, shared, never cut off."""

import asyncio
from dataclasses import replace

import httpx
import orjson
import pytest

from outreach.carriers.registry import adapter
from outreach.domain.limit import LimitScope
from outreach.domain.outcome import Accepted, Later, Outcome, Refused, Scope, Unknown
from outreach.domain.token import Tokens

from .dialects import Bench, MemoryTokens, bench_of, ports_of
from .token_cases import CASES, Case


@pytest.fixture(params=CASES.values(), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


STALE = [
    pytest.param(case, answer, id=f"{name}-{number}")
    for name, case in CASES.items()
    for number, answer in enumerate(case.stale)
]


class Slow:
    """A carrier that gives its tokens when it is told to."""

    def __init__(self, grant: httpx.Response) -> None:
        self._grant = grant
        self.asked = asyncio.Event()
        self.may = asyncio.Event()

    async def __call__(self, _request: httpx.Request) -> httpx.Response:
        self.asked.set()
        await self.may.wait()
        return self._grant


async def submitted(case: Case, bench: Bench) -> Outcome:
    return await bench.adapter.submit(case.dialect.submission)


def taken(case: Case) -> Outcome:
    return Accepted(case.dialect.reference)


async def test_a_token_is_kept_before_its_first_use(case: Case) -> None:
    bench = bench_of(case.dialect, case.expired())
    case.given(bench).mock(case.grant(2))

    def reply(request: httpx.Request) -> httpx.Response:
        assert bench.tokens.saved[-1].access == case.shown(request)
        return case.dialect.accepted

    bench.route.mock(side_effect=reply)
    assert await submitted(case, bench) == taken(case)


@pytest.mark.parametrize(("case", "stale"), STALE)
async def test_a_stale_token_is_renewed_once_and_the_message_sent_once_more(
    case: Case, stale: httpx.Response
) -> None:
    bench = bench_of(case.dialect, case.kept())
    given = case.given(bench).mock(case.grant(2))
    bench.route.mock(side_effect=[stale, case.dialect.accepted])
    assert await submitted(case, bench) == taken(case)
    assert case.shown(bench.route.calls.last.request) == f"{case.name}-2"
    assert (given.call_count, bench.route.call_count) == (1, 2)


@pytest.mark.parametrize(("case", "stale"), STALE)
async def test_a_token_that_is_refused_again_is_about_the_account(
    case: Case, stale: httpx.Response
) -> None:
    bench = bench_of(case.dialect, case.kept())
    given = case.given(bench).mock(case.grant(2))
    bench.route.mock(stale)
    outcome = await submitted(case, bench)
    assert isinstance(outcome, Refused)
    assert outcome.scope is Scope.ACCOUNT
    assert (bench.route.call_count, given.call_count) == (2, 1)


async def test_many_in_flight_share_one_renewal(case: Case) -> None:
    bench = bench_of(case.dialect, case.kept())
    bench.route.mock(side_effect=case.by_token(2))
    slow = Slow(case.grant(2))
    given = case.given(bench).mock(side_effect=slow)
    calls = [asyncio.create_task(submitted(case, bench)) for _ in range(50)]
    while bench.route.call_count < 50:
        await asyncio.sleep(0)  # until all have been told that their token is stale
    slow.may.set()
    assert set(await asyncio.gather(*calls)) == {taken(case)}
    assert (given.call_count, bench.tokens.refreshes, len(bench.tokens.saved)) == (1, 1, 1)


async def test_a_lost_answer_after_the_renewal_is_unknown_and_not_sent_again(case: Case) -> None:
    bench = bench_of(case.dialect, case.kept())
    case.given(bench).mock(case.grant(2))
    lost = httpx.ReadTimeout(" ".join(case.dialect.secrets))
    bench.route.mock(side_effect=[case.stale[0], lost])
    assert await submitted(case, bench) == Unknown("no answer in time")
    assert bench.route.call_count == 2


async def test_who_asked_for_a_renewal_may_go_away(case: Case) -> None:
    bench = bench_of(case.dialect, case.expired())
    bench.route.mock(case.dialect.accepted)
    slow = Slow(case.grant(2))
    given = case.given(bench).mock(side_effect=slow)
    first, second = (asyncio.create_task(submitted(case, bench)) for _ in range(2))
    await slow.asked.wait()
    first.cancel()
    slow.may.set()
    assert await second == taken(case)
    assert (given.call_count, first.cancelled()) == (1, True)


async def test_a_renewal_that_nobody_waits_for_any_more_is_kept(case: Case) -> None:
    bench = bench_of(case.dialect, case.expired())
    slow = Slow(case.grant(2))
    case.given(bench).mock(side_effect=slow)
    only = asyncio.create_task(submitted(case, bench))
    await slow.asked.wait()
    only.cancel()
    slow.may.set()
    while not bench.tokens.saved:
        await asyncio.sleep(0)  # the renewal goes on by itself
    assert bench.tokens.saved[-1].access == f"{case.name}-2"
    next_time = orjson.loads(case.grant(2).content).get("refresh_token")  # Zalo's alone
    assert next_time in {None, bench.tokens.saved[-1].refresh}
    assert only.cancelled()
    assert not bench.route.called


@pytest.mark.parametrize("while_it_was_sent", [False, True])
async def test_what_another_process_renewed_is_taken_over(
    case: Case, *, while_it_was_sent: bool
) -> None:
    bench = bench_of(case.dialect, case.kept())
    given = case.given(bench).mock(case.grant(3))
    bench.route.mock(side_effect=case.by_token(1))
    assert await submitted(case, bench) == taken(case)

    def reply(request: httpx.Request) -> httpx.Response:
        bench.tokens.kept = case.tokens(2)
        return case.by_token(2)(request)

    bench.tokens.kept = case.tokens(1 if while_it_was_sent else 2)
    bench.route.mock(side_effect=reply)
    assert await submitted(case, bench) == taken(case)
    assert (given.call_count, bench.tokens.saved) == (0, [])


async def test_a_token_that_could_not_be_kept_is_not_lost(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = bench_of(case.dialect, case.expired())
    given = case.given(bench).mock(case.grant(2))
    bench.route.mock(side_effect=case.by_token(2))
    monkeypatch.setattr(bench.tokens, "save", _full)
    with pytest.raises(OSError, match="disk full"):
        await submitted(case, bench)
    assert not bench.route.called
    monkeypatch.undo()
    assert await submitted(case, bench) == taken(case)
    assert given.call_count == 1, "a refresh token can be used once"
    assert [tokens.access for tokens in bench.tokens.saved] == [f"{case.name}-2"]


async def test_a_token_that_could_not_be_kept_never_replaces_a_later_one(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = bench_of(case.dialect, case.expired())
    case.given(bench).mock(side_effect=[case.grant(2), case.grant(4)])
    monkeypatch.setattr(bench.tokens, "save", _full)
    with pytest.raises(OSError, match="disk full"):
        await submitted(case, bench)
    monkeypatch.undo()
    bench.tokens.kept = case.tokens(3)  # by another process
    bench.route.mock(side_effect=case.by_token(3))
    assert await submitted(case, bench) == taken(case)
    bench.route.mock(side_effect=case.by_token(4))
    assert await submitted(case, bench) == taken(case)
    assert [tokens.access for tokens in bench.tokens.saved] == [f"{case.name}-4"]


def _full(_tokens: Tokens) -> None:
    raise OSError("disk full")


@pytest.mark.parametrize(
    ("most", "calls", "wanted"), [(0, (0, 1), Refused), (1, (1, 1), Later), (2, (1, 2), Accepted)]
)
async def test_the_renewal_and_the_second_send_wait_for_their_turns(
    case: Case, most: int, calls: tuple[int, int], wanted: type[Outcome]
) -> None:
    asked: list[LimitScope] = []

    async def turn(scope: LimitScope) -> bool:
        asked.append(scope)
        return len(asked) <= most

    bench = bench_of(case.dialect)
    given = case.given(bench).mock(case.grant(2))
    bench.route.mock(side_effect=case.by_token(2))
    ports = replace(ports_of(case.dialect, bench.router, case.kept()), turn=turn)
    outcome = await adapter(case.dialect.account, ports).submit(case.dialect.submission)
    assert (given.call_count, bench.route.call_count) == calls
    assert asked == [LimitScope.TOKEN, LimitScope.SEND][: most + 1]
    assert isinstance(outcome, wanted)
    if isinstance(outcome, Refused):
        assert (outcome.scope, outcome.code) == (Scope.ACCOUNT, "pace")
        assert outcome.reason.endswith(": the account's limit is used up")


async def test_a_renewal_that_failed_is_tried_again_for_the_next(case: Case) -> None:
    bench = bench_of(case.dialect, MemoryTokens())
    case.given(bench).mock(side_effect=[httpx.Response(503), case.grant(1)])
    bench.route.mock(case.dialect.accepted)
    refused = await submitted(case, bench)
    assert isinstance(refused, Refused)
    assert refused.reason.endswith(": HTTP 503")
    assert await submitted(case, bench) == taken(case)
