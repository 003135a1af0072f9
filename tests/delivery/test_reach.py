"""Whom a channel does not lead to is not asked about again; who is known by an id is so named."""

from datetime import timedelta

import pytest

from outreach.carriers.base import Submission
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Outcome, Refused, Scope, Unknown
from outreach.domain.reach import Lesson, Reach
from outreach.domain.rules import Priority, Rules
from outreach.reports import differences
from outreach.reports.reasons import in_vietnamese
from outreach.store import reach
from outreach.store.campaigns import Campaign, Step
from tests.delivery.heard import Ear, Namer
from tests.delivery.stage import DEFAULT_STEPS, NETWORKS, OTHER, VIETTEL, ZALO, Carrier, Stage

PERSON = 84_900_000_000
NO = {
    0: Refused(Scope.RECIPIENT, "-118", "no such account", reach=Reach.ABSENT),
    1: Refused(Scope.RECIPIENT, "-141", "refused", reach=Reach.REFUSES),
    2: Refused(Scope.RECIPIENT, "-114", "cannot receive"),
}


def number(message: Submission) -> int:
    return int(message.msisdn) - PERSON


def zalo(addressed: bool = False) -> Namer:  # noqa: FBT001, FBT002 - a test's own
    return Namer(
        lambda message: NO.get(number(message), Accepted("id")),
        Channel.ZALO,
        addressed=addressed,
        carries_key=True,
    )


async def _send(stage: Stage, phone: Carrier, campaign: Campaign) -> Carrier:
    sms = Carrier()
    await stage.finish(stage.senders({ZALO: phone, VIETTEL: sms, OTHER: sms}), campaign)
    with stage.database.read() as conn:
        assert differences(conn, campaign.id) == []
    return sms


def _told(stage: Stage, campaign: Campaign) -> dict[int, tuple[State, str | None]]:
    """What became of each person's message of the first channel."""
    with stage.database.read() as conn:
        rows = conn.exec_driver_sql(
            "SELECT r.msisdn, m.state, m.reason FROM message m JOIN recipient r"
            f" ON r.id = m.recipient WHERE m.id BETWEEN {campaign.id * 10**9}"
            f" AND {campaign.id * 10**9 + 10**8}"
        ).all()
    return {row[0] - PERSON: (State(row[1]), row[2]) for row in rows}


def _rows(stage: Stage) -> list[tuple[int, str]]:
    with stage.database.read() as conn:
        rows = conn.exec_driver_sql("SELECT msisdn, reach FROM reach ORDER BY msisdn").all()
        return [(row[0] - PERSON, row[1]) for row in rows]


async def test_who_has_no_zalo_is_not_asked_about_again(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}] * 5)
    first = stage.campaign(audience, name="first")
    assert len((await _send(stage, zalo(), first)).asked) == 3
    assert _rows(stage) == [(0, "absent"), (1, "refuses")]
    phone = zalo()
    urgent = Rules(priority=Priority.URGENT)
    second = stage.campaign(audience, name="second", rules=urgent)
    sms = await _send(stage, phone, second)
    assert sorted(map(number, phone.asked)) == [2, 3, 4]
    assert sorted(map(number, sms.asked)) == [0, 1, 2]
    assert _told(stage, second) == {
        0: (State.REJECTED, "known: no Zalo account"),
        1: (State.REJECTED, "known: refuses Zalo"),
        2: (State.REJECTED, "-114 cannot receive"),
        3: (State.ACCEPTED, None),
        4: (State.ACCEPTED, None),
    }
    assert stage.results(second) == {State.ACCEPTED: 5}


async def test_after_a_month_an_account_may_be_there(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}] * 3)
    await _send(stage, zalo(), stage.campaign(audience, name="first"))
    stage.clock.now += timedelta(days=30)
    phone = zalo()
    await _send(stage, phone, stage.campaign(audience, name="second"))
    assert sorted(map(number, phone.asked)) == [0, 2]


async def test_a_known_refusal_without_another_channel_is_the_result(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}] * 2)
    await _send(stage, zalo(), stage.campaign(audience, DEFAULT_STEPS[:1], name="first"))
    phone = zalo()
    second = stage.campaign(audience, DEFAULT_STEPS[:1], name="second")
    await _send(stage, phone, second)
    assert not phone.asked
    assert stage.results(second) == {State.REJECTED: 2}
    with stage.database.read() as conn:
        tries = conn.exec_driver_sql(
            f"SELECT COUNT(*) FROM attempt WHERE message > {second.id * 10**9}"
        ).scalar()
    assert tries == 0


