"""Statements by any door: the order they belong to, what is odd, who is late, the form."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.month import Month
from outreach.reports.files import write_rows
from outreach.statistics.findings import RefusedError
from outreach.statistics.sheets import read
from outreach.statistics.statements import (
    Fault,
    ToldLine,
    UnconfirmedError,
    prepare,
    read_call,
    read_statement,
    standings,
)
from outreach.statistics.statements.template import Form, rows, write_form
from outreach.statistics.statements.titles import is_head, month_of
from outreach.store import orders, statements
from outreach.store.database import Database
from outreach.store.statements import FIGURES, Line
from outreach.store.statements import total as total_of
from tests.statistics.statement_world import (
    NOVEMBER,
    NOW,
    OCTOBER,
    ORDER,
    figures,
    furnish,
    lines_of,
    order,
    settings,
    take,
    told,
)

REPORTING = settings().reporting
FULL = figures(sent=500, delivered=480, accesses=100_000, installs=60_000)


def test_what_was_sent_belongs_to_the_one_order_of_the_month(database: Database) -> None:
    furnish(database)
    with database.write() as conn:
        stored = take(conn, told("Viettel", NOVEMBER, ToldLine(FULL)))
        found = orders.named(conn, ORDER)
        states = {part.carrier: part.state for part in orders.parts(conn, found)}
    assert lines_of(stored) == {
        (0, ""): (None, None, 100_000, 60_000),
        (found.id, ""): (500, 480, None, None),
    }
    assert states == {"Viettel": "reported", "VinaPhone": "ordered"}


def test_an_order_is_found_in_any_letter_case(database: Database) -> None:
    furnish(database)
    line = ToldLine(figures(sent=5), ORDER.upper())
    with database.write() as conn:
        stored = take(conn, told("Viettel", NOVEMBER, line))
        assert stored.of_order(orders.named(conn, ORDER).id).sent == 5


def test_an_order_that_has_not_gone_to_the_carrier_is_unknown(database: Database) -> None:
    furnish(database)
    with database.write() as conn:
        order(conn, "dot-khac", ("MobiFone",))
        for carrier, name in (("Gmobile", ORDER), ("Viettel", "dot-khac")):
            with pytest.raises(RefusedError) as refused:
                take(conn, told(carrier, NOVEMBER, ToldLine(figures(sent=5), name)))
            assert [each.kind for each in refused.value.findings] == [Fault.UNKNOWN_ORDER]


def test_nothing_is_stored_without_a_confirmation(database: Database) -> None:
    furnish(database)
    odd = told("Viettel", NOVEMBER, ToldLine(figures(sent=1, accesses=10, installs=99_000)))
    with database.write() as conn, pytest.raises(UnconfirmedError):
        take(conn, odd, confirm=False)
    with database.read() as conn:
        assert not statements.history(conn, "Viettel", NOVEMBER.number)


@pytest.mark.parametrize(
    ("accesses", "kinds"),
    [
        (100_000, []),
        (150_000, []),
        (150_001, ["jump"]),
        (50_000, []),
        (49_999, ["jump"]),
        (200, ["thousands"]),
        (201, ["jump"]),
        (0, ["jump"]),
    ],
)
def test_a_jump_on_the_month_before_is_asked_about(
    database: Database, accesses: int, kinds: list[str]
) -> None:
    furnish(database)
    line = ToldLine(figures(sent=1, accesses=accesses))
    with database.write() as conn:
        stored = take(conn, told("Viettel", NOVEMBER, line))
    assert [each["kind"] for each in stored.cautions] == kinds


def test_small_numbers_may_jump(database: Database) -> None:
    with database.write() as conn:
        take(conn, told("Gmobile", OCTOBER, ToldLine(figures(accesses=10))))
        stored = take(conn, told("Gmobile", NOVEMBER, ToldLine(figures(accesses=999))))
    assert stored.cautions == ()


def test_the_same_again_changes_nothing_and_a_return_is_a_revision(database: Database) -> None:
    furnish(database)
    one, other = (told("Gmobile", NOVEMBER, ToldLine(figures(accesses=n))) for n in (10, 11))
    with database.write() as conn:
        assert take(conn, one).revision == 1
        assert take(conn, one, why="again").revision == 1
        with pytest.raises(RefusedError):
            take(conn, other)
        assert take(conn, other, why="counted anew").revision == 2
        assert take(conn, other, why="counted anew").revision == 2
        with pytest.raises(RefusedError):
            take(conn, one)
        assert take(conn, one, why="the first was right").revision == 3
        # Word for word what came before: somebody's program repeats itself.
        by_call = replace(other, source="api")
        assert take(conn, by_call, why="counted anew").revision == 2
        statements.close(conn, NOVEMBER.number, "quan", 1)
        assert take(conn, one).revision == 3
        with pytest.raises(RefusedError) as refused:
            take(conn, other, why="late")
    assert [each.kind for each in refused.value.findings] == [Fault.CLOSED]


def test_words_lose_phone_numbers_and_signs_that_no_report_holds(database: Database) -> None:
    words = {"difficulties": "Gọi 0325550101\0 không được\n\u202e", "causes": "e\u0302"}
    with database.write() as conn:
        stored = take(conn, told("Gmobile", NOVEMBER, ToldLine(figures(accesses=1)), **words))
    assert "0325550101" not in stored.difficulties
    assert stored.difficulties.endswith("không được")
    assert stored.causes == "ê"


def test_words_have_an_end(database: Database) -> None:
    long = told("Gmobile", NOVEMBER, ToldLine(figures(accesses=1)), causes="x" * 4_001)
    with database.write() as conn, pytest.raises(RefusedError, match="at most 4000"):
        take(conn, long)


@pytest.mark.parametrize(
    ("days", "late"), [(-3, 0), (2, 0), (3, 1), (30, 28)], ids=["before", "on", "after", "long"]
)
def test_who_is_late_and_by_how_many_days(database: Database, days: int, late: int) -> None:
    furnish(database)  # 3 December: MobiFone has handed in
    now = NOW + timedelta(days=days)
    with database.read() as conn:
        found = standings(conn, NOVEMBER, now, settings().reporting)
    days_of = {each.carrier.name: each.days_overdue for each in found}
    assert days_of == {
        "Viettel": late, "VinaPhone": late, "MobiFone": 0, "Vietnamobile": late, "Gmobile": late,
    }  # fmt: skip


def test_a_late_statement_stays_late(database: Database) -> None:
    late = replace(settings(), clock=lambda: datetime(2026, 12, 8, 17, 30, tzinfo=UTC))
    told_late = told("Gmobile", NOVEMBER, ToldLine(figures(accesses=1)))
    with database.write() as conn:
        statements.add(conn, prepare(conn, late, told_late, "an", "").statement)
    with database.read() as conn:
        found = standings(conn, NOVEMBER, NOW + timedelta(days=90), settings().reporting)
    (gmobile,) = (each for each in found if each.carrier.name == "Gmobile")
    assert gmobile.days_overdue == 4  # it is the 9th in the city


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_the_form_filled_in_is_read(database: Database, tmp_path: Path, suffix: str) -> None:
    furnish(database)
    house = settings()
    districts = [each.title for each in house.districts.on(NOVEMBER.first)]
    form = rows(Form("Viettel", NOVEMBER, [ORDER], districts))
    city = next(row for row in form if row[:1] == ["Toàn thành phố"])
    by_order = next(row for row in form if row[1:2] == [ORDER])
    city[4:], by_order[2:4] = ["168.000", "84.000"], ["1.000", "900"]
    for row in form:
        if row and row[0] in districts:
            row[4:] = ["1.000", "500"]
        if row and row[0].startswith("Khó khăn"):
            row[1] = "=không có"
    path = tmp_path / f"form.{suffix}"
    if suffix == "csv":
        write_rows(path, form)
    else:
        _write_xlsx(path, form)
    with database.write() as conn:
        stored = take(conn, read_statement(path, house.reporting))
    assert [each["kind"] for each in stored.cautions] == ["jump"]
    assert len(stored.lines) == 170
    assert [stored.total(name) for name in FIGURES] == [1_000, 900, 168_000, 84_000]
    assert stored.difficulties.endswith("=không có")


def _write_xlsx(path: Path, form: list[list[str]]) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for n, column in product(range(len(form)), range(6)):
            if column < len(form[n]):
                sheet.write_string(n, column, form[n][column])


def test_the_empty_form_is_the_carrier_s_own_and_has_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    write_form(path, Form("Viettel", NOVEMBER, ["=1+1"], ["@x"]))
    found = read_statement(path, settings().reporting)
    assert (found.carrier, found.month, found.faults, found.cautions) == (
        "Viettel",
        NOVEMBER,
        (),
        (),
    )
    cells = [cell for row in read(path, is_head).rows for cell in row.cells.values()]
    assert "=1+1" in [cell.value for cell in cells]
    assert not any(cell.fault for cell in cells)


@pytest.mark.parametrize(
    "text", ["2026-11", "11/2026", "Tháng 11/2026", "tháng 11 năm 2026", "11.2026", "THÁNG 11-2026",
             " 11 / 2026 ", "Tha\u0301ng 11/2026"],
)  # fmt: skip
def test_months_as_clerks_write_them(text: str) -> None:
    assert month_of(text) == NOVEMBER


@pytest.mark.parametrize(
    "text", ["", "11", "13/2026", "0/2026", "02/12/2026", "2026-12-02", "Số: 12/2026/BC", "11/26",
             "11/2026 và 12/2026"],
)  # fmt: skip
def test_what_is_no_month(text: str) -> None:
    assert month_of(text) is None


_FIGURE = st.none() | st.integers(0, 10**6)
_LINES = st.lists(
    st.builds(Line, st.integers(0, 2), st.sampled_from(["", "a", "b"]), *([_FIGURE] * 4)),
    unique_by=lambda line: (line.by_order, line.district),
)


@given(_LINES)
def test_a_total_counts_nothing_twice(lines: list[Line]) -> None:
    for name in FIGURES:
        expected = None
        for number in range(3):
            of_order = [line for line in lines if line.by_order == number]
            whole = [line.figure(name) for line in of_order if not line.district]
            parts = [line.figure(name) for line in of_order if line.district]
            counted = [n for n in whole if n is not None] or [n for n in parts if n is not None]
            if counted:
                expected = (expected or 0) + sum(counted)
        assert total_of(lines, name) == expected


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["month", "lines", "sent", "district", "confirm", "why", "x"]), inner
    ),
)  # fmt: skip


@given(_JSON)
def test_any_body_is_taken_or_refused_with_its_fields(body: object) -> None:
    refused: RefusedError | None = None
    try:
        assert isinstance(read_call(body, REPORTING, "Viettel").told.month, Month)
    except RefusedError as fault:
        refused = fault
    assert refused is None or all(each.place.field for each in refused.findings)
