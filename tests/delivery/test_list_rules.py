"""Whatever there is to send: no list above the most or below the least, and nobody starves."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.carriers.base import Submission, Text
from outreach.delivery import lists, send
from outreach.delivery.list_room import Room
from outreach.delivery.listed import meet_at
from outreach.delivery.roster import Params
from outreach.domain.limit import Limit, Unit
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.domain.outcome import Accepted, Later, Outcome
from outreach.domain.text import Encoding
from outreach.settings import Account
from outreach.store import planning
from outreach.store.work import part_of
from tests.delivery.listing import STEPS, Listed, Lister, crowd, rows, through_the_rounds
from tests.delivery.stage import NOON, VIETTEL, Stage, account

LEAST = st.integers(1, 40)
TOO_FAST = Later(timedelta(0), "too fast", throttled=True)


@given(
    LEAST,
    st.integers(0, 90),
    st.integers(0, 500),
    st.sampled_from([None, 60, 200]),
    st.integers(1, 3),
    st.integers(120, 900),
)
def test_lists_are_cut_as_large_as_they_may_be(
    least: int, more: int, count: int, pace: int | None, parts: int, amount: int
) -> None:
    limits = (Limit(Unit.PARTS, amount, timedelta(seconds=1)),)
    room = Room(account("lists", limits=limits, in_flight=90), least, least + more)
    sizes, most = room.cut(count, parts, pace), room.size(parts, pace)
    assert least <= most <= least + more
    assert all(least <= size <= most for size in sizes)
    assert 0 <= count - sum(sizes) < least
    assert not sizes or max(sizes) - min(sizes) <= 1
    assert len(sizes) <= -(-count // most)


@given(st.integers(0, 300), st.integers(0, 300), LEAST)
def test_of_some_none_are_left_or_enough(total: int, room: int, least: int) -> None:
    taken = part_of(total, room, least)
    good = [n for n in range(least, min(total, room) + 1) if total - n >= least]
    assert taken == (total if total <= room else max(good, default=0))


@given(st.integers(0, 10**13), st.text(), st.integers(0, 59_999))
def test_those_alike_meet_within_a_minute_at_one_moment(now: int, words: str, later: int) -> None:
    alike = Text(words, Encoding.UCS2, 1)
    at = meet_at(now, alike)
    assert now < at <= now + 60_000
    assert meet_at(now + later, alike) == at + 60_000 * (now + later >= at)


class ItsOwn:
    """Gives each row the words that it says."""

    def message(self, params: Params, _: Account, _number: int) -> Text:
        return Text(str(params["words"]), Encoding.GSM7, 1)


class OfOneNetwork(Lister):
    """A carrier whose lists are one text to one network."""

    def alike(self, message: Submission) -> object:
        return message.content, message.network


def _at_odds(words: Sequence[Outcome]) -> Lister:
    said = iter(words)
    return OfOneNetwork(says=lambda key, _: next(said, Accepted(key)))


def _quick(patch: pytest.MonkeyPatch, chunk: int) -> None:
    patch.setattr(send, "_IDLE", 0.01)
    patch.setattr(send, "_LONGEST_IDLE", 0.02)
    patch.setattr(lists, "ROUNDS", 3)
    patch.setattr(planning, "CHUNK", chunk)


async def _sent(stage: Stage, audience: int, carrier: Lister, in_flight: int) -> Counter[State]:
    """Send to everybody, in as many minutes as it takes; how many messages came to which end."""
    stage.clock.now = NOON
    campaign = stage.campaign(audience, STEPS)
    senders = stage.senders({VIETTEL: carrier}, None, in_flight=in_flight)
    async with stage.working(senders), asyncio.timeout(30):
        await through_the_rounds(stage, campaign)
    assert max(Counter(key for key, _ in carrier.lists).values(), default=1) == 1
    return Counter(stage.states(campaign))


NAMES = itertools.count()
SHAPES = given(
    people=st.lists(st.integers(0, 4), min_size=1, max_size=90),
    least=st.integers(1, 6),
    more=st.integers(1, 12),
    throttles=st.lists(st.booleans(), max_size=6),
    chunk=st.integers(5, 40),
    in_flight=st.integers(11, 40),
)
FEW = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@SQLITE
@SHAPES
@FEW
def test_every_list_keeps_the_carriers_rules(
    stage: Stage,
    people: list[int],
    least: int,
    more: int,
    throttles: list[bool],
    chunk: int,
    in_flight: int,
) -> None:
    stage.words = ItsOwn()
    carrier = _at_odds([TOO_FAST if each else Accepted() for each in throttles])
    carrier.bounds = (least, least + more)
    with pytest.MonkeyPatch.context() as patch:
        _quick(patch, chunk)
        audience = stage.audience([{"words": f"t{each}"} for each in people], f"p{next(NAMES)}")
        ends = asyncio.run(_sent(stage, audience, carrier, in_flight))
    assert set(ends) <= {State.ACCEPTED, State.REJECTED}
    for _, members in carrier.lists:
        assert least <= len(members) <= least + more
        assert len({(each.content, each.network) for each in members}) == 1
        assert len({each.msisdn for each in members}) == len(members)
    kinds = Counter((words, n % 2) for n, words in enumerate(people))
    enough = sum(count >= least for count in kinds.values())
    assert len({_kind(members) for _, members in carrier.lists}) == enough


def _kind(members: Listed) -> tuple[str, Network]:
    content = members[0].content
    assert isinstance(content, Text)
    return content.body, members[0].network


@SQLITE
@SHAPES
@FEW
def test_nobody_of_enough_with_one_text_is_left_over(
    stage: Stage,
    people: list[int],
    least: int,
    more: int,
    throttles: list[bool],
    chunk: int,
    in_flight: int,
) -> None:
    stage.words = ItsOwn()
    carrier = _at_odds([TOO_FAST if each else Accepted() for each in throttles])
    carrier.bounds = (least, 2 * least - 1 + more)
    with pytest.MonkeyPatch.context() as patch:
        _quick(patch, chunk)
        audience = crowd(stage, [{"words": "the same"}] * len(people))
        ends = asyncio.run(_sent(stage, audience, carrier, in_flight))
    end = State.ACCEPTED if len(people) >= least else State.REJECTED
    assert ends == {end: len(people)}
    assert rows(stage, "SELECT waits FROM due") == []
