"""The events of a campaign as sentences, in English and Vietnamese."""

from collections.abc import Mapping
from decimal import Decimal

from outreach.cli.campaign_words import change_words
from outreach.cli.clean import clean
from outreach.cli.output import local_ms, money
from outreach.cli.pause_words import pause_words
from outreach.cli.status_words import people_words
from outreach.cli.words import Lang, count
from outreach.domain.rules import Rules
from outreach.store.audit import ENGINE, Entry

_WORDS: Mapping[str, tuple[str, str]] = {
    "create": ("made the draft '{name}'", "tạo bản nháp '{name}'"),
    "create_wave": (
        "made this reminder of '{parent}' for {people} people, as {approver} approved it",
        "tạo đợt nhắc lại này của '{parent}' cho {people} người, theo duyệt của {approver}",
    ),
    "edit": ("took it back to draft", "đưa về bản nháp"),
    "edit_changes": ("changed the draft", "sửa bản nháp"),
    "submit": (
        "asked for approval; at most {ceiling_dong}",
        "trình duyệt; tối đa {ceiling_dong}",
    ),
    "approve": ("approved it; at most {ceiling_dong}", "duyệt; tối đa {ceiling_dong}"),
    "approve_amendment": (
        "approved amendment {amendment}; at most {ceiling_dong}",
        "duyệt sửa đổi {amendment}; tối đa {ceiling_dong}",
    ),
    "release": (
        "let it start by itself on {starts_at}",
        "cho phép tự chạy lúc {starts_at}",
    ),
    "start": ("started it", "cho chạy"),
    "start_engine": ("started at its time", "tự chạy đúng giờ đã hẹn"),
    "pause": ("held it: {paused_why}", "tạm dừng: {paused_why}"),
    "resume": ("let it go on", "cho chạy tiếp"),
    "resume_pilot": (
        "looked at the pilot ({pilot}) and let everybody have it",
        "đã xem kết quả gửi thử ({pilot}) và cho gửi tất cả",
    ),
    "amend": ("proposed amendment {amendment}", "đề nghị sửa đổi {amendment}"),
    "withdraw": ("took amendment {amendment} back", "rút sửa đổi {amendment}"),
    "move": (
        "moved {messages} messages to the new routes",
        "chuyển {messages} tin sang tuyến mới",
    ),
    "cancel": ("cancelled it; what had not left never will", "hủy; tin chưa gửi sẽ không gửi nữa"),
    "finish": ("everything had left", "đã gửi hết"),
    "settle": ("no more receipts are waited for", "không chờ biên nhận nữa"),
    "late": (
        "{receipts} receipts came after the end, the last one at this time",
        "{receipts} biên nhận về sau khi kết thúc, cái cuối vào lúc này",
    ),
    "wave": ("made reminder {wave}: '{name}'", "tạo đợt nhắc lại {wave}: '{name}'"),
    "resent": ("made a resend: '{name}'", "tạo đợt gửi lại: '{name}'"),
    "message": ("looked at one message with its number", "xem một tin kèm số điện thoại"),
    "breaker_open": ("{account} stopped: {reason}", "{account} ngừng gửi: {reason}"),
    "breaker_closed": ("{account} sends again", "{account} gửi lại được"),
}
_MONEY = frozenset({"ceiling_dong"})
_TIMES = frozenset({"starts_at"})
_REASONS = frozenset({"paused_why", "reason"})


def told_of(entry: Entry, lang: Lang) -> list[str]:
    """A sentence, and a line for each thing that was set or changed."""
    key = _key(entry)
    if key not in _WORDS:
        return [_plain(entry)]
    values = {name: _value(name, value, lang) for name, value in entry.detail.items()}
    told = _WORDS[key][lang is Lang.VI].format_map(_Values(values))
    return [told, *_changes(entry, lang)]


class _Values(dict[str, str]):
    """What an old entry does not tell of is a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"


def _key(entry: Entry) -> str:
    """Which sentence tells of an entry."""
    _, _, deed = entry.action.partition(".")
    told = entry.detail
    variants = {
        "breaker": f"breaker_{told.get('state')}",
        "create": "create_wave" if "people" in told else "create",
        "edit": "edit_changes" if told.get("changes") else "edit",
        "approve": "approve_amendment" if "amendment" in told else "approve",
        "start": "start_engine" if entry.actor == ENGINE else "start",
        "resume": "resume_pilot" if told.get("pilot") else "resume",
    }
    return variants.get(deed, deed)


def _changes(entry: Entry, lang: Lang) -> list[str]:
    changes = entry.detail.get("changes")
    if isinstance(changes, Mapping):
        return change_words(changes, lang)
    if entry.action != "campaign.create":
        return []
    plain, asked = Rules(), entry.detail.keys() & Rules.__dataclass_fields__
    rules = {name: (getattr(plain, name), entry.detail[name]) for name in sorted(asked)}
    return change_words(rules, lang)


def _value(name: str, value: object, lang: Lang) -> str:
    if isinstance(value, Mapping):
        return people_words(value, lang) if name == "pilot" else ""
    if name in _MONEY:
        return money(Decimal(str(value)), lang)
    if name in _REASONS:
        return pause_words(str(value), lang)
    if isinstance(value, int):
        return local_ms(value) if name in _TIMES else count(value, lang)
    return clean(value)


def _plain(entry: Entry) -> str:
    """An action that nobody has given words to."""
    told = ", ".join(f"{name}={value}" for name, value in entry.detail.items() if value is not None)
    return clean(f"{entry.action} {told}".strip())
