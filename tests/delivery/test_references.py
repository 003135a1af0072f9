"""Words that name nothing but the carrier's own ids: found, in any order, in parts, and once."""

import asyncio
from itertools import permutations

import pytest

from outreach.carriers.base import Submission
from outreach.delivery.settle import _TRIES
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.domain.outcome import Accepted, Duplicate, Outcome, Refused, Scope, Unknown
from outreach.reports import differences
from outreach.store import inbox
from outreach.store.campaigns import Campaign
from tests.delivery.heard import Ear, Namer
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Carrier, Stage

PERSON = 84_900_000_000


def number(message: Submission) -> int:
    return int(message.msisdn) - PERSON


def named(message: Submission) -> Outcome:
    return Accepted(f"id-{number(message)}")


def in_parts(message: Submission) -> Outcome:
    ids = tuple(f"{number(message)}-{part}" for part in (1, 2))
    return Accepted(ids[0], ids)


async def _sent(stage: Stage, carrier: Carrier, size: int = 3) -> tuple[Campaign, Ear]:
    campaign = stage.run_of(size, SMS_STEPS)
    await stage.finish(stage.senders({VIETTEL: carrier, OTHER: carrier}), campaign)
    return campaign, Ear(stage, {VIETTEL: carrier, OTHER: carrier})


def _references(stage: Stage) -> int:
    with stage.database.read() as conn:
        return int(str(conn.exec_driver_sql("SELECT COUNT(*) FROM reference").scalar()))


def _proved(stage: Stage, campaign: Campaign) -> None:
    with stage.database.read() as conn:
        assert differences(conn, campaign.id) == []


async def test_a_word_finds_its_message_by_the_carriers_id(stage: Stage) -> None:
    campaign, ear = await _sent(stage, Namer(named))
    await ear.hear("receipt id-0 1", f"receipt id-2 2 {PERSON + 2}")
    await ear.hear("receipt id-0 1", "receipt id-2 0")
    # The other account's numbers have their ids there.
    await ear.hear("receipt id-1 1", account=VIETTEL)
    assert stage.states(campaign) == {State.DELIVERED: 2, State.UNDELIVERED: 1}
    assert ear.effects() == {"moved": 3, "repeated": 1, "unlisted": 1}
    assert ear.waiting() == 0
    _proved(stage, campaign)


async def test_ids_are_kept_only_where_they_are_needed(stage: Stage) -> None:
    _, ear = await _sent(stage, Namer(named, carries_key=True))
    assert _references(stage) == 0
    await ear.hear("receipt id-0 1")
    assert (ear.waiting(), ear.effects()) == (0, {"unmatched": 1})


async def test_a_word_that_overtakes_its_answer_waits_and_at_last_is_nobodys(stage: Stage) -> None:
    carrier = Namer(named)
    ear = Ear(stage, {OTHER: carrier})
    await ear.hear("receipt id-0 1", "receipt stranger 1")
    assert (ear.waiting(), ear.effects()) == (2, {})
    campaign, _ = await _sent(stage, carrier)
    await ear.later(seconds=1)
    assert (ear.waiting(), ear.effects()) == (1, {"moved": 1})
    assert stage.states(campaign) == {State.DELIVERED: 1, State.ACCEPTED: 2}
    for _ in range(_TRIES):
        await ear.later(hours=1)
    assert (ear.waiting(), ear.effects()) == (0, {"moved": 1, "unmatched": 1})


async def test_of_a_call_each_word_is_settled_once_whenever_it_is_found(stage: Stage) -> None:
    campaign, ear = await _sent(stage, Namer(named))
    await ear.hear("receipt id-0 1,receipt late-1 1,receipt id-2 1,receipt late-2 1")
    assert (ear.waiting(), ear.effects()) == (1, {"moved": 2})
    with stage.database.read() as conn:
        first, third = campaign.id * 10**9 + 1, campaign.id * 10**9 + 3
        messages = conn.exec_driver_sql("SELECT id FROM message WHERE state = 2").scalars().all()
        assert len(inbox.receipt_days(conn, range(first, third + 1))) == 2
    with stage.database.write() as conn:
        conn.exec_driver_sql(
            "INSERT INTO reference SELECT account, 'late-1', msisdn, message, generation, part,"
            f" parts, status FROM reference WHERE message = {messages[0]}"
        )
    await ear.later(seconds=1)
    assert (ear.waiting(), ear.effects()) == (1, {"moved": 2, "repeated": 1})
    for _ in range(_TRIES):
        await ear.later(hours=1)
    assert (ear.waiting(), ear.effects()) == (0, {"moved": 2, "repeated": 1, "unmatched": 1})
    _proved(stage, campaign)


