"""Reminders: to those alone who surely do not have the message, at their time, as approved."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection

from outreach.domain.campaign import CampaignState
from outreach.domain.outcome import Accepted, Refused, Scope, Unknown
from outreach.domain.rules import Rules
from outreach.reports import differences
from outreach.store import audit, campaigns, waves
from outreach.store.campaigns import Campaign
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Carrier, Stage

_BLOCKED = Refused(Scope.RECIPIENT, "105", "blocked")


def _sweep_all(stage: Stage) -> None:
    sweep = stage.sweep()
    for job in sweep.jobs(()):
        with stage.database.write() as conn:
            job(conn)


def _all(stage: Stage) -> Sequence[Campaign]:
    with stage.database.read() as conn:
        return campaigns.in_state(conn, *CampaignState)


def _approved(stage: Stage, **columns: object) -> Campaign:
    """A running campaign of nine people with two waves, a day apart."""
    audience = stage.audience([{"name": "An"}] * 9)
    made = stage.campaign(audience, SMS_STEPS, rules=Rules(waves=2, wave_days=1), **columns)
    with stage.database.write() as conn:
        campaigns.move(conn, made, made.state, approver="binh", approved_hash="h", started_at=0)
    return made


async def _send(stage: Stage, campaign: Campaign, carrier: Carrier) -> None:
    await stage.finish(stage.senders({VIETTEL: carrier, OTHER: carrier}), campaign)
    _sweep_all(stage)


async def test_a_wave_goes_to_those_not_reached_and_to_nobody_else(stage: Stage) -> None:
    campaign = _approved(stage)
    answers = [_BLOCKED] * 4 + [Unknown("no answer")] * 2 + [Accepted()] * 3
    first = Carrier(lambda _: answers.pop())
    await _send(stage, campaign, first)
    _sweep_all(stage)
    stage.clock.pass_(hours=23)
    _sweep_all(stage)
    assert len(_all(stage)) == 1
    # Nobody has confirmed two of them; of one nobody even knows whether it left.
    one = "SELECT MIN(id) FROM message WHERE state = 4"
    with stage.database.write() as conn:
        conn.exec_driver_sql(f"UPDATE message SET state = 7 WHERE id IN ({one})")
    stage.clock.pass_(hours=2)
    for _ in range(4):
        _sweep_all(stage)
    _, wave = _all(stage)
    assert (wave.name, wave.wave, wave.parent) == (f"{campaign.name} (wave 1)", 1, campaign.id)
    assert (wave.approver, wave.approved_hash) == ("binh", "h")
    assert (wave.state, wave.recipients) == (CampaignState.RUNNING, 4)
    second = Carrier(lambda _: _BLOCKED)
    await _send(stage, wave, second)
    refused = {message.msisdn for message in first.asked[-4:]}
    assert {message.msisdn for message in second.asked} == refused
    with stage.database.read() as conn:
        assert differences(conn, wave.id) == []
        told = audit.history(conn, f"campaign:{wave.id}")
    assert [entry.action for entry in told][:2] == ["campaign.create", "campaign.start"]
    assert told[0].detail["people"] == 4


async def test_there_are_so_many_waves_and_no_more(stage: Stage) -> None:
    current: Campaign | None = _approved(stage)
    for _ in range(4):
        if current is None:
            break
        await _send(stage, current, Carrier(lambda _: _BLOCKED))
        stage.clock.pass_(hours=25)
        before = len(_all(stage))
        for _ in range(4):
            _sweep_all(stage)
        after = _all(stage)
        current = after[-1] if len(after) > before else None
    assert [each.wave for each in _all(stage)] == [0, 1, 2]
    assert [each.recipients for each in _all(stage)] == [9, 9, 9]


async def test_nobody_is_reminded_where_all_are_reached_or_it_was_cancelled(stage: Stage) -> None:
    reached = _approved(stage)
    await _send(stage, reached, Carrier())
    with stage.database.write() as conn:
        ended = campaigns.get(conn, reached.id)
        assert ended.state is CampaignState.FINISHED
    stage.clock.pass_(hours=50)
    for _ in range(4):
        _sweep_all(stage)
    assert len(_all(stage)) == 1


async def test_a_wave_has_as_much_time_as_the_first_and_no_pilot(stage: Stage) -> None:
    start = int(stage.clock().timestamp() * 1000)
    campaign = _approved(stage, until=start + 3_600_000)
    with stage.database.write() as conn:
        found = campaigns.get(conn, campaign.id)
        campaigns.move(conn, found, found.state, started_at=start)
    await _send(stage, campaign, Carrier(lambda _: _BLOCKED))
    stage.clock.pass_(hours=25)
    for _ in range(4):
        _sweep_all(stage)
    wave = _all(stage)[-1]
    made = int(stage.clock().timestamp() * 1000)
    assert wave.wave == 1
    assert wave.until == made + 3_600_000
    assert not wave.piloting


async def test_an_edited_wave_waits_for_people(stage: Stage) -> None:
    campaign = _approved(stage)
    await _send(stage, campaign, Carrier(lambda _: _BLOCKED))
    stage.clock.pass_(hours=25)
    with stage.database.write() as conn:
        stage.sweep().remind(conn)
    wave = _all(stage)[-1]
    assert wave.state is CampaignState.SCHEDULED
    with stage.database.write() as conn:
        campaigns.move(conn, wave, wave.state, approved_hash="another")
    for _ in range(4):
        _sweep_all(stage)
    assert _all(stage)[-1].state is CampaignState.SCHEDULED


async def test_a_taken_name_does_not_keep_a_wave_away(stage: Stage) -> None:
    campaign = _approved(stage)
    other = stage.audience([{"name": "An"}], "others")
    stage.campaign(other, SMS_STEPS, name=f"{campaign.name} (wave 1)")
    await _send(stage, campaign, Carrier(lambda _: _BLOCKED))
    stage.clock.pass_(hours=25)
    with stage.database.write() as conn:
        stage.sweep().remind(conn)
    assert _all(stage)[-1].name == f"{campaign.name} #{campaign.id} (wave 1)"


async def test_however_many_names_are_taken_a_wave_has_one(stage: Stage) -> None:
    campaign = _approved(stage)
    other = stage.audience([{"name": "An"}], "others")
    for name in (campaign.name, f"{campaign.name} #{campaign.id}"):
        stage.campaign(other, SMS_STEPS, name=f"{name} (wave 1)")
    await _send(stage, campaign, Carrier(lambda _: _BLOCKED))
    stage.clock.pass_(hours=25)
    with stage.database.write() as conn:
        stage.sweep().remind(conn)
    assert _all(stage)[-1].name == f"{campaign.name} #{campaign.id}.2 (wave 1)"


async def test_who_has_nobody_to_remind_is_not_counted_again_and_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = _approved(stage)
    sweep = stage.sweep()
    counted: list[int] = []

    def nobody(_: Connection, number: int) -> int:
        counted.append(number)
        return 0

    monkeypatch.setattr(waves, "_not_reached", nobody)

    def rounds() -> int:
        counted.clear()
        for _ in range(5):
            with stage.database.write() as conn:
                sweep.remind(conn)
        return len(counted)

    carrier = Carrier()
    await stage.finish(stage.senders({VIETTEL: carrier, OTHER: carrier}), campaign)
    with stage.database.write() as conn:
        sweep.finish(conn)
    stage.clock.pass_(hours=23)
    assert rounds() == 0, "its time has not come"
    stage.clock.pass_(hours=2)
    assert rounds() == 1
    stage.clock.pass_(minutes=2)
    assert rounds() == 1, "a receipt may have come"
    with stage.database.write() as conn:
        conn.exec_driver_sql("UPDATE campaign SET settled_at = 1")
    stage.clock.pass_(minutes=2)
    assert rounds() == 1
    stage.clock.pass_(days=400)
    assert rounds() == 0
