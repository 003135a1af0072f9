"""What answers about single messages come to: a real database and a scripted carrier."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import text

from outreach.carriers.base import Question, Submission
from outreach.delivery.judge import Policy
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.domain.outcome import Accepted, Outcome, Unknown
from outreach.domain.receipt import Receipt, Status
from outreach.observe import RECEIPTS
from outreach.store import asking, doubtful, inbox
from tests.delivery.questions import ALL_OTHER, Knows, asker, history, nothing, push, says, sent
from tests.delivery.stage import OTHER, SEAL, Stage
from tests.delivery.test_unknown import Remembers


async def test_messages_are_asked_about_in_order_once_they_are_old_enough(stage: Stage) -> None:
    campaign = await sent(stage, 30)
    knows = Knows(says(Status.DELIVERED))
    desk = asker(stage, knows)
    stage.clock.pass_(minutes=9)
    assert await desk.ask() == 0
    assert knows.asked == []
    stage.clock.pass_(minutes=11)
    counted = RECEIPTS.labels("other", "asked")._value.get()
    assert await desk.ask() == 30
    assert RECEIPTS.labels("other", "asked")._value.get() == counted + 30
    assert knows.numbers() == list(range(1, 31))
    assert 1 < knows.most_at_once <= 8
    first = knows.asked[0]
    assert first.reference == f"r{first.msisdn}"
    assert stage.clock() - first.at == timedelta(minutes=20)
    assert stage.states(campaign) == {State.DELIVERED: 30}
    assert stage.results(campaign) == {State.DELIVERED: 30}
    assert history(stage) == [(1, "asked")] * 30
    with stage.database.read() as conn:
        ids = [campaign.id * CAMPAIGN_SPAN + n for n in range(1, 31)]
        assert inbox.receipt_days(conn, ids) == dict.fromkeys(ids, 20261120)
    stage.clock.pass_(hours=1)
    assert await desk.ask() == 0
    assert len(knows.asked) == 30


async def test_failures_keep_what_the_carrier_says(stage: Stage) -> None:
    campaign = await sent(stage, 4)
    stage.clock.pass_(minutes=11)
    assert await asker(stage, Knows(says(Status.UNDELIVERED, "off"))).ask() == 4
    assert stage.states(campaign) == {State.UNDELIVERED: 4}
    with stage.database.read() as conn:
        found = conn.execute(text("SELECT DISTINCT reason FROM message")).scalars().all()
    assert found == ["off"]


@pytest.mark.parametrize("status", [Status.ENROUTE, Status.OTHER])
async def test_no_news_move_nothing_and_are_no_history(stage: Stage, status: Status) -> None:
    campaign = await sent(stage, 5)
    stage.clock.pass_(minutes=11)
    knows = Knows(says(status))
    assert await asker(stage, knows).ask() == 0
    assert len(knows.asked) == 5
    assert stage.states(campaign) == {State.ACCEPTED: 5}
    assert history(stage) == []


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (says(Status.DELIVERED), State.DELIVERED),
        (says(Status.UNDELIVERED), State.UNDELIVERED),
        (says(Status.REFUSED), State.UNDELIVERED),
        (says(Status.ENROUTE), State.ACCEPTED),
        (says(Status.OTHER), State.UNKNOWN),
        (nothing, State.UNKNOWN),
    ],
)
async def test_an_unknown_message_is_asked_about_too(
    stage: Stage, answer: Callable[[Question], Sequence[Receipt]], state: State
) -> None:
    campaign = await sent(stage, 3, lambda _: Unknown("no answer"))
    assert stage.states(campaign) == {State.UNKNOWN: 3}
    stage.clock.pass_(minutes=11)
    knows = Knows(answer)
    await asker(stage, knows).ask()
    assert [question.reference for question in knows.asked] == [None] * 3
    assert stage.states(campaign) == {state: 3}


class _MostlyLost(Remembers):
    """A carrier whose answers get lost, but for one number's."""

    async def submit(self, message: Submission) -> Outcome:
        said = await super().submit(message)
        return Accepted() if message.msisdn == "84900000000" else said


async def test_what_sending_asks_for_again_is_left_to_it(stage: Stage) -> None:
    stage.policy = Policy(first_backoff=timedelta(hours=1), longest_backoff=timedelta(hours=1))
    campaign = stage.run_of(4, ALL_OTHER)
    lost = _MostlyLost(says=[Unknown("no answer")] * 9, window=timedelta(hours=9))
    async with stage.working(stage.senders({OTHER: lost})):
        while stage.left(campaign) > 3 or len(lost.asked) < 4:
            await asyncio.sleep(0.01)
    assert stage.states(campaign) == {State.PENDING: 3, State.ACCEPTED: 1}
    with stage.database.read() as conn:
        assert doubtful.waiting(conn, campaign.id) == {OTHER: 3}
    stage.clock.pass_(minutes=11)
    knows = Knows(nothing)
    await asker(stage, knows).ask()
    assert [question.msisdn for question in knows.asked] == ["84900000000"]


