"""A campaign's plan as scripts and people are told of it: which day, which account, until when."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from outreach.campaigns.findings import Finding
from outreach.campaigns.forecast import Day
from outreach.campaigns.preflight import Preflight
from outreach.cli.output import console, local, money, show_table
from outreach.cli.words import Lang, count
from outreach.domain.window import LOCAL

_WORDS: Mapping[str, tuple[str, str]] = {
    "day": ("Day", "Ngày"),
    "account": ("Account", "Tài khoản"),
    "messages": ("Messages", "Số tin"),
    "parts": ("Parts", "Số đoạn"),
    "cost": ("Cost", "Chi phí"),
    "begins": ("First message: {at}", "Tin đầu tiên: {at}"),
    "ends": (
        "Done, if the first channel reaches all: {at}",
        "Gửi xong, nếu kênh đầu tới được tất cả: {at}",
    ),
    "worst": (
        "Done, if everybody falls back: {at}",
        "Gửi xong, nếu ai cũng phải gửi lại qua kênh sau: {at}",
    ),
    "never": ("not as planned: something does not fit", "không xong: có tin không gửi được"),
    "more": ("and {n} more, to {day}", "và {n} dòng nữa, đến {day}"),
    "all": ("all", "tất cả"),
    "caution": ("plan", "kế hoạch"),
}


def plan_json(checked: Preflight) -> dict[str, object]:
    """The whole plan under names that stay."""
    plan = checked.plan
    return {
        "starts_at": _iso(plan.starts_at),
        "ends_at": _iso(plan.ends_at),
        "worst_ends_at": _iso(plan.worst_ends_at),
        "days": [
            {
                "day": row.day.isoformat(),
                "account": row.account,
                "messages": row.messages,
                "parts": row.parts,
                "cost_dong": format(row.cost, "f"),
            }
            for row in plan.days
        ],
        "does_not_fit": dict(plan.left),
        "worst_does_not_fit": dict(plan.worst_left),
        "cautions": [{"en": each.message_en, "vi": each.message_vi} for each in checked.cautions],
    }


def show_plan(checked: Preflight, lang: Lang, most: int | None) -> None:
    """Print the plan: so many days, then what the rest of them come to."""
    plan = checked.plan
    shown, rest = _first_days(plan.days, most)
    rows = [_row(f"{row.day:%Y-%m-%d}", row.account, [row], lang) for row in shown]
    if rest:
        more = say("more", lang, n=count(len(rest), lang), day=f"{rest[-1].day:%Y-%m-%d}")
        rows.append(_row(more, "", rest, lang))
    if len(plan.days) > 1:
        rows.append(_row(say("all", lang), "", plan.days, lang))
    if rows:
        columns = [say(key, lang) for key in ("day", "account", "messages", "parts", "cost")]
        show_table(columns, rows, numeric=[2, 3, 4])
    for line in _ends(checked, lang):
        console().print(line)
    for caution in checked.cautions:
        told = f"{say('caution', lang)}: {_told(caution, lang)}"
        console().print(told, style="yellow", soft_wrap=True)


def say(key: str, lang: Lang, **values: object) -> str:
    """A text of the plan's catalogue."""
    return _WORDS[key][0 if lang is Lang.EN else 1].format(**values)


def _ends(checked: Preflight, lang: Lang) -> list[str]:
    plan, campaign = checked.plan, checked.campaign
    if not plan.days:
        return []
    never = say("never", lang)
    told = [
        say("begins", lang, at=local(plan.starts_at)),
        say("ends", lang, at=local(plan.ends_at) if plan.ends_at else never),
    ]
    # What everybody's fallbacks would come to does not heed the budget.
    if plan.worst_ends_at != plan.ends_at and campaign.rules.budget is None:
        at = local(plan.worst_ends_at) if plan.worst_ends_at else never
        told.append(say("worst", lang, at=at))
    return told


def _first_days(days: Sequence[Day], most: int | None) -> tuple[list[Day], list[Day]]:
    """The rows of the first days, and those of all others."""
    dates = sorted({row.day for row in days})
    if most is None or len(dates) <= most:
        return [*days], []
    return [r for r in days if r.day < dates[most]], [r for r in days if r.day >= dates[most]]


def _row(day: str, account: str, rows: Sequence[Day], lang: Lang) -> tuple[str, ...]:
    return (
        day,
        account,
        count(sum(row.messages for row in rows), lang),
        count(sum(row.parts for row in rows), lang),
        money(sum((row.cost for row in rows), Decimal(0)), lang),
    )


def _told(caution: Finding, lang: Lang) -> str:
    return caution.message_en if lang is Lang.EN else caution.message_vi


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(LOCAL).isoformat(timespec="seconds")
