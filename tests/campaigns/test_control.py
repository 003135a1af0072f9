"""Drafting, editing, starting now or later, and the go after a pilot."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import text

from outreach.campaigns.control import Change, Wish
from outreach.domain.campaign import CampaignAction, CampaignState, Role
from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.rules import Rules
from outreach.domain.window import LOCAL, Window
from outreach.reports import differences
from outreach.store import campaigns, planning
from outreach.store.database import Database
from outreach.store.users import User
from tests.campaigns.desks import AN, BINH, GUIDE, NOON, QUAN, Place

TOMORROW = int(datetime(2026, 11, 21, 7, 0, tzinfo=LOCAL).timestamp() * 1000)


@pytest.fixture
def place(database: Database) -> Place:
    made = Place(database)
    made.people(30)
    return made


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"rules": Rules(starts_at=1)}, r"its start \(--at\) is past"),
        ({"until": NOON}, r"\(--until\) is not after the present"),
        (
            {"until": NOON + timedelta(hours=1), "rules": Rules(starts_at=TOMORROW)},
            r"\(--until\) is not after its start",
        ),
        ({"channels": [Channel.SMS], "rules": Rules(fallback_hours=2)}, "needs a next channel"),
        ({"channels": [Channel.SMS, Channel.SMS]}, "expected each channel once"),
        ({"channels": []}, "expected each channel once"),
        ({"window": Window(time(6), time(22))}, "reaches beyond 07:00-22:00"),
        ({"purpose": "nope"}, "nope"),
        ({"name": "12"}, "campaign name '12'"),
    ],
)
def test_what_cannot_be_wished_for(place: Place, more: dict[str, object], told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        place.desk.create(AN, place.wish(**{"name": "c", **more}))  # type: ignore[arg-type]
    with place.database.read() as conn:
        assert campaigns.in_state(conn, *CampaignState) == []


def test_an_edit_changes_what_it_says_and_nothing_else(place: Place) -> None:
    before = place.approved(rules=Rules(budget=7_000, rate=8))
    after = place.desk.edit(
        AN,
        "c",
        Change(name="d", window=Window(time(9), time(17)), rules={"rate": None, "pilot": 10}),
    )
    assert after == replace(
        before,
        name="d",
        state=CampaignState.DRAFT,
        opens="09:00",
        closes="17:00",
        approver=None,
        approved_hash=None,
        rules=GUIDE.but(budget=7_000, pilot=10),
        piloting=True,
    )
    assert place.history("d")[-1].detail == {
        "changes": {
            "name": ["c", "d"],
            "window": ["07:00-22:00", "09:00-17:00"],
            "rate": [8, None],
            "pilot": [0, 10],
        }
    }
    assert place.desk.edit(AN, "d", Change(rules={"pilot": 0})).piloting is False


def test_an_edit_of_nothing_takes_back_to_draft(place: Place) -> None:
    before = place.approved(until=NOON + timedelta(days=1))
    place.pass_(days=2)
    taken = place.desk.edit(AN, "c")
    assert taken == replace(before, state=CampaignState.DRAFT, approver=None, approved_hash=None)
    assert place.history("c")[-1].detail == {"changes": {}}


def test_an_edit_of_the_words_and_ways(place: Place) -> None:
    place.approved()
    purposes = {p.name for p in place.desk.settings.templates.iterdir() if p.is_dir()}
    other = min(purposes - {"install-guide"})
    after = place.desk.edit(AN, "c", Change(purpose=other, channels=[Channel.SMS]))
    assert (after.purpose, after.template["name"], len(after.steps)) == (other, other, 1)
    (entry,) = place.history("c")[-1:]
    assert entry.detail["changes"] == {
        "purpose": ["install-guide", other],
        "accounts": ["zalo; viettel, esms", "viettel, esms"],
        "skips_registered": [True, False],
    }


def test_a_name_is_given_once(place: Place) -> None:
    place.desk.create(AN, place.wish("c"))
    place.desk.create(AN, place.wish("d"))
    with pytest.raises(BadInputError, match="a campaign called 'c' exists"):
        place.desk.edit(AN, "d", Change(name="c"))
    assert place.desk.edit(AN, "d", Change(name="d")).name == "d"


def test_who_has_begun_is_not_edited(place: Place) -> None:
    place.running()
    with pytest.raises(NotAllowedError, match="cannot edit a campaign that is running"):
        place.desk.edit(AN, "c", Change(rules={"rate": 5}))
    assert place.desk.find("c").rules == GUIDE


def test_a_later_start_waits_for_the_engine(place: Place) -> None:
    place.approved(rules=Rules(starts_at=TOMORROW))
    released = place.desk.start(AN, "c")
    assert (released.state, released.recipients) == (CampaignState.SCHEDULED, 30)
    assert released.released_at == int(NOON.timestamp() * 1000)
    entry = place.history("c")[-1]
    assert (entry.action, entry.detail) == ("campaign.release", {"starts_at": TOMORROW})
    with pytest.raises(NotAllowedError, match="starts by itself on 2026-11-21 07:00"):
        place.desk.start(AN, "c")
    place.pass_(days=1)
    assert place.desk.start(AN, "c").state is CampaignState.RUNNING, "by hand, the engine was off"


def test_a_campaign_is_not_started_before_it_is_approved(place: Place) -> None:
    place.desk.create(AN, place.wish())
    with pytest.raises(NotAllowedError, match="cannot start a campaign that is draft"):
        place.desk.start(AN, "c")
    place.desk.submit(AN, "c")
    with pytest.raises(NotAllowedError, match="cannot start a campaign that is awaiting_approval"):
        place.desk.start(AN, "c")
    place.desk.approve(BINH, "c")
    with place.database.write() as conn:
        conn.execute(text("UPDATE campaign SET closes = '21:00'"))
    with pytest.raises(NotAllowedError, match="is not what was approved"):
        place.desk.start(AN, "c")
    assert place.counts(place.desk.find("c")) == {}


def test_a_released_campaign_taken_back_has_no_messages(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.store.unplanning._SLICE", 7)
    place.approved(rules=Rules(starts_at=TOMORROW))
    released = place.desk.start(AN, "c")
    assert place.counts(released) == place.tallied(released) == {State.PENDING: 30}
    edited = place.desk.edit(AN, "c", Change(channels=[Channel.SMS]))
    assert (edited.recipients, edited.planned_to, edited.released_at) == (0, 0, None)
    assert place.counts(edited) == place.tallied(edited) == {}
    with place.database.read() as conn:
        assert conn.execute(text("SELECT COUNT(*) FROM chunk")).scalar_one() == 0
        assert differences(conn, edited.id) == []
    place.desk.submit(AN, "c")
    place.desk.approve(BINH, "c")
    again = place.desk.start(AN, "c")
    assert place.counts(again) == place.tallied(again) == {State.PENDING: 30}


def test_what_an_interrupted_edit_left_goes_before_approval(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.store.unplanning._SLICE", 7)
    place.approved(rules=Rules(starts_at=TOMORROW))
    place.desk.start(AN, "c")
    with monkeypatch.context() as patched:
        patched.setattr("outreach.campaigns.drafting.unplan", lambda *_: None)
        place.desk.edit(AN, "c", Change(rules={"starts_at": None}))
    assert place.desk.find("c").recipients == 30
    place.desk.submit(AN, "c")
    assert place.counts(place.desk.find("c")) == {}
    place.desk.approve(BINH, "c")
    assert place.counts(place.desk.start(AN, "c")) == {State.PENDING: 30}


def test_who_takes_a_campaign_back_stops_its_planning(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "WINDOW", 10)
    place.approved()

    def edited(_done: int, _of: int) -> None:
        place.desk.edit(AN, "c")

    with pytest.raises(NotAllowedError, match="cannot start a campaign that is draft"):
        place.desk.start(AN, "c", edited)
    assert place.counts(place.desk.find("c")) == {}


def pilots(place: Place) -> None:
    """Bring a campaign with a pilot to where the engine holds it."""
    place.running(rules=Rules(pilot=300))
    place.engine("c", CampaignAction.PAUSE, paused_by="engine", paused_why="pilot: 9 went out")


def test_a_resume_after_the_pilot_is_the_go(place: Place) -> None:
    pilots(place)
    assert place.desk.find("c").piloting
    with place.database.read() as conn:
        size = conn.execute(
            text("SELECT SUM(last - first + 1) FROM chunk WHERE pilot = 1")
        ).scalar_one()
        first = conn.execute(text("SELECT MIN(first) FROM chunk WHERE pilot = 1")).scalar_one()
    assert 0 < size < 30
    assert first == CAMPAIGN_SPAN + 1
    place.results(place.desk.find("c"), State.DELIVERED)
    gone = place.desk.resume(AN, "c")
    assert (gone.state, gone.piloting) == (CampaignState.RUNNING, False)
    detail = place.history("c")[-1].detail
    assert detail["pilot"] == {"pending": size - 1, "delivered": 1}


def hold_by_hand(place: Place) -> None:
    place.running(rules=Rules(pilot=300))
    place.desk.pause(AN, "c", "wrong hotline")


def hold_by_errors(place: Place) -> None:
    place.running(rules=Rules(pilot=300))
    place.engine("c", CampaignAction.PAUSE, paused_by="engine", paused_why="errors: 30 %")


@pytest.mark.parametrize("hold", [hold_by_hand, hold_by_errors])
def test_another_pause_during_the_pilot_is_no_go(
    place: Place, hold: Callable[[Place], None]
) -> None:
    hold(place)
    resumed = place.desk.resume(AN, "c")
    assert (resumed.state, resumed.piloting) == (CampaignState.RUNNING, True)
    assert "pilot" not in place.history("c")[-1].detail


def test_an_amended_pilot_still_waits_for_its_go(place: Place) -> None:
    pilots(place)
    place.desk.amend(AN, "c", Change(rules={"rate": 60}))
    place.desk.approve_amendment(BINH, "c")
    assert place.desk.find("c").piloting
    assert not place.desk.resume(AN, "c").piloting


def test_a_reason_holds_no_number(place: Place) -> None:
    place.running()
    held = place.desk.pause(QUAN, "c", "asked by 0325550101\x1b[2J")
    assert held.paused_why is not None
    assert "0325550101" not in held.paused_why
    assert held.paused_why.isprintable()


def test_a_campaign_of_oneself_is_approved_by_another(place: Place) -> None:
    place.desk.create(AN, place.wish())
    place.desk.submit(AN, "c")
    with pytest.raises(NotAllowedError, match="somebody else has to approve"):
        place.desk.approve(User("an", Role.APPROVER), "c")
    assert place.desk.find("c").state is CampaignState.AWAITING_APPROVAL


def test_an_audience_that_is_not_there(place: Place) -> None:
    wish = Wish("c", "nobody", "install-guide", [Channel.SMS], Window(time(8), time(9)))
    with pytest.raises(Exception, match="nobody"):
        place.desk.create(AN, wish)
