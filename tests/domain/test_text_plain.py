"""What is said to be without accents is ASCII."""

from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.text import Encoding, measure, measure_sent, plain


@given(st.text())
def test_a_plain_text_goes_to_any_carrier(text: str) -> None:
    told = plain(text)
    assert told.isascii()
    assert measure_sent(told) == measure(told)
    assert measure_sent(told).encoding is Encoding.GSM7


def test_letters_of_neighbours_become_plain() -> None:
    assert plain("Søren Ærø, Groß") == "Soren AEro, Gross"
