"""The tallies: what is read and folded while others write, and that they say the same."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, text

from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.reports.proof import differences
from outreach.store import tally
from outreach.store.database import Database
from outreach.store.tally import Counter, Figure, Group
from tests.store.plans import people, plan, sms

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


GROUPS = st.builds(
    Group,
    st.integers(1, 2),
    st.integers(0, 1),
    st.sampled_from([Network.VIETTEL, Network.ITEL]),
    st.sampled_from([State.PENDING, State.REJECTED]),
    st.sampled_from(["", "no Zalo"]),
    st.sampled_from([0, 20261120]),
    st.sampled_from([0, 20261121]),
    st.integers(0, 1),
    st.integers(0, 3),
)
MOVES = st.lists(st.tuples(GROUPS, st.integers(-2, 2), st.integers(-3, 3)), max_size=6)


def summed(
    figures: Iterable[Figure], of: Callable[[Group], Group] = lambda group: group
) -> dict[Group, tuple[int, int]]:
    """Messages and parts by what is made `of` a group; nothing is not told."""
    sums: defaultdict[Group, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for each in figures:
        group = of(each.group)
        before = sums[group]
        sums[group] = (before[0] + each.messages, before[1] + each.parts)
    return {group: counts for group, counts in sums.items() if any(counts)}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(st.one_of(MOVES, st.integers(1, 4)), max_size=8))
def test_both_tallies_count_the_same(
    database: Database, history: list[list[tuple[Group, int, int]] | int]
) -> None:
    """Whatever is moved, and however much of it is folded in between."""
    moved: list[Figure] = []
    with database.write() as conn:
        for table in ("tally", "tally_delta", "district_tally", "district_tally_delta"):
            conn.execute(text(f"DELETE FROM {table}"))
    for each in history:
        with database.write() as conn:
            if isinstance(each, int):
                tally.fold(conn, each)
                continue
            counter = Counter()
            for group, messages, parts in each:
                counter.add(group, messages, parts)
            counter.write(conn)
            moved += [Figure(*move) for move in each]
    for campaign in (None, 1):
        asked = [f for f in moved if campaign in {None, f.group.campaign}]
        with database.read() as conn:
            whole = tally.figures(conn, campaign)
            by_district = tally.district_figures(conn, campaign)
        assert summed(whole) == summed(asked, lambda group: group._replace(district=0))
        assert summed(by_district) == summed(
            asked, lambda group: group._replace(reason="", receipt_day=0)
        )
        assert len(whole) == len(summed(whole))
        assert len(by_district) == len(summed(by_district))


def test_districts_do_not_multiply_what_is_read_each_second(database: Database) -> None:
    with database.write() as conn:
        counter = Counter()
        for district in range(22):
            counter.add(_GROUP._replace(district=district), 1)
        counter.write(conn)
        rows = conn.execute(text("SELECT COUNT(*) FROM tally_delta")).scalar_one()
        apart = conn.execute(text("SELECT COUNT(*) FROM district_tally_delta")).scalar_one()
    assert (rows, apart) == (1, 22)


def test_a_fold_goes_on_while_either_tally_has_something_left(database: Database) -> None:
    with database.write() as conn:
        counter = Counter()
        for district in range(5):
            counter.add(_GROUP._replace(district=district), 1)
        counter.write(conn)
        assert [tally.fold(conn, 2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_difference_names_its_district(database: Database) -> None:
    """Only the tally by district differs where a message is in the wrong one."""
    campaign = plan(database, people(database, [Network.VIETTEL] * 8), sms(1))
    with database.read() as conn:
        assert differences(conn, campaign.id) == []
    with database.write() as conn:
        conn.execute(text("UPDATE message SET district = 3 WHERE district = 2"))
        conn.execute(text("UPDATE message SET district = 0 WHERE district = 1"))
        found = differences(conn, campaign.id)
    assert [(d.district, d.tallied, d.counted) for d in found] == [
        ("not told", (2, 0), (4, 0)),
        ("Huyện Củ Chi", (2, 0), (0, 0)),
        ("Quận 12", (2, 0), (0, 0)),
        ("Quận 3", (2, 0), (4, 0)),
    ]
    assert "pending, district 2 'Quận 12', day 0" in str(found[2])
