"""Changing what has begun: held, proposed, approved by another, applied, let go on."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import Connection, QueuePool, text

from outreach.campaigns.control import Change
from outreach.campaigns.routes import Choice
from outreach.domain.campaign import CampaignAction, CampaignState, Role
from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.domain.message import State
from outreach.domain.network import Channel, Network
from outreach.domain.rules import Priority, Rules
from outreach.domain.window import Window
from outreach.store import amendments, campaigns, late, rerouting, waves
from outreach.store.amendments import AmendmentState
from outreach.store.campaigns import Campaign, Step
from outreach.store.database import Database
from outreach.store.users import User
from tests.campaigns.desks import AN, BINH, GUIDE, LAN, NOON, QUAN, Place

SOON = int((NOON + timedelta(days=1)).timestamp() * 1000)
SHORTER = Change(window=Window(time(8), time(20)), rules={"budget": 50_000_000})


@pytest.fixture
def place(database: Database) -> Place:
    made = Place(database)
    made.people(30)
    return made


def test_held_proposed_approved_applied_resumed(place: Place) -> None:
    before = place.running()
    proposal = place.desk.amend(AN, "c", SHORTER)
    assert proposal.changes == {
        "window": ("07:00-22:00", "08:00-20:00"),
        "budget": (None, 50_000_000),
    }
    held = place.desk.find("c")
    assert (held.state, held.paused_by) == (CampaignState.PAUSED, "an")
    assert held.paused_why == "an amendment waits for approval"
    assert (held.opens, held.rules) == ("07:00", GUIDE), "nothing has changed yet"
    with pytest.raises(NotAllowedError, match="waits for approval; have it approved"):
        place.desk.resume(AN, "c")

    place.desk.approve_amendment(BINH, "c")
    after = place.desk.find("c")
    assert (after.opens, after.closes, after.rules.budget) == ("08:00", "20:00", 50_000_000)
    assert (after.state, after.approver) == (CampaignState.PAUSED, "binh")
    assert after.paused_why == "amendment 1 is approved; it goes on when it is resumed"
    assert after.approved_hash == proposal.amendment.hash != before.approved_hash
    assert place.desk.resume(AN, "c").state is CampaignState.RUNNING

    told = [(entry.actor, entry.action) for entry in place.history("c")[-3:]]
    assert told == [
        ("an", "campaign.amend"),
        ("binh", "campaign.approve"),
        ("an", "campaign.resume"),
    ]
    changes = {"budget": [None, 50_000_000], "window": ["07:00-22:00", "08:00-20:00"]}
    for entry in place.history("c")[-3:-1]:
        assert entry.detail["amendment"] == proposal.amendment.id
        assert entry.detail["changes"] == changes


def test_what_processes_took_of_a_ceiling_is_struck(place: Place) -> None:
    campaign = place.running()
    with place.database.write() as conn:
        told = {"id": campaign.id}
        conn.execute(text("INSERT INTO allowance (campaign, taken) VALUES (:id, '900')"), told)
    taken = "SELECT COUNT(*) FROM allowance"
    place.desk.amend(AN, "c", SHORTER)
    with place.database.read() as conn:
        assert conn.execute(text(taken)).scalar_one() == 1
    place.desk.approve_amendment(BINH, "c")
    with place.database.read() as conn:
        assert conn.execute(text(taken)).scalar_one() == 0


def test_what_a_proposal_is_worth_is_told(place: Place) -> None:
    running = place.running()
    place.results(running, State.DELIVERED, State.DELIVERED, State.UNKNOWN)
    ceiling = place.desk.preflight("c").ceiling
    outlook = place.desk.amend(AN, "c", SHORTER).outlook
    assert (outlook.left, outlook.worst_cost) == (27, ceiling * 27 / 30)
    place.desk.withdraw(AN, "c")
    outlook = place.desk.amend(AN, "c", Change(rules={"budget": 1_000})).outlook
    assert outlook.worst_cost == 1_000, "less than the rest would cost"


def test_every_reminder_may_cost_as_much_again(place: Place) -> None:
    running = place.running()
    place.results(running, State.DELIVERED)
    each = place.desk.preflight("c").ceiling / 30
    assert place.desk.amend(AN, "c", Change(rules={"waves": 2})).outlook.worst_cost == 3 * 29 * each
    place.desk.withdraw(AN, "c")
    capped = Change(rules={"waves": 2, "budget": 1_000})
    assert place.desk.amend(AN, "c", capped).outlook.worst_cost == 1_000, "one ceiling for all"


def test_a_second_amendment_counts_by_what_the_first_one_changed(place: Place) -> None:
    place.running(channels=[Channel.SMS])
    usual = place.desk.settings.accounts
    place.carriers = tuple(
        replace(a, price_per_part=a.price_per_part * 3) if a.name == "esms" else a for a in usual
    )
    first = Change(accounts=[Choice("esms")], rules={"waves": 2})
    place.desk.amend(AN, "c", first)
    worst = place.desk.approve_amendment(BINH, "c").outlook.worst_cost
    assert place.desk.amend(AN, "c", SHORTER).outlook.worst_cost == worst > 0


def test_what_was_spent_before_a_reminder_is_of_the_same_ceiling(place: Place) -> None:
    first = place.running(channels=[Channel.SMS], rules=Rules(waves=1))
    place.results(first, State.ACCEPTED, *[State.FAILED] * 29)
    place.ended(first)
    later = int((place.now + timedelta(days=8)).timestamp() * 1000)
    with place.database.write() as conn:
        conn.execute(text("UPDATE tally_delta SET parts = 2 WHERE state = 1"))
        wave = waves.make(conn, later, {})
        while waves.plan(conn, later):
            pass
    assert wave is not None
    place.engine(wave.name, CampaignAction.START, started_at=0)
    each = place.desk.preflight(first.name).ceiling / 60
    assert place.desk.amend(AN, wave.name, SHORTER).outlook.worst_cost == 29 * each
    place.desk.withdraw(AN, wave.name)
    prices = {each.name: each.price_per_part for each in place.desk.settings.accounts}
    outlook = place.desk.amend(AN, wave.name, Change(rules={"budget": 5_000})).outlook
    assert outlook.worst_cost == 5_000 - 2 * prices["viettel"]


def test_what_will_not_fit_has_no_end(place: Place) -> None:
    place.running()
    soon = place.now + timedelta(minutes=10)
    outlook = place.desk.amend(AN, "c", Change(until=soon, rules={"rate": 4})).outlook
    assert outlook.ends_at == place.now + timedelta(minutes=30 / 4)
    place.desk.withdraw(AN, "c")
    assert place.desk.amend(AN, "c", Change(until=soon, rules={"rate": 2})).outlook.ends_at is None


def test_those_who_may_still_fall_back_are_ahead_too(place: Place) -> None:
    running = place.running(rules=Rules(fallback_hours=6))
    place.results(running, State.ACCEPTED, State.DELIVERED)
    assert place.desk.amend(AN, "c", SHORTER).outlook.left == 29


def test_its_own_author_does_not_approve(place: Place) -> None:
    place.running()
    place.desk.amend(AN, "c", SHORTER)
    with pytest.raises(NotAllowedError, match="'an' proposed amendment"):
        place.desk.approve_amendment(User("an", Role.APPROVER), "c")
    for user in (AN, QUAN):
        with pytest.raises(NotAllowedError, match=f"role {user.role} may not approve"):
            place.desk.approve_amendment(user, "c")
    for user in (BINH, QUAN):
        with pytest.raises(NotAllowedError, match="may not amend"):
            place.desk.amend(user, "c", SHORTER)
        with pytest.raises(NotAllowedError, match="may not amend"):
            place.desk.withdraw(user, "c")
    assert place.desk.find("c").rules == GUIDE


def test_one_at_a_time_and_back_again(place: Place) -> None:
    place.running()
    place.desk.amend(AN, "c", SHORTER)
    with pytest.raises(NotAllowedError, match="waits for approval already"):
        place.desk.amend(LAN, "c", Change(rules={"rate": 100}))
    withdrawn = place.desk.withdraw(LAN, "c")
    assert withdrawn.state is CampaignState.PAUSED
    assert withdrawn.paused_why == "amendment 1 is withdrawn; it goes on when it is resumed"
    with pytest.raises(NotAllowedError, match="nothing to withdraw"):
        place.desk.withdraw(AN, "c")
    with pytest.raises(NotAllowedError, match="nothing of campaign 'c' waits"):
        place.desk.approve_amendment(BINH, "c")
    assert place.desk.resume(AN, "c").rules == GUIDE
    with place.database.read() as conn:
        (only,) = amendments.of(conn, 1)
    assert (only.state, only.decided_by) == (AmendmentState.WITHDRAWN, "lan")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (Change(), "nothing of campaign 'c' would change"),
        (Change(window=Window(time(7), time(22))), "nothing of campaign 'c' would change"),
        (Change(purpose="reminder"), None),
        (Change(name="d"), "name of a campaign that has begun stays"),
        (Change(rules={"pilot": 10}), "pilot of a campaign that has begun stays"),
        (Change(rules={"starts_at": SOON}), "starts_at of a campaign that has begun stays"),
        (Change(rules={"share": (0, 10)}), "share of a campaign that has begun stays"),
        (Change(window=Window(time(6), time(20))), "reaches beyond 07:00-22:00"),
        (Change(until=NOON - timedelta(hours=1)), "is not after the present"),
        (Change(rules={"rate": -1}), "rate is -1; expected 1 to"),
        (Change(accounts=[Choice("fax")]), "no account is called 'fax'"),
        (Change(accounts=[Choice("zalo")]), "no account in --accounts has channel SMS"),
    ],
)
def test_what_cannot_be_amended(place: Place, change: Change, told: str | None) -> None:
    place.running()
    if told is None:
        purposes = sorted(p.name for p in place.desk.settings.templates.iterdir() if p.is_dir())
        change = Change(purpose=next(name for name in purposes if name != "install-guide"))
        told = "purpose, words of a campaign that has begun stay"
    with pytest.raises(BadInputError, match=told):
        place.desk.amend(AN, "c", change)
    assert place.desk.find("c").state is CampaignState.RUNNING, "a bad wish holds nothing"


def test_a_campaign_that_has_not_begun_is_edited_instead(place: Place) -> None:
    place.approved()
    with pytest.raises(NotAllowedError, match="cannot amend a campaign that is scheduled"):
        place.desk.amend(AN, "c", SHORTER)


def test_who_held_it_before_stays_the_one_who_did(place: Place) -> None:
    place.running()
    place.engine("c", CampaignAction.PAUSE, paused_by="engine", paused_why="budget: spent")
    place.desk.amend(AN, "c", Change(rules={"budget": 10**9}))
    held = place.desk.find("c")
    assert (held.paused_by, held.paused_why) == ("engine", "budget: spent")


def test_a_cancelled_campaign_leaves_no_proposal(place: Place) -> None:
    place.running()
    place.desk.amend(AN, "c", SHORTER)
    place.desk.cancel(QUAN, "c")
    with place.database.read() as conn:
        assert amendments.open_of(conn, 1) is None
    with pytest.raises(NotAllowedError, match="nothing of campaign 'c' waits"):
        place.desk.approve_amendment(BINH, "c")


def race(first: Callable[[], object], second: Callable[[], object]) -> int:
    """Do both at the same time; returns how many were refused."""
    barrier, refused = Barrier(2), []

    def do(deed: Callable[[], object]) -> None:
        barrier.wait()
        try:
            deed()
        except NotAllowedError as fault:
            refused.append(fault)

    threads = [Thread(target=do, args=(deed,)) for deed in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(refused)


@pytest.mark.parametrize("go", range(4))
def test_who_proposes_and_who_resumes_at_once(place: Place, go: int) -> None:
    place.running()
    place.desk.pause(AN, "c", "x")
    desk = place.desk
    race(lambda: desk.amend(AN, "c", SHORTER), lambda: desk.resume(LAN, "c"))
    with place.database.read() as conn:
        waiting = amendments.open_of(conn, 1)
        state = campaigns.get(conn, 1).state
    assert (state is CampaignState.PAUSED) or waiting is None


@pytest.mark.parametrize("go", range(4))
def test_two_who_propose_at_once(place: Place, go: int) -> None:
    place.running()
    place.desk.pause(AN, "c", "x")
    desk = place.desk
    assert race(lambda: desk.amend(AN, "c", SHORTER), lambda: desk.amend(LAN, "c", SHORTER)) == 1
    with place.database.read() as conn:
        assert len(amendments.of(conn, 1)) == 1


ALTERED: list[Callable[[Any], object]] = [
    lambda conn: conn.execute(text("UPDATE campaign SET rules = '{\"budget\": 7}'")),
    lambda conn: conn.execute(text("UPDATE campaign SET closes = '21:00'")),
    lambda conn: conn.execute(
        text("UPDATE amendment SET changes = REPLACE(changes, '50000000', '60000000')")
    ),
]


@pytest.mark.parametrize("alter", ALTERED, ids=["rules", "hours", "proposal"])
def test_an_approval_is_bound_to_what_is_and_what_is_to_be(
    place: Place, alter: Callable[[Any], object]
) -> None:
    place.running()
    place.desk.amend(AN, "c", SHORTER)
    with place.database.write() as conn:
        alter(conn)
    with pytest.raises(NotAllowedError, match="is not of campaign 'c' as it stands"):
        place.desk.approve_amendment(BINH, "c")


def test_every_rule_that_may_change_changes(place: Place) -> None:
    place.running(until=NOON + timedelta(days=3))
    rules: dict[str, object] = {
        "holidays": True, "priority": Priority.URGENT, "budget": 5, "rate": 6, "ramp_minutes": 7,
        "error_percent": 8, "fallback_hours": 9, "waves": 10, "wave_days": 11,
    }  # fmt: skip
    place.desk.amend(AN, "c", Change(endless=True, rules=rules))
    place.desk.approve_amendment(BINH, "c")
    after = place.desk.find("c")
    assert (after.rules, after.until) == (GUIDE.but(**rules), None)
    back = dict.fromkeys(("budget", "rate", "error_percent", "fallback_hours"))
    place.desk.amend(AN, "c", Change(until=datetime(2026, 12, 1, tzinfo=UTC), rules=back))
    place.desk.approve_amendment(BINH, "c")
    after = place.desk.find("c")
    assert after.rules.but(**{name: rules[name] for name in back}) == GUIDE.but(**rules)
    assert after.until == 1_796_083_200_000


def test_other_routes_take_what_has_not_started(place: Place) -> None:
    numbers = place.desk.numbers
    running = place.running(channels=[Channel.SMS])
    proposal = place.desk.amend(AN, "c", Change(accounts=[Choice("esms")]))
    assert proposal.changes == {"accounts": ("viettel, esms", "esms")}
    checked_price = place.desk.settings.account("esms").price_per_part
    assert proposal.outlook.worst_cost % checked_price == 0
    place.desk.approve_amendment(BINH, "c")
    after = place.desk.find("c")
    assert {*after.steps[0].accounts.values()} == {(numbers["esms"],)}
    with place.database.read() as conn:
        accounts = conn.execute(text("SELECT DISTINCT account FROM message")).scalars().all()
        chunks = conn.execute(text("SELECT DISTINCT account FROM chunk")).scalars().all()
    assert accounts == chunks == [numbers["esms"]]
    assert place.counts(running) == place.tallied(running) == {State.PENDING: 30}


def test_it_is_held_while_rows_are_rendered_and_no_transaction_is_open(place: Place) -> None:
    place.running(channels=[Channel.SMS])
    pool = place.database.engine.pool
    assert isinstance(pool, QueuePool)
    met = []

    def progress(_done: int, _total: int) -> None:
        met.append((pool.checkedout(), place.desk.find("c").state))

    place.desk.amend(AN, "c", Change(accounts=[Choice("esms")]), progress)
    assert met == [(0, CampaignState.PAUSED)]
    with place.database.read() as conn:
        assert amendments.open_of(conn, 1) is not None


def test_routes_that_fail_the_preflight_leave_no_proposal(place: Place) -> None:
    place.running(channels=[Channel.SMS])
    usual = place.desk.settings.accounts
    place.carriers = tuple(replace(a, max_bytes=1) if a.name == "esms" else a for a in usual)
    with pytest.raises(NotAllowedError, match=r"would not pass its preflight.* it is held"):
        place.desk.amend(AN, "c", Change(accounts=[Choice("esms")]))
    held = place.desk.find("c")
    assert held.paused_why == "amendment 1 is withdrawn; it goes on when it is resumed"
    assert place.desk.resume(AN, "c").steps[0].accounts[Network.VIETTEL]


def test_who_works_meanwhile_does_not_end_a_move(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lane that gives back its chunk just then; SQLite has one writer, who comes first."""
    running = place.running(channels=[Channel.SMS])
    place.desk.amend(AN, "c", Change(accounts=[Choice("esms")]))
    real = rerouting.move_some

    def met(conn: Connection, campaign: Campaign, steps: Sequence[Step]) -> int:
        campaigns.get(conn, campaign.id)
        if not place.database.is_sqlite:
            with place.database.write() as lane:
                lane.execute(text("UPDATE chunk SET lease_until = lease_until + 1"))
        return real(conn, campaign, steps)

    monkeypatch.setattr(rerouting, "move_some", met)
    place.desk.approve_amendment(BINH, "c")
    with place.database.read() as conn:
        accounts = conn.execute(text("SELECT DISTINCT account FROM message")).scalars().all()
    assert accounts == [place.desk.numbers["esms"]]
    assert place.tallied(running) == {State.PENDING: 30}