async def test_a_word_on_an_earlier_submission_moves_nothing(stage: Stage) -> None:
    campaign, ear = await _sent(stage, Namer(named))
    with stage.database.write() as conn:
        conn.exec_driver_sql("UPDATE message SET generation = 1")
    await ear.hear("receipt id-0 2")
    assert stage.states(campaign) == {State.ACCEPTED: 3}
    assert ear.effects() == {"stale": 1}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("second", "end"), [(1, State.DELIVERED), (2, State.UNDELIVERED)])
async def test_the_order_of_parts_does_not_matter(stage: Stage, second: int, end: State) -> None:
    said = [(1, 1), (2, second), (1, 1), (2, second), (1, 3)]
    orders = sorted(set(permutations(said)))
    campaign, ear = await _sent(stage, Namer(in_parts), 2 * len(orders))
    for account, first in ((OTHER, 0), (VIETTEL, 1)):
        for n, order in enumerate(orders):
            words = (f"receipt {2 * n + first}-{part} {status}" for part, status in order)
            # One call at a time, or all words in one.
            await ear.hear(*([",".join(words)] if n % 2 else words), account=account)
    assert stage.states(campaign) == {end: 2 * len(orders)}
    assert ear.effects()["moved"] == 2 * len(orders)
    assert "contradicts" not in ear.effects()
    _proved(stage, campaign)


async def test_a_message_with_a_part_outstanding_is_not_delivered(stage: Stage) -> None:
    campaign, ear = await _sent(stage, Namer(in_parts), 1)
    await ear.hear("receipt 0-1 1", "receipt 0-1 1")
    assert stage.states(campaign) == {State.ACCEPTED: 1}
    assert ear.effects() == {"part": 1, "repeated": 1}
    await ear.hear("receipt 0-2 1")
    assert stage.states(campaign) == {State.DELIVERED: 1}
    assert ear.effects() == {"part": 1, "repeated": 1, "moved": 1}


async def test_late_answers_and_known_keys_leave_their_ids(stage: Stage) -> None:
    """What a sub-batch did not wait for, and what a carrier had taken before."""

    async def slow(message: Submission) -> Outcome:
        await asyncio.sleep(1.2)  # longer than a lane waits
        return named(message)

    campaign, ear = await _sent(stage, Namer(slow), 2)
    await ear.hear("receipt id-0 1")
    assert stage.states(campaign) == {State.DELIVERED: 1, State.ACCEPTED: 1}
    with stage.database.write() as conn:
        conn.exec_driver_sql("UPDATE message SET state = 0, parts = 0")
        conn.exec_driver_sql("UPDATE chunk SET recorded_to = first - 1, started_to = first - 1")
        conn.exec_driver_sql("DELETE FROM reference")
        conn.exec_driver_sql("DELETE FROM attempt")
    again = Namer(lambda message: Duplicate(f"again-{number(message)}"))
    await stage.finish(stage.senders({VIETTEL: again, OTHER: again}), campaign)
    # Without an earlier try that may have been taken, the word proves nothing: no id is kept.
    assert stage.states(campaign) == {State.UNKNOWN: 2}
    assert _references(stage) == 0


async def test_networks_are_learned_where_they_differ(stage: Stage) -> None:
    def told(message: Submission) -> Outcome:
        match number(message):
            case 0:
                return Accepted("id-0", network=Network.VINAPHONE)
            case 1:
                return Accepted("id-1", network=Network.VIETTEL)  # as we thought
            case 2:
                return Refused(Scope.RECIPIENT, "1", "no", network=Network.VIETNAMOBILE)
            case 3:
                return Unknown("silence")
            case _:
                return named(message)

    campaign, ear = await _sent(stage, Namer(told), 6)
    await ear.hear(f"receipt id-4 1 {PERSON + 4} GMOBILE")
    await ear.hear(f"receipt id-5 1 {PERSON + 5} VIETTEL", account=VIETTEL)
    with stage.database.read() as conn:
        rows = conn.exec_driver_sql(
            "SELECT msisdn, learned, learned_from FROM recipient ORDER BY msisdn"
        ).all()
    assert [(row[0] - PERSON, row[1], row[2]) for row in rows] == [
        (0, Network.VINAPHONE, OTHER),
        (1, None, None),
        (2, Network.VIETNAMOBILE, OTHER),
        (3, None, None),
        (4, Network.GMOBILE, OTHER),
        (5, None, None),
    ]
    _proved(stage, campaign)
