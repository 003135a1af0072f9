"""Numbers as people write them; phonenumbers is the oracle, its disagreements are listed."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from outreach.domain.msisdn import Bad, Parsed, Reason, mask, mask_text, parse
from outreach.domain.network import Network, PrefixTable

N = Network
GIVEN = "32 33 34 35 36 37 38 39 86 96 97 98 81 82 83 84 85 88 91 94 70 76 77 78 79 89 90 93"
GIVEN += " 52 56 58 92 59 993 87 55"

FORMS = [
    "0{}",
    "84{}",
    "+84{}",
    "0084{}",
    "+84 (0) {}",
    "+84 (0){}",
    "{}",
    " 0{} ",
    "'0{}",
    '="0{}"',
    "(0{})",
    "(+84) {}",
    "\u202a+84{}\u202c",
    "\ufeff0{}",
    "0{}\x00",
    "0{};",
    "{}.0",
    "84{}.0",
]


@st.composite
def nationals(draw: st.DrawFn) -> str:
    prefix = draw(st.sampled_from(GIVEN.split()))
    rest = draw(st.text("0123456789", min_size=9, max_size=9))
    return (prefix + rest)[:9]


def spaced(digits: str, separator: str) -> str:
    return f"{digits[:4]}{separator}{digits[4:7]}{separator}{digits[7:]}"


@pytest.mark.parametrize("form", FORMS)
@given(national=nationals())
def test_every_form_reads_the_same(prefixes: PrefixTable, form: str, national: str) -> None:
    told = parse(form.format(national), prefixes)
    assert told == Parsed("84" + national, prefixes.network("84" + national))


@given(
    national=nationals(),
    separator=st.sampled_from([" ", ".", "-", "\u2013", "\u00a0", " - ", "\u200b", ""]),
    zero=st.sampled_from(["0", "\N{FULLWIDTH DIGIT ZERO}", "\N{ARABIC-INDIC DIGIT ZERO}"]),
)
def test_separators_and_foreign_digits(
    prefixes: PrefixTable, national: str, separator: str, zero: str
) -> None:
    written = spaced("0" + national, separator)
    written = "".join(chr(ord(zero) + int(c)) if c.isdigit() else c for c in written)
    told = parse(written, prefixes)
    assert isinstance(told, Parsed)
    assert told.msisdn == "84" + national


@given(st.text(max_size=60) | st.text("0123456789+84 ()./-", max_size=60))
def test_no_text_raises(prefixes: PrefixTable, raw: str) -> None:
    told = parse(raw, prefixes)
    if isinstance(told, Parsed):
        assert parse(told.msisdn, prefixes) == told
        assert len(told.msisdn) == 11
        assert told.msisdn.isascii()
        assert told.msisdn.isdecimal()
    else:
        assert told.reason.vi
        assert told.reason.en


@pytest.mark.parametrize(
    ("old", "new", "network"),
    [
        ("0120", "070", N.MOBIFONE),
        ("0121", "079", N.MOBIFONE),
        ("0122", "077", N.MOBIFONE),
        ("0126", "076", N.MOBIFONE),
        ("0128", "078", N.MOBIFONE),
        ("0123", "083", N.VINAPHONE),
        ("0124", "084", N.VINAPHONE),
        ("0125", "085", N.VINAPHONE),
        ("0127", "081", N.VINAPHONE),
        ("0129", "082", N.VINAPHONE),
        ("0162", "032", N.VIETTEL),
        ("0163", "033", N.VIETTEL),
        ("0164", "034", N.VIETTEL),
        ("0165", "035", N.VIETTEL),
        ("0166", "036", N.VIETTEL),
        ("0167", "037", N.VIETTEL),
        ("0168", "038", N.VIETTEL),
        ("0169", "039", N.VIETTEL),
        ("0186", "056", N.VIETNAMOBILE),
        ("0188", "058", N.VIETNAMOBILE),
        ("0199", "059", N.GMOBILE),
    ],
)
@pytest.mark.parametrize("form", ["0{}", "84{}", "+84{}", "0084{}", "+84 (0) {}", "{}", "{}.0"])
def test_numbers_of_before_2018(
    prefixes: PrefixTable, old: str, new: str, network: Network, form: str
) -> None:
    expected = Parsed("84" + new[1:] + "0001234", network)
    assert parse(form.format(old[1:] + "0001234"), prefixes) == expected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", Reason.EMPTY),
        (" \t\u200b", Reason.EMPTY),
        ("-", Reason.EMPTY),
        ("+", Reason.EMPTY),
        ("không có", Reason.LETTERS),
        ("O900000123", Reason.LETTERS),
        ("9.00000123E+8", Reason.LETTERS),
        ("0900000123 (chị Lan)", Reason.LETTERS),
        ("0900*00123", Reason.LETTERS),
        ("3200000+0", Reason.LETTERS),
        ("++", Reason.EMPTY),
        ("0", Reason.TOO_SHORT),
        ("00", Reason.TOO_SHORT),
        ("090000012", Reason.TOO_SHORT),
        ("8490000012", Reason.TOO_SHORT),
        ("09000001234", Reason.TOO_LONG),
        ("1" * 5000, Reason.TOO_LONG),
        ("028 38000123", Reason.LANDLINE),
        ("+842838000123", Reason.LANDLINE),
        ("2838000123", Reason.LANDLINE),
        ("1900 9068", Reason.SERVICE),
        ("19009068", Reason.SERVICE),
        ("1800.1091", Reason.SERVICE),
        ("8079", Reason.SHORT_CODE),
        ("113", Reason.SHORT_CODE),
        ("0121000123", Reason.M2M),
        ("0140000123", Reason.M2M),
        ("+1 650 000 0123", Reason.FOREIGN),
        ("0016500000123", Reason.FOREIGN),
        ("0950000123", Reason.UNASSIGNED),
        ("0510000123", Reason.UNASSIGNED),
        ("0900000123/0910000123", Reason.TWO_NUMBERS),
        ("0900000123, 0910000123", Reason.TWO_NUMBERS),
        ("0900000123 0910000123", Reason.TWO_NUMBERS),
        ("0900000123 - 84910000123", Reason.TWO_NUMBERS),
        ("0900000123+84910000123", Reason.TWO_NUMBERS),
        ("+84900000123 0910000123", Reason.TWO_NUMBERS),
        ("0900000123\n0910000123", Reason.TWO_NUMBERS),
        ("0900000123/4", Reason.TWO_NUMBERS),
    ],
)
def test_what_is_no_mobile_number(prefixes: PrefixTable, raw: str, reason: Reason) -> None:
    assert parse(raw, prefixes) == Bad(reason)


@pytest.mark.parametrize(
    ("raw", "msisdn"),
    [
        ("0840000123", "84840000123"),  # VinaPhone's 084, not the country code
        ("840000123", "84840000123"),
        ("840 000 123", "84840000123"),
        ("84840000123", "84840000123"),
        ("090/000.0123", "84900000123"),
    ],
)
def test_look_alikes(prefixes: PrefixTable, raw: str, msisdn: str) -> None:
    assert parse(raw, prefixes) == Parsed(msisdn, prefixes.network(msisdn))


def test_every_reason_has_words() -> None:
    words = [word for reason in Reason for word in (reason.vi, reason.en)]
    assert all(words)
    assert len(set(words)) == len(words)


CARRIERS = {
    "Viettel": N.VIETTEL,
    "Vinaphone": N.VINAPHONE,
    "MobiFone": N.MOBIFONE,
    "Vietnamobile": N.VIETNAMOBILE,
    "G-Mobile": N.GMOBILE,
    "Indochina Telecom": N.ITEL,
    "Reddi": N.WINTEL,
}
WE_TAKE_MORE = ("52", "55", "89", "99")
"""Blocks that we take whole, and phonenumbers only where it has seen them in use."""
THEY_TAKE_MORE = ("30", "31", "51", "95", "12", "14", "16")
"""Not in public use (030, 031, 051), dead (095), or numbers of machines (1x)."""


@given(st.text("0123456789", min_size=9, max_size=9).filter(lambda n: n[0] != "0"))
def test_phonenumbers_agrees(prefixes: PrefixTable, national: str) -> None:
    number = phonenumbers.parse("+84" + national)
    theirs = phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) in {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }
    told = parse("0" + national, prefixes)
    if isinstance(told, Parsed) is not theirs:
        assert national.startswith(THEY_TAKE_MORE if theirs else WE_TAKE_MORE)


@pytest.mark.parametrize("block", range(100, 1000))
def test_phonenumbers_names_the_same_network(prefixes: PrefixTable, block: int) -> None:
    from phonenumbers import carrier  # noqa: PLC0415 - loads much, and only this test wants it

    number = phonenumbers.parse(f"+84{block}000123")
    name = carrier.name_for_valid_number(number, "en")
    told = parse(f"0{block}000123", prefixes)
    if not name or isinstance(told, Bad):
        return
    # it names iTel's 087 after the network that carries it
    assert told.network is (N.ITEL if block // 10 == 87 else CARRIERS[name])


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
