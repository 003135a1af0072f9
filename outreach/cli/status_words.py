"""What the status of a campaign says in sentences, in English and Vietnamese."""

from collections.abc import Mapping
from datetime import datetime

from outreach.cli.clean import clean
from outreach.cli.output import local, local_ms
from outreach.cli.pause_words import pause_words
from outreach.cli.standing import Standing
from outreach.cli.status_accounts import QuotaLine
from outreach.cli.words import Lang, count
from outreach.domain.limit import Span
from outreach.reports.columns import Column
from outreach.reports.reasons import in_english, in_vietnamese
from outreach.store import audit

_WORDS: Mapping[str, tuple[str, str]] = {
    "draft": (
        "a draft: nothing is sent before it is submitted, approved and started",
        "bản nháp: chưa gửi gì cho đến khi trình, duyệt và chạy",
    ),
    "awaiting_approval": (
        "waits for approval by somebody else than {who}",
        "chờ người khác (không phải {who}) duyệt",
    ),
    "unreleased": (
        "approved by {who}; it waits for: outreach campaign start {name}",
        "{who} đã duyệt; còn chờ lệnh: outreach campaign start {name}",
    ),
    "starts_at": ("starts by itself on {at}", "sẽ tự chạy lúc {at}"),
    "wave_planned": ("reminder {wave} is being prepared", "đang chuẩn bị đợt nhắc lại {wave}"),
    "amendment": (
        "held: amendment {amendment} by {who} waits for approval",
        "tạm dừng: sửa đổi {amendment} của {who} đang chờ duyệt",
    ),
    "amended": (
        "held: the amendment is decided; it goes on with: outreach campaign resume {name}",
        "tạm dừng: sửa đổi đã được quyết định; chạy tiếp bằng: outreach campaign resume {name}",
    ),
    "pilot": (
        "held: the pilot of {share} % went out ({people}); look, then resume or cancel",
        "tạm dừng: đã gửi thử {share} % ({people}); xem lại rồi chạy tiếp hoặc hủy",
    ),
    "everything_paused": (
        "nothing is sent: {who} paused everything on {at}: {why}; it goes on with: outreach resume",
        "chưa gửi gì: {who} tạm dừng toàn bộ từ {at}: {why}; chạy tiếp bằng: outreach resume",
    ),
    "paused": ("paused by {who}: {why}", "tạm dừng bởi {who}: {why}"),
    "too_late": (
        "its last moment, {at}, has passed: what is left expires",
        "đã quá thời điểm cuối {at}: tin còn lại sẽ hết hạn",
    ),
    "no_engine": (
        "nothing is being sent because the engine is not running: {start}",
        "chưa gửi tin vì bộ gửi không chạy: {start}",
    ),
    "engine_mute": (
        "the engine runs but writes nothing: just starting, or the disk is full; look at its log",
        "bộ gửi đang chạy nhưng không ghi gì: vừa khởi động, hoặc hết đĩa; hãy xem nhật ký",
    ),
    "closed": (
        "nothing is being sent because window {window} is closed; opens {at}",
        "chưa gửi tin vì ngoài giờ {window}; mở lúc {at}",
    ),
    "holiday": (
        "nothing is being sent because today is a holiday ({holiday}); goes on {at}",
        "chưa gửi tin vì hôm nay là ngày nghỉ ({holiday}); tiếp tục lúc {at}",
    ),
    "breaker": (
        "nothing is sent by {account} since {at}: {why}; it is tried again by itself",
        "{account} ngừng gửi từ {at}: {why}; sẽ tự thử lại",
    ),
    "account_down": (
        "nothing is sent by {account}: the engine does not know this account any more",
        "{account} không gửi: bộ gửi không còn tài khoản này",
    ),
    "stalled": (
        "nothing has moved by {account} since {at} though there is work; look at the log",
        "{account} đứng yên từ {at} dù còn tin; hãy xem nhật ký",
    ),
    "quota": (
        "{account} has used up its {limit}; it goes on {at}",
        "{account} đã dùng hết hạn mức {limit}; tiếp tục lúc {at}",
    ),
    "quota_left": (
        "{account} has {left} left of its {limit}, afresh {at}",
        "{account} còn {left} trong hạn mức {limit}, tính lại lúc {at}",
    ),
    "slowed": (
        "{account} goes at {percent} % of its pace: the carrier said too fast",
        "{account} chạy {percent} % tốc độ: nhà mạng báo gửi quá nhanh",
    ),
    "postponed": (
        "what is left is tried again from {at} on: {why}",
        "tin còn lại được thử lại từ {at}: {why}",
    ),
    "looked_at": (
        "everything has left; who is not reached by {at} gets the next channel",
        "đã gửi hết; ai chưa nhận trước {at} sẽ được gửi qua kênh sau",
    ),
    "all_left": ("everything has left", "đã gửi hết"),
    "begins": ("about to send", "sắp gửi"),
    "engine_begins": (
        "about to send: the engine has just started and waits first, as the limits ask",
        "sắp gửi: bộ gửi vừa khởi động, phải chờ một lúc theo hạn mức",
    ),
    "sending": (
        "sending: {rate} answers in the last minute",
        "đang gửi: {rate} trả lời trong một phút qua",
    ),
    "piloting": (
        "sending the pilot: {rate} answers in the last minute",
        "đang gửi thử: {rate} trả lời trong một phút qua",
    ),
    "unread": (
        "{calls} callbacks wait unread since {at}: no receipt is settled; run {start}",
        "{calls} lượt gọi về chưa đọc, từ {at}: chưa ghi biên nhận; hãy chạy {start}",
    ),
    "finished": (
        "everything has left; receipts of {waiting} messages may still come",
        "đã gửi hết; còn chờ biên nhận của {waiting} tin",
    ),
    "settled": ("over: no more receipts are waited for", "đã xong: không chờ biên nhận nữa"),
    "cancelled": ("cancelled: nothing more is sent", "đã hủy: không gửi nữa"),
}
_UNITS = {"messages": "tin", "parts": "đoạn", "requests": "yêu cầu"}
_SPANS = {Span.DAY: ("a day", "mỗi ngày"), Span.MONTH: ("a month", "mỗi tháng")}


