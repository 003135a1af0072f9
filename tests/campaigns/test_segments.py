"""What a row says, compared as people would; and definitions, kept and read back."""

import json
import tracemalloc
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.campaigns import segments as study
from outreach.campaigns.matching import age, answer, gender
from outreach.campaigns.segments import Definition, Filters
from outreach.domain.campaign import Role
from outreach.domain.errors import BadInputError, NotFoundError
from outreach.domain.network import Network
from outreach.domain.written import folded, place
from outreach.store import audiences, audit, segments
from outreach.store.audiences import Audience
from outreach.store.database import Database
from outreach.store.users import User

TODAY = date(2026, 11, 20)
LAN = User("lan", Role.OPERATOR)


@pytest.mark.parametrize("told", ["Quận 1", "Q.1", "Q1", "quan 1", "QUẬN 01", "Q. 1, TP.HCM"])
def test_spellings_of_one_district(told: str) -> None:
    assert place(told) == ("quan", "1")


@pytest.mark.parametrize(
    ("told", "kind", "name"),
    [
        ("TP. Thủ Đức", "thanh_pho", "thu duc"),
        ("Thành phố Thủ Đức", "thanh_pho", "thu duc"),
        ("Tp.Thủ Đức", "thanh_pho", "thu duc"),
        ("Thủ Đức", "", "thu duc"),
        ("Quận Bình Thạnh - TP. Hồ Chí Minh", "quan", "binh thanh"),
        ("H. Hóc Môn", "huyen", "hoc mon"),
        ("Hóc Môn", "", "hoc mon"),
        ("Phú Nhuận", "", "phu nhuan"),
        ("P12", "phuong", "12"),
        ("Thị trấn Nhà Bè", "thi_tran", "nha be"),
        ("TX Thuận An", "thi_xa", "thuan an"),
        ("Xã Đa Phước", "xa", "da phuoc"),
        ("TP. Hồ Chí Minh", "thanh_pho", "ho chi minh"),
        ("Quận", "", "quan"),
        ("", "", ""),
    ],
)
def test_kinds_and_names_of_places(told: str, kind: str, name: str) -> None:
    assert place(told) == (kind, name)


def test_a_place_of_digits_without_end_is_a_place() -> None:
    assert place("Quận 0" + "9" * 5_000) == ("quan", "9" * 5_000)
    assert place("Q.00") == ("quan", "0")


def test_long_cells_are_not_remembered() -> None:
    for read in (folded, place, answer, gender, lambda cell: age(cell, TODAY)):
        read("warm")
    tracemalloc.start()
    try:
        for n in range(50):
            cell = f"{n:04}" + "x" * 65_000
            for read in (folded, place, answer, gender, lambda cell: age(cell, TODAY)):
                read(cell)
        del cell
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 500_000


@given(st.text(max_size=60))
def test_any_text_is_a_place_an_answer_or_a_birth_without_harm(told: str) -> None:
    assert len(place(told)) == 2
    assert answer(told) in {True, False, None}
    assert gender(told) in {"nam", "nu", None}
    years = age(told, TODAY)
    assert years is None or 0 <= years <= 130
    assert folded(folded(told)) == folded(told)


@pytest.mark.parametrize("word", ["có", "x", "YES", "true", "1", "rồi", "Đã cài", "✓"])
def test_words_for_yes(word: str) -> None:
    assert answer(word) is True


@pytest.mark.parametrize("word", ["không", "no", "FALSE", "0", "chưa", "Chưa cài", "ko"])
def test_words_for_no(word: str) -> None:
    assert answer(word) is False


@pytest.mark.parametrize("word", ["", "-", "?", "có thể", "không rõ"])
def test_words_that_say_neither(word: str) -> None:
    assert answer(word) is None


@given(st.dates(date(1900, 1, 1), TODAY))
def test_age_is_counted_in_whole_years(born: date) -> None:
    years = age(f"{born:%d/%m/%Y}", TODAY)
    assert years == age(f"{born:%Y-%m-%d}", TODAY) == age(f"{born:%Y-%m-%d} 00:00:00", TODAY)
    assert years is not None
    turned = born.year + years
    assert (turned, born.month, born.day) <= (TODAY.year, TODAY.month, TODAY.day)
    assert (turned + 1, born.month, born.day) > (TODAY.year, TODAY.month, TODAY.day)


@pytest.mark.parametrize(
    ("told", "years"),
    [
        ("21/11/1966", 59),
        ("20/11/1966", 60),
        ("1966", 60),
        ("12/1966", 59),
        ("29/02/1960", 66),
        ("31/02/1960", None),
        ("2027", None),
        ("1800", None),
        ("60", None),
    ],
)
def test_births_that_say_less_or_nothing(told: str, years: int | None) -> None:
    assert age(told, TODAY) == years


def _unmet(told: Definition, **row: object) -> tuple[str, ...] | None:
    network, district = row.pop("network", Network.VIETTEL), row.pop("district", None)
    assert isinstance(network, Network)
    assert district is None or isinstance(district, str)
    return Filters(told, TODAY).unmet(int(network), district, json.dumps(row))


def test_a_row_is_as_wanted_says_otherwise_or_does_not_say() -> None:
    told = Definition(("a",), districts=("Quận 1",), ages=(60, 79), smartphone=True)
    assert _unmet(told, district="q1", birth="1960", smartphone="có") is None
    assert _unmet(told, district="q2", birth="", smartphone="có") == ()
    assert _unmet(told, district="q1", smartphone="?") == ("birth", "smartphone")
    assert _unmet(told, district="", birth="1960", smartphone="x") == ("district",)
    assert _unmet(told, district="q1", birth="1960", smartphone="không") == ()


