"""Names as a letter writes them; what is no name; shortened by rule, no letter cut."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.campaigns.names import person, shortened
from outreach.domain.text import Encoding, measure, nfc, plain


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Nguyễn Thị Minh Khai", "Nguyễn Thị Minh Khai"),
        ("NGUYỄN THỊ MINH KHAI", "Nguyễn Thị Minh Khai"),
        ("nguyễn thị minh khai", "Nguyễn Thị Minh Khai"),
        ("NGUYEN VAN A", "Nguyen Van A"),
        ("ĐẶNG ƯỚC Ý", "Đặng Ước Ý"),
        (unicodedata.normalize("NFD", "NGUYỄN ÁNH"), "Nguyễn Ánh"),
        ("  Lê \n\u00a0An\u200b ", "Lê An"),
        ("H’HEN NIÊ", "H'Hen Niê"),
        ("NGUYỄN-TRẦN AN", "Nguyễn-Trần An"),
        ("JOHN SMITH III", "John Smith III"),
        ("HÀ VI", "Hà Vi"),
        ("NGUYỄN THỊ DI", "Nguyễn Thị Di"),
        ("JUAN DE LA CRUZ", "Juan de la Cruz"),
        ("JAN VAN DER BERG", "Jan van der Berg"),
        ("TRẦN VAN AN", "Trần Van An"),
        ("Y MOAN", "Y Moan"),
        ("McDonald Anna", "McDonald Anna"),
        ("Nguyễn văn An", "Nguyễn văn An"),
        ("François Müller", "François Müller"),
        ("Ông/Bà", None),
        ("Nguyễn Văn A (con)", None),
        ("Nguyễn Văn A 2", None),
        ("Nguyễn Văn A, Trần B", None),
        ("KHÔNG CÓ TÊN", None),
        ("khong co ten", None),
        ("Test", None),
        ("NULL", None),
        ("n/a", None),
        ("123", None),
        ("xxx", None),
        ("A", None),
        ("...", None),
        ("王小明", None),
        ("😀", None),
        ("=HYPERLINK(1)", None),
        ("", None),
    ],
)
def test_a_name_as_a_letter_writes_it(written: str, expected: str | None) -> None:
    assert person(written) == expected


@settings(deadline=None)
@given(st.text(max_size=40))
def test_whatever_is_taken_for_a_name_can_be_sent(written: str) -> None:
    name = person(written)
    if name is None:
        return
    assert name == nfc(name) == " ".join(name.split())
    assert person(name) == name
    assert measure(plain(name)).encoding is Encoding.GSM7
    assert len(plain(name)) >= len(name.split())


_LETTERS = st.sampled_from("AĂÂBCDĐEÊGHIKLMNOÔƠPQRSTUƯVXYẠẦẶỆỐỢỰỸ")
_WORDS = st.text(_LETTERS, min_size=2, max_size=7)


@settings(deadline=None)
@given(st.lists(_WORDS, min_size=2, max_size=5).map(" ".join))
def test_capitals_only_lose_their_height(loud: str) -> None:
    name = person(loud)
    if name is not None:
        assert name.upper() == loud
        assert name[0].isupper()


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (20, "Nguyễn Thị Minh Khai"),
        (19, "Nguyễn Minh Khai"),
        (16, "Nguyễn Minh Khai"),
        (15, "Nguyễn Khai"),
        (11, "Nguyễn Khai"),
        (10, "Khai"),
        (4, "Khai"),
        (3, "Kha"),
    ],
)
def test_names_shorten_by_rule(most: int, expected: str) -> None:
    assert shortened("Nguyễn Thị Minh Khai", most) == expected


def test_one_word_is_cut_between_letters() -> None:
    assert shortened("Wolfeschlegelstein", 5) == "Wolfe"
    assert shortened("xq\u0301z", 2) == "x"


@settings(deadline=None)
@given(st.text(min_size=1).filter(lambda name: name.split()), st.integers(1, 40))
def test_a_short_name_fits_and_ends_with_a_whole_letter(name: str, most: int) -> None:
    name = nfc(" ".join(name.split()))
    short = shortened(name, most)
    assert len(short) <= most
    rest = name[len(short) :]
    if short and name.startswith(short) and rest:
        assert not unicodedata.category(rest[0]).startswith("M")
