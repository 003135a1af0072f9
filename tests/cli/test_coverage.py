"""`outreach coverage`: from the form to the way to the target, in both languages."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.domain.month import Month
from outreach.settings.districts import read_districts
from outreach.statistics.sheets import read
from tests.cli.shell import ROOT, Shell
from tests.statistics.coverage_files import HEAD, csv_file

TABLE = read_districts(ROOT / "config" / "districts.toml")
NOW = Month.of(datetime.now(UTC))
LAST = NOW.previous


@pytest.fixture(autouse=True)
def _wide_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(autouse=True)
def _people(shell: Shell) -> None:
    shell.people()


def month_file(shell: Shell, month: Month, registered: int, name: str = "coverage.csv") -> str:
    """A month in which each district has so many registered of 20,000 insured."""
    figures = [20_000, registered, registered // 2, 20_000 - registered]
    rows = [[each.title, *figures] for each in TABLE.on(month.first)]
    return str(csv_file(shell.folder, [HEAD, *rows], name))


def test_a_form_of_todays_districts(shell: Shell) -> None:
    paths = [shell.folder / "form.xlsx", shell.folder / "form.csv"]
    for path in paths:
        made = shell.ok("coverage", "template", "--out", str(path))
        assert made == {"path": str(path), "districts": 168}
        sheet = read(path, lambda row: row.text(1) == "Số người tham gia")
        titles = [row.text(0) for row in sheet.rows[-170:]]
        assert titles[:2] == ["Phường, xã, đặc khu", "Phường Sài Gòn"]
        assert titles[-2:] == ["Đặc khu Côn Đảo", "Toàn thành phố"]
    done = shell("coverage", "template", "--out", str(paths[0]), "--json")
    assert (done.code, "exists already" in done.error["message"]) == (2, True)
    done = shell("coverage", "template", "--out", str(shell.folder / "form.docx"), "--json")
    assert "ends in .xlsx or .csv" in done.error["message"]


def test_a_month_is_imported_shown_and_corrected(shell: Shell) -> None:
    path = month_file(shell, LAST, 15_000)
    done = shell.ok("coverage", "import", str(LAST), path, by="an")
    told = {name: done[name] for name in ("month", "revision", "changed", "districts", "notes")}
    assert told == {
        "month": str(LAST),
        "revision": 1,
        "changed": True,
        "districts": 168,
        "notes": [],
    }
    assert (done["source"], done["made_by"], done["why"]) == ("coverage.csv", "an", "")
    assert not shell.ok("coverage", "import", str(LAST), path, by="quan")["changed"]
    other = month_file(shell, LAST, 16_000)
    refused = shell("coverage", "import", str(LAST), other, "--json", by="an")
    assert (refused.code, "--why" in refused.error["message"]) == (2, True)
    again = shell.ok("coverage", "import", str(LAST), other, "--why", "BHXH corrected", by="quan")
    assert (again["revision"], again["why"], again["made_by"]) == (2, "BHXH corrected", "quan")
    shown = shell.ok("coverage", "show", str(LAST))
    assert (shown["revision"], shown["why"]) == (2, "BHXH corrected")
    assert shell.ok("coverage", "show", "--revision", "1")["total"]["registered"] == 168 * 15_000


def test_the_figures_and_the_way_to_the_target(shell: Shell) -> None:
    for month, registered in ((LAST.previous, 14_000), (LAST, 15_000)):
        path = month_file(shell, month, registered)
        shell.ok("coverage", "import", str(month), path, by="an")
    shown = shell.ok("coverage", "show")
    assert shown["month"] == str(LAST)
    assert [each["district"] for each in shown["districts"]] == [
        each.title for each in TABLE.on(LAST.first)
    ]
    figures = {"insured": 20_000, "registered": 15_000, "approved": 7_500, "not_registered": 5_000}
    assert shown["districts"][0] == {
        "district": "Phường Sài Gòn",
        **figures,
        "gap": 5_000,
        "share": 0.75,
    }
    assert shown["total"] == {
        **{name: count * 168 for name, count in figures.items()},
        "gap": 168 * 5_000,
        "share": 0.75,
    }
    progress = shown["progress"]
    assert (progress["registered"], progress["target"]) == (168 * 15_000, 4_500_000)
    assert progress["gap"] == 4_500_000 - 168 * 15_000
    assert shown["pace_per_month"] == 168_000
    before = shell.ok("coverage", "show", str(LAST.previous))
    assert (before["pace_per_month"], before["progress"]["on"]) == (None, str(LAST.first))


def test_people_read_it_in_both_languages(shell: Shell) -> None:
    for month, registered in ((LAST.previous, 14_000), (LAST, 15_000)):
        path = month_file(shell, month, registered)
        said = shell("coverage", "import", str(month), path, by="an").out
        assert f"{month}: 168 districts stored as revision 1" in said
    said = shell("coverage", "show").out
    assert "Phường Sài Gòn" in said
    assert "Whole city" in said
    assert "3,360,000" in said
    assert "Target 4,500,000 by 2026-12-31: " in said
    assert "The last months brought 168,000 a month" in said
    said = shell("--lang", "vi", "coverage", "show").out
    assert "Toàn thành phố" in said
    assert "3.360.000" in said
    assert "Mục tiêu 4.500.000 đến 31/12/2026: " in said
    assert "Các tháng gần đây tăng 168.000 mỗi tháng" in said


def test_refusals_are_told_in_the_language_of_the_clerk(shell: Shell) -> None:
    path = str(csv_file(shell.folder, [HEAD, ["Phuong Sai Gonn", "-1"]]))
    done = shell("--lang", "vi", "coverage", "import", str(LAST), path, by="an")
    assert done.code == 2
    assert "dòng 2, cột B “Số người tham gia”: “-1” là số âm" in done.err
    assert "có phải: Phường Sài Gòn" in done.err
    done = shell("coverage", "import", str(LAST), path, "--json", by="an")
    assert "row 2, column B 'Số người tham gia': '-1' is negative" in done.error["message"]


def test_notes_are_printed(shell: Shell) -> None:
    old = [[each.title, 10, 5] for each in TABLE.on(Month(2024, 1).first)]
    path = str(csv_file(shell.folder, [[*HEAD[:3], "Ghi chú"], *old]))
    said = shell("--lang", "vi", "coverage", "import", str(LAST), path, by="an").out
    assert "22 đơn vị, lần 1" in said
    assert "Thành phố Thủ Đức" in said
    assert "không đọc các cột: Ghi chú" in said
    names = [each["district"] for each in shell.ok("coverage", "show")["districts"]]
    assert names[:3] == ["Thành phố Thủ Đức", "Quận 1", "Quận 3"]


def test_without_a_total_nothing_is_said_of_the_target(shell: Shell) -> None:
    rows = [[each.title, 10, 5] for each in TABLE.on(LAST.first)]
    rows[0] = rows[0][:1]
    shell.ok("coverage", "import", str(LAST), str(csv_file(shell.folder, [HEAD, *rows])), by="an")
    shown = shell.ok("coverage", "show")
    assert (shown["total"]["registered"], shown["progress"]) == (None, None)
    assert "nothing is said of the target" in shell("coverage", "show").out


@pytest.mark.parametrize("user", [None, "binh"])
def test_only_operators_and_admins_import(shell: Shell, user: str | None) -> None:
    path = month_file(shell, LAST, 1)
    assert shell("coverage", "import", str(LAST), path, by=user).code == 1
    assert shell("coverage", "show").code == 2


def test_what_is_not_there_is_not_found(shell: Shell) -> None:
    done = shell("coverage", "show", "--json")
    assert (done.code, done.error["kind"]) == (2, "not_found")
    assert "none yet" in done.error["message"]
    shell.ok("coverage", "import", str(LAST), month_file(shell, LAST, 1), by="an")
    done = shell("coverage", "show", "2020-01", "--json")
    assert str(LAST) in done.error["message"]
    assert shell("coverage", "show", "--revision", "2").code == 2
    done = shell("coverage", "import", str(LAST), str(Path("nowhere.csv")), "--json", by="an")
    assert (done.code, "nowhere.csv" in done.error["message"]) == (2, True)
    assert "expected YYYY-MM" in shell("coverage", "show", "11/2026", "--json").error["message"]
