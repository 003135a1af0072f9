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


@pytest.mark.parametrize("name", NAMES)
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
        ("CHECK CONTENT text missing", "CHECK CONTENT thiếu nội dung"),
        (
            "ALIAS_INVALID:VT sender not registered there",
            "ALIAS_INVALID:VT chưa đăng ký brandname ở đó",
        ),
        (
            "MAXLENGTH_LIMIT:612:700 text longer than the contract allows",
            "MAXLENGTH_LIMIT:612:700 nội dung dài quá mức hợp đồng cho phép",
        ),
        (
            "NO_TEMPLATE VNPT sends registered templates only",
            "NO_TEMPLATE VNPT chỉ gửi theo mẫu đã đăng ký",
        ),
        (
            "part 2 of 3: 0x0B recipient address invalid",
            "phần 2/3: 0x0B số người nhận không hợp lệ",
        ),
        ("part 3 of 3: no answer in time", "phần 3/3: quá hạn chờ trả lời"),
        ("part 3 of 3: 84912345678 is odd", "phần 3/3: 849****678 is odd"),
        (
            "no access token: the refresh token was refused",
            "không có mã truy cập: mã làm mới bị từ chối",
        ),
        (
            "-14020 no access token: the refresh token was refused",
            "-14020 không có mã truy cập: mã làm mới bị từ chối",
        ),
        ("oauth no access token: HTTP 503", "oauth không có mã truy cập: HTTP 503"),
        (
            "oauth no access token: no connection: ECONNREFUSED",
            "oauth không có mã truy cập: không kết nối được: ECONNREFUSED",
        ),
        ("no session: login refused", "không có phiên: đăng nhập bị từ chối"),
        ("login no session: unreadable answer", "login không có phiên: trả lời không đọc được"),
        ("unreadable answer: no 'error'", "trả lời không đọc được: no 'error'"),
        ("no bind: closed", "phiên kết nối đã đóng"),
        ("84912345678 number malformed", "849****678 số sai định dạng"),
        ("something odd about a number missing", "something odd about a number missing"),
        ("read time-out of 84912345678", "read time-out of 849****678"),
    ],
)
def test_the_code_stays_before_the_words(stored: str, told: str) -> None:
    assert in_vietnamese(stored) == told
