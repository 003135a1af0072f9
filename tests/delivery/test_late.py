"""The next channel after so many hours without delivery, for those alone whom it is for."""

from outreach.domain.campaign import CampaignState
from outreach.domain.key import CAMPAIGN_SPAN, STEP_SPAN
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.rules import Rules
from outreach.reports import differences
from outreach.store import campaigns
from outreach.store.campaigns import Campaign
from outreach.store.late import WHY
from tests.delivery.stage import OTHER, VIETTEL, ZALO, Carrier, Stage

PEOPLE = 6


def _campaign(stage: Stage, **rules: int) -> Campaign:
    return stage.campaign(stage.audience([{"name": "An"}] * PEOPLE), rules=Rules(**rules))  # type: ignore[arg-type]


def _look(stage: Stage) -> int:
    with stage.database.write() as conn:
        return stage.sweep().look(conn)


def _set(stage: Stage, campaign: Campaign, number: int, state: State) -> None:
    """Put a message into a state; the counts of it are not looked at."""
    message = campaign.id * CAMPAIGN_SPAN + number
    with stage.database.write() as conn:
        conn.exec_driver_sql(f"UPDATE message SET state = {int(state)} WHERE id = {message}")


def _fallbacks(stage: Stage, campaign: Campaign) -> list[int]:
    start = campaign.id * CAMPAIGN_SPAN + STEP_SPAN
    with stage.database.read() as conn:
        rows = conn.exec_driver_sql(
            f"SELECT id - {start} FROM message WHERE id > {start} ORDER BY id"
        )
        return [int(row[0]) for row in rows]


async def _sent(stage: Stage, campaign: Campaign) -> None:
    await stage.finish(stage.senders({ZALO: Carrier(channel=Channel.ZALO)}), campaign)


async def test_only_who_was_taken_and_not_delivered_falls_back(stage: Stage) -> None:
    campaign = _campaign(stage, fallback_hours=6)
    await _sent(stage, campaign)
    states = (State.DELIVERED, State.UNKNOWN, State.REJECTED, State.UNDELIVERED)
    for number, state in enumerate(states, 1):
        _set(stage, campaign, number, state)
    stage.clock.pass_(hours=5, minutes=59)
    assert _look(stage) == 0
    stage.clock.pass_(minutes=2)
    assert _look(stage) == 3  # numbers 4 (undelivered), 5 and 6 (taken, and no word since)
    assert _fallbacks(stage, campaign) == [4, 5, 6]
    with stage.database.read() as conn:
        whys = conn.exec_driver_sql("SELECT DISTINCT why FROM due").scalars().all()
    assert whys == [WHY]
    assert _look(stage) == 0


async def test_the_fallback_is_sent_and_the_counts_agree(stage: Stage) -> None:
    campaign = _campaign(stage, fallback_hours=6)
    await _sent(stage, campaign)
    stage.clock.pass_(hours=7)
    assert _look(stage) == PEOPLE
    with stage.database.read() as conn:
        assert differences(conn, campaign.id) == []
    assert stage.results(campaign) == {State.PENDING: PEOPLE}
    sms = {VIETTEL: Carrier(), OTHER: Carrier()}
    await stage.finish(stage.senders(sms), campaign)
    assert sum(len(carrier.asked) for carrier in sms.values()) == PEOPLE
    assert stage.results(campaign) == {State.ACCEPTED: PEOPLE}
    with stage.database.read() as conn:
        assert differences(conn, campaign.id) == []


async def test_a_campaign_is_not_finished_while_somebody_may_fall_back(stage: Stage) -> None:
    campaign, sweep = _campaign(stage, fallback_hours=6), stage.sweep()
    await _sent(stage, campaign)

    def finished() -> bool:
        with stage.database.write() as conn:
            sweep.look(conn)
            sweep.finish(conn)
            return campaigns.get(conn, campaign.id).state is not CampaignState.RUNNING

    assert not finished()
    for number in range(1, PEOPLE + 1):
        _set(stage, campaign, number, State.DELIVERED)
    stage.clock.pass_(hours=7)
    assert finished()
    assert _fallbacks(stage, campaign) == []


async def test_a_chunk_whose_end_was_interrupted_is_looked_at_too(stage: Stage) -> None:
    """Nobody claims it any more, so nobody else sets its time."""
    campaign = _campaign(stage, fallback_hours=6)
    with stage.database.write() as conn:
        conn.exec_driver_sql(
            "UPDATE chunk SET started_to = last, lease_owner = 'dead', lease_until = 0"
        )
        assert stage.sweep().recover(conn, ()) == PEOPLE
    _set(stage, campaign, 1, State.ACCEPTED)
    stage.clock.pass_(hours=7)
    assert _look(stage) + _look(stage) == 1
    assert _fallbacks(stage, campaign) == [1]


async def test_who_was_sent_later_is_looked_at_later(stage: Stage) -> None:
    campaign = _campaign(stage, fallback_hours=6)
    await _sent(stage, campaign)
    later = int(stage.clock().timestamp() * 1000) + 3_600_000
    with stage.database.write() as conn:
        message = campaign.id * CAMPAIGN_SPAN + 1
        conn.exec_driver_sql(f"UPDATE attempt SET at = {later} WHERE message = {message}")
    stage.clock.pass_(hours=6, minutes=1)
    assert _look(stage) == PEOPLE - 1
    assert _look(stage) == 0
    stage.clock.pass_(hours=1)
    assert _look(stage) == 1


async def test_without_the_rule_or_after_a_cancel_nobody_falls_back(stage: Stage) -> None:
    campaign = _campaign(stage, fallback_hours=6)
    await _sent(stage, campaign)
    stage.clock.pass_(hours=7)
    with stage.database.write() as conn:
        found = campaigns.get(conn, campaign.id)
        campaigns.move(conn, found, CampaignState.CANCELLED)
        sweep = stage.sweep()
        sweep.close(conn)
        sweep.look(conn)
        waiting = conn.exec_driver_sql("SELECT 1 FROM chunk WHERE look_at IS NOT NULL").first()
    assert waiting is None
    assert _fallbacks(stage, campaign) == []
