"""Registrations: each person once, put down to the last message before, taken back whole."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.domain.campaign import Role
from outreach.domain.errors import BadInputError, NotFoundError
from outreach.domain.message import State
from outreach.domain.network import PrefixTable
from outreach.domain.window import LEGAL
from outreach.statistics.attribution import Nightly, attribute
from outreach.statistics.registrations import Imported, Register, Terms, Told, take
from outreach.store import audit, preceding, registrations, responses
from outreach.store.database import Database
from outreach.store.registrations import RegistrationList
from outreach.store.responses import Kind
from outreach.store.users import User
from tests.delivery.stage import Clock, Stage
from tests.statistics.sent import FIRST, message_to, sent

NOW = 1_795_800_000_000  # 2026-11-28


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    stage = Stage(database)
    yield stage
    stage.close()


def _told(database: Database, day: int, *people: int, kind: Kind = Kind.REGISTERED) -> int:
    """Take people in by a list of their own day."""
    name = f"{kind.name} {day} list"
    with database.write() as conn:
        found = registrations.named(conn, name) or registrations.create(
            conn, RegistrationList(0, name, kind, "BHXH", NOW, "an")
        )
        return registrations.add(conn, found, day, [FIRST + person for person in people])


def _after(database: Database) -> dict[tuple[int, int], int]:
    """After which message each (person, kind) is counted."""
    with database.read() as conn:
        rows = conn.exec_driver_sql("SELECT msisdn, kind, message FROM registration")
        return {(row[0] - FIRST, row[1]): row[2] for row in rows}


def _agree(database: Database) -> list[responses.ResponseFigure]:
    """The figures, which are what a recount finds."""
    with database.read() as conn:
        found = responses.figures(conn)
        assert found == responses.recount(conn)
        assert all(each.people > 0 for each in found)
    return found


def test_the_last_message_within_the_days_counts(stage: Stage) -> None:
    early = sent(stage, 20261101, [State.DELIVERED] * 4, "early")
    later = sent(stage, 20261110, [State.DELIVERED, State.UNKNOWN, State.ACCEPTED], "later")
    database = stage.database
    _told(database, 20261110, 0)
    _told(database, 20261201, 1, 3)
    _told(database, 20261202, 4)
    _told(database, 20261211, 2)
    assert attribute(database, 30) == 5
    registered = int(Kind.REGISTERED)
    assert _after(database) == {
        (0, registered): message_to(database, later, 0),  # the day itself counts
        (1, registered): message_to(database, later, 1),
        (3, registered): message_to(database, early, 3),  # thirty days before counts
        (4, registered): 0,  # never written to
        (2, registered): 0,  # thirty-one days do not
    }
    _agree(database)
    with database.read() as conn:
        assert registrations.waiting(conn) == 0


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        (State.ACCEPTED, True),
        (State.DELIVERED, True),
        (State.UNCONFIRMED, True),
        (State.UNKNOWN, True),
        (State.UNDELIVERED, False),
        (State.REJECTED, False),
        (State.FAILED, False),
        (State.SUPPRESSED, False),
        (State.EXPIRED, False),
        (State.CANCELLED, False),
        (State.PENDING, False),
    ],
)
def test_only_what_may_have_arrived_counts(stage: Stage, state: State, *, counts: bool) -> None:
    campaign = sent(stage, 20261110, [state])
    _told(stage.database, 20261115, 0)
    attribute(stage.database, 30)
    message = message_to(stage.database, campaign, 0) if counts else 0
    assert _after(stage.database) == {(0, int(Kind.REGISTERED)): message}


def test_a_message_after_the_day_does_not_count(stage: Stage) -> None:
    sent(stage, 20261116, [State.DELIVERED])
    _told(stage.database, 20261115, 0)
    attribute(stage.database, 30)
    assert _after(stage.database) == {(0, int(Kind.REGISTERED)): 0}


def test_figures_are_by_month_campaign_network_and_district(stage: Stage) -> None:
    campaign = sent(stage, 20261120, [State.DELIVERED] * 4, districts={0: 3, 1: 3, 2: 5})
    _told(stage.database, 20261130, 0, 1, 2)
    _told(stage.database, 20261201, 3, 7)
    _told(stage.database, 20261201, 0, kind=Kind.INSTALLED)
    before = _agree(stage.database)
    assert Counter(
        {each.month: each.people for each in before if each.kind is Kind.REGISTERED}
    ) == {
        202611: 3,
        202612: 2,
    }
    assert {each.campaign for each in before} == {0}, "not looked up: after none of ours"
    attribute(stage.database, 30)
    found = _agree(stage.database)
    by = Counter[tuple[int, Kind, int, int]]()
    for each in found:
        by[each.month, each.kind, each.campaign, each.district] += each.people
    assert by == {
        (202611, Kind.REGISTERED, campaign.id, 3): 2,
        (202611, Kind.REGISTERED, campaign.id, 5): 1,
        (202612, Kind.REGISTERED, campaign.id, 0): 1,
        (202612, Kind.REGISTERED, 0, 0): 1,
        (202612, Kind.INSTALLED, campaign.id, 3): 1,
    }
    with stage.database.read() as conn:
        december = responses.figures(conn, 202612)
    assert december == [each for each in found if each.month == 202612]


def test_the_first_day_counts_in_whatever_order_lists_come(stage: Stage) -> None:
    campaign = sent(stage, 20261020, [State.DELIVERED])
    database = stage.database
    assert _told(database, 20261130, 0) == 1
    attribute(database, 60)
    assert _told(database, 20261231, 0) == 0, "known, and for an earlier day"
    assert _told(database, 20261031, 0) == 1, "an earlier day"
    attribute(database, 60)
    (figure,) = _agree(database)
    assert (figure.month, figure.campaign, figure.people) == (202610, campaign.id, 1)
    with database.read() as conn:
        assert {each.name[11:19]: each.added for each in registrations.listed(conn)} == {
            "20261130": 0,
            "20261231": 0,
            "20261031": 1,
        }


def test_many_blocks_and_pages_end_alike(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preceding, "_BLOCK", 3)
    monkeypatch.setattr(preceding, "_PAGE", 2)
    campaign = sent(stage, 20261110, [State.DELIVERED] * 10)
    _told(stage.database, 20261115, *range(12))
    assert attribute(stage.database, 30) == 12
    expected = {
        (n, int(Kind.REGISTERED)): message_to(stage.database, campaign, n) if n < 10 else 0
        for n in range(12)
    }
    assert _after(stage.database) == expected
    _agree(stage.database)


def test_what_is_broken_off_waits_for_the_next_time(stage: Stage) -> None:
    sent(stage, 20261110, [State.DELIVERED])
    _told(stage.database, 20261115, 0)
    answers = iter([False, True, True, True])
    assert attribute(stage.database, 30, lambda: next(answers)) == 0
    with stage.database.read() as conn:
        assert registrations.waiting(conn) == 1
    assert attribute(stage.database, 30) == 1


def test_it_is_done_once_a_night_before_anything_is_sent(stage: Stage) -> None:
    clock = Clock(datetime(2026, 11, 20, 5, tzinfo=UTC))  # 12:00
    nightly = Nightly(stage.database, 30, LEGAL, clock)
    _told(stage.database, 20261115, 0)
    assert nightly.look() == 0
    clock.pass_(hours=11)  # 23:00
    assert nightly.look() == 0
    clock.pass_(hours=2)  # 01:00
    assert nightly.look() == 1
    _told(stage.database, 20261115, 1)
    assert nightly.look() == 0, "this night is done"
    clock.pass_(hours=24)
    assert nightly.look() == 1


days = st.sampled_from([20261031, 20261101, 20261115, 20261130, 20261201])
steps = st.lists(
    st.tuples(
        st.sampled_from(["told", "told", "attribute", "forget"]),
        days,
        st.sets(st.integers(0, 7), min_size=1),
        st.sampled_from([Kind.INSTALLED, Kind.REGISTERED]),
    ),
    max_size=8,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_comes_and_goes_the_tally_is_the_recount(
    stage: Stage, steps: list[tuple[str, int, set[int], Kind]]
) -> None:
    database = stage.database
    with database.write() as conn:
        for table in ("registration", "registration_list", "response_tally"):
            conn.exec_driver_sql(f"DELETE FROM {table}")
        first = conn.exec_driver_sql("SELECT COUNT(*) FROM campaign").scalar_one() == 0
    if first:
        sent(stage, 20261030, [State.DELIVERED] * 5, "one")
        sent(stage, 20261120, [State.DELIVERED, State.REJECTED, State.ACCEPTED], "two")
    for deed, day, people, kind in steps:
        name = f"{kind.name} {day} list"
        with database.read() as conn:
            known = registrations.named(conn, name)
        if deed == "told":
            _told(database, day, *people, kind=kind)
        elif deed == "attribute":
            attribute(database, 30)
        elif known:
            _register(database).forget(name, "wrong")
        _agree(database)
        with database.read() as conn:
            for each in registrations.listed(conn):
                there = conn.exec_driver_sql(
                    f"SELECT COUNT(*) FROM registration WHERE list = {each.id}"
                )
                assert each.added == there.scalar_one()


def _register(database: Database, prefixes: PrefixTable | None = None) -> Register:
    # Without prefixes no file is read.
    return Register(database, prefixes, User("an", Role.OPERATOR), NOW)  # type: ignore[arg-type]


def _import(
    database: Database, prefixes: PrefixTable, path: Path, on: date = date(2026, 11, 20)
) -> Imported:
    terms = Terms(Kind.REGISTERED, on, "BHXH, tháng 11")
    return _register(database, prefixes).import_file(path, None, terms, 30)


def _file(folder: Path, *rows: str) -> Path:
    path = folder / "list.csv"
    path.write_text("\n".join(["phone", *rows]) + "\n", "utf-8")
    return path


def test_a_file_is_taken_in_looked_up_and_taken_back(
    stage: Stage, tmp_path: Path, prefixes: PrefixTable
) -> None:
    database = stage.database
    campaign = sent(stage, 20261115, [State.DELIVERED] * 2)
    path = _file(tmp_path, "0900000000", "0900 000 001", "84900000005", "abc", "0900000000")
    done = _import(database, prefixes, path)
    assert (done.rows, done.added, done.known, done.rejected.total()) == (5, 3, 1, 1)
    assert done.looked_up == 3
    assert (done.list.rows, done.list.added, done.list.rejected) == (5, 3, 1)
    people = Counter[int]()
    for each in _agree(database):
        people[each.campaign] += each.people
    assert people == {campaign.id: 2, 0: 1}
    again = _import(database, prefixes, path)
    assert (again.rows, again.added, again.known) == (5, 0, 4)
    assert (again.list.rows, again.list.added, again.list.rejected) == (5, 3, 1)
    assert _register(database).forget("list.csv", "the wrong file") == 3
    assert _agree(database) == []
    with database.read() as conn:
        assert registrations.listed(conn) == []
        told = audit.latest(conn, f"registration:{done.list.id}", "registration.forget")
    assert told is not None
    assert told.detail["people"] == 3
    assert "0900" not in str(told)


def test_forgetting_takes_many_steps_where_there_are_many(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registrations, "_PAGE", 3)
    sent(stage, 20261115, [State.DELIVERED] * 10)
    _told(stage.database, 20261120, *range(10))
    _told(stage.database, 20261121, 20)
    attribute(stage.database, 30)
    assert _register(stage.database).forget("REGISTERED 20261120 list", "wrong") == 10
    (left,) = _agree(stage.database)
    assert (left.people, left.campaign) == (1, 0)
    with pytest.raises(NotFoundError, match="the latest are: REGISTERED 20261121"):
        _register(stage.database).forget("REGISTERED 20261120 list", "again")


def test_a_list_keeps_its_kind_and_source(
    database: Database, tmp_path: Path, prefixes: PrefixTable
) -> None:
    path = _file(tmp_path, "0900000000")
    _import(database, prefixes, path)
    other = Terms(Kind.INSTALLED, date(2026, 11, 20), "BHXH, tháng 11")
    with pytest.raises(BadInputError, match=r"'list.csv' exists: registered, source 'BHXH"):
        _register(database, prefixes).import_file(path, None, other, 30)


@pytest.mark.parametrize("on", [date(2026, 11, 29), date(2019, 12, 31)])
def test_nobody_registers_tomorrow_or_before_there_was_an_app(
    database: Database, tmp_path: Path, prefixes: PrefixTable, on: date
) -> None:
    with pytest.raises(BadInputError, match="expected one from 2020-01-01 to today"):
        _import(database, prefixes, _file(tmp_path, "0900000000"), on)
    with database.read() as conn:
        assert registrations.listed(conn) == []


def test_what_the_app_tells_is_taken_in_once(database: Database) -> None:
    told = [
        Told(FIRST, Kind.INSTALLED, 20261120),
        Told(FIRST, Kind.REGISTERED, 20261121),
        Told(FIRST + 1, Kind.INSTALLED, 20261121),
    ]
    with database.write() as conn:
        assert take(conn, told, NOW) == 3
        assert take(conn, told, NOW) == 0
    with database.read() as conn:
        lists = {each.name: (each.rows, each.added) for each in registrations.listed(conn)}
    assert lists == {"app installed 2026-11": (4, 2), "app registered 2026-11": (2, 1)}
    assert sum(each.people for each in _agree(database)) == 3
