"""Zalo's pair of tokens: whence the first, and what is said and done when the pair is lost."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs

import httpx
import pytest
import respx

from outreach.carriers.base import Adapter, PullError, Stands
from outreach.carriers.registry import adapter
from outreach.domain.outcome import Accepted, Outcome, Refused, Scope
from outreach.domain.token import Tokens
from outreach.reports.reasons import in_vietnamese

from .dialects import NOW, MemoryTokens, bench_of, ports_of
from .oa import answer, pair
from .test_zalo import ACCOUNT, DIALECT
from .token_cases import CASES

CASE = CASES["zalo"]


async def test_the_first_token_comes_from_the_settings() -> None:
    bench = bench_of(DIALECT, MemoryTokens())
    token = CASE.given(bench).mock(pair(1))
    bench.route.mock(side_effect=CASE.by_token(1))
    assert await bench.adapter.submit(DIALECT.submission) == Accepted("sim-msg-1")
    request = token.calls.last.request
    assert request.headers["secret_key"] == "sim-app-secret"
    assert parse_qs(request.content.decode()) == {
        "refresh_token": ["sim-refresh-0"],
        "app_id": ["sim-app-1"],
        "grant_type": ["refresh_token"],
    }
    assert bench.tokens.saved == [
        Tokens("sim-access-1", "sim-refresh-1", NOW + timedelta(seconds=90_000))
    ]


@pytest.mark.parametrize("code", ["-124", "-216", "-220"])
async def test_a_code_that_stays_is_the_accounts(code: str) -> None:
    bench = bench_of(DIALECT)
    CASE.given(bench).mock(pair(2))
    bench.route.mock(answer(int(code)))
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.code) == (Scope.ACCOUNT, code)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (httpx.Response(200, json={"error": -14020, "error_name": "sim-refresh-1"}), "-14020"),
        (httpx.Response(200, json={"error": "sim-app-secr"}), "oauth"),
        (httpx.Response(500), "oauth"),
        (httpx.Response(200, text="<html>"), "oauth"),
        (
            httpx.Response(
                200,
                json={"access_token": "a\r\nb", "refresh_token": "c", "expires_in": "90000"},
            ),
            "oauth",
        ),
    ],
)
async def test_without_a_token_nothing_is_sent(reply: httpx.Response, code: str) -> None:
    bench = bench_of(DIALECT, CASE.expired())
    CASE.given(bench).mock(reply)
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert isinstance(outcome, Refused)
    assert (outcome.scope, outcome.code) == (Scope.ACCOUNT, code)
    assert "sim-refresh" not in repr(outcome)
    assert not bench.route.called


class Oa:
    """Zalo's hosts: each refresh token is good once, and brings the next."""

    def __init__(self) -> None:
        self.good = "sim-refresh-0"
        self.tried: list[str] = []
        self._given = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) != CASE.door:
            return CASE.by_token(self._given)(request)
        (given,) = parse_qs(request.content.decode())["refresh_token"]
        self.tried.append(given)
        if given != self.good:
            return httpx.Response(200, json={"error": -14020})
        self._given += 1
        self.good = f"sim-refresh-{self._given}"
        return pair(self._given)

    def process(self, tokens: MemoryTokens, given: str = "sim-refresh-0") -> Adapter:
        """An engine that has just been started, with a refresh token in its settings."""
        router = respx.Router(assert_all_called=False)
        router.route().mock(side_effect=self.answer)
        account = replace(ACCOUNT, options={**ACCOUNT.options, "refresh_token": given})
        return adapter(account, ports_of(DIALECT, router, tokens))


class Killed(BaseException):
    """The end of a process, between Zalo's answer and the table."""


SPENT = "the refresh token is spent: authorise the OA anew and set refresh_token"
TAKEN = Accepted("sim-msg-1")


async def killed(oa: Oa, monkeypatch: pytest.MonkeyPatch) -> MemoryTokens:
    """A store as a process leaves it that is killed in the middle of its second renewal."""
    tokens = MemoryTokens()
    assert await said(oa.process(tokens)) == TAKEN
    tokens.kept = CASE.tokens(1, timedelta(0))

    def end(_tokens: Tokens) -> None:
        raise Killed

    monkeypatch.setattr(tokens, "save", end)
    with pytest.raises(Killed):
        await said(oa.process(tokens))
    monkeypatch.undo()
    return tokens


async def said(made: Adapter) -> Outcome:
    return await made.submit(DIALECT.submission)


async def test_a_pair_that_a_kill_has_lost_is_told_of_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    oa = Oa()
    made = oa.process(await killed(oa, monkeypatch))
    assert await said(made) == Refused(Scope.ACCOUNT, "-14020", f"no access token: {SPENT}")
    assert isinstance(made, Stands)
    with pytest.raises(PullError, match=f"no access token: {SPENT}$"):
        await made.standing()


async def test_a_new_authorisation_is_taken_from_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    oa = Oa()
    tokens = await killed(oa, monkeypatch)
    oa.good = "sim-refresh-anew"
    assert await said(oa.process(tokens, given="sim-refresh-anew")) == TAKEN
    assert tokens.saved[-1].refresh == oa.good
    assert await said(oa.process(tokens, given="sim-refresh-anew")) == TAKEN


async def test_the_settings_refresh_token_is_tried_once_and_never_while_the_kept_one_is_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    oa = Oa()
    tokens = await killed(oa, monkeypatch)
    assert oa.tried == ["sim-refresh-0", "sim-refresh-1"]
    made = oa.process(tokens)
    for _ in range(3):
        assert isinstance(await said(made), Refused)
    assert oa.tried[2:] == ["sim-refresh-1", "sim-refresh-0", "sim-refresh-1", "sim-refresh-1"]


@pytest.mark.parametrize("lost", [httpx.Response(500), httpx.Response(200, text="<html>")])
async def test_an_answer_that_is_no_word_on_the_kept_token_tries_no_other(
    lost: httpx.Response,
) -> None:
    bench = bench_of(DIALECT, CASE.expired())
    given = CASE.given(bench).mock(lost)
    assert isinstance(await bench.adapter.submit(DIALECT.submission), Refused)
    assert given.call_count == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-14020, SPENT),
        (-14002, "the refresh token was refused: authorise the OA anew if this lasts"),
    ],
)
async def test_a_refused_refresh_token_says_what_is_to_be_done_in_both_languages(
    code: int, words: str
) -> None:
    bench = bench_of(DIALECT, CASE.expired())
    CASE.given(bench).respond(json={"error": code, "error_name": "sim-refresh-1"})
    outcome = await bench.adapter.submit(DIALECT.submission)
    assert outcome == Refused(Scope.ACCOUNT, str(code), f"no access token: {words}")
    assert isinstance(outcome, Refused)
    assert "cấp quyền lại cho OA" in in_vietnamese(outcome.reason)
