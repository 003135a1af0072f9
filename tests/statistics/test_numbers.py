"""Figures as people write them: whole and from 0, or refused with the reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.statistics.findings import RefusedError
from outreach.statistics.numbers import MOST, whole
from outreach.statistics.sheet_words import CellFault

_SEPARATORS = [".", ",", " ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"]


@given(st.integers(0, MOST), st.sampled_from(["", *_SEPARATORS]), st.sampled_from(["", " ", "\n"]))
def test_every_figure_is_read_as_it_is_grouped(number: int, separator: str, around: str) -> None:
    assert whole(around + f"{number:,}".replace(",", separator) + around) == number


@given(st.integers(10**6, MOST), st.permutations(_SEPARATORS))
def test_two_kinds_of_separators_are_none(number: int, signs: list[str]) -> None:
    first, second, *rest = f"{number:,}".split(",")
    written = signs[1].join([signs[0].join([first, second]), *rest])
    with pytest.raises(RefusedError):
        whole(written)


@given(st.text())
def test_any_text_is_a_figure_or_refused_in_both_languages(text: str) -> None:
    refused: RefusedError | None = None
    try:
        assert 0 <= whole(text) <= MOST
        assert any("0" <= sign <= "9" for sign in text)
    except RefusedError as fault:
        refused = fault
    if refused:
        (finding,) = refused.findings
        assert isinstance(finding.kind, CellFault)
        assert finding.vi != finding.en == str(refused)


@given(st.decimals(0, 10**6, places=2, allow_nan=False))
def test_no_decimals_are_rounded(number: object) -> None:
    for written in (f"{number}", f"{number}".replace(".", ",")):
        with pytest.raises(RefusedError) as refused:
            whole(written)
        assert refused.value.findings[0].kind is CellFault.DECIMAL


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("12.34", CellFault.DECIMAL),
        ("1.5", CellFault.DECIMAL),
        ("0.123", CellFault.DECIMAL),
        ("1.234,5", CellFault.DECIMAL),
        ("1.234.567,00", CellFault.DECIMAL),
        ("1e6", CellFault.SCIENTIFIC),
        ("1,2E+05", CellFault.SCIENTIFIC),
        ("-5", CellFault.NEGATIVE),
        ("\N{MINUS SIGN}5", CellFault.NEGATIVE),
        ("(5)", CellFault.NEGATIVE),
        ("1.234.567 người", CellFault.UNIT),
        ("12%", CellFault.UNIT),
        ("1,23,456", CellFault.GROUPING),
        ("1.234.56", CellFault.GROUPING),
        ("1.234,567", CellFault.DECIMAL),
        ("007", CellFault.GROUPING),
        ("\N{FULLWIDTH DIGIT ONE}", CellFault.ODD_DIGITS),
        ("\N{ARABIC-INDIC DIGIT THREE}", CellFault.ODD_DIGITS),
        ("1\N{SUPERSCRIPT TWO}", CellFault.ODD_DIGITS),
        ("\N{INFINITY}", CellFault.NOT_A_NUMBER),
        ("mười", CellFault.NOT_A_NUMBER),
        ("", CellFault.NOT_A_NUMBER),
        ("-", CellFault.NOT_A_NUMBER),
        (str(MOST + 1), CellFault.TOO_LARGE),
    ],
)
def test_what_is_wrong_is_said(text: str, kind: CellFault) -> None:
    with pytest.raises(RefusedError) as refused:
        whole(text)
    assert refused.value.findings[0].kind is kind
