"""The cap over campaigns: nobody is written to more often, whoever asks and in what order."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from outreach.domain.key import CAMPAIGN_SPAN, STEP_SPAN
from outreach.domain.network import Network
from outreach.domain.rules import Cap
from outreach.store.contacts import forget, reserve, tidy
from outreach.store.database import Database
from outreach.store.work import Ticket
from tests.store.plans import FIRST_NUMBER, draft, people, plan, sms

DAY = 24 * 3600 * 1000
NOW = 1_800_000_000_000
ONCE_A_WEEK = Cap(messages=1, days=7)


def ticket(campaign: int, person: int, step: int = 0) -> Ticket:
    """One person's message of a campaign, about to be sent."""
    message = campaign * CAMPAIGN_SPAN + step * STEP_SPAN + person
    return Ticket(message, campaign, person, 1, Network.VIETTEL, 0, FIRST_NUMBER + person, "{}", "")


def asked(
    database: Database, tickets: Sequence[Ticket], cap: Cap | None = ONCE_A_WEEK, now: int = NOW
) -> set[int]:
    with database.write() as conn:
        return reserve(conn, tickets, cap, now)


def contacts(database: Database) -> set[tuple[int, int]]:
    """Who is down for what: (person, message)."""
    with database.read() as conn:
        rows = conn.execute(text("SELECT msisdn, message FROM contact"))
        return {(msisdn - FIRST_NUMBER, message) for msisdn, message in rows}


def test_the_cap_holds_back_who_was_written_to_lately(database: Database) -> None:
    first, second = [ticket(1, n) for n in (1, 2)], [ticket(2, n) for n in (2, 3)]
    assert asked(database, first) == set()
    assert asked(database, second) == {ticket(2, 2).message}
    assert contacts(database) == {
        (1, first[0].message),
        (2, first[1].message),
        (3, second[1].message),
    }


@pytest.mark.parametrize(("later", "held"), [(7 * DAY - 1, True), (7 * DAY, False)])
def test_a_contact_counts_for_so_many_days(database: Database, later: int, *, held: bool) -> None:
    asked(database, [ticket(1, 1)])
    assert bool(asked(database, [ticket(2, 1)], now=NOW + later)) is held


def test_asking_again_is_the_same_contact(database: Database) -> None:
    """Of a postponed message, a retry, or the fallback channel of the same campaign."""
    asked(database, [ticket(1, 1)])
    assert asked(database, [ticket(1, 1)]) == set()
    assert asked(database, [ticket(1, 1, step=1)]) == set()
    assert asked(database, [ticket(1, 1)], now=NOW + 30 * DAY) == set()
    assert contacts(database) == {(1, ticket(1, 1).message)}


def test_what_was_reserved_long_ago_and_not_made_is_weighed_again(database: Database) -> None:
    """One campaign is held for a week; meanwhile another writes to the same person."""
    asked(database, [ticket(1, 1)])
    assert asked(database, [ticket(2, 1)], now=NOW + 8 * DAY) == set()
    assert asked(database, [ticket(1, 1)], now=NOW + 9 * DAY) == {ticket(1, 1).message}
    assert asked(database, [ticket(1, 1)], now=NOW + 15 * DAY) == set()
    assert asked(database, [ticket(3, 1)], now=NOW + 21 * DAY) == {ticket(3, 1).message}


def test_a_number_that_comes_twice_in_one_batch_is_counted_twice(database: Database) -> None:
    assert asked(database, [ticket(1, 1), ticket(2, 1)]) == {ticket(2, 1).message}


def test_without_a_cap_all_are_written_down_and_nobody_is_held(database: Database) -> None:
    asked(database, [ticket(1, 1)])
    assert asked(database, [ticket(2, 1)], cap=None) == set()
    assert asked(database, [ticket(3, 1)], Cap(messages=2, days=7)) == {ticket(3, 1).message}


