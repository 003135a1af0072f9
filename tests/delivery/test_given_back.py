"""A fallback that ends in vain gives the result back to the channel that took the message."""

from itertools import permutations

import pytest

from outreach.domain.key import CAMPAIGN_SPAN, STEP_SPAN
from outreach.domain.message import NOT_REACHED, Event, State
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, NotSent, Outcome, Refused, Scope
from outreach.domain.receipt import Status
from outreach.domain.rules import Rules
from outreach.reports import differences
from outreach.store import inbox, messages, tally
from outreach.store.campaigns import Campaign
from outreach.store.inbox import Settled
from outreach.store.messages import Change
from tests.delivery.stage import OTHER, VIETTEL, ZALO, Carrier, Stage

PEOPLE = 2
DAY = 20261120
_STATUS = {Event.DELIVERED: Status.DELIVERED, Event.UNDELIVERED: Status.UNDELIVERED}
_NO = Refused(Scope.RECIPIENT, "-118", "blocked")


async def _fallen(stage: Stage, sms: Outcome | None, name: str = "people") -> Campaign:
    """Zalo took it, nothing was heard for an hour, and SMS says this; None: it waits."""
    audience = stage.audience([{"name": "An"}] * PEOPLE, name)
    campaign = stage.campaign(audience, rules=Rules(fallback_hours=1))
    await stage.finish(stage.senders({ZALO: Carrier(channel=Channel.ZALO)}), campaign)
    stage.clock.pass_(minutes=61)
    assert _look(stage) == PEOPLE
    if sms is not None:
        carrier = Carrier(lambda _: sms)
        await stage.finish(stage.senders({VIETTEL: carrier, OTHER: carrier}), campaign)
    return campaign


def _look(stage: Stage) -> int:
    with stage.database.write() as conn:
        return stage.sweep().look(conn)


def _say(stage: Stage, *changes: Change) -> None:
    """Settle words together, and keep those that were receipts."""
    at = int(stage.clock().timestamp() * 1000)
    with stage.database.write() as conn:
        effects = messages.apply(conn, changes, DAY)
        moved = [each.change for each in effects if isinstance(each.outcome, State)]
        receipts = [(each.message, _STATUS[each.event]) for each in moved if each.event in _STATUS]
        settled = [Settled(message, 0, at, status, "x", "moved") for message, status in receipts]
        inbox.settle(conn, [], settled)


def _ids(campaign: Campaign, person: int = 1) -> tuple[int, int]:
    first = campaign.id * CAMPAIGN_SPAN + person
    return first, first + STEP_SPAN


def _bearer(stage: Stage, campaign: Campaign) -> tuple[int, State]:
    """The step and state of what carries the first person's result."""
    ids = _ids(campaign)
    with stage.database.read() as conn:
        assert differences(conn, campaign.id) == []
        assert all(figure.messages > 0 for figure in tally.figures(conn, campaign.id))
        found = messages.fetch(conn, ids)
    (bearer,) = (each for each in found.values() if not each.superseded)
    return ids.index(bearer.id), bearer.state


@pytest.mark.parametrize("sms", [_NO, NotSent("no route to host")])
async def test_who_was_taken_by_the_first_channel_is_not_called_unreached(
    stage: Stage, sms: Outcome
) -> None:
    campaign = await _fallen(stage, sms)
    assert set(stage.states(campaign)) & set(NOT_REACHED)
    assert stage.results(campaign) == {State.ACCEPTED: PEOPLE}
    assert _bearer(stage, campaign) == (0, State.ACCEPTED)
    with stage.database.write() as conn:  # it is looked at again, and not sent again
        conn.exec_driver_sql("UPDATE chunk SET look_at = 0")
    assert _look(stage) == 0


async def test_nor_when_the_campaign_ends_before_the_fallback_has_left(stage: Stage) -> None:
    campaign = await _fallen(stage, None)
    with stage.database.write() as conn:
        conn.exec_driver_sql("UPDATE campaign SET until = 1")
        stage.sweep().close(conn)
    assert stage.states(campaign) == {State.ACCEPTED: PEOPLE, State.EXPIRED: PEOPLE}
    assert stage.results(campaign) == {State.ACCEPTED: PEOPLE}
    assert _bearer(stage, campaign) == (0, State.ACCEPTED)


async def test_nor_when_the_fallback_was_not_delivered(stage: Stage) -> None:
    campaign = await _fallen(stage, Accepted())
    _say(stage, Change(_ids(campaign)[1], Event.UNDELIVERED, "x", DAY))
    assert _bearer(stage, campaign) == (0, State.ACCEPTED)


@pytest.mark.parametrize("first", [Event.DELIVERED, Event.UNDELIVERED, Event.DEADLINE])
@pytest.mark.parametrize("second", [Event.DELIVERED, Event.UNDELIVERED, Event.REFUSE, Event.CANCEL])
async def test_the_order_of_the_last_words_does_not_show(
    stage: Stage, first: Event, second: Event
) -> None:
    """The earlier one carries where both are delivered, and where neither is."""
    ends = set()
    waits = second in {Event.REFUSE, Event.CANCEL}
    for n, order in enumerate(permutations([(0, first), (1, second)])):
        campaign = await _fallen(stage, None if waits else Accepted(), f"people {n}")
        for step, event in order:
            _say(stage, Change(_ids(campaign)[step], event, None, DAY))
        ends.add(_bearer(stage, campaign))
    assert len(ends) == 1, ends


async def test_a_repeated_word_beside_a_late_delivery_keeps_its_day(stage: Stage) -> None:
    campaign = await _fallen(stage, Accepted())
    first, second = _ids(campaign)
    again = Change(second, Event.DELIVERED, None, DAY)
    _say(stage, again)
    _say(stage, again, Change(first, Event.DELIVERED, None, DAY))
    assert _bearer(stage, campaign) == (0, State.DELIVERED)
    with stage.database.read() as conn:
        delivered = {
            (figure.group.receipt_day, figure.group.result, figure.messages)
            for figure in tally.figures(conn, campaign.id)
            if figure.group.state is State.DELIVERED
        }
    assert delivered == {(DAY, 1, 1), (DAY, 0, 1)}
