"""Vietnamese of the days before Unicode, both ways, by tables written apart from the program's."""

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.files.legacy import Kind, convert, kind_of
from outreach.files.syllables import is_syllable


def _words(*lines: str) -> list[str]:
    return " ".join(lines).split()


# By letter, then by tone (none, sắc, huyền, hỏi, ngã, nặng): as tables of typists have them.
UNICODE = _words(
    "a á à ả ã ạ ă ắ ằ ẳ ẵ ặ â ấ ầ ẩ ẫ ậ e é è ẻ ẽ ẹ ê ế ề ể ễ ệ i í ì ỉ ĩ ị",
    "o ó ò ỏ õ ọ ô ố ồ ổ ỗ ộ ơ ớ ờ ở ỡ ợ u ú ù ủ ũ ụ ư ứ ừ ử ữ ự y ý ỳ ỷ ỹ ỵ đ",
)
VNI = _words(
    "a aù aø aû aõ aï aê aé aè aú aü aë aâ aá aà aå aã aä",
    "e eù eø eû eõ eï eâ eá eà eå eã eä i í ì æ ó ò",
    "o où oø oû oõ oï oâ oá oà oå oã oä ô ôù ôø ôû ôõ ôï",
    "u uù uø uû uõ uï ö öù öø öû öõ öï y yù yø yû yõ î ñ",
)
TCVN3 = _words(
    "61 B8 B5 B6 B7 B9 A8 BE BB BC BD C6 A9 CA C7 C8 C9 CB 65 D0 CC CE CF D1 AA D5 D2 D3 D4 D6",
    "69 DD D7 D8 DC DE 6F E3 DF E1 E2 E4 AB E8 E5 E6 E7 E9 AC ED EA EB EC EE",
    "75 F3 EF F1 F2 F4 AD F8 F5 F6 F7 F9 79 FD FA FB FC FE AE",
)
TCVN3_CAPITALS = {"Ă": 0xA1, "Â": 0xA2, "Ê": 0xA3, "Ô": 0xA4, "Ơ": 0xA5, "Ư": 0xA6, "Đ": 0xA7}

TO_VNI = dict(zip(UNICODE, VNI, strict=True))
TO_VNI |= {new.upper(): old.upper() for new, old in TO_VNI.items()}
TO_TCVN3 = {new: chr(int(old, 16)) for new, old in zip(UNICODE, TCVN3, strict=True)}
TO_TCVN3 |= {new.upper(): old.upper() if old.isascii() else old for new, old in TO_TCVN3.items()}
TO_TCVN3 |= {new: chr(code) for new, code in TCVN3_CAPITALS.items()}
ACCENTED = [letter for letter in UNICODE if not letter.isascii()]

NAMES = ["Nguyễn Văn An", "Trần Thị Bình", "Đỗ Đình Tiến", "Lê Hoàng Hường", "Phạm Đức Dũng"]
WORDS = ["nguyễn", "đường", "phố", "quận", "khu", "ấp", "huỳnh", "tổ", "ưng", "ý", "thuỷ", "lê"]


def vni(text: str) -> str:
    return "".join(TO_VNI.get(letter, letter) for letter in unicodedata.normalize("NFC", text))


def tcvn3(text: str) -> str:
    return "".join(TO_TCVN3.get(letter, letter) for letter in unicodedata.normalize("NFC", text))


def twice(text: str) -> str:
    codes = text.encode()
    return "".join(bytes([code]).decode("cp1252", "ignore") or chr(code) for code in codes)


def test_there_are_134_letters() -> None:
    assert len(ACCENTED) == len(set(ACCENTED)) == 134 // 2
    assert len(set(TCVN3)) == len(TCVN3)
    assert len(set(VNI)) == len(VNI)


@pytest.mark.parametrize("letter", ACCENTED)
def test_every_letter(letter: str) -> None:
    assert convert(vni(letter), Kind.VNI) == letter
    assert convert(vni(letter.upper()), Kind.VNI) == letter.upper()
    assert convert(tcvn3(letter), Kind.TCVN3) == letter
    assert convert(tcvn3(f"QU{letter.upper()}N"), Kind.TCVN3) == f"QU{letter.upper()}N"
    assert convert(twice(letter), Kind.TWICE) == letter
    assert convert(twice(letter.upper()), Kind.TWICE) == letter.upper()


@pytest.mark.parametrize("letter", TCVN3_CAPITALS)
def test_capitals_of_tcvn3(letter: str) -> None:
    assert convert(chr(TCVN3_CAPITALS[letter]), Kind.TCVN3) == letter