def test_a_fallback_that_is_asked_for_later_is_for_what_was_sent_too(place: Place) -> None:
    running = place.running()
    place.results(running, State.ACCEPTED, State.DELIVERED, State.ACCEPTED)
    with place.database.write() as conn:
        conn.execute(text("UPDATE chunk SET started_to = last, recorded_to = last WHERE id = 1"))
    now = int(place.now.timestamp() * 1000)
    for change, looked in ((SHORTER, None), (Change(rules={"fallback_hours": 6}), 2)):
        place.desk.amend(AN, "c", change)
        place.desk.approve_amendment(BINH, "c")
        with place.database.write() as conn:
            assert late.look(conn, running.id, 1, lambda _: 2, now) == looked


def test_an_interrupted_move_is_ended_before_it_goes_on(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.running(channels=[Channel.SMS])
    place.desk.amend(AN, "c", Change(accounts=[Choice("esms")]))
    with monkeypatch.context() as patched:
        patched.setattr("outreach.campaigns.amending.move_routes", lambda *_: 0)
        place.desk.approve_amendment(BINH, "c")
    place.desk.resume(AN, "c")
    with place.database.read() as conn:
        accounts = conn.execute(text("SELECT DISTINCT account FROM message")).scalars().all()
    assert accounts == [place.desk.numbers["esms"]]


def test_the_approver_sees_the_prices_of_other_accounts(place: Place) -> None:
    place.running(channels=[Channel.SMS])
    plain = place.desk.amend(AN, "c", Change(accounts=[Choice("esms")])).outlook.worst_cost
    usual = place.desk.settings.accounts
    place.carriers = tuple(
        replace(a, price_per_part=a.price_per_part * 3) if a.name == "esms" else a for a in usual
    )
    dear = place.desk.approve_amendment(BINH, "c").outlook.worst_cost
    assert dear == 3 * plain > Decimal(0)


def test_who_shares_the_first_choice(place: Place) -> None:
    place.running(channels=[Channel.SMS])
    weighted = Change(accounts=[Choice.parse("viettel:70"), Choice.parse(" esms:30 ")])
    proposal = place.desk.amend(AN, "c", weighted)
    assert proposal.changes == {"accounts": ("viettel, esms", "viettel:70, esms:30")}
    place.desk.approve_amendment(BINH, "c")
    (step,) = place.desk.find("c").steps
    numbers = place.desk.numbers
    assert step.weights == {numbers["viettel"]: 70, numbers["esms"]: 30}
    assert step.accounts[Network.MOBIFONE] == (numbers["esms"],)
    with place.database.read() as conn:
        assert campaigns.find(conn, "c").steps == (step,)
