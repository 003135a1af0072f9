"""The districts of each time, and the many ways in which people write them."""

import unicodedata
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.district import District, DistrictKind, DistrictTable, Period
from outreach.domain.text import plain
from outreach.domain.written import folded
from outreach.settings.districts import read_districts

TABLE = read_districts(Path(__file__).parents[2] / "config" / "districts.toml")
OLD, NEW = date(2024, 11, 30), date(2026, 11, 30)
EACH = [(day, each) for day in (OLD, NEW) for each in TABLE.on(day)]


def named(text: str, day: date = OLD) -> str | None:
    found = TABLE.find(text, day)
    return None if found is None else found.district.title


@pytest.mark.parametrize(
    ("day", "count"),
    [
        (date(2020, 12, 31), 0),
        (date(2021, 1, 1), 22),
        (date(2025, 6, 30), 22),
        (date(2025, 7, 1), 168),
        (date(2040, 1, 1), 168),
    ],
)
def test_each_day_has_the_districts_of_its_time(day: date, count: int) -> None:
    assert len(TABLE.on(day)) == count


def test_the_counts_are_those_of_the_resolutions() -> None:
    assert Counter(each.kind.value for each in TABLE.on(OLD)) == {
        "thanh_pho": 1,
        "quan": 16,
        "huyen": 5,
    }
    assert Counter(each.kind.value for each in TABLE.on(NEW)) == {
        "phuong": 113,
        "xa": 54,
        "dac_khu": 1,
    }


def test_no_code_and_no_kind_with_a_name_is_there_twice() -> None:
    for day in (OLD, NEW):
        districts = TABLE.on(day)
        assert len({each.code for each in districts}) == len(districts)
        assert len({(each.kind, each.name) for each in districts}) == len(districts)


def test_the_same_name_may_be_old_and_new() -> None:
    assert TABLE.find("Quận Bình Thạnh", OLD) != TABLE.find("Phường Bình Thạnh", NEW)
    names = [{each.name for each in TABLE.on(day)} for day in (OLD, NEW)]
    assert {"Bình Thạnh", "Gò Vấp", "Thủ Đức", "Củ Chi"} <= names[0] & names[1]


@pytest.mark.parametrize(
    "text",
    [
        "Quận 1",
        "Q1",
        "Q.1",
        "q 1",
        "quan 1",
        "QUẬN 01",
        "Quận1",
        "  Quận   1 ",
        "Q. 1, TP.HCM",
        "Quận 1 - Thành phố Hồ Chí Minh",
        "Quận 1 TPHCM",
        "1",
        "01",
    ],
)
def test_spellings_of_one_district(text: str) -> None:
    assert named(text) == "Quận 1"


@pytest.mark.parametrize(
    ("text", "day", "title"),
    [
        ("TP. Thủ Đức", OLD, "Thành phố Thủ Đức"),
        ("tp thu duc", OLD, "Thành phố Thủ Đức"),
        ("Thủ Đức", OLD, "Thành phố Thủ Đức"),
        ("Thủ Đức", NEW, "Phường Thủ Đức"),
        ("TP. Thủ Đức", NEW, "Thành phố Thủ Đức"),
        ("H. Củ Chi", OLD, "Huyện Củ Chi"),
        ("X. Củ Chi", NEW, "Xã Củ Chi"),
        ("P. Sài Gòn", NEW, "Phường Sài Gòn"),
        ("sai gon", NEW, "Phường Sài Gòn"),
        ("Phường Hoà Hưng", NEW, "Phường Hòa Hưng"),
        ("dac khu con dao", NEW, "Đặc khu Côn Đảo"),
        ("Côn Đảo", NEW, "Đặc khu Côn Đảo"),
        ("Phường Bình Thanh", NEW, "Phường Bình Thạnh"),
    ],
)
def test_districts_are_found_as_people_write_them(text: str, day: date, title: str) -> None:
    assert named(text, day) == title