@pytest.mark.parametrize(
    ("wanted", "row", "met"),
    [
        ({"districts": ("Thủ Đức",)}, {"district": "TP. Thủ Đức"}, True),
        ({"districts": ("TP. Thủ Đức",)}, {"district": "Thủ Đức"}, True),
        ({"districts": ("TP. Thủ Đức",)}, {"district": "Quận Thủ Đức"}, False),
        ({"wards": ("Phường 12", "p13")}, {"ward": "P.13"}, True),
        ({"wards": ("Phường 12",)}, {"ward": "P.2"}, False),
        ({"networks": ("Viettel",)}, {"network": Network.VIETTEL}, True),
        ({"networks": ("Viettel", "iTel")}, {"network": Network.MOBIFONE}, False),
        ({"genders": ("nu",)}, {"gender": "Nữ"}, True),
        ({"genders": ("nam",)}, {"gender": "bà"}, False),
        ({"ages": (60, 79)}, {"birth": "20/11/1966"}, True),
        ({"ages": (60, 79)}, {"birth": "21/11/1966"}, False),
        ({"ages": (60, 79)}, {"birth": "1947"}, True),
        ({"installed": False}, {"installed": "chưa"}, True),
        ({"installed": False}, {"installed": "rồi"}, False),
        ({"fields": (("to_dan_pho", "12"), ("to_dan_pho", "13"))}, {"to_dan_pho": " 13 "}, True),
        ({"fields": (("to_dan_pho", "12"), ("khu_pho", "1"))}, {"to_dan_pho": "12"}, False),
    ],
)
def test_each_filter(wanted: dict[str, object], row: dict[str, object], *, met: bool) -> None:
    told = Definition(("a",), **wanted)  # type: ignore[arg-type]
    assert (_unmet(told, **row) is None) is met


@pytest.mark.parametrize(
    ("read", "told", "match"),
    [
        (study.band, "79-60", "the first age is the lower one"),
        (study.band, "sixty", "expected two ages, such as 60-79"),
        (study.band, "1-" + "9" * 5_000, "expected two ages, such as 60-79"),
        (study.band, "9" * 5_000 + "-1", "expected two ages, such as 60-79"),
        (study.network_title, "Vodafone", "--network: no network is called 'Vodafone'; known are"),
        (study.sex, "x", "--gender 'x': expected nam or nữ"),
        (study.pair, "to_dan_pho", "expected NAME=VALUE"),
        (study.pair, "=12", "expected NAME=VALUE"),
    ],
)
def test_what_is_not_understood_is_named(read: object, told: str, match: str) -> None:
    assert callable(read)
    with pytest.raises(BadInputError, match=match):
        read(told)


def test_names_of_columns_are_those_of_the_import() -> None:
    assert study.pair("Tổ dân phố= 12") == ("to_dan_pho", "12")
    assert study.network_title(" viettel") == "Viettel"


_words = st.lists(st.text(max_size=5), max_size=3).map(tuple)


@given(
    st.builds(
        Definition,
        audiences=_words,
        minus=_words,
        minus_suppressed=st.booleans(),
        districts=_words,
        ages=st.none() | st.tuples(st.integers(0, 50), st.integers(50, 130)),
        smartphone=st.none() | st.booleans(),
        installed=st.none() | st.booleans(),
        fields=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5))).map(tuple),
    )
)
def test_a_definition_is_read_back_as_it_was_written(told: Definition) -> None:
    assert Definition.from_json(told.to_json()) == told


def _audience(database: Database, name: str, state: str = audiences.READY) -> None:
    with database.write() as conn:
        told = Audience(0, name, "f", "f", state, 0, 0, 0, 0, "lan")
        number = audiences.create(conn, told)
        audiences.progress(conn, number, 0, 0, state)


def test_segments_are_saved_found_and_deleted(database: Database) -> None:
    _audience(database, "insured")
    _audience(database, "registered")
    told = Definition(("1", "insured"), minus=("registered",), ages=(60, 79))
    saved = study.save(database, LAN, "seniors", told, 5)
    assert Definition.from_json(saved.definition).audiences == ("insured",)
    with pytest.raises(BadInputError, match="a segment called 'seniors' exists; delete it first"):
        study.save(database, LAN, "seniors", told, 5)
    with database.read() as conn:
        assert segments.find(conn, "1") == saved == segments.listed(conn)[0]
    study.delete(database, LAN, "seniors", 6)
    with database.read() as conn:
        entries = audit.history(conn, "segment:1")
        with pytest.raises(NotFoundError, match="the latest are: none yet"):
            segments.find(conn, "seniors")
    assert [entry.action for entry in entries] == ["segment.save", "segment.delete"]
    assert entries[0].detail["name"] == "seniors"


def test_a_derived_audience_that_did_not_end_is_to_be_discarded(database: Database) -> None:
    with database.write() as conn:
        audiences.create(conn, Audience(0, "half", "derived", "", "", 0, 0, 0, 0, "lan"))
    told = Definition(("half",))
    with pytest.raises(BadInputError, match="'half' is not finished; wait, or discard it"):
        study.save(database, LAN, "s", told, 5)


def test_only_finished_audiences_are_chosen_from(database: Database) -> None:
    _audience(database, "ready")
    _audience(database, "half", audiences.IMPORTING)
    for told, match in (
        (Definition(()), "--audience is missing"),
        (Definition(("half",)), "audience 'half' is not finished"),
        (Definition(("ready",), minus=("half",)), "audience 'half' is not finished"),
        (Definition(("nope",)), "no audience is called 'nope'"),
    ):
        with pytest.raises((BadInputError, NotFoundError), match=match):
            study.save(database, LAN, "s", told, 5)
