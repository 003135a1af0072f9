"""Whom a campaign addresses, by which account, in which order: planned once, and completely."""

import math
import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.domain.rules import Rules
from outreach.domain.share import PILOT, bucket
from outreach.reports.proof import differences
from outreach.store import choice, planning
from outreach.store.campaigns import Step
from outreach.store.database import Database
from tests.store.plans import NETWORKS, chunks, draft, messages, people, plan, sms

CHANCE = random.Random(7)
CROWD = 100_000
ON_ONE_DATABASE = settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def crowd(size: int) -> list[Network]:
    """So many networks, all kinds among them, the unknown one too."""
    return CHANCE.choices(list(Network), k=size)


@ON_ONE_DATABASE
@given(cuts=st.sets(st.integers(1, 999), max_size=4))
def test_any_split_reaches_everybody_once(database: Database, cuts: set[int]) -> None:
    audience = people(database, crowd(400), name=f"split {CHANCE.random()}")
    limits = [0, *sorted(cuts), 1000]
    parts = [plan(database, audience, sms(1), Rules(share=share)) for share in pairwise(limits)]
    reached = Counter(m.person for part in parts for m in messages(database, part))
    assert reached == Counter(range(1, 401))


def test_a_child_keeps_to_its_share_of_the_audience(database: Database) -> None:
    audience = people(database, [Network.VIETTEL] * 300)
    everybody = plan(database, audience, sms(1))
    half = {
        m.person
        for m in messages(database, plan(database, audience, sms(1), Rules(share=(0, 500))))
    }
    child = plan(database, audience, sms(1), Rules(share=(0, 500)), parent=everybody.id)
    assert {m.person for m in messages(database, child)} == half
    assert 0 < len(half) < 300


def test_a_chunk_is_a_run_of_one_kind(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "WINDOW", 1_500)
    monkeypatch.setattr(planning, "CHUNK", 70)
    audience = people(database, crowd(4_000))
    step = sms(1, 2, weights={1: 3, 2: 1})
    campaign = plan(database, audience, step, Rules(pilot=100))
    planned = messages(database, campaign)
    assert [m.n for m in planned] == list(range(1, 4_001))
    covered = Counter[int]()
    for chunk in chunks(database, campaign):
        run = planned[chunk.first - 1 : chunk.last]
        covered.update(m.n for m in run)
        assert 1 <= len(run) <= 70
        assert {(m.account, m.network, m.state) for m in run} == {(chunk.account, chunk.network, 0)}
        assert {bucket(m.person, PILOT) < 100 for m in run} == {chunk.pilot}
    assert covered == Counter(m.n for m in planned if m.state == State.PENDING)


def test_the_pilot_of_a_window_goes_before_the_rest(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "WINDOW", 1_000)
    audience = people(database, [Network.VIETTEL] * 3_000)
    campaign = plan(database, audience, sms(1), Rules(pilot=50))
    assert [chunk.pilot for chunk in chunks(database, campaign)] == [True, False] * 3


def test_who_has_no_way_fails_by_name(database: Database) -> None:
    step = Step(sms().channel, {Network.VIETTEL: (1,)})
    audience = people(database, [Network.VIETTEL, Network.ITEL, Network.UNKNOWN])
    campaign = plan(database, audience, step)
    found = {(m.person, m.account, m.state, m.reason) for m in messages(database, campaign)}
    failed = (0, State.FAILED, planning.NO_ROUTE)
    assert found == {(1, 1, State.PENDING, None), (2, *failed), (3, *failed)}
    with database.read() as conn:
        assert differences(conn, campaign.id) == []


def test_a_crowd_is_divided_as_asked(database: Database) -> None:
    """Weights within a hundredth; the pilot as even as chance, whoever is in it."""
    audience = people(database, CHANCE.choices(NETWORKS, k=CROWD))
    step = sms(1, 2, 3, weights={2: 2, 3: 1, 1: 7})
    campaign = plan(database, audience, step, Rules(share=(250, 750), pilot=20))
    planned = messages(database, campaign)
    assert abs(len(planned) - CROWD / 2) <= CROWD / 1000
    by_account = Counter(m.account for m in planned)
    for account, weight in step.weights.items():
        assert abs(by_account[account] - len(planned) * weight / 10) <= len(planned) / 100
    piloted = [
        m for c in chunks(database, campaign) if c.pilot for m in planned[c.first - 1 : c.last]
    ]
    _as_by_chance(len(piloted), len(planned), 0.02)
    for account, weight in step.weights.items():
        _as_by_chance(sum(m.account == account for m in piloted), len(piloted), weight / 10)
    with database.read() as conn:
        assert differences(conn, campaign.id) == []


def _as_by_chance(found: int, of: int, share: float) -> None:
    assert abs(found - of * share) <= 3.5 * math.sqrt(of * share * (1 - share))


def test_what_is_foretold_is_what_is_planned(database: Database) -> None:
    audience = people(database, crowd(2_000))
    step = Step(
        sms().channel,
        {**dict.fromkeys(NETWORKS, (1, 2)), Network.MOBIFONE: (3, 1), Network.ITEL: ()},
        {1: 60, 2: 40},
    )
    campaign = draft(database, audience, step, Rules(share=(100, 800)))
    with database.read() as conn:
        networks = planning.by_network(conn, campaign)
    foretold = Counter(
        (network, choice.first_choice(step, network, place) or 0)
        for network, place, _ in planning.rows(database, campaign)
    )
    planned = messages(database, plan(database, audience, step, Rules(share=(100, 800))))
    assert Counter((m.network, m.account) for m in planned) == foretold
    assert Counter(m.network for m in planned) == networks
    assert {account for network, account in foretold if network is Network.MOBIFONE} == {1}
    assert {account for network, account in foretold if network is Network.VIETTEL} == {1, 2}