async def test_only_what_nobody_told_of_is_asked_about(stage: Stage) -> None:
    campaign = await sent(stage, 20)
    told = [campaign.id * CAMPAIGN_SPAN + n for n in range(1, 21) if n not in {4, 11}]
    push(stage, *told)
    knows = Knows(says(Status.DELIVERED))
    stage.clock.pass_(minutes=11)
    assert await asker(stage, knows).ask() == 2
    assert knows.numbers() == [4, 11]


async def test_an_answer_against_a_final_word_is_written_down_only(stage: Stage) -> None:
    campaign = await sent(stage, 2)
    stage.clock.pass_(minutes=11)

    def overtaken(question: Question) -> Sequence[Receipt]:
        key = SEAL.decode(question.key)
        assert key is not None
        push(stage, key.message)
        told = Status.DELIVERED if key.message % CAMPAIGN_SPAN == 1 else Status.UNDELIVERED
        return [Receipt(told, question.key)]

    assert await asker(stage, Knows(overtaken)).ask() == 0
    assert stage.states(campaign) == {State.DELIVERED: 2}
    assert history(stage) == [(2, "contradicts")]


async def test_the_network_that_an_answer_names_is_learned(stage: Stage) -> None:
    await sent(stage, 4)
    stage.clock.pass_(minutes=11)

    def names_it(question: Question) -> Sequence[Receipt]:
        return [Receipt(Status.DELIVERED, question.key, network=Network.VIETTEL)]

    await asker(stage, Knows(names_it)).ask()
    with stage.database.read() as conn:
        rows = conn.execute(text("SELECT network, learned, learned_from FROM recipient"))
        found = {(row[0], row[1], row[2]) for row in rows}
    viettel = int(Network.VIETTEL)
    assert found == {(viettel, None, None), (int(Network.MOBIFONE), viettel, OTHER)}


def _tells_of_its_list(question: Question) -> list[Receipt]:
    """An answer on a whole list of ten: the others by reference and number, one is under way."""
    first = int(question.msisdn) // 10 * 10
    told = [
        Receipt(
            Status.ENROUTE if n % 10 == 7 else Status.DELIVERED,
            question.key if n == int(question.msisdn) else None,
            question.reference,
            str(n),
        )
        for n in range(first, first + 10)
    ]
    return [*told, Receipt(Status.DELIVERED, None, question.reference, "84999999999")]


async def test_an_answer_on_a_list_spares_the_questions_about_its_others(stage: Stage) -> None:
    campaign = await sent(stage, 40, lambda m: Accepted(f"list {int(m.msisdn) // 10}"))
    stage.clock.pass_(minutes=11)
    knows = Knows(_tells_of_its_list)
    assert await asker(stage, knows).ask() == 36
    lists = [question.reference for question in knows.asked]
    assert len(set(lists)) == len(lists) == 4
    assert stage.states(campaign) == {State.DELIVERED: 36, State.ACCEPTED: 4}


async def test_one_under_way_on_a_list_is_no_longer_unknown(stage: Stage) -> None:
    campaign = await sent(stage, 10, lambda _: Unknown("no answer"))
    with stage.database.write() as conn:
        conn.execute(text("UPDATE attempt SET reference = 'list'"))
    stage.clock.pass_(minutes=11)
    assert await asker(stage, Knows(_tells_of_its_list)).ask() == 10
    assert stage.states(campaign) == {State.DELIVERED: 9, State.ACCEPTED: 1}


async def test_others_of_a_list_are_found_by_reference_and_number(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST", 3)  # so that the others are not on the page
    campaign = await sent(stage, 10, lambda _: Accepted("list"))
    with stage.database.write() as conn:
        conn.execute(
            text(
                "INSERT INTO reference SELECT m.account, 'list', r.msisdn, m.id, 0, 0, 1, 0"
                " FROM message m JOIN recipient r ON r.id = m.recipient"
            )
        )
    stage.clock.pass_(minutes=11)
    knows = Knows(_tells_of_its_list)
    assert await asker(stage, knows).ask() == 9
    assert [question.msisdn for question in knows.asked[1:]] == ["84900000007"]  # still under way
    assert stage.states(campaign) == {State.DELIVERED: 9, State.ACCEPTED: 1}
    assert len(history(stage)) == 9
