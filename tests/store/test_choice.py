"""First choices: the same in Python and in SQL, for every network and bucket."""

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.network import Channel, Network
from outreach.domain.share import BUCKETS, PILOT, SHARE, WEIGHTS, bucket
from outreach.store import choice
from outreach.store.campaigns import Step
from outreach.store.database import Database
from outreach.store.series import series
from tests.store.plans import NETWORKS, sms

CHANCE = random.Random(7)
ROUTES = st.fixed_dictionaries(
    dict.fromkeys(NETWORKS, st.lists(st.integers(1, 5), unique=True, max_size=4).map(tuple))
)
WEIGHED = st.dictionaries(st.integers(1, 5), st.integers(1, 99), max_size=5)


@pytest.mark.parametrize("kind", [SHARE, PILOT, WEIGHTS])
def test_both_databases_count_buckets_as_we_do(database: Database, kind: int) -> None:
    numbers = [1, 2, 99_999_999, *(CHANCE.randrange(10**8) for _ in range(500))]
    with database.read() as conn:
        rows, value = series(conn, [7 * CAMPAIGN_SPAN + number for number in numbers])
        sql = text(f"SELECT {choice.bucket_sql('value', kind)} FROM {rows} ORDER BY n")
        found = conn.execute(sql, {"series": value}).scalars().all()
    assert found == [bucket(number, kind) for number in numbers]
    assert found == [choice.place(7 * CAMPAIGN_SPAN + number, kind) for number in numbers]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(routes=ROUTES, weights=WEIGHED)
def test_both_databases_choose_as_we_do(
    database: Database, routes: dict[Network, tuple[int, ...]], weights: dict[int, int]
) -> None:
    step = Step(Channel.SMS, routes, weights)
    everything = [int(network) * BUCKETS + place for network in Network for place in range(BUCKETS)]
    with database.read() as conn:
        rows, value = series(conn, everything)
        account = choice.account_sql(step, f"(value / {BUCKETS})", f"(value % {BUCKETS})")
        sql = text(f"SELECT {account} FROM {rows} ORDER BY n")
        found = conn.execute(sql, {"series": value}).scalars().all()
    assert found == [
        choice.first_choice(step, network, place) or 0
        for network in Network
        for place in range(BUCKETS)
    ]


@given(routes=ROUTES, weights=WEIGHED)
def test_every_bucket_goes_to_an_account_that_serves_the_network(
    routes: dict[Network, tuple[int, ...]], weights: dict[int, int]
) -> None:
    step = Step(Channel.SMS, routes, weights)
    for network, accounts in routes.items():
        chosen = Counter(choice.first_choice(step, network, place) for place in range(BUCKETS))
        sharing = {each: weights[each] for each in accounts if each in weights}
        total = sum(sharing.values())
        if total:
            assert all(
                abs(chosen[each] - weight * BUCKETS / total) <= 1
                for each, weight in sharing.items()
            )
            assert sum(chosen.values()) == sum(chosen[each] for each in sharing)
        else:
            assert chosen == {accounts[0] if accounts else None: BUCKETS}


def test_a_number_of_unknown_network_has_no_way() -> None:
    step = Step(Channel.SMS, {**sms(1).accounts, Network.UNKNOWN: (1,)})
    assert choice.first_choice(step, Network.UNKNOWN, 0) is None
