"""Whose leases are taken back, and whose are not."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from outreach.store.database import Database
from outreach.store.seats import Seats
from workers.rollcall import RollCall, place_of

ALIVE, DEAD = "a" * 16, "d" * 16


class _Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seats(shared: Database) -> Iterator[Seats]:
    seats = Seats(shared.engine)
    assert seats.open()
    yield seats
    seats.close()


def _lease(database: Database, message: int, owner: str) -> None:
    with database.write() as conn:
        conn.execute(
            text(
                "INSERT INTO due (message, campaign, account, at, why, attempts, snoozes, rerouted,"
                " lease_owner, lease_until) VALUES (:message, 1, 1, 0, '', 0, 0, 0, :owner, 9e15)"
            ),
            {"message": message, "owner": owner},
        )


def _runs_out(database: Database) -> set[int]:
    with database.read() as conn:
        return set(conn.exec_driver_sql("SELECT message FROM due WHERE lease_until = 0").scalars())


def _call(roll: RollCall, database: Database) -> frozenset[str]:
    with database.write() as conn:
        return roll.call(conn)


def test_who_is_missed_for_long_enough_is_gone(shared: Database, seats: Seats) -> None:
    clock = _Clock()
    roll = RollCall(clock)
    assert seats.take(place_of(ALIVE))
    _lease(shared, 1, f"{ALIVE}1111111111111111")
    _lease(shared, 2, f"{DEAD}2222222222222222")
    everybody = {f"{ALIVE}1111111111111111", f"{DEAD}2222222222222222"}
    assert _call(roll, shared) == everybody
    clock.now += 9.9
    assert _call(roll, shared) == everybody
    assert not _runs_out(shared)
    clock.now += 0.2
    assert _call(roll, shared) == {f"{ALIVE}1111111111111111"}
    assert _runs_out(shared) == {2}


def test_who_is_back_in_time_was_never_gone(shared: Database, seats: Seats) -> None:
    clock = _Clock()
    roll = RollCall(clock)
    _lease(shared, 1, f"{DEAD}1111111111111111")
    for _ in range(5):
        clock.now += 9.0
        assert not seats.has(place_of(DEAD))
        assert _call(roll, shared)
        assert seats.take(place_of(DEAD))
        assert _call(roll, shared)
        seats.leave(place_of(DEAD))
    assert not _runs_out(shared)


def test_a_step_of_the_wall_clock_takes_nobody_s_lease(shared: Database, seats: Seats) -> None:
    """Leases tell wall time; who is at work keeps his however that is read."""
    roll = RollCall(_Clock())
    assert seats.take(place_of(ALIVE))
    _lease(shared, 1, f"{ALIVE}1111111111111111")
    with shared.write() as conn:
        conn.exec_driver_sql("UPDATE due SET lease_until = 1")
    assert _call(roll, shared) == {f"{ALIVE}1111111111111111"}
