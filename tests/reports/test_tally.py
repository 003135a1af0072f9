"""The tally under several processes: what is read and folded while others write."""

from threading import Thread

import pytest
from sqlalchemy import Connection, event

from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.store import tally
from outreach.store.database import Database
from outreach.store.tally import Counter, Figure, Group

_GROUP = Group(1, 1, Network.VIETTEL, State.PENDING)


def _add(conn: Connection, messages: int) -> None:
    counter = Counter()
    counter.add(_GROUP, messages)
    counter.write(conn)


@pytest.fixture
def postgresql(database: Database) -> Database:
    """The one database that lets several write at once."""
    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    return database


def test_a_fold_loses_nothing_that_is_committed_meanwhile(postgresql: Database) -> None:
    early = postgresql.engine.connect()
    begun = early.begin()
    _add(early, 5)  # the lower id, and committed only while the fold is under way
    with postgresql.write() as conn:
        _add(conn, 7)

    with postgresql.write() as conn:

        @event.listens_for(conn, "after_cursor_execute")
        def _committed(*said: object) -> None:
            if "MAX(id)" not in str(said) and begun.is_active:
                begun.commit()

        tally.fold(conn)
    early.close()
    with postgresql.read() as conn:
        assert tally.figures(conn) == [Figure(_GROUP, 12, 0)]


def test_two_folds_at_once_count_once(postgresql: Database) -> None:
    with postgresql.write() as conn:
        _add(conn, 7)

    def fold() -> None:
        with postgresql.write() as conn:
            tally.fold(conn)

    other = Thread(target=fold)
    with postgresql.write() as conn:
        tally.fold(conn)
        other.start()
        other.join(timeout=1)  # it waits for the first, or has nothing to do
    other.join()
    with postgresql.read() as conn:
        assert tally.figures(conn) == [Figure(_GROUP, 7, 0)]


def test_what_is_read_together_is_of_one_moment(database: Database) -> None:
    with database.read() as reader:
        assert tally.figures(reader) == []
        with database.write() as writer:
            _add(writer, 7)
        assert tally.figures(reader) == []
