"""SMPP texts: alphabets by their published table, and parts that join to the whole and fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.carriers.smpp.text import Alphabet, LongTexts, Piece, pieces
from outreach.domain.text import Encoding, measure, measure_sent, nfc

# wire-formats.md 5.1, row by row; ESC is the one hole.
_ROWS = (
    "@£$¥èéùìòÇ\nØø\rÅå",
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ",
    " !\"#¤%&'()*+,-./",
    "0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNO",
    "PQRSTUVWXYZÄÖÑÜ§",
    "¿abcdefghijklmno",
    "pqrstuvwxyzäöñüà",
)
BASIC = {letter: n * 16 + m for n, row in enumerate(_ROWS) for m, letter in enumerate(row)}
del BASIC["\x1b"]
EXTENSION = dict(
    zip("\f^{}\\[~]|€", (0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65), strict=True)
)
LETTERS = {code: letter for letter, code in BASIC.items()}
EXTENDED = {code: letter for letter, code in EXTENSION.items()}

gsm_texts = st.text(st.sampled_from([*BASIC, *EXTENSION]), max_size=900)
plain_texts = st.text(st.sampled_from([c for c in BASIC if c.isascii()]), max_size=900)
any_texts = st.text(
    st.one_of(st.sampled_from("aáạđơ€{😀👨\u200d👩e\u0301"), st.characters()), max_size=400
)


def read(octets: bytes) -> str:
    """Read GSM 03.38 as a phone does."""
    codes = iter(octets)
    return "".join(EXTENDED[next(codes)] if code == 0x1B else LETTERS[code] for code in codes)


def written(text: str, alphabet: Alphabet = Alphabet.GSM) -> list[Piece]:
    return list(pieces(text, alphabet, LongTexts.UDH, 7))


def bodies(found: list[Piece]) -> list[bytes]:
    """The octets of each part without its header, which is looked at here."""
    if len(found) == 1:
        assert not found[0].headed
        return [found[0].octets]
    for n, piece in enumerate(found, 1):
        assert piece.headed
        assert piece.octets[:6] == bytes((5, 0, 3, 7, len(found), n))
    return [piece.octets[6:] for piece in found]


def test_the_whole_alphabet() -> None:
    assert len(BASIC) == 127
    for letter, code in BASIC.items():
        assert written(letter)[0].octets == bytes((code,)), letter
    for letter, code in EXTENSION.items():
        assert written(letter)[0].octets == bytes((0x1B, code)), letter


@given(gsm_texts)
def test_septets_join_to_the_text_and_each_part_fits(text: str) -> None:
    found = written(text)
    parts = bodies(found)
    assert len(parts) == measure(text).segments
    assert "".join(map(read, parts)) == text  # read alone, each: no pair is cut
    assert all(len(part) <= (160 if len(parts) == 1 else 153) for part in parts)
    assert {piece.data_coding for piece in found} == {0}


@given(any_texts)
def test_any_text_joins_to_itself_and_each_part_fits(text: str) -> None:
    found = written(text)
    parts = bodies(found)
    assert len(parts) == measure(text).segments
    if found[0].data_coding == 8:
        decoded = [part.decode("utf-16-be", "surrogatepass") for part in parts]
        assert "".join(decoded) == nfc(text)
        assert all(len(part) <= (140 if len(parts) == 1 else 134) for part in parts)


@given(any_texts)
def test_no_surrogates_are_parted(text: str) -> None:
    clean = text.encode("utf-16-be", "ignore").decode("utf-16-be")
    for piece in written(clean):
        if piece.data_coding == 8:
            piece.octets[6 if piece.headed else 0 :].decode("utf-16-be")


@given(plain_texts, st.sampled_from([Alphabet.ASCII, Alphabet.LATIN1]))
def test_other_alphabets(text: str, alphabet: Alphabet) -> None:
    parts = bodies(written(text, alphabet))
    assert b"".join(parts).decode() == text
    assert len(parts) == measure(text).segments


@pytest.mark.parametrize(
    ("alphabet", "text"),
    [(Alphabet.ASCII, "é"), (Alphabet.ASCII, "£" * 200), (Alphabet.LATIN1, "Δ")],
)
def test_a_letter_that_an_alphabet_lacks(alphabet: Alphabet, text: str) -> None:
    with pytest.raises(ValueError, match="codec can't encode"):
        written(text, alphabet)


def test_latin1_has_its_own_codes() -> None:
    assert written("à@$[", Alphabet.LATIN1)[0].octets == b"\xe0@$["


@given(gsm_texts, st.sampled_from([LongTexts.SAR, LongTexts.PAYLOAD]))
def test_other_forms_of_long_texts(text: str, form: LongTexts) -> None:
    found = pieces(text, Alphabet.GSM, form, 7)
    assert not any(piece.headed for piece in found)
    if form is LongTexts.PAYLOAD:
        (piece,) = found
        assert read(piece.octets + piece.tlvs[4:]) == text
    else:
        assert len(found) == measure(text).segments
        assert "".join(read(piece.octets) for piece in found) == text


@given(any_texts)
def test_as_many_parts_leave_as_were_counted(text: str) -> None:
    size = measure_sent(text)
    found = list(pieces(text, Alphabet.GSM, LongTexts.UDH, 7, size.encoding))
    assert len(found) == size.segments
    assert {piece.data_coding == 8 for piece in found} == {size.encoding is Encoding.UCS2}


@pytest.mark.parametrize("alphabet", Alphabet)
def test_accents_that_gsm_has_travel_as_they_were_counted(alphabet: Alphabet) -> None:
    """The octets are UTF-16, which no SMS centre mistakes."""
    (piece,) = pieces("Chào", alphabet, LongTexts.UDH, 7, Encoding.UCS2)
    assert (piece.data_coding, piece.octets) == (8, "Chào".encode("utf-16-be"))