def test_who_was_not_reached_after_all_is_struck_out(database: Database) -> None:
    campaign = plan(database, people(database, [Network.VIETTEL] * 4, districts=[None]), sms(1))
    tickets = [ticket(campaign.id, person) for person in (1, 2, 3, 4)]
    asked(database, tickets)
    with database.write() as conn:
        forget(conn, [tickets[0].message, tickets[2].message + STEP_SPAN])
    assert contacts(database) == {(2, tickets[1].message), (4, tickets[3].message)}
    assert asked(database, [ticket(9, 1), ticket(9, 2)]) == {ticket(9, 2).message}


def test_old_contacts_are_dropped_some_at_a_time(database: Database) -> None:
    asked(database, [ticket(1, n) for n in range(25)])
    asked(database, [ticket(1, n) for n in range(25, 30)], now=NOW + 1)
    dropped: list[int] = []
    while not dropped or dropped[-1]:
        with database.write() as conn:
            dropped.append(tidy(conn, NOW + 1, most=10))
    assert dropped == [10, 10, 5, 0]
    assert len(contacts(database)) == 5


def test_old_contacts_are_found_without_reading_all(database: Database) -> None:
    sqlite = database.engine.dialect.name == "sqlite"
    with database.write() as conn:
        if not sqlite:
            conn.execute(
                text("SET LOCAL enable_seqscan = off")
            )  # it is for tables as small as ours
        told = conn.execute(
            text(
                f"EXPLAIN {'QUERY PLAN' if sqlite else ''} SELECT 1 FROM contact"
                f" WHERE at < {NOW} LIMIT 10"
            )
        )
        assert "contact_at" in str(told.all())


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.integers(1, 6), st.sets(st.integers(1, 5)), st.integers(0, 2 * DAY)),
        max_size=12,
    ),
    most=st.integers(1, 3),
    days=st.integers(1, 5),
)
def test_no_history_of_campaigns_goes_beyond_the_cap(
    database: Database, steps: list[tuple[int, set[int], int]], most: int, days: int
) -> None:
    with database.write() as conn:
        conn.execute(text("DELETE FROM contact"))
    now, reserved = NOW, dict[tuple[int, int], int]()
    for campaign, persons, wait in steps:
        now += wait
        tickets = [ticket(campaign, person) for person in sorted(persons)]
        held = asked(database, tickets, Cap(most, days), now)
        for person in persons:
            others = [at for (p, c), at in reserved.items() if p == person and c != campaign]
            lately = sum(at > now - days * DAY for at in others)
            assert (ticket(campaign, person).message in held) is (lately >= most)
            if lately < most:
                reserved[person, campaign] = now


def _waits(database: Database, campaign: int) -> bool:
    """Whether a second sender of a campaign waits for a first one of campaign 1 to commit."""
    with database.write() as first:
        reserve(first, [ticket(1, 1)], ONCE_A_WEEK, NOW)
        try:
            with database.write() as second:
                second.execute(text("SET LOCAL lock_timeout = '50ms'"))
                reserve(second, [ticket(campaign, 2)], ONCE_A_WEEK, NOW)
        except DBAPIError:
            return True
    return False


def test_senders_of_the_only_campaign_do_not_wait_for_each_other(shared: Database) -> None:
    audience = people(shared, [Network.VIETTEL] * 3)
    draft(shared, audience, sms(1))
    assert not _waits(shared, 1)
    draft(shared, audience, sms(1))
    assert _waits(shared, 1)
    assert _waits(shared, 2)
    for columns, waits in (("", True), (", finished_at = 1", False)):
        with shared.write() as conn:
            conn.execute(text(f"UPDATE campaign SET state = 'cancelled'{columns} WHERE id = 2"))
        assert _waits(shared, 1) is waits


def test_campaigns_that_ask_at_once_do_not_overshoot(database: Database) -> None:
    racers, persons = 6, 40
    ready = threading.Barrier(racers)

    def race(campaign: int) -> int:
        tickets = [ticket(campaign, person) for person in range(persons)]
        ready.wait()
        return persons - len(asked(database, tickets, Cap(messages=2, days=7)))

    with ThreadPoolExecutor(racers) as pool:
        passed = sum(pool.map(race, range(1, racers + 1)))
    assert passed == len(contacts(database)) == 2 * persons
