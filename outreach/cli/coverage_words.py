"""The insured and registered of a month, as JSON and as people read them."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from outreach.cli.output import console, iso, show_table
from outreach.cli.words import Lang, count, tenths
from outreach.domain.coverage import Coverage, Progress
from outreach.domain.district import DistrictTable
from outreach.domain.month import Month
from outreach.statistics.findings import Finding
from outreach.store.coverage import MonthCoverage

_TEXTS = {
    "district": ("District", "Đơn vị"),
    "insured": ("Insured", "Tham gia"),
    "registered": ("Registered", "Đã đăng ký"),
    "approved": ("Approved", "Đã phê duyệt"),
    "gap": ("Not registered", "Chưa đăng ký"),
    "share": ("Share", "Tỷ lệ"),
    "city": ("Whole city", "Toàn thành phố"),
    "title": (
        "{month}, revision {revision}, from {source}, by {who}",
        "Tháng {month}, lần {revision}, từ {source}, {who} nhập",
    ),
    "why": ("Reason: {why}", "Lý do: {why}"),
    "stored": (
        "{month}: {districts} districts stored as revision {revision}",
        "Tháng {month}: đã lưu {districts} đơn vị, lần {revision}",
    ),
    "same": (
        "{month}: these figures are revision {revision} already; nothing is changed",
        "Tháng {month}: số liệu này đã có (lần {revision}); không thay đổi gì",
    ),
    "written": ("{path}: {districts} districts to fill in", "{path}: {districts} đơn vị cần điền"),
    "reached": (
        "Target {target} by {by}: reached ({share} %)",
        "Mục tiêu {target} đến {by}: đã đạt ({share} %)",
    ),
    "passed": (
        "Target {target} by {by}: not reached in time ({share} %), {gap} are missing",
        "Mục tiêu {target} đến {by}: quá hạn, đạt {share} %, còn thiếu {gap}",
    ),
    "needed": (
        (
            "Target {target} by {by}: {share} %, {gap} are missing; {per_day} a day are needed"
            " ({per_month} a month), {days} days are left"
        ),
        (
            "Mục tiêu {target} đến {by}: đạt {share} %, còn thiếu {gap}; cần {per_day} mỗi ngày"
            " ({per_month} mỗi tháng), còn {days} ngày"
        ),
    ),
    "pace": (
        "The last months brought {pace} a month",
        "Các tháng gần đây tăng {pace} mỗi tháng",
    ),
    "no_total": (
        "The city's registered are not told, so that nothing is said of the target",
        "Chưa có tổng số đã đăng ký của thành phố nên chưa tính được tiến độ",
    ),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A month's figures, and what they mean for the target."""

    found: MonthCoverage
    table: DistrictTable
    progress: Progress | None
    pace: float | None
    """Registered people a month, lately."""

    def lines(self) -> list[tuple[str, Coverage]]:
        """Each district, in the order of the table that it is in."""
        return sorted(self.found.lines.items(), key=lambda line: self._order(line[0]))

    def _order(self, title: str) -> tuple[int, str]:
        found = self.table.find(title, Month.of_number(self.found.month).first)
        return (found.among.index(found.district) if found else len(self.found.lines)), title


def month_json(found: MonthCoverage) -> dict[str, object]:
    """Where a month's figures come from."""
    return {
        "month": str(Month.of_number(found.month)),
        "revision": found.revision,
        "source": found.source,
        "at": iso(found.at),
        "made_by": found.made_by,
        "why": found.why,
    }


def notes_json(notes: Iterable[Finding]) -> list[dict[str, str]]:
    """What was noted, under names that stay."""
    return [{"kind": note.kind.value, "en": note.en, "vi": note.vi} for note in notes]


def figures_json(told: Coverage) -> dict[str, object]:
    """One place's figures."""
    return {**asdict(told), "gap": told.gap, "share": told.share}


def shown_json(shown: Shown) -> dict[str, object]:
    """All of it, under names that stay."""
    aim = shown.progress
    days = {"by": aim.by.isoformat(), "on": aim.on.isoformat()} if aim else {}
    return {
        **month_json(shown.found),
        "districts": [{"district": name, **figures_json(told)} for name, told in shown.lines()],
        "total": figures_json(shown.found.total),
        "progress": {**asdict(aim), **days} if aim else None,
        "pace_per_month": shown.pace,
    }


def say(key: str, lang: Lang, **values: object) -> str:
    """A text of this file."""
    return _TEXTS[key][lang is Lang.VI].format(**values)


def show_notes(notes: Iterable[Finding], lang: Lang) -> None:
    """Print what was noted, a line each."""
    for note in notes:
        console().print(note.vi if lang is Lang.VI else note.en, soft_wrap=True)


def show(shown: Shown, lang: Lang, *, target: bool) -> None:
    """Print the figures of each district and the city, and how far the target is."""
    found = shown.found
    titles = [say(name, lang) for name in ("district", "insured", "registered", "approved")]
    rows = [_row(name, told, lang) for name, told in shown.lines()]
    rows.append(_row(say("city", lang), found.total, lang))
    month = Month.of_number(found.month)
    values = {"revision": found.revision, "source": found.source, "who": found.made_by}
    console().print(say("title", lang, month=month, **values), soft_wrap=True)
    if found.why:
        console().print(say("why", lang, why=found.why), soft_wrap=True)
    show_table((*titles, say("gap", lang), say("share", lang)), rows, numeric=range(1, 6))
    if shown.progress:
        console().print(_aim(shown.progress, lang), soft_wrap=True)
    elif target:
        console().print(say("no_total", lang), soft_wrap=True)
    if shown.pace is not None:
        told = count(math.floor(shown.pace), lang)
        console().print(say("pace", lang, pace=told), soft_wrap=True)


def _row(name: str, told: Coverage, lang: Lang) -> tuple[str, ...]:
    figures = (told.insured, told.registered, told.approved, told.gap)
    share = "" if told.share is None else f"{tenths(told.share * 100, lang)} %"
    return name, *("" if each is None else count(each, lang) for each in figures), share


def _aim(aim: Progress, lang: Lang) -> str:
    values = {
        "target": count(aim.target, lang),
        "by": f"{aim.by:%Y-%m-%d}" if lang is Lang.EN else f"{aim.by:%d/%m/%Y}",
        "share": tenths(math.floor(aim.share * 1000) / 10, lang),
        "gap": count(aim.gap, lang),
    }
    if not aim.gap:
        return say("reached", lang, **values)
    if aim.per_day is None or aim.per_month is None:
        return say("passed", lang, **values)
    needed = {
        "per_day": count(math.ceil(aim.per_day), lang),
        "per_month": count(math.ceil(aim.per_month), lang),
        "days": count(aim.days_left, lang),
    }
    return say("needed", lang, **values, **needed)