def test_a_district_of_another_time_is_found_and_told_to_be_so() -> None:
    found = TABLE.find("Quận 1", NEW)
    assert found is not None
    assert (found.district.code, found.current, found.among) == ("760", False, TABLE.on(OLD))
    here = TABLE.find("Quận 1", OLD)
    assert here is not None
    assert here.current
    later = TABLE.find("Phường Sài Gòn", OLD)
    assert later is not None
    assert (later.current, later.among) == (False, TABLE.on(NEW))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Quận 2",
        "Quận 9",
        "Quận Thủ Đức",
        "Huyện 1",
        "Phường 1",
        "Xã Sài Gòn",
        "Quận",
        "Hà Nội",
        "Quận 1 và Quận 3",
        "Quận 13",
        "Quận 1a",
        "-",
    ],
)
def test_what_is_no_district_is_none(text: str) -> None:
    assert named(text, OLD) is None
    assert named(text, NEW) is None


def test_what_fits_several_is_not_guessed() -> None:
    for text in ("Thanh An", "xa thanh an", "X.THANH AN"):
        assert named(text, NEW) is None
        assert {each.title for each in TABLE.nearest(text, NEW)} == {"Xã Thanh An", "Xã Thạnh An"}
    assert named("Xã Thanh An", NEW) == "Xã Thanh An"
    assert named("xã thạnh an", NEW) == "Xã Thạnh An"
    assert named("Thạnh An, TP. Hồ Chí Minh", NEW) == "Xã Thạnh An"
    assert named("Xã Thành An", NEW) is None


def test_several_of_a_day_hide_what_another_time_has() -> None:
    one = District("1", DistrictKind.WARD, "An Phú")
    two = District("2", DistrictKind.COMMUNE, "An Phú")
    before = District("3", DistrictKind.RURAL, "An Phú")
    table = DistrictTable(
        [
            Period(date(2025, 1, 1), None, (one, two)),
            Period(date(2020, 1, 1), date(2024, 12, 31), (before,)),
        ]
    )
    assert table.find("An Phú", NEW) is None
    assert table.find("xã An Phú", NEW) == (two, True, (one, two))
    assert table.find("huyện An Phú", NEW) == (before, False, (before,))
    assert table.find("An Phú", OLD) == (before, True, (before,))
    assert table.nearest("An Phú", NEW) == (one, two)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Phuong Sai Gonn", "Phường Sài Gòn"),
        ("Quận Thủ Đức", "Phường Thủ Đức"),
        ("Xa Hoc Mom", "Xã Hóc Môn"),
    ],
)
def test_what_is_spelt_alike_is_offered(text: str, title: str) -> None:
    near = [each.title for each in TABLE.nearest(text, NEW)]
    assert near[0] == title
    assert len(near) <= 3


def test_nothing_is_offered_for_what_is_like_nothing() -> None:
    assert TABLE.nearest("?", NEW) == ()
    assert TABLE.nearest("Quận 1", date(2000, 1, 1)) == ()


@given(
    st.sampled_from(EACH),
    st.sampled_from(["NFC", "NFD"]),
    st.sampled_from(["", ", TP.HCM", " "]),
    st.data(),
)
def test_every_title_is_found_in_any_spelling(
    one: tuple[date, District], form: Literal["NFC", "NFD"], after: str, data: st.DataObject
) -> None:
    day, district = one
    text = data.draw(st.sampled_from([str.upper, str.lower, str.title]))(district.title) + after
    text = unicodedata.normalize(form, text)
    found = TABLE.find(text, day)
    assert found == (district, True, TABLE.on(day))
    bare = TABLE.find(plain(text), day)
    alone = sum(folded(each.title) == folded(district.title) for each in TABLE.on(day)) == 1
    assert bare == (found if alone else None)


@given(st.text(max_size=40), st.dates(date(2019, 1, 1), date(2030, 1, 1)))
def test_whatever_is_written_is_found_or_not(text: str, day: date) -> None:
    found = TABLE.find(text, day)
    if found is not None:
        assert found.district in found.among
        assert found.current == (found.district in TABLE.on(day))
    assert len(TABLE.nearest(text, day)) <= 3