def sentence(told: Standing, lang: Lang) -> str:
    """A standing in words."""
    values = {name: _value(name, value, lang) for name, value in told.values.items()}
    return _WORDS[told.code][lang is Lang.VI].format(**values)


def _value(name: str, value: object, lang: Lang) -> str:
    if name == "why":
        return pause_words(str(value), lang)
    match value:
        case datetime():
            told = local(value)
        case QuotaLine():
            told = quota_words(value, lang)
        case dict():
            told = people_words(value, lang)
        case int():
            told = local_ms(value) if name == "at" else count(value, lang)
        case _:
            told = who_words(value, lang)
    return told


def people_words(results: Mapping[str, int], lang: Lang) -> str:
    """People by result: 198 delivered, 2 rejected."""
    return ", ".join(f"{count(n, lang)} {result_words(s, lang)}" for s, n in results.items())


def who_words(who: object, lang: Lang) -> str:
    """Who did something: a person, or the engine."""
    if who == audit.ENGINE:
        return "the engine" if lang is Lang.EN else "bộ gửi"
    return clean(who or "?")


def quota_words(quota: QuotaLine, lang: Lang) -> str:
    """A quota as people say it: 500 messages a day; and what of it is not for this campaign."""
    limit = quota.limit
    whole = f"{count(limit.amount, lang)} {unit_words(limit.unit, lang)}"
    whole += f" {_SPANS[limit.span][lang is Lang.VI]}" if limit.span else ""
    if quota.usable >= limit.amount:
        return whole
    usable = count(quota.usable, lang)
    if lang is Lang.VI:
        return f"{usable} trong {whole} (phần còn lại dành cho chiến dịch khẩn)"
    return f"{usable} of {whole} (the rest is for urgent campaigns)"


def unit_words(unit: str, lang: Lang) -> str:
    """What a limit counts."""
    return unit if lang is Lang.EN else _UNITS[unit]


def result_words(label: str, lang: Lang) -> str:
    """The label of a message's state."""
    if label == "accepted":
        return label if lang is Lang.EN else "nhà mạng đã nhận"
    return label if lang is Lang.EN else Column(label).vi.lower()


def reason_words(stored: str, lang: Lang) -> str:
    """Why a message did not get through."""
    return in_english(stored) if lang is Lang.EN else in_vietnamese(stored)
