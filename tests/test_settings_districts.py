"""config/districts.toml: every fault of it is named with its place."""

from pathlib import Path

import pytest

from outreach.domain.errors import BadInputError
from outreach.settings.districts import read_districts

ONE = '[[table]]\nfirst = 2021-01-01\nlast = 2025-06-30\n[table.quan]\n760 = "1"\n'
NEXT = '[[table]]\nfirst = 2025-07-01\n[table.phuong]\n26740 = "Sài Gòn"\n'


def read(folder: Path, told: str) -> None:
    path = folder / "districts.toml"
    path.write_text(told, encoding="utf-8")
    read_districts(path)


def test_tables_that_follow_each_other_are_taken_in_any_order(tmp_path: Path) -> None:
    read(tmp_path, ONE + NEXT)
    read(tmp_path, NEXT + ONE)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("", "has nothing; expected blocks that begin with [[table]]"),
        ("table = 1", "expected blocks"),
        (ONE + "[other]\nx = 1", "has other, table"),
        ("table = [1]", "[[table]] 1: expected a table"),
        (ONE + NEXT.replace("first", "since"), "[[table]] 2 does not know since"),
        (ONE.replace("quan", "quận"), "valid TOML"),
        (ONE.replace("quan", "district"), "[[table]] 1 does not know district"),
        (ONE.replace("2021-01-01", '"2021-01-01"'), "first is '2021-01-01'; expected a day"),
        (ONE.replace("2021-01-01", "2021-01-01T00:00:00"), "first is datetime"),
        (ONE.replace("first = 2021-01-01", ""), "[[table]] 1: first is None"),
        (ONE.replace("2025-06-30", "2020-06-30"), "last is 2020-06-30; expected 2021-01-01"),
        (ONE.replace('760 = "1"', "760 = 1"), 'quan: 760 is 1; expected a line such as 760 = "1"'),
        (ONE.replace('760 = "1"', '760 = " "'), "quan: 760 is ' '"),
        (ONE.replace("760 =", "Q1 ="), "quan: Q1 is '1'"),
        (ONE.replace('760 = "1"', ""), "[[table]] 1 has no district"),
        ("[[table]]\nfirst = 2021-01-01\nquan = 1", "[[table]] 1: quan: expected a table of lines"),
        (ONE + '770 = "1"', "[[table]] 1: Quận 1 is told twice"),
        (ONE + '[table.huyen]\n760 = "Nhà Bè"', "[[table]] 1: 760 is told twice"),
        (ONE + NEXT.replace("07-01", "06-30"), "from 2021-01-01 holds until 2025-06-30"),
        (ONE + NEXT.replace("2025-07-01", "2021-01-01"), "another one holds from 2021-01-01"),
        (NEXT + NEXT.replace("2025", "2030"), "holds until further notice"),
    ],
)
def test_what_is_not_right_is_named(tmp_path: Path, told: str, words: str) -> None:
    with pytest.raises(BadInputError) as fault:
        read(tmp_path, told)
    assert str(tmp_path / "districts.toml") in str(fault.value)
    assert words in str(fault.value)
