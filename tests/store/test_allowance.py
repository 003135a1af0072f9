"""What processes take of a ceiling: together never more than there is."""

import threading
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.store import allowance
from outreach.store.database import Database

CEILING, NOTHING = Decimal(10_000), Decimal(0)


def _take(
    database: Database, least: Decimal, ceiling: Decimal = CEILING, spent: Decimal = NOTHING
) -> Decimal:
    with database.write() as conn:
        return allowance.reserve(conn, 7, ceiling, least, lambda: spent)


def test_a_part_is_a_twentieth_of_what_is_left_or_what_one_message_costs(shared: Database) -> None:
    assert _take(shared, NOTHING) == 500
    assert _take(shared, NOTHING) == 475
    assert _take(shared, Decimal(620)) == 620


def test_what_was_spent_before_is_counted_once(shared: Database) -> None:
    assert _take(shared, NOTHING, spent=Decimal(9_000)) == 50
    assert _take(shared, Decimal(950), spent=Decimal(9_999)) == 950
    assert _take(shared, Decimal(1)) == 0


def test_what_is_given_back_is_to_be_had_again(shared: Database) -> None:
    assert _take(shared, Decimal(10_000)) == 10_000
    assert _take(shared, Decimal(300)) == 0
    with shared.write() as conn:
        allowance.give_back(conn, 7, Decimal(700))
    assert _take(shared, Decimal(300)) == 300
    assert _take(shared, Decimal(401)) == 0


def test_a_ceiling_that_was_raised_leaves_more(shared: Database) -> None:
    assert _take(shared, Decimal(10_000)) == 10_000
    assert _take(shared, Decimal(300), ceiling=Decimal(10_300)) == 300


def test_who_has_the_installation_to_himself_forgets_it(shared: Database) -> None:
    assert _take(shared, Decimal(10_000)) == 10_000
    with shared.write() as conn:
        allowance.forget(conn)
    assert _take(shared, Decimal(10_000)) == 10_000


def test_those_who_ask_at_the_same_moment_do_not_get_the_same(shared: Database) -> None:
    taken: list[Decimal] = []

    def ask() -> None:
        taken.extend(_take(shared, Decimal(300)) for _ in range(20))

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert sum(taken) <= CEILING
    assert CEILING - sum(taken) < 300


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 900), st.booleans()), max_size=40))
def test_never_more_is_out_than_there_is(shared: Database, asked: list[tuple[int, bool]]) -> None:
    with shared.write() as conn:
        allowance.forget(conn)
    out = NOTHING
    for least, back in asked:
        got = _take(shared, Decimal(least))
        out += got
        if back and got:
            with shared.write() as conn:
                allowance.give_back(conn, 7, got / 2)
            out -= got / 2
        assert out <= CEILING
