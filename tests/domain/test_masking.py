"""Numbers that are not to be seen: in whatever text, and in the digits of whatever script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.errors import BadInputError, check_name
from outreach.domain.msisdn import mask, mask_text
from tests.domain.numbers import nationals


def test_mask_shows_neither_length_nor_middle() -> None:
    assert mask("84900000123") == "849****123"
    assert mask("12345678") == "****"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("to 84900000123: no route", "to 849****123: no route"),
        ("tel=0900000123&x=1", "tel=090****123&x=1"),
        ("+84 900 000 123", "849****123"),
        ("(090) 000-0123.", "090****123."),
        ("+84 (0) 900.000.123", "840****123"),
        ("0084900000123", "008****123"),
        ("old 01200000123", "old 012****123"),
        ('"900000123"', '"900****123"'),
        ("%2B84900000123", "%2B849****123"),
        ("retry 3 0900000123", "retry 3 090****123"),
        ("message 7100000042 at 2026-11-22 03:59:53.123456", None),
        ("key 17100000042L0-3f9a0c12de", None),
        ("cost 1234.5678, 12 parts, 1900 9068", None),
    ],
)
def test_mask_text(text: str, masked: str | None) -> None:
    assert mask_text(text) == (text if masked is None else masked)


@given(
    national=nationals(),
    form=st.sampled_from(["0{}", "84{}", "+84{}", "0084{}", "{}"]),
    before=st.text("ab :=,\"'\n", max_size=5),
    after=st.text("ab :=,\"'\n", max_size=5),
)
def test_no_number_shows_in_masked_text(national: str, form: str, before: str, after: str) -> None:
    assert national not in mask_text(before + form.format(national) + after)


@given(
    national=nationals(),
    zero=st.sampled_from(
        "\N{FULLWIDTH DIGIT ZERO}\N{ARABIC-INDIC DIGIT ZERO}\N{THAI DIGIT ZERO}"
        "\N{MATHEMATICAL BOLD DIGIT ZERO}"
    ),
    form=st.sampled_from(["0{}", "84{}", "+84{}", "\N{FULLWIDTH PLUS SIGN}84{}", "0084{}", "{}"]),
    separator=st.sampled_from(["", " ", "\u00a0", "\u200b", "\N{FULLWIDTH FULL STOP}", "\u2013"]),
)
def test_digits_of_other_scripts_are_masked(
    national: str, zero: str, form: str, separator: str
) -> None:
    if form == "{}":  # nine digits alone are a number only where they stand together
        separator = ""
    written = form.format(f"{national[:3]}{separator}{national[3:6]}{separator}{national[6:]}")
    strange = "".join(chr(ord(zero) + int(c)) if c.isdigit() else c for c in written)
    digits = "".join(c for c in written if c.isdigit())
    assert mask_text(f"số {strange}, gọi lại") == f"số {mask(digits)}, gọi lại"
    with pytest.raises(BadInputError):
        check_name("campaign", f"x {strange}")


def test_other_signs_stay_as_they_are() -> None:
    told = "Khuyến mãi ①②③ ｆｕｌｌ ２０２６, ½ giá – số １９００"
    assert mask_text(told) == told
