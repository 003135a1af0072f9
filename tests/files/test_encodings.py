"""The encoding of a text file, by its bytes alone or as told."""

import io
import re
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.errors import BadInputError
from outreach.files.encodings import Encoding, detect, sample
from tests.files.test_legacy import NAMES, tcvn3, vni

ROWS = ["Điện thoại,Họ và tên", *(f"0900000{n:03},{NAMES[n % 5]}" for n in range(50))]
TEXT = "\r\n".join(ROWS)
TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")


def cp1258(text: str) -> bytes:
    """As Vietnamese Windows writes it: the tone is a letter of its own."""
    written = ""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        written += unicodedata.normalize("NFC", TONES.sub("", parts))
        written += "".join(TONES.findall(parts))
    return written.encode("cp1258")


ENCODED = [
    (TEXT.encode(), Encoding.UTF_8),
    (TEXT.encode("utf-8-sig"), Encoding.UTF_8),
    (unicodedata.normalize("NFD", TEXT).encode(), Encoding.UTF_8),
    (TEXT.encode("utf-16"), Encoding.UTF_16_LE),
    (TEXT.encode("utf-16-le"), Encoding.UTF_16_LE),
    (TEXT.encode("utf-16-be"), Encoding.UTF_16_BE),
    (b"\xfe\xff" + TEXT.encode("utf-16-be"), Encoding.UTF_16_BE),
    (cp1258(TEXT), Encoding.CP1258),
    (tcvn3(TEXT).encode("latin-1"), Encoding.TCVN3),
    (vni(TEXT).encode("latin-1"), Encoding.VNI),
    (cp1258(TEXT.upper()), Encoding.CP1258),
    (tcvn3(TEXT.upper()).encode("latin-1"), Encoding.TCVN3),
    (vni(TEXT.upper()).encode("latin-1"), Encoding.VNI),
    (b"phone,name\n0900000123,An\n", Encoding.UTF_8),
    ("phone,name\n0900000123,An\n".encode("utf-16-le"), Encoding.UTF_16_LE),
    ("0900000123\n".encode("utf-16-be"), Encoding.UTF_16_BE),
    (b"0900\x00000123,A\x00n\n", Encoding.UTF_8),
    (b"", Encoding.UTF_8),
]


@pytest.mark.parametrize(("data", "encoding"), ENCODED)
def test_each_encoding_is_found(data: bytes, encoding: Encoding) -> None:
    assert detect(data, None) is encoding


@pytest.mark.parametrize("name", NAMES)
def test_one_name_is_enough(name: str) -> None:
    assert detect(f"0900000123,{name}".encode(), None) is Encoding.UTF_8
    assert detect(cp1258(f"0900000123,{name}"), None) is Encoding.CP1258
    assert detect(tcvn3(f"0900000123,{name}").encode("latin-1"), None) is Encoding.TCVN3
    assert detect(vni(f"0900000123,{name}").encode("latin-1"), None) is Encoding.VNI


@pytest.mark.parametrize("bad", [b"0900000124,\xff\xfe", tcvn3(ROWS[1]).encode("latin-1")])
def test_some_bad_lines_make_no_other_encoding(bad: bytes) -> None:
    rows = [bad, *(row.encode() for row in ROWS)]
    assert detect(b"\n".join(rows), None) is Encoding.UTF_8


def test_a_bad_line_among_plain_ones() -> None:
    assert detect(b"phone,name\n0900000123,An\n0900000124,\xff\xfe\n", None) is Encoding.UTF_8


def test_a_letter_cut_by_the_end_of_the_sample() -> None:
    whole = "ế".encode() * 200_000
    for cut in range(3):
        assert detect(sample(io.BytesIO(whole[: 300_000 - cut])), None) is Encoding.UTF_8


def test_the_first_accent_may_come_late() -> None:
    plain = b"0900000123,An\n" * 100_000
    stream = io.BytesIO(plain + tcvn3(TEXT).encode("latin-1"))
    assert detect(sample(stream), None) is Encoding.TCVN3
    assert stream.tell() == 0
    assert len(sample(stream)) < 1 << 20


def test_a_far_accent_is_not_looked_for() -> None:
    class Endless(io.BytesIO):
        """Plain ASCII without end; counts what is read."""

        taken = 0

        def read(self, size: int | None = -1) -> bytes:
            assert size is not None
            assert size > 0
            self.taken += size
            return b"0" * size

    stream = Endless()
    assert detect(sample(stream), None) is Encoding.UTF_8
    assert stream.taken <= 65 << 20


@pytest.mark.parametrize(
    ("told", "data", "encoding"),
    [
        ("utf-8", b"\xff\xfe", Encoding.UTF_8),
        ("UTF-8", b"\xb8", Encoding.UTF_8),
        ("utf-16", b"a", Encoding.UTF_16_LE),
        ("utf-16", "\ufeffa".encode("utf-16-be"), Encoding.UTF_16_BE),
        ("utf-16", "abcd".encode("utf-16-be"), Encoding.UTF_16_BE),
        ("cp1258", TEXT.encode(), Encoding.CP1258),
        ("tcvn3", b"", Encoding.TCVN3),
        ("vni", b"", Encoding.VNI),
    ],
)
def test_the_operator_knows_better(told: str, data: bytes, encoding: Encoding) -> None:
    assert detect(data, told) is encoding


@pytest.mark.parametrize("told", ["", "latin-1", "utf-32", "x" * 1_000])
def test_an_unknown_encoding_is_refused(told: str) -> None:
    with pytest.raises(BadInputError, match="utf-8, utf-16, cp1258, tcvn3 or vni"):
        detect(b"", told)


@pytest.mark.parametrize(
    "text", ["Télé,Café\nGarçon,Zoë\nÜber,Straße\n", "0900000123,Lé\n0900000124,Tú\n"]
)
def test_what_is_not_clear_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match=r"encoding is not clear.*CSV UTF-8.*--encoding"):
        detect(text.encode("cp1252"), None)


@pytest.mark.parametrize("data", [bytes(range(32)) * 9, b"\x01\x02\x03\xff" * 99])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(BadInputError, match="no text file"):
        detect(data, None)


@given(st.binary(max_size=300))
def test_any_bytes_are_found_or_refused(data: bytes) -> None:
    with suppress(BadInputError):
        assert detect(data, None) in Encoding


@given(st.lists(st.sampled_from(NAMES), min_size=1), st.booleans())
def test_vietnamese_is_found_however_little(names: list[str], upper: bool) -> None:  # noqa: FBT001
    text = "\n".join(names)
    text = text.upper() if upper else text
    assert detect(text.encode(), None) is Encoding.UTF_8
    assert detect(text.encode("utf-16"), None) is Encoding.UTF_16_LE
    assert detect(cp1258(text), None) is Encoding.CP1258
    assert detect(tcvn3(text).encode("latin-1"), None) is Encoding.TCVN3
    assert detect(vni(text).encode("latin-1"), None) is Encoding.VNI