@pytest.mark.parametrize(
    ("old", "kind", "new"),
    [
        ("NguyÔn V¨n An", Kind.TCVN3, "Nguyễn Văn An"),
        ("NGUYÔN V¡N AN", Kind.TCVN3, "NGUYỄN VĂN AN"),
        ("L£ V¡N BÌ", Kind.TCVN3, "LÊ VĂN BÈ"),
        ("Lª ThÞ Lµ", Kind.TCVN3, "Lê Thị Là"),
        ("NguyÔn ThÞ ¸nh", Kind.TCVN3, "Nguyễn Thị Ánh"),
        ("¸nh s¸ng", Kind.TCVN3, "ánh sáng"),
        ("Tæ d©n phè 5, TP. §µ L¹T", Kind.TCVN3, "Tổ dân phố 5, TP. Đà LẠT"),
        ("Sè ®iÖn tho¹i", Kind.TCVN3, "Số điện thoại"),
        ("Nguyeãn Vaên An", Kind.VNI, "Nguyễn Văn An"),
        ("NGUYEÃN VAÊN AN", Kind.VNI, "NGUYỄN VĂN AN"),
        ("Ñöôøng Tröôøng Sa", Kind.VNI, "Đường Trường Sa"),
        ("Traàn Thò Thuûy", Kind.VNI, "Trần Thị Thủy"),
        ("Aùnh, AÙnh", Kind.VNI, "Ánh, Ánh"),
        ("Nguyá»…n VÄƒn An", Kind.TWICE, "Nguyễn Văn An"),
    ],
)
def test_as_offices_have_them(old: str, kind: Kind, new: str) -> None:
    assert convert(old, kind) == new


@pytest.mark.parametrize("kind", Kind)
def test_ascii_stays(kind: Kind) -> None:
    assert convert("Nguyen Van An 0901", kind) == "Nguyen Van An 0901"


@pytest.mark.parametrize("text", ["Nguyễn", "café", "Ã", "“Hà”"])
def test_what_was_not_encoded_twice_stays(text: str) -> None:
    assert convert(text, Kind.TWICE) == text


vietnamese = st.text(st.sampled_from([*UNICODE, "b", "q", " ", "0", ",", "-"]), max_size=40)


@given(vietnamese, st.booleans())
def test_vni_there_and_back(text: str, upper: bool) -> None:  # noqa: FBT001
    told = text.upper() if upper else text
    assert convert(vni(unicodedata.normalize("NFD", told)), Kind.VNI) == told


@given(vietnamese)
def test_tcvn3_there_and_back(text: str) -> None:
    assert convert(tcvn3(unicodedata.normalize("NFD", text)), Kind.TCVN3) == text


@given(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join))
def test_tcvn3_in_any_case(text: str) -> None:
    for told in (text, f"Nguyễn {text.title()}", f"UBND {text.upper()}"):
        assert convert(tcvn3(told), Kind.TCVN3) == told


@given(vietnamese)
def test_twice_there_and_back(text: str) -> None:
    assert convert(twice(text), Kind.TWICE) == text


@given(st.text(), st.sampled_from(Kind))
def test_any_text_converts(text: str, kind: Kind) -> None:
    assert isinstance(convert(text, kind), str)


@pytest.mark.parametrize(
    ("encode", "kind"), [(tcvn3, Kind.TCVN3), (vni, Kind.VNI), (twice, Kind.TWICE)]
)
def test_the_kind_of_a_sample(encode: Callable[[str], str], kind: Kind) -> None:
    assert kind_of(encode(name) for name in NAMES) is kind
    assert kind_of(encode(name.upper()) for name in NAMES) is kind
    mixed = [*(encode(name) for name in NAMES * 20), "Café Françoise", "0901 234 567", ""]
    assert kind_of(mixed) is kind
    assert kind_of([*mixed, "Đà Nẵng"]) is None


@pytest.mark.parametrize(
    "cells",
    [
        [],
        ["Nguyen Van An"],
        ["Nguyễn Françoise", "José", "André"],
        ["Françoise", "José", "André", "Zoë", "Jürgen", "Łukasz"],
        ["Lê Bình", "Tú Hà", "Hùng", "Lâm", "Hoài", "Quý"],
        ["Lê", "Tú", "Lâm", "Hùng"],
        ["NguyÔn"],
        [unicodedata.normalize("NFD", "Nguyễn Văn Bình Trần Thị Hà")],
        ["— … “”", "100 °C", "½", "©", "®"],
    ],
)
def test_what_is_of_no_kind(cells: list[str]) -> None:
    assert kind_of(cells) is None


@given(st.lists(st.text(), max_size=30))
def test_any_sample_is_looked_at(cells: list[str]) -> None:
    assert kind_of(cells) in {None, *Kind}


@given(st.lists(st.sampled_from([*NAMES, *WORDS, "Françoise", "Zoë"]), min_size=1))
def test_unicode_is_of_no_kind(cells: list[str]) -> None:
    assert kind_of(cells) is None


def test_syllables() -> None:
    words = re.findall(r"\w+", " ".join(NAMES + WORDS))
    more = _words(
        "Quốc quý quynh giếng gì gìn khuyết nghiêng Nguyệt yếu ướt Thuở xoong Huế khuya Phước"
    )
    assert all(map(is_syllable, words + more))
    others = _words("Françoise Jürgen nguyôn hờị àá các1 cac hoạcp b ñ")
    assert not any(map(is_syllable, others))
