"""Calls beside the paced ones ask for the account's turn first, and do without where told so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import httpx
import pytest
import respx

from outreach.carriers.base import Pulled, PullError
from outreach.carriers.registry import adapter
from outreach.domain.limit import LimitScope
from outreach.domain.outcome import Accepted, Later, Outcome, Refused, Scope

from .contract import MemoryTokens, ports_of
from .oa import OAUTH
from .test_viettel import DIALECT as VIETTEL
from .test_zalo import DIALECT as ZALO

STALE = httpx.Response(200, json={"error": -124, "message": "Access token is invalid"})
FRESH = httpx.Response(
    200, json={"access_token": "sim-a", "refresh_token": "sim-r", "expires_in": "90000"}
)


class Turns:
    """Gives turns until there are none left, and remembers what for."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.asked: list[LimitScope] = []

    async def __call__(self, scope: LimitScope) -> bool:
        self.asked.append(scope)
        return len(self.asked) <= self.most


async def submitted(turns: Turns) -> tuple[Outcome, Sequence[str]]:
    """Submit with no token yet, and a first token that is stale at once; say who was called."""
    router = respx.Router(assert_all_called=False)
    router.post(f"{OAUTH}/v4/oa/access_token").mock(return_value=FRESH)
    router.post(url__regex="message/template").mock(side_effect=[STALE, ZALO.accepted])
    ports = replace(ports_of(ZALO, router, MemoryTokens()), turn=turns)
    outcome = await adapter(ZALO.account, ports).submit(ZALO.submission)
    paths = [call.request.url.path for call in router.calls]
    called = ["token" if path.endswith("access_token") else "send" for path in paths]
    return outcome, called


async def test_zalos_token_and_second_send_wait_for_their_turns() -> None:
    turns = Turns(9)
    outcome, called = await submitted(turns)
    assert isinstance(outcome, Accepted)
    assert called == ["token", "send", "token", "send"]
    assert turns.asked == [LimitScope.TOKEN, LimitScope.TOKEN, LimitScope.SEND]


@pytest.mark.parametrize(("most", "calls"), [(0, 0), (1, 2), (2, 3)])
async def test_zalo_does_without_a_call_that_has_no_turn(most: int, calls: int) -> None:
    outcome, called = await submitted(Turns(most))
    assert len(called) == calls
    if most == 2:
        assert isinstance(outcome, Later)
    else:
        assert isinstance(outcome, Refused)
        assert (outcome.scope, outcome.code) == (Scope.ACCOUNT, "pace")


async def test_viettels_pages_wait_for_their_turns() -> None:
    router = respx.Router(assert_all_called=False)
    router.post(url__regex="bulkapi").mock(return_value=httpx.Response(500))
    turns = Turns(0)
    viettel = adapter(VIETTEL.account, replace(ports_of(VIETTEL, router), turn=turns))
    assert isinstance(viettel, Pulled)
    with pytest.raises(PullError, match="page 1: the account's limit is used up"):
        await viettel.failures(date(2026, 11, 20))
    assert (turns.asked, router.calls.call_count) == ([LimitScope.STATUS], 0)
