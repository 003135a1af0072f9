"""Numbers as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.msisdn import Bad, Parsed, Reason, _read, both, parse
from outreach.domain.network import Network, PrefixTable
from tests.domain.numbers import cells, nationals

N = Network
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
    "{},00",
    '"84{}.0"',
    "84 0{}",
    "+840{}",
    "00840{}",
    "(+84)(0){}",
    "(+84-0){}",
    "ĐT: 0{}",
    "SĐT 0{}",
    "sdt.0{}",
    "Tel. +84{}",
    "Số điện thoại: {}",
    "Điện thoại di động : 0{}",
    "DĐ 0{}",
    "Mobile phone: +84 {}",
    "ZALO 0{}",
    "ĐT 1: 0{}",
    "0{} (Zalo)",
    "0{} hoặc",
    "0{0} / 0{0}",
    "0{0} (+84{0})",
]


def spaced(digits: str, separator: str) -> str:
    return f"{digits[:4]}{separator}{digits[4:7]}{separator}{digits[7:]}"


@pytest.mark.parametrize("form", FORMS)
@given(national=nationals())
def test_every_form_reads_the_same(prefixes: PrefixTable, form: str, national: str) -> None:
    told = parse(form.format(national), prefixes)
    assert told == Parsed("84" + national, prefixes.network("84" + national))


@given(
    national=nationals(),
    separator=st.sampled_from([" ", ".", "-", "\u2013", "\u00a0", " - ", "\u200b", "", ",", "/"]),
    zero=st.sampled_from("0\N{FULLWIDTH DIGIT ZERO}\N{ARABIC-INDIC DIGIT ZERO}\N{THAI DIGIT ZERO}"),
)
def test_separators_and_foreign_digits(
    prefixes: PrefixTable, national: str, separator: str, zero: str
) -> None:
    written = spaced("0" + national, separator)
    written = "".join(chr(ord(zero) + int(c)) if c.isdigit() else c for c in written)
    told = parse(written, prefixes)
    assert isinstance(told, Parsed)
    assert told.msisdn == "84" + national


@pytest.mark.parametrize("whole", [9, 11])
@given(national=nationals(), sign=st.sampled_from(".,"), e=st.sampled_from(["E+", "e", "e+"]))
def test_a_spreadsheet_number_with_all_its_digits(
    prefixes: PrefixTable, whole: int, national: str, sign: str, e: str
) -> None:
    digits = ("84" + national)[-whole:]
    told = f"{digits[0]}{sign}{digits[1:]}{e}{whole - 1:02}"
    assert parse(told, prefixes) == parse("0" + national, prefixes)


@given(nationals(), st.integers(0, 7))
def test_a_spreadsheet_number_without_some(prefixes: PrefixTable, national: str, kept: int) -> None:
    told = f"{national[0]}.{national[1 : 1 + kept]}E+08"
    assert parse(told, prefixes) == Bad(Reason.ROUNDED)


@given(cells)
def test_shortcuts_change_nothing(prefixes: PrefixTable, raw: str) -> None:
    assert parse(raw, prefixes) == _read(raw, prefixes)


@given(cells)
def test_no_text_raises(prefixes: PrefixTable, raw: str) -> None:
    told = parse(raw, prefixes)
    assert isinstance(told, Bad) or both(raw, prefixes) == (told,)
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


@pytest.mark.parametrize("form", [*FORMS, "{}", "1234 567 890", "0123.456.7890", "(0123) 4567890"])
def test_digits_counted_up_are_nobodys_number(prefixes: PrefixTable, form: str) -> None:
    assert parse(form.format("1234567890"), prefixes) == Bad(Reason.PLACEHOLDER)


@pytest.mark.parametrize(
    "raw",
    [
        "0999999999",
        "0987654321",
        "0345678910",
        "0834567890",
        "834567890",
        "01234567891",
        "01222222222",
    ],
)
def test_numbers_that_only_look_made_up_are_somebodys(prefixes: PrefixTable, raw: str) -> None:
    assert isinstance(parse(raw, prefixes), Parsed)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", Reason.EMPTY),
        (" \t\u200b", Reason.EMPTY),
        ("-", Reason.EMPTY),
        ("+", Reason.EMPTY),
        ("không có", Reason.LETTERS),
        ("O900000123", Reason.LETTERS),
        ("9.00E+8", Reason.ROUNDED),
        ("9.01E+08", Reason.ROUNDED),
        ("9,0E+8", Reason.ROUNDED),
        ("9E8", Reason.ROUNDED),
        ("8.49E+10", Reason.ROUNDED),
        ("9.012345678E+08", Reason.LETTERS),
        ("1e400", Reason.LETTERS),
        ("O 900000123", Reason.LETTERS),
        ("0900 tel 000123", Reason.LETTERS),
        ("ĐT:", Reason.LETTERS),
        ("CMND 320000123", Reason.LETTERS),
        ("Fax 0900000123", Reason.LETTERS),
        ("Telex 0900000123", Reason.LETTERS),
        ("xtel 0900000123", Reason.LETTERS),
        ("Lan 0900000123", Reason.LETTERS),
        ("0900000123 ext 12", Reason.LETTERS),
        ("\ud8000900000123", Reason.LETTERS),
        ("0900000123 (chị Lan)", Reason.LETTERS),
        ("0900*00123", Reason.LETTERS),
        ("3200000+0", Reason.LETTERS),
        ("++", Reason.EMPTY),
        ("0", Reason.TOO_SHORT),
        ("00", Reason.TOO_SHORT),
        ("090000012", Reason.TOO_SHORT),
        ("8490000012", Reason.TOO_SHORT),
        ("09000001234", Reason.TOO_LONG),
        ("1" * 1_000_000, Reason.TOO_LONG),
        ("0900000123 " * 100_000, Reason.TOO_LONG),
        ("x" * 1_000_000, Reason.LETTERS),
        (" " * 1_000_000, Reason.EMPTY),
        ("0" * 200, Reason.TOO_LONG),
        ("084 900000123", Reason.TOO_LONG),
        ("028 38000123", Reason.LANDLINE),
        ("+842838000123", Reason.LANDLINE),
        ("2838000123", Reason.LANDLINE),
        ("(08) 3800 0123", Reason.LANDLINE),
        ("08-38000123", Reason.LANDLINE),
        ("08.62.800.123", Reason.LANDLINE),
        ("+84 (0)8 3800 0123", Reason.LANDLINE),
        ("+84 8 3800 0123", Reason.LANDLINE),
        ("+848 3800 0123", Reason.LANDLINE),
        ("ĐT: (08)\xa03800 0123", Reason.LANDLINE),
        ("04 3800 0123", Reason.LANDLINE),
        ("031 3800 012", Reason.LANDLINE),
        ("0511 3800 012", Reason.LANDLINE),
        ("02838000123/02838000123", Reason.LANDLINE),
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
        ("0900000123 / 028 3800 0123", Reason.TWO_NUMBERS),
        ("3800 0123 - 0900 000 123", Reason.TWO_NUMBERS),
        ("9704 1234 5678 9012", Reason.TOO_LONG),
        ("900000123910000123", Reason.TOO_LONG),
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
        ("0838000123", "84838000123"),  # (08) 3800 0123 is a landline of before 2017
        ("083.8000.123", "84838000123"),
        ("849,000,123.00", "84849000123"),
        ("849.000.123,0", "84849000123"),
        ('"849000123.00"', "84849000123"),
        (" " * 300 + "0900000123" + "\n" * 300, "84900000123"),
        ("01620000123 (0320000123)", "84320000123"),  # one number, before 2018 and since
    ],
)
def test_look_alikes(prefixes: PrefixTable, raw: str, msisdn: str) -> None:
    assert parse(raw, prefixes) == Parsed(msisdn, prefixes.network(msisdn))


def test_every_reason_has_words() -> None:
    words = [word for reason in Reason for word in (reason.vi, reason.en)]
    assert all(words)
    assert len(set(words)) == len(words)
