"""Files of insured and registered people: what is read, and what is refused in whose words."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.coverage import Coverage, total
from outreach.domain.month import Month
from outreach.statistics.coverage_file import Told, read_coverage
from outreach.statistics.coverage_form import form, write_form
from outreach.statistics.coverage_titles import column
from outreach.statistics.findings import RefusedError
from tests.statistics.coverage_files import (
    DISTRICTS,
    FIGURES,
    HEAD,
    MONTH,
    TABLE,
    Cells,
    body,
    city,
    csv_file,
    xlsx_file,
)

EACH = Coverage(200_000, 150_000, 100_000, 50_000)
NEW = Month(2026, 11)


def read(path: Path, month: Month = MONTH) -> Told:
    return read_coverage(path, month, TABLE)


def refused(path: Path, month: Month = MONTH) -> dict[str, str]:
    """What is found, by its kind, in English."""
    with pytest.raises(RefusedError) as fault:
        read(path, month)
    for finding in fault.value.findings:
        assert finding.vi != finding.en
        assert "{" not in finding.vi + finding.en
    return {finding.kind.value: finding.en for finding in fault.value.findings}


@pytest.mark.parametrize("make", [csv_file, xlsx_file])
def test_a_plain_table_is_read(tmp_path: Path, make: object) -> None:
    assert callable(make)
    told = read(make(tmp_path, [HEAD, *body(), *city()]))
    assert told.lines == dict.fromkeys(DISTRICTS, EACH)
    assert told.city == total([EACH] * 22)
    assert told.notes == ()


def test_what_offices_put_around_a_table_is_passed_over(tmp_path: Path) -> None:
    above = [["ỦY BAN NHÂN DÂN"], ["BÁO CÁO THÁNG 11 NĂM 2024"], ["Số liệu đến ngày 30/10/2024"]]
    rows = [[str(n), *row, "75%"] for n, row in enumerate(body(), 1)]
    head = ["STT", *HEAD, "Tỷ lệ"]
    numbering = ["A", "B", "1", "2", "3", "4=1-2", "5"]
    below = [[], ["", "", "", "", "", "Ngày 2 tháng 12 năm 2024"], ["", "Người lập biểu"]]
    sums = [["Tổng cộng", "", *city()[0][1:], ""]]
    told = read(csv_file(tmp_path, [*above, head, numbering, *rows, *sums, *below]))
    assert told.lines == dict.fromkeys(DISTRICTS, EACH)
    assert told.city == total([EACH] * 22)
    assert [note.kind.value for note in told.notes] == ["not_read"]
    assert "STT, Tỷ lệ" in told.notes[0].en


def test_the_title_of_the_districts_may_stand_a_row_higher(tmp_path: Path) -> None:
    over = ["Quận, huyện", "Số người"]
    told = read(csv_file(tmp_path, [over, ["", *HEAD[1:]], *body()]))
    assert told.lines == dict.fromkeys(DISTRICTS, EACH)


def test_a_first_row_of_small_figures_is_no_numbering(tmp_path: Path) -> None:
    first = ["1", "3", "2", "1", "1"]
    others = [row for row in body() if row[0] != "Quận 1"]
    told = read(csv_file(tmp_path, [HEAD, first, *others]))
    assert told.lines["Quận 1"] == Coverage(3, 2, 1, 1)


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("1234567", 1_234_567),
        ("1.234.567", 1_234_567),
        ("1,234,567", 1_234_567),
        ("1 234 567", 1_234_567),
        ("1\u00a0234\u202f567".replace("\u202f", "\u00a0"), 1_234_567),
        (" 0 ", 0),
        ("", None),
    ],
)
def test_numbers_as_people_write_them(tmp_path: Path, written: str, count: int | None) -> None:
    told = read(csv_file(tmp_path, [HEAD, *body({"Quận 1": [written]})]))
    assert told.lines["Quận 1"] == Coverage(count)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("1.5", "decimal"),
        ("12,34", "decimal"),
        ("-5", "negative"),
        ("chưa có", "not_a_number"),
        ("1.23.456", "grouping"),
        ("150.000 người", "unit"),
        ("1,5E+05", "scientific"),
    ],
)
def test_other_numbers_are_refused_with_their_place(
    tmp_path: Path, written: str, kind: str
) -> None:
    rows = [HEAD, *body({"Quận 1": ["200.000", written]})]
    found = refused(csv_file(tmp_path, rows))
    assert found[kind].startswith("row 3, column C 'Đã đăng ký': ")
    found = refused(xlsx_file(tmp_path, rows))
    assert found[kind].startswith("sheet 'Số liệu', row 3, column C 'Đã đăng ký': ")


def test_numbers_of_a_workbook_are_read_as_they_are(tmp_path: Path) -> None:
    told = read(xlsx_file(tmp_path, [HEAD, *body({"Quận 1": [200_000, 150_000.0]})]))
    assert told.lines["Quận 1"] == Coverage(200_000, 150_000)
    assert "decimal" in refused(xlsx_file(tmp_path, [HEAD, *body({"Quận 1": [1.234]})]))
    assert "formula" in refused(xlsx_file(tmp_path, [HEAD, *body({"Quận 1": ["=1+1"]})]))


@pytest.mark.parametrize(
    ("figures", "kind", "words"),
    [
        (["100", "101"], "more_registered", "more are registered (101) than insured (100)"),
        (["100", "50", "51"], "more_approved", "more are approved (51) than registered (50)"),
        (["100", "", "", "101"], "more_left", "not registered (101) than insured (100)"),
        (["100", "60", "", "41"], "parts", "they are 1 apart"),
        (["100", "60", "", "39"], "parts", "they are 1 apart"),
    ],
)
def test_figures_that_cannot_be_true_are_refused(
    tmp_path: Path, figures: list[str], kind: str, words: str
) -> None:
    found = refused(csv_file(tmp_path, [HEAD, *body({"Quận 3": figures})]))
    assert list(found) == [kind]
    assert found[kind].startswith("row 4: ")
    assert words in found[kind]


def test_figures_at_their_bounds_are_taken(tmp_path: Path) -> None:
    told = read(csv_file(tmp_path, [HEAD, *body({"Quận 3": ["100", "100", "100", "0"]})]))
    assert told.lines["Quận 3"] == Coverage(100, 100, 100, 0)


@pytest.mark.parametrize("sums", [("4.400.001",), ("4.399.999",), ("4.400.000", "3.299.999")])
def test_a_sum_that_is_none_is_refused(tmp_path: Path, sums: tuple[str, ...]) -> None:
    found = refused(csv_file(tmp_path, [HEAD, *body(), *city(*sums)]))
    assert list(found) == ["total"]
    assert found["total"].startswith("row 24: ")
    assert "1 apart" in found["total"]


def test_a_city_may_have_more_than_its_districts_tell(tmp_path: Path) -> None:
    rows = [HEAD, *body({"Quận 1": [""]})]
    assert read(csv_file(tmp_path, [*rows, *city("4.400.000")])).city == Coverage(4_400_000)
    assert "total" in refused(csv_file(tmp_path, [*rows, *city("4.199.999")]))


def test_districts_are_found_or_refused_with_those_spelt_alike(tmp_path: Path) -> None:
    spelt = ["tp thu duc", "Q1", "q.03", *DISTRICTS[3:]]
    told = read(csv_file(tmp_path, [HEAD, *([name, *FIGURES] for name in spelt)]))
    assert list(told.lines) == DISTRICTS
    found = refused(csv_file(tmp_path, [HEAD, ["Quan Bih Thanh", *FIGURES], *body()]))
    assert found["unsure_district"].startswith("row 2, column A: ")
    assert "Quận Bình Thạnh" in found["unsure_district"]
    assert "?" not in refused(csv_file(tmp_path, [HEAD, ["Hà Nội", *FIGURES]]))["unknown_district"]
    assert "no_district" in refused(csv_file(tmp_path, [HEAD, *body(), ["", *FIGURES]]))


def test_a_district_or_the_city_is_told_once(tmp_path: Path) -> None:
    found = refused(csv_file(tmp_path, [HEAD, *body(), ["Q.1", *FIGURES]]))
    assert "'Quận 1' stands in row 3 already" in found["twice"]
    assert "twice" in refused(csv_file(tmp_path, [HEAD, *body(), *city(), *city()]))


def test_districts_of_another_time_are_taken_and_told(tmp_path: Path) -> None:
    told = read(csv_file(tmp_path, [HEAD, *body()]), NEW)
    # "Bình Chánh" alone would be the commune of today: kinds are written out here.
    assert told.lines == dict.fromkeys(DISTRICTS, EACH)
    assert [note.kind.value for note in told.notes] == ["old_districts"]


def test_districts_of_two_times_in_one_table_are_refused(tmp_path: Path) -> None:
    rows = [*body()[:-1], ["Nhà Bè", *FIGURES]]
    found = refused(csv_file(tmp_path, [HEAD, *rows]), NEW)
    assert "Xã Nhà Bè are not of the same time" in found["mixed"]


def test_a_district_that_is_missing_leaves_no_total(tmp_path: Path) -> None:
    rows = [HEAD, *body()[:-2]]
    found = refused(csv_file(tmp_path, rows))
    assert "2 districts are missing (Huyện Hóc Môn, Huyện Nhà Bè)" in found["missing"]
    told = read(csv_file(tmp_path, [*rows, *city()]))
    assert [note.kind.value for note in told.notes] == ["missing"]
    assert "missing" in refused(csv_file(tmp_path, rows), NEW)


def test_a_district_without_figures_is_there(tmp_path: Path) -> None:
    told = read(csv_file(tmp_path, [HEAD, *body({"Quận 1": []})]))
    assert told.lines["Quận 1"] == Coverage()


@pytest.mark.parametrize(
    ("above", "kind"),
    [("Tháng: 10/2024", "other_month"), ("Tháng 11 năm 2025", "other_month"), ("Tháng:", None)],
)
def test_the_month_above_the_table_is_that_of_the_import(
    tmp_path: Path, above: str, kind: str | None
) -> None:
    path = csv_file(tmp_path, [[above], HEAD, *body()])
    if kind:
        assert refused(path)[kind].startswith("row 1: ")
    else:
        assert read(path).lines


@pytest.mark.parametrize(
    ("month", "kind"),
    [
        ("11/2024", None),
        ("2024-11", None),
        ("Tháng 11/2024", None),
        ("11", None),
        ("", None),
        ("12", "unclear_month"),
        ("nay", "unclear_month"),
        ("10/2024", "other_month"),
    ],
)
def test_a_column_of_months_is_that_of_the_import(
    tmp_path: Path, month: str, kind: str | None
) -> None:
    rows: list[Cells] = [["Tháng", *HEAD], *([month, *row] for row in body())]
    path = csv_file(tmp_path, rows)
    if kind:
        assert refused(path)[kind].startswith("row ")
    else:
        assert len(read(path).lines) == 22


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (["Tên", "Số lượng"], "no_head"),
        (["", *HEAD[1:]], "no_head"),
        ([*HEAD[:3], "Số người đã đăng ký"], "two_columns"),
        ([HEAD[0], "Phường/xã", *HEAD[1:]], "two_columns"),
        ([HEAD[0], "Số người tham gia (nghìn người)"], "units"),
    ],
)
def test_heads_that_are_not_clear_are_refused(tmp_path: Path, head: Cells, kind: str) -> None:
    assert kind in refused(csv_file(tmp_path, [head, *body()]))


def test_a_table_without_figures_is_refused(tmp_path: Path) -> None:
    assert "no_figures" in refused(csv_file(tmp_path, [HEAD]))
    assert "no_figures" in refused(csv_file(tmp_path, form(TABLE.on(NEW.first))), NEW)
    assert "empty" in refused(csv_file(tmp_path, []))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    rows = body({"Quận 1": ["-1"], "Quận 3": ["1", "2"], "Quận 4": ["1.5"]})
    found = refused(csv_file(tmp_path, [HEAD, *rows, ["Xyz", "1"]]))
    assert set(found) == {"negative", "more_registered", "decimal", "unknown_district"}


@pytest.mark.parametrize("day", [MONTH.first, NEW.first])
def test_a_form_that_is_filled_in_is_read(tmp_path: Path, day: object) -> None:
    month = MONTH if day == MONTH.first else NEW
    districts = TABLE.on(month.first)
    rows = [list(row) for row in form(districts)]
    filled = [row[:1] + FIGURES if row[1:] == [""] * 4 else row for row in rows[:-1]]
    told = read(csv_file(tmp_path, filled), month)
    assert told.lines == {each.title: EACH for each in districts}
    path = tmp_path / "form.xlsx"
    write_form(path, districts)
    assert "no_figures" in refused(path, month)


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("Quận/huyện", "district"),
        ("Phường, xã, đặc khu", "district"),
        ("Đơn vị hành chính", "district"),
        ("District", "district"),
        ("Số người tham gia BHXH, BHYT", "insured"),
        ("Insured", "insured"),
        ("Số người đã đăng ký VssID", "registered"),
        ("Registered", "registered"),
        ("Số tài khoản đã được phê duyệt", "approved"),
        ("Approved", "approved"),
        ("Chưa đăng ký (người)", "not_registered"),
        ("Not registered", "not_registered"),
        ("Tháng", "month"),
        ("Đăng ký mới trong tháng", None),
        ("Tỷ lệ đăng ký", None),
        ("STT", None),
        ("", None),
    ],
)
def test_titles(title: str, field: str | None) -> None:
    assert column(title) == field


@given(st.lists(st.lists(st.text(max_size=12), max_size=7), max_size=12), st.booleans())
def test_any_table_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], headed: object
) -> None:
    path = csv_file(tmp_path_factory.mktemp("any"), [*([HEAD] if headed else []), *rows])
    with contextlib.suppress(RefusedError):
        read(path)
