"""What the engine writes down as its reason for holding a campaign, in both languages."""

import re
from collections.abc import Callable, Mapping

from outreach.cli.clean import clean
from outreach.cli.words import Lang
from outreach.domain.msisdn import mask_text
from outreach.reports.columns import Column
from outreach.reports.reasons import in_vietnamese

_PILOT = re.compile(r"pilot: (\d+) people \((.*)\); look, then resume")
_BUDGET = re.compile(r"budget: ([\d,]+) đồng of ([\d,]+) are spent")
_CEILING = re.compile(r"budget: all of ([\d,]+) đồng are spent, or as good as")
_SHARE = re.compile(
    r"error share: (answers|receipts) bad, (\d+) of the latest (\d+) \(limit (\d+) %\): (.*)",
    re.DOTALL,
)
_CULPRIT = re.compile(r"(\S+) refused only this campaign: (.*)", re.DOTALL)
_ACCOUNT = re.compile(r"([\w-]+): (.*)", re.DOTALL)
_WORST = re.compile(r"(\d+) x ([a-z_]+) ?(.*)", re.DOTALL)
_NEXT = re.compile(r", (?=\d+ x )")
_KINDS = {"answers": "trả lời", "receipts": "biên nhận"}
_STATES = {column.value: column.vi.lower() for column in Column}
_STATES["accepted"] = "nhà mạng đã nhận"


def pause_words(why: str, lang: Lang) -> str:
    """A reason for a pause or a held account; people's own words stay as they are."""
    if lang is Lang.VI:
        for form, say in _FORMS.items():
            if (found := form.fullmatch(why)) is not None:
                return clean(mask_text(say(found)))
        why = in_vietnamese(why)
    return clean(mask_text(why))


def _pilot(found: re.Match[str]) -> str:
    return f"đã gửi thử {found[1]} người ({_counted(found[2])}); xem lại rồi chạy tiếp"


def _budget(found: re.Match[str]) -> str:
    spent, ceiling = (told.replace(",", ".") for told in found.groups())
    return f"trần chi: đã chi {spent} đ trên {ceiling} đ"


def _ceiling(found: re.Match[str]) -> str:
    return f"trần chi: đã chi hết {found[1].replace(',', '.')} đ, hoặc gần hết"


def _share(found: re.Match[str]) -> str:
    kind, bad, latest, limit, worst = found.groups()
    return (
        f"tỷ lệ lỗi: {bad} trên {latest} {_KINDS[kind]} gần nhất không tốt"
        f" (giới hạn {limit} %): {', '.join(map(_worst, _NEXT.split(worst)))}"
    )


def _culprit(found: re.Match[str]) -> str:
    return f"{found[1]} chỉ từ chối chiến dịch này: {in_vietnamese(found[2])}"


def _account(found: re.Match[str]) -> str:
    return f"{found[1]}: {in_vietnamese(found[2])}"


def _counted(told: str) -> str:
    """198 delivered, 2 rejected."""
    pairs = [each.partition(" ") for each in told.split(", ")]
    return ", ".join(f"{n} {_STATES.get(state, state)}" for n, _, state in pairs)


def _worst(told: str) -> str:
    """25 x rejected -114 the user cannot receive."""
    found = _WORST.fullmatch(told)
    if found is None:
        return told
    state = _STATES.get(found[2], found[2])
    return f"{found[1]} x {state} {in_vietnamese(found[3])}".strip()


_FORMS: Mapping[re.Pattern[str], Callable[[re.Match[str]], str]] = {
    _PILOT: _pilot,
    _BUDGET: _budget,
    _CEILING: _ceiling,
    _SHARE: _share,
    _CULPRIT: _culprit,
    _ACCOUNT: _account,
}
