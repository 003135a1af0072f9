"""Who wants nothing by Zalo from one official account still gets SMS, and other accounts' Zalo."""

from collections.abc import Awaitable, Callable

import pytest

from outreach.carriers.base import Submission
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Refused, Scope
from outreach.domain.reach import Reach
from outreach.store.campaigns import Step
from tests.delivery.heard import Ear, Namer
from tests.delivery.stage import NETWORKS, OTHER, SMS_STEPS, VIETTEL, ZALO, Carrier, Stage

SaysNo = Callable[[Stage, int], Awaitable[None]]

PERSON = 84_900_000_000
BY_ZALO = (Step(Channel.ZALO, dict.fromkeys(NETWORKS, (ZALO,))),)
BY_ANOTHER_OA = (Step(Channel.ZALO, dict.fromkeys(NETWORKS, (OTHER,))),)


def _people(carrier: Carrier) -> list[int]:
    return sorted(int(message.msisdn) - PERSON for message in carrier.asked)


def _zalo(refuses: str = "") -> Namer:
    def answer(message: Submission) -> Accepted | Refused:
        if refuses and int(message.msisdn) == PERSON:
            return Refused(Scope.RECIPIENT, refuses, "refused", reach=Reach.REFUSES)
        return Accepted("id")

    return Namer(answer, Channel.ZALO, carries_key=True)


async def _unfollows(stage: Stage, _audience: int) -> None:
    ear = Ear(stage, {ZALO: _zalo()})
    await ear.hear(f"lesson user-0 - {PERSON}", "lesson user-0 refuses", account=ZALO)


async def _refuses(stage: Stage, audience: int) -> None:
    campaign = stage.campaign(audience, BY_ZALO, name="earlier")
    await stage.finish(stage.senders({ZALO: _zalo("-141")}), campaign)


@pytest.mark.parametrize("says_no", [_unfollows, _refuses])
async def test_a_no_to_zalo_is_no_to_nothing_else(stage: Stage, says_no: SaysNo) -> None:
    audience = stage.audience([{"name": "An"}] * 3)
    await says_no(stage, audience)

    phone, sms = _zalo(), Carrier()
    both = stage.campaign(audience, name="both channels")
    await stage.finish(stage.senders({ZALO: phone, VIETTEL: sms, OTHER: sms}), both)
    assert (_people(phone), _people(sms)) == ([1, 2], [0])

    sms = Carrier()
    alone = stage.campaign(audience, SMS_STEPS, name="sms alone")
    await stage.finish(stage.senders({VIETTEL: sms, OTHER: sms}), alone)
    assert _people(sms) == [0, 1, 2]
    assert stage.states(alone) == {State.ACCEPTED: 3}

    phone = _zalo()
    elsewhere = stage.campaign(audience, BY_ANOTHER_OA, name="another official account")
    await stage.finish(stage.senders({OTHER: phone}), elsewhere)
    assert _people(phone) == [0, 1, 2]
