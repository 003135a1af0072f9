"""Reasons in Vietnamese: every word that a carrier's table knows has its own."""

import pytest

from outreach.carriers import registry
from outreach.carriers.registry import NAMES
from outreach.domain.outcome import Accepted, Duplicate, Outcome
from outreach.reports.reasons import in_english, in_vietnamese
from outreach.store.closing import INTERRUPTED
from outreach.store.contacts import OVER_CAP
from outreach.store.planning import NO_ROUTE
from outreach.store.work import SUPPRESSION


@pytest.mark.parametrize("name", sorted({*NAMES} - {"viettel"}))  # it gives free text
def test_every_code_of_the_adapters_tables_is_translated(name: str) -> None:
    codes = registry.dialect(name).codes()
    told = [_without(code, each) for code, each in codes.items() if hasattr(each, "reason")]
    assert told
    assert [words for words in told if in_vietnamese(words) == words] == []


def _without(code: str, outcome: Outcome) -> str:
    """The reason as its words, where an adapter puts its carrier's code before them."""
    assert not isinstance(outcome, Accepted | Duplicate)
    return outcome.reason.removeprefix(code).lstrip(": ")


def test_our_own_codes_are_words_in_both_languages() -> None:
    for code in (INTERRUPTED, NO_ROUTE, SUPPRESSION, OVER_CAP):
        assert " " in in_english(code)
        assert " " in in_vietnamese(code)


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("-114 the user cannot receive", "-114 người dùng không nhận được tin"),
        ("HTTP 401 credentials refused", "HTTP 401 thông tin đăng nhập bị từ chối"),
        ("124: the answer to another call", "124 trả lời của một yêu cầu khác"),
        ("5", "5"),
        ("read time-out of 84912345678", "read time-out of 849****678"),
    ],
)
def test_the_code_stays_before_the_words(stored: str, told: str) -> None:
    assert in_vietnamese(stored) == told
