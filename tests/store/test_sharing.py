"""Whether limits are shared or divided, as all processes read it."""

from sqlalchemy import text

from outreach.store import sharing
from outreach.store.database import Database
from outreach.store.sharing import DIVIDED_FOR, NEVER, Sharing


def _divide(database: Database) -> int:
    with database.write() as conn:
        return sharing.divide(conn)


def _look(database: Database) -> Sharing:
    with database.read() as conn:
        return sharing.look(conn)


def _later(database: Database, seconds: int) -> None:
    with database.write() as conn:
        conn.execute(text("UPDATE sharing SET divided_until = divided_until - :ms"),
                     {"ms": seconds * 1000})  # fmt: skip


def test_they_are_shared_until_somebody_says_otherwise(shared: Database) -> None:
    assert _look(shared) == NEVER


def test_they_stay_divided_while_it_is_said_again(shared: Database) -> None:
    assert _divide(shared) == 1
    assert _look(shared).divided
    _later(shared, 10)
    assert _divide(shared) == 1
    _later(shared, 10)
    assert _look(shared).divided
    _later(shared, 10)
    found = _look(shared)
    assert (found.epoch, found.divided) == (1, False)
    assert 0 < found.since_s < DIVIDED_FOR.total_seconds()


def test_each_time_has_its_number(shared: Database) -> None:
    assert _divide(shared) == 1
    _later(shared, 20)
    assert _divide(shared) == 2
    assert _look(shared).epoch == 2
