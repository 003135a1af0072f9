"""The table of holidays: what is read, what is refused, and the moon's word on it."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from outreach import settings
from outreach.domain.errors import BadInputError
from outreach.domain.holidays import Holidays
from tests.cli.shell import ENVIRON
from tests.moon import lunar_day

CONFIG = Path(__file__).parent.parent / "config"
YEARS = (2025, 2026, 2027, 2028)


@pytest.fixture(scope="module")
def table() -> Holidays:
    return settings.read_holidays(CONFIG / "holidays.toml")


@pytest.mark.parametrize(
    ("year", "new_year"),
    [
        (1985, date(1985, 1, 21)),  # China's was on 20 February
        (2007, date(2007, 2, 17)),  # China's was a day later
        (2023, date(2023, 1, 22)),
        (2024, date(2024, 2, 10)),
        (2030, date(2030, 2, 2)),  # China's will be a day later
    ],
)
def test_the_moon_is_computed_as_history_has_it(year: int, new_year: date) -> None:
    assert lunar_day(year, 1, 1) == new_year


@pytest.mark.parametrize("year", YEARS)
def test_the_table_follows_the_moon(table: Holidays, year: int) -> None:
    new_year = lunar_day(year, 1, 1)
    tet = [day for day, name in table.names.items() if day.year == year and "Nguyên đán" in name]
    assert len(tet) >= 5
    assert tet == [tet[0] + timedelta(days=n) for n in range(len(tet))], "days in a row"
    for n in (-1, 0, 1, 2):  # giao thừa to mùng 3
        assert new_year + timedelta(days=n) in tet
    assert table.names[lunar_day(year, 3, 10)] == "Giỗ Tổ Hùng Vương"


@pytest.mark.parametrize("year", YEARS)
def test_every_day_of_the_law_is_there(table: Holidays, year: int) -> None:
    assert year in table.years
    for month, day in ((1, 1), (4, 30), (5, 1), (9, 2)):
        assert date(year, month, day) in table
    beside = date(year, 9, 1) in table or date(year, 9, 3) in table
    assert beside, "the day beside Quốc khánh"
    assert (date(year, 11, 24) in table) is (year >= 2026)


@pytest.mark.parametrize("year", YEARS)
def test_a_holiday_on_a_weekend_is_made_up(table: Holidays, year: int) -> None:
    """As many working days are off as the law gives: eleven, and a twelfth from 2026 on."""
    working = [day for day in table.names if day.year == year and day.weekday() < 5]
    swapped = {2025: 1, 2026: 2}.get(year, 0)
    assert len(working) == (11 if year == 2025 else 12) + swapped


def test_years_that_nobody_has_told(table: Holidays) -> None:
    assert table.unknown(date(2028, 12, 1), date(2030, 1, 5)) == [2029, 2030]
    assert table.unknown(date(2025, 1, 1), date(2028, 12, 31)) == []


def test_an_installation_closes_days_itself(tmp_path: Path) -> None:
    path = tmp_path / "holidays.toml"
    path.write_text(
        '[[closed]]\nname = "Kiểm kê"\nfirst = 2026-12-30\nlast = 2027-01-01\n'
        '[[holiday]]\nname = "Tết Dương lịch"\nfirst = 2027-01-01\n'
    )
    found = settings.read_holidays(path)
    assert found.names == {
        date(2026, 12, 30): "Kiểm kê",
        date(2026, 12, 31): "Kiểm kê",
        date(2027, 1, 1): "Tết Dương lịch",
    }
    assert found.years == {2027}, "a year is known by its public holidays"


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("[[holidays]]\n", "does not know holidays; it knows \\[\\[holiday\\]\\]"),
        ("holiday = 3\n", "expected blocks"),
        ("holiday = [3]\n", "1: expected a table"),
        ('[[holiday]]\nname = "x"\n', "1: first is None; expected a day"),
        ('[[holiday]]\nname = "x"\nfirst = "2027-01-01"\n', "without quotes"),
        ('[[holiday]]\nname = "x"\nfirst = 2027-01-01T00:00:00\n', "first is datetime"),
        ('[[holiday]]\nname = " "\nfirst = 2027-01-01\n', "name is ' '; expected words"),
        ('[[closed]]\nname = "x"\nfirst = 2027-01-02\nlast = 2027-01-01\n', "from 2027-01-02 on"),
        ('[[closed]]\nname = "x"\nfirst = 2027-01-02\nlast = 2029-01-01\n', "within a year"),
        ('[[closed]]\nname = "x"\nday = 2027-01-02\n', "does not know day; it knows first"),
    ],
)
def test_what_is_no_table_of_holidays(tmp_path: Path, block: str, words: str) -> None:
    path = tmp_path / "holidays.toml"
    path.write_text(block)
    with pytest.raises(BadInputError, match=words) as told:
        settings.read_holidays(path)
    assert str(path) in str(told.value)


def _config(folder: Path, more: str) -> Path:
    config = folder / "config"
    config.mkdir()
    (config / "accounts").mkdir()
    for name in (
        "outreach.toml",
        "holidays.toml",
        "networks.toml",
        "districts.toml",
        "reporting.toml",
    ):
        (config / name).write_text((CONFIG / name).read_text(encoding="utf-8"), encoding="utf-8")
    with (config / "outreach.toml").open("a") as file:
        file.write(more)
    return config


def test_the_cap_of_an_installation(tmp_path: Path) -> None:
    assert settings.load(CONFIG, ENVIRON).cap is None
    found = settings.load(_config(tmp_path, "\n[cap]\nmessages = 3\ndays = 30\n"), ENVIRON)
    assert found.cap is not None
    assert (found.cap.messages, found.cap.days) == (3, 30)
    assert date(2027, 2, 6) in found.holidays


@pytest.mark.parametrize(
    "cap",
    ["messages = 3", "messages = 3\ndays = 0", "messages = true\ndays = 1", "month = 1\ndays = 1"],
)
def test_what_is_no_cap(tmp_path: Path, cap: str) -> None:
    config = _config(tmp_path, f"\n[cap]\n{cap}\n")
    with pytest.raises(BadInputError, match="expected a table \\[cap\\] with messages and days"):
        settings.load(config, ENVIRON)
