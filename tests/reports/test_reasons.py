"""Reasons in Vietnamese: every word that a carrier's table knows has its own."""

import pytest

from outreach.carriers import esms
from outreach.carriers.zalo import codes
from outreach.reports.phrases import PHRASES
from outreach.reports.reasons import in_english, in_vietnamese
from outreach.store.closing import INTERRUPTED
from outreach.store.contacts import OVER_CAP
from outreach.store.planning import NO_ROUTE
from outreach.store.work import SUPPRESSION


def test_every_code_of_the_adapters_tables_is_translated() -> None:
    told = [*codes._RECIPIENT.values(), *codes._TEXT.values(), *codes._ACCOUNT.values()]
    told += [words for _, words in codes._WAITS.values()]
    told += [words for _, words in esms._REFUSED.values()]
    told += [each.reason.partition(" ")[2] for each in esms._LATER.values()]
    assert len(told) > 90
    assert set(told) <= PHRASES.keys()


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
