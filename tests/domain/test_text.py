"""Counting, cutting and flattening texts; smsutil is the oracle where it is right."""

import unicodedata

import pytest
import smsutil
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.text import Culprit, Encoding, Measure, culprits, measure, nfc, plain, split

VIETNAMESE = "".join(
    letter + letter.upper()
    for letter in "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
)
GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"

anything = st.text(st.characters(), max_size=400)
septets = st.text(st.sampled_from(GSM + EXTENSION * 6), max_size=700)
utf16 = st.text(st.sampled_from(VIETNAMESE + "aé \N{GRINNING FACE}\N{COMBINING ACUTE ACCENT}"))
texts = anything | septets | utf16 | st.builds(str.__mul__, utf16, st.integers(0, 40))


def units(text: str, encoding: Encoding) -> int:
    """Count the slow and certain way."""
    if encoding is Encoding.UCS2:
        return sum(2 if ord(char) > 0xFFFF else 1 for char in text)
    return sum(2 if char in EXTENSION else 1 for char in text)


@given(texts)
def test_parts_join_to_the_text_and_keep_to_the_limits(text: str) -> None:
    parts = split(text)
    found = measure(text)
    assert "".join(parts) == nfc(text)
    assert len(parts) == found.segments
    assert sum(units(part, found.encoding) for part in parts) == found.units
    single, joined = (70, 67) if found.encoding is Encoding.UCS2 else (160, 153)
    limit = single if len(parts) == 1 else joined
    assert all(units(part, found.encoding) <= limit for part in parts)


@given(texts)
def test_parts_are_as_few_as_can_be(text: str) -> None:
    found = measure(text)
    *full, _ = split(text)
    joined = 67 if found.encoding is Encoding.UCS2 else 153
    assert all(units(part, found.encoding) >= joined - 1 for part in full)


@given(texts)
def test_measure_agrees_with_smsutil(text: str) -> None:
    text = nfc(text)
    if not text or "\x1b" in text:  # its empty text is UCS-2; its ESC is a letter
        return
    told = smsutil.split(text)
    found = measure(text)
    assert found.segments == len(told.parts)
    assert (found.encoding is Encoding.GSM7) is (told.encoding == "gsm0338")
    width = 1 if found.encoding is Encoding.GSM7 else 2
    assert found.units * width == told.total_bytes
    assert split(text) == [part.content for part in told.parts]


@given(texts)
def test_composed_or_not_is_the_same(text: str) -> None:
    assert measure(unicodedata.normalize("NFD", text)) == measure(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Measure(Encoding.GSM7, 0, 1)),
        ("a" * 160, Measure(Encoding.GSM7, 160, 1)),
        ("a" * 161, Measure(Encoding.GSM7, 161, 2)),
        ("a" * 306, Measure(Encoding.GSM7, 306, 2)),
        ("a" * 307, Measure(Encoding.GSM7, 307, 3)),
        ("é" * 160, Measure(Encoding.GSM7, 160, 1)),
        ("€" * 80, Measure(Encoding.GSM7, 160, 1)),
        ("[QC]", Measure(Encoding.GSM7, 6, 1)),
        # 152 septets, then a pair that does not fit into the 153rd: division says 2, a phone 3
        ("a" * 152 + "[" + "a" * 152, Measure(Encoding.GSM7, 306, 3)),
        ("ạ" * 70, Measure(Encoding.UCS2, 70, 1)),
        ("ạ" * 71, Measure(Encoding.UCS2, 71, 2)),
        ("ạ" * 134, Measure(Encoding.UCS2, 134, 2)),
        ("ạ" * 135, Measure(Encoding.UCS2, 135, 3)),
        ("\N{GRINNING FACE}" * 35, Measure(Encoding.UCS2, 70, 1)),
        ("\N{GRINNING FACE}" * 67, Measure(Encoding.UCS2, 134, 3)),
        ("\x1b", Measure(Encoding.UCS2, 1, 1)),
        ("\ud800", Measure(Encoding.UCS2, 1, 1)),
    ],
)
def test_known_lengths(text: str, expected: Measure) -> None:
    assert measure(text) == expected


def test_all_134_accented_letters_become_plain() -> None:
    assert len(VIETNAMESE) == 134
    for letter in VIETNAMESE:
        composed, decomposed = nfc(letter), unicodedata.normalize("NFD", letter)
        bare = "d" if letter in "đĐ" else unicodedata.normalize("NFD", letter.lower())[0]
        expected = bare.upper() if letter.isupper() else bare
        assert plain(composed) == plain(decomposed) == expected


def test_plain_sentence() -> None:
    text = "“Kính mời” Ông/Bà Đặng Thị Hường – cài VssID…\u00a0ngay\u200b\ufeff, 50.000₫"
    assert plain(text) == '"Kinh moi" Ong/Ba Dang Thi Huong - cai VssID... ngay, 50.000d'


@given(texts)
def test_plain_is_gsm7_and_never_asks(text: str) -> None:
    told = plain(text)
    assert measure(told).encoding is Encoding.GSM7
    assert plain(told) == told
    assert told.count("?") == unicodedata.normalize("NFKC", text).count("?")


@given(texts)
def test_culprits_are_what_forces_ucs2(text: str) -> None:
    found = culprits(text)
    assert bool(found) is (measure(text).encoding is Encoding.UCS2)
    for culprit in found:
        assert nfc(text)[culprit.position] == culprit.character
        assert plain(culprit.character) == (culprit.substitute or "")


def test_culprits_say_what_could_stand_there() -> None:
    assert culprits("a’ơ\u200b\N{GRINNING FACE}") == [
        Culprit(1, "’", "'"),
        Culprit(2, "ơ", "o"),
        Culprit(3, "\u200b", ""),
        Culprit(4, "\N{GRINNING FACE}", None),
    ]
