"""Opt-outs: counted once after the last message before, and no longer when their list is undone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.campaigns.suppression import Ledger, Terms
from outreach.domain.campaign import Role
from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.domain.message import State
from outreach.domain.month import Month
from outreach.domain.network import PrefixTable
from outreach.domain.window import LEGAL
from outreach.reports.books import Counts, answers
from outreach.statistics.attribution import Nightly, attribute
from outreach.statistics.registrations import Register
from outreach.statistics.registrations import Terms as RegisterTerms
from outreach.store import audit, registrations, responses, suppressions
from outreach.store.database import Database
from outreach.store.responses import Group, Kind, ResponseFigure
from outreach.store.users import User
from tests.delivery.stage import Clock, Stage
from tests.statistics.sent import message_to, sent

NOW = datetime(2026, 11, 28, 5, tzinfo=UTC)
"""12:00 in Ho Chi Minh City."""


@pytest.fixture
def stage(database: Database) -> Iterator[Stage]:
    stage = Stage(database)
    yield stage
    stage.close()


@pytest.fixture
def ledger(stage: Stage, prefixes: PrefixTable) -> Ledger:
    return Ledger(stage.database, prefixes, User("lan", Role.OPERATOR), _ms(NOW))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _number(person: int) -> str:
    return f"09000000{person:02}"


def _asked(ledger: Ledger, name: str, day: int, *people: int) -> int:
    """Put people on a list of opt-outs of a day in November; returns how many it did not have."""
    terms = Terms("called", opted_out=date(2026, 11, day))
    return ledger.add([_number(person) for person in people], name, terms).added


def _figures(ledger: Ledger) -> list[ResponseFigure]:
    """The figures of opt-outs, which are what a recount finds."""
    with ledger.database.read() as conn:
        found = responses.figures(conn)
        assert found == responses.recount(conn)
    assert all(each.people > 0 for each in found)
    return found


def _by_campaign(ledger: Ledger) -> dict[int, int]:
    counted: dict[int, int] = {}
    for each in _figures(ledger):
        assert each.kind is Kind.OPTED_OUT
        counted[each.campaign] = counted.get(each.campaign, 0) + each.people
    return counted


def test_an_opt_out_counts_after_the_last_message_before(stage: Stage, ledger: Ledger) -> None:
    sent(stage, 20261110, [State.DELIVERED] * 3, "early", districts={0: 9, 1: 9})
    later = sent(stage, 20261115, [State.DELIVERED] * 2, "later", districts={0: 3, 1: 5})
    sent(stage, 20261121, [State.DELIVERED] * 4, "after", districts={0: 7})
    _asked(ledger, "hotline", 20, 0, 1)
    assert _by_campaign(ledger) == {0: 2}, "not looked up: after none of ours"
    assert attribute(ledger.database, 30) == 2
    with stage.database.read() as conn:
        after = [
            conn.exec_driver_sql(
                "SELECT account, network, district FROM message"
                f" WHERE id = {message_to(stage.database, later, person)}"
            ).one()
            for person in (0, 1)
        ]
    assert [row[2] for row in after] == [3, 5]
    groups = [Group(202611, Kind.OPTED_OUT, later.id, *row) for row in after]
    assert _figures(ledger) == sorted(ResponseFigure(*group, 1) for group in groups)


def test_the_ledger_of_the_month_has_them(stage: Stage, ledger: Ledger) -> None:
    campaign = sent(stage, 20261030, [State.DELIVERED] * 2)
    _asked(ledger, "november", 3, 0, 7)
    october = Terms("called", opted_out=date(2026, 10, 31))
    ledger.add([_number(1)], "october", october)
    attribute(ledger.database, 30)
    with stage.database.read() as conn:
        counts = Counts.tallied(conn)
    november = counts.of(Month(2026, 11))
    assert answers(each for each in november.responses if each.campaign == campaign.id) == (
        0,
        0,
        0,
        1,
    )
    assert november.unprompted().opted_out == 1
    assert answers(counts.of(Month(2026, 10)).responses).opted_out == 1


def test_whom_we_had_not_written_to_asked_after_none_of_ours(stage: Stage, ledger: Ledger) -> None:
    sent(stage, 20261120, [State.DELIVERED, State.REJECTED])
    _asked(ledger, "hotline", 19, 0)
    _asked(ledger, "hotline", 20, 1, 5)
    assert attribute(ledger.database, 30) == 3
    assert _by_campaign(ledger) == {0: 3}


def test_who_is_on_two_lists_counts_once_on_the_first_day(stage: Stage, ledger: Ledger) -> None:
    early = sent(stage, 20261105, [State.DELIVERED], "early")
    sent(stage, 20261115, [State.DELIVERED], "later")
    assert _asked(ledger, "one", 20, 0) == 1
    attribute(ledger.database, 30)
    assert _asked(ledger, "two", 21, 0) == 1
    assert _asked(ledger, "three", 10, 0) == 1
    attribute(ledger.database, 30)
    assert _by_campaign(ledger) == {early.id: 1}
    ledger.undo("one", "wrong")
    ledger.undo("two", "wrong")
    assert _by_campaign(ledger) == {early.id: 1}, "she is counted by the list of the first day"
    ledger.undo("three", "wrong")
    assert _by_campaign(ledger) == {}


def test_an_undone_list_takes_back_all_that_it_counts(
    stage: Stage, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registrations, "_PAGE", 2)
    sent(stage, 20261115, [State.DELIVERED] * 5)
    _asked(ledger, "right", 20, 9)
    _asked(ledger, "wrong", 20, *range(7), 9)
    attribute(ledger.database, 30)
    assert sum(_by_campaign(ledger).values()) == 8
    undone = ledger.undo("wrong", "the wrong file")
    assert _by_campaign(ledger) == {0: 1}
    with ledger.database.read() as conn:
        entry = audit.latest(conn, f"suppression:{undone.id}", "suppression.undo")
        assert registrations.opt_outs(conn, undone.id) is None
    assert entry is not None
    assert entry.detail == {"why": "the wrong file", "opt_outs": 7}
    with pytest.raises(NotAllowedError):
        ledger.undo("wrong", "again")
    assert _by_campaign(ledger) == {0: 1}


def test_a_number_that_is_taken_off_its_list_is_not_counted(stage: Stage, ledger: Ledger) -> None:
    campaign = sent(stage, 20261115, [State.DELIVERED] * 2)
    _asked(ledger, "one", 20, 0, 1)
    _asked(ledger, "two", 21, 0)
    attribute(ledger.database, 30)
    ledger.undo("two", "misheard", _number(0))
    assert _by_campaign(ledger) == {campaign.id: 2}, "the other list has her"
    ledger.undo("one", "misheard", _number(0))
    assert _by_campaign(ledger) == {campaign.id: 1}
    assert _asked(ledger, "one", 20, 0) == 1
    assert _by_campaign(ledger) == {campaign.id: 1, 0: 1}


def test_a_file_of_opt_outs_is_counted_with_its_batches(
    stage: Stage, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.campaigns.suppression._BATCH", 2)
    campaign = sent(stage, 20261115, [State.DELIVERED] * 5)
    path = tmp_path / "hotline.csv"
    path.write_text("\n".join(["phone", *map(_number, range(6)), "abc", _number(0), ""]))
    terms = Terms("called", opted_out=date(2026, 11, 20))

    def broken(rows: int) -> None:
        if rows == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger.import_file(path, None, terms, broken)
    assert _by_campaign(ledger) == {0: 4}, "those who are on the list, and no others"
    with ledger.database.read() as conn:
        assert [n for _, n in suppressions.listed(conn)] == [4]
    done = ledger.import_file(path, None, terms)
    assert (done.rows, done.added, done.known, done.rejected.total()) == (8, 2, 5, 1)
    attribute(ledger.database, 30)
    assert _by_campaign(ledger) == {campaign.id: 5, 0: 1}
    with ledger.database.read() as conn:
        entry = audit.latest(conn, f"suppression:{done.list.id}", "suppression.import")
    assert entry is not None
    assert entry.detail["opted_out"] == "2026-11-20"


def test_a_list_undone_while_its_file_is_read_counts_nobody(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.campaigns.suppression._BATCH", 2)
    path = tmp_path / "hotline.csv"
    path.write_text("\n".join(["phone", *map(_number, range(6)), ""]))

    def undone(rows: int) -> None:
        if rows == 4:
            ledger.undo("hotline.csv", "the wrong file")

    ledger.import_file(path, None, Terms("called", opted_out=date(2026, 11, 20)), undone)
    assert _by_campaign(ledger) == {}


def test_a_list_is_of_opt_outs_or_it_is_not(ledger: Ledger) -> None:
    ledger.add([_number(0)], "register", Terms("DNC"))
    assert _by_campaign(ledger) == {}
    with pytest.raises(BadInputError, match=r"exists with other terms: .*, no opt-outs;"):
        _asked(ledger, "register", 20, 1)
    _asked(ledger, "hotline", 20, 1)
    with pytest.raises(BadInputError, match=r"exists with other terms: .*, opt-outs;"):
        ledger.add([_number(2)], "hotline", Terms("called"))
    assert _by_campaign(ledger) == {0: 1}


@pytest.mark.parametrize("day", [date(2026, 11, 29), date(2025, 11, 26)])
def test_nobody_asked_tomorrow_or_years_ago(ledger: Ledger, tmp_path: Path, day: date) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"phone\n{_number(0)}\n")
    terms = Terms("called", opted_out=day)
    with pytest.raises(BadInputError, match="expected a day from 2025-11-27 to today"):
        ledger.add([_number(0)], None, terms)
    with pytest.raises(BadInputError, match="expected a day from 2025-11-27 to today"):
        ledger.import_file(path, None, terms)
    with ledger.database.read() as conn:
        assert suppressions.listed(conn) == []
    ledger.add([_number(0)], None, Terms("called", opted_out=date(2025, 11, 27)))
    ledger.add([_number(1)], "today", Terms("called", opted_out=date(2026, 11, 28)))


def test_they_are_no_list_of_registered_people(
    ledger: Ledger, tmp_path: Path, prefixes: PrefixTable
) -> None:
    _asked(ledger, "hotline", 20, 0)
    register = Register(ledger.database, prefixes, ledger.user, ledger.now)
    path = tmp_path / "a.csv"
    path.write_text(f"phone\n{_number(0)}\n")
    terms = RegisterTerms(Kind.REGISTERED, date(2026, 11, 20), "BHXH")
    with ledger.database.read() as conn:
        assert registrations.listed(conn) == []
        (number,) = [found.id for found, _ in suppressions.listed(conn)]
    with pytest.raises(BadInputError, match="not a number alone"):
        register.import_file(path, str(number + 1), terms, 30)
    done = register.import_file(path, None, terms, 30)
    assert (done.added, done.looked_up) == (1, 2), "what waited is looked up with it"
    with ledger.database.read() as conn:
        assert [each.name for each in registrations.listed(conn)] == ["a.csv"]
    ledger.undo("hotline", "wrong")
    (left,) = _figures(ledger)
    assert (left.kind, left.people) == (Kind.REGISTERED, 1)


def test_the_night_looks_them_up(stage: Stage, ledger: Ledger) -> None:
    campaign = sent(stage, 20261115, [State.DELIVERED])
    _asked(ledger, "hotline", 20, 0)
    night = Clock(datetime(2026, 11, 28, 18, tzinfo=UTC))  # 01:00
    assert Nightly(ledger.database, 30, LEGAL, night).look() == 1
    assert _by_campaign(ledger) == {campaign.id: 1}


PEOPLE = ("registration", "registration_list", "suppression", "suppression_list")
names = st.sampled_from(["one", "two", "three"])
deeds = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "look up", "undo", "take off"]),
        names,
        st.sampled_from([1, 15, 28]),
        st.sets(st.integers(0, 5), min_size=1),
    ),
    max_size=8,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds)
def test_whoever_comes_and_goes_the_figures_are_the_recount(
    stage: Stage, ledger: Ledger, deeds: list[tuple[str, str, int, set[int]]]
) -> None:
    with stage.database.write() as conn:
        for table in (*PEOPLE, "response_tally"):
            conn.exec_driver_sql(f"DELETE FROM {table}")
        first = conn.exec_driver_sql("SELECT COUNT(*) FROM campaign").scalar_one() == 0
    if first:
        sent(stage, 20261030, [State.DELIVERED] * 4, "first")
        sent(stage, 20261115, [State.DELIVERED, State.REJECTED, State.ACCEPTED], "second")
    for deed, name, day, people in deeds:
        with stage.database.read() as conn:
            known = suppressions.named(conn, name)
            held = bool(known) and any(
                each.name == name
                for each in suppressions.holding(conn, 84_900_000_000 + min(people))
            )
        stands = known is None or known.undone_at is None
        if deed == "ask" and stands:
            _asked(ledger, name, day, *people)
        elif deed == "look up":
            attribute(ledger.database, 30)
        elif deed == "undo" and known and stands:
            ledger.undo(name, "wrong")
        elif deed == "take off" and held:
            ledger.undo(name, "wrong", _number(min(people)))
        _only_who_stands_on_a_list_is_counted(stage, sum(_by_campaign(ledger).values()))


def _only_who_stands_on_a_list_is_counted(stage: Stage, people: int) -> None:
    with stage.database.read() as conn:
        rows = conn.exec_driver_sql(
            "SELECT COUNT(*), SUM(CASE WHEN EXISTS (SELECT 1 FROM suppression s JOIN"
            " suppression_list h ON h.id = s.list WHERE s.msisdn = r.msisdn AND"
            " CAST(h.id AS TEXT) = l.name AND h.undone_at IS NULL) THEN 1 ELSE 0 END)"
            " FROM registration r JOIN registration_list l ON l.id = r.list"
        ).one()
    assert (people, people or None) == tuple(rows)