async def test_who_is_suppressed_too_is_so(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}])
    await _send(stage, zalo(), stage.campaign(audience, name="first"))
    with stage.database.write() as conn:
        conn.exec_driver_sql(
            "INSERT INTO suppression_list (name, scope, reason, source, at, created_by, importing)"
            " VALUES ('l', 'all', 'asked', 'hotline', 0, 'an', 0)"
        )
        conn.exec_driver_sql(f"INSERT INTO suppression SELECT {PERSON}, id FROM suppression_list")
    second = stage.campaign(audience, name="second")
    assert not (await _send(stage, zalo(), second)).asked
    assert stage.states(second) == {State.SUPPRESSED: 1}


@pytest.mark.parametrize("why", [reach.NO_ACCOUNT, reach.REFUSES, reach.NO_ADDRESS])
def test_why_it_does_not_lead_there_is_said_in_vietnamese_too(why: str) -> None:
    assert in_vietnamese(why) != why


async def test_sms_does_not_look_it_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(reach, "of")
    campaign = stage.run_of(3, DEFAULT_STEPS[1:])
    await _send(stage, zalo(), campaign)
    assert stage.states(campaign) == {State.ACCEPTED: 3}


async def test_carriers_teach_who_is_whom_and_who_wants_no_more(stage: Stage) -> None:
    audience = stage.audience([{"name": "An"}] * 8)
    phone = zalo()
    ear = Ear(stage, {ZALO: phone})
    people = {n: f"lesson user-{n} - {PERSON + n}" for n in (5, 6, 7)}
    await ear.hear(*people.values(), account=ZALO)
    await ear.hear("lesson user-5 refuses", "lesson user-6 refuses", account=ZALO)
    await ear.hear("lesson user-6 open", "lesson stranger refuses", account=ZALO)
    campaign = stage.campaign(audience, name="first")
    await _send(stage, phone, campaign)
    assert _told(stage, campaign)[5] == (State.REJECTED, reach.REFUSES)
    assert {message.address for message in phone.asked if number(message) >= 6} == {
        "user-6",
        "user-7",
    }
    assert ear.effects() == {}
    assert ear.waiting() == 0


def _learn(stage: Stage, *people: int) -> None:
    rows = [reach.Told(Lesson(str(PERSON + n), f"user-{n}"), Channel.ZALO, ZALO, 0) for n in people]
    with stage.database.write() as conn:
        reach.learn(conn, rows)


async def test_who_has_no_known_id_goes_to_the_next_channel(stage: Stage) -> None:
    _learn(stage, 3, 4)
    campaign, phone = stage.run_of(6), zalo(addressed=True)
    sms = await _send(stage, phone, campaign)
    assert {number(each): each.address for each in phone.asked} == {3: "user-3", 4: "user-4"}
    assert sorted(map(number, sms.asked)) == [0, 1, 2, 5]
    assert _told(stage, campaign)[5] == (State.REJECTED, "no user id known")


async def test_another_account_of_the_channel_may_do_without_an_id(stage: Stage) -> None:
    """By id where it is known, else by number; and two who need an id do not play ball."""
    _learn(stage, 3)
    for both, end in ((False, State.ACCEPTED), (True, State.REJECTED)):
        steps = (Step(Channel.ZALO, dict.fromkeys(NETWORKS, (ZALO, OTHER))),)
        audience = stage.audience([{"name": "An"}] * 5, name=f"people {both}")
        campaign = stage.campaign(audience, steps)
        by_id = zalo(addressed=True)
        second = zalo(addressed=both)
        senders = stage.senders({ZALO: by_id, OTHER: second})
        await stage.finish(senders, campaign)
        assert [number(each) for each in by_id.asked] == [3]
        assert sorted(map(number, second.asked)) == ([] if both else [0, 1, 2, 4])
        assert _told(stage, campaign)[4][0] is end


async def test_what_may_have_left_is_asked_about_whatever_was_learned(stage: Stage) -> None:
    """A doubtful message is not refused for what was told since: it may be there."""
    audience = stage.audience([{"name": "An"}])
    said: list[Outcome] = [Unknown("silence"), Accepted("id")]
    asked: list[Submission] = []

    def answer(message: Submission) -> Outcome:
        asked.append(message)
        told = Lesson(message.msisdn, None, Reach.REFUSES)
        with stage.database.write() as conn:
            reach.learn(conn, [reach.Told(told, Channel.ZALO, ZALO, 0)])
        return said[len(asked) - 1]

    phone = Namer(answer, Channel.ZALO, carries_key=True, window=timedelta(hours=2))
    campaign = stage.campaign(audience)
    await _send(stage, phone, campaign)
    assert len(asked) == 2
    assert stage.states(campaign) == {State.ACCEPTED: 1}
