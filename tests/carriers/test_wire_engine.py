"""The states that follow from faults of the wire: real adapters, real sockets, both databases."""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from outreach.carriers.base import Template, Text
from outreach.delivery.pacing import Pacer
from outreach.delivery.roster import Params
from outreach.delivery.send import AccountSender
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.reach import Lesson
from outreach.settings import Account
from outreach.store import reach
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from outreach.store.reach import Told
from tests.delivery.stage import (
    DEFAULT_STEPS,
    OTHER,
    SMS_STEPS,
    VIETTEL,
    ZALO,
    Carrier,
    Stage,
    account,
)

from .callers import DIALECTS, PATIENT, SHORT, Said, caller, chunked, whole
from .contract import Dialect
from .wire import Line, Script, Server, refusing, resets, serving, stalls, writes

PEOPLE = 16
OVER_SMS = PEOPLE // 2
"""Half of the people are on the network whose first account is an SMS adapter's."""
SPOKEN = {name: dialect for name, dialect in DIALECTS.items() if name != "esms_ads"}
"""A list of eSMS's takes thirty people: tests/delivery/test_lists.py has such carriers."""


@dataclass(frozen=True)
class Same:
    """Gives everybody the same words: those that a carrier speaks in."""

    words: Text | Template

    def message(self, _params: Params, _account: Account, _number: int) -> Text | Template:
        return self.words


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    stage = Stage(database)
    yield stage
    stage.close()


@dataclass(frozen=True)
class Tried:
    """A campaign of which one account is called over the wire, the others are told to accept."""

    stage: Stage
    campaign: Campaign
    others: Carrier
    duplicates_refused: bool

    @property
    def states(self) -> dict[State, int]:
        return self.stage.states(self.campaign)


async def sent(stage: Stage, dialect: Dialect, port: int, within: timedelta) -> Tried:
    """Run a campaign to its end over a real adapter."""
    channel, others = dialect.account.channel, Carrier()
    over_zalo = channel is Channel.ZALO
    if dialect.content is not None:
        stage.words = Same(dialect.content)
    campaign = stage.run_of(PEOPLE, DEFAULT_STEPS if over_zalo else SMS_STEPS)
    number, name = (ZALO, "zalo") if over_zalo else (VIETTEL, "viettel")
    rest = {VIETTEL: others, OTHER: others} if over_zalo else {OTHER: others}
    async with caller(dialect, f"http://127.0.0.1:{port}", within, connections=30) as calls:
        its = account(name, channel)
        if calls.capabilities.addressed:
            introduce(stage)
        ours = AccountSender(stage.tools(), its, number, calls, Pacer(its.limits))
        senders = [ours, *stage.senders(rest)]
        for sender in senders:
            setattr(sender.breaker, "failed", lambda _: None)  # noqa: B010 - not the subject here
        await stage.finish(senders, campaign)
        window = calls.capabilities.duplicate_window
    return Tried(stage, campaign, others, duplicates_refused=bool(window))


def introduce(stage: Stage) -> None:
    """Let everybody be known by an id of the carrier's."""
    with stage.database.write() as conn:
        numbers = conn.exec_driver_sql("SELECT msisdn FROM recipient").scalars().all()
        known = [Lesson(str(each), f"user-{each}") for each in numbers]
        reach.learn(conn, [Told(lesson, Channel.ZALO, ZALO, 0) for lesson in known])


def called(dialect: Dialect) -> int:
    """How many people are sent to over the wire."""
    return PEOPLE if dialect.account.channel is Channel.ZALO else OVER_SMS


def named(requests: Iterable[bytes]) -> list[str]:
    """The numbers that each request is for: one, or those of a list."""
    found = (dict.fromkeys(re.findall(rb"84900\d{6}", request)) for request in requests)
    return [number.decode() for each in found for number in each]


def numbers(server: Server) -> list[str]:
    """The numbers in every request that the server was sent."""
    return named(server.requests)


def asked(server: Server) -> list[str]:
    """The numbers in each different body, or address of a GET: text and key are in it."""
    said = (request.partition(b"\r\n\r\n") for request in server.requests)
    return named({body or head.partition(b"\r\n")[0] for head, _, body in said})


FAULTS: Sequence[Callable[[Said], Script]] = (
    lambda _: writes(),
    lambda _: resets(),
    lambda said: writes(whole(said.yes)[:-1]),
    lambda said: resets(chunked(said.yes, end=b"")),
    lambda _: stalls(),
    lambda _: writes(whole(b"", "307 Elsewhere", "Location: /again")),
    lambda said: writes(whole(said.page)),
    lambda said: writes(whole(said.page, "503 No", "Retry-After: 0")),
)


def in_turn(dialect: Dialect) -> Script:
    """Every fault of the list, a request each."""

    async def script(line: Line, number: int) -> None:
        await FAULTS[number % len(FAULTS)](Said(dialect))(line, number)

    return script


@pytest.mark.parametrize("dialect", SPOKEN.values(), ids=SPOKEN)
async def test_what_is_perhaps_sent_stays_unknown(stage: Stage, dialect: Dialect) -> None:
    """Only where the carrier refuses a key that it has is it asked for again, under that key."""
    async with serving(in_turn(dialect)) as server:
        tried = await sent(stage, dialect, server.port, SHORT)
        await asyncio.sleep(0.3)
    over = called(dialect)
    assert len(set(numbers(server))) == over
    assert len(asked(server)) == over, "nobody is asked for under two keys"
    if not tried.duplicates_refused:
        assert len(numbers(server)) == over
    assert not set(numbers(server)) & {each.msisdn for each in tried.others.asked}
    expected = {State.UNKNOWN: over, State.ACCEPTED: PEOPLE - over}
    assert tried.states == {state: count for state, count in expected.items() if count}


@pytest.mark.parametrize("dialect", SPOKEN.values(), ids=SPOKEN)
async def test_what_was_not_sent_is_tried_again_and_goes_another_way(
    stage: Stage, dialect: Dialect
) -> None:
    async with refusing() as port:
        tried = await sent(stage, dialect, port, PATIENT)
    assert sorted(each.msisdn for each in tried.others.asked) == [
        str(84_900_000_000 + n) for n in range(PEOPLE)
    ]
    spent = {State.FAILED: PEOPLE} if called(dialect) == PEOPLE else {}
    assert tried.states == spent | {State.ACCEPTED: PEOPLE}


@pytest.mark.parametrize("dialect", SPOKEN.values(), ids=SPOKEN)
async def test_without_a_fault_everybody_is_sent_to_once(stage: Stage, dialect: Dialect) -> None:
    async with serving(writes(whole(Said(dialect).yes))) as server:
        tried = await sent(stage, dialect, server.port, PATIENT)
    assert len(set(numbers(server))) == len(numbers(server)) == called(dialect)
    assert tried.states == {State.ACCEPTED: PEOPLE}
