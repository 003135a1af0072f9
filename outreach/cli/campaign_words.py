"""A campaign, and what changes of it, as scripts and people are told."""

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from outreach.cli.options import options
from outreach.cli.output import console, iso, local_ms
from outreach.cli.streams import emit
from outreach.cli.words import Lang, count, words
from outreach.domain.rules import Rules
from outreach.store.campaigns import Campaign

_FIELDS: dict[str, tuple[str, str]] = {
    "name": ("name", "tên"),
    "purpose": ("texts", "nội dung"),
    "accounts": ("accounts", "tài khoản"),
    "window": ("sending hours", "giờ gửi"),
    "until": ("last moment", "thời điểm cuối"),
    "starts_at": ("start", "bắt đầu"),
    "holidays": ("on holidays too", "gửi cả ngày lễ"),
    "priority": ("priority", "ưu tiên"),
    "share": ("share of the audience", "phần người nhận"),
    "pilot": ("pilot", "gửi thử"),
    "budget": ("spending ceiling", "trần chi"),
    "rate": ("messages a minute", "số tin mỗi phút"),
    "ramp_minutes": ("minutes until full pace", "số phút đến tốc độ đầy đủ"),
    "error_percent": ("held above failures of", "tạm dừng khi lỗi vượt"),
    "fallback_hours": ("hours until the next channel", "số giờ đến kênh kế tiếp"),
    "waves": ("reminder waves", "số đợt nhắc lại"),
    "wave_days": ("days between waves", "số ngày giữa các đợt"),
    "skips_registered": ("leaves out who has the app", "bỏ qua người đã có ứng dụng"),
}
_NOTHING = ("none", "không có")
_ANSWERS = {True: ("yes", "có"), False: ("no", "không")}


def campaign_json(found: Campaign) -> dict[str, object]:
    """A campaign under names that stay."""
    return {
        "id": found.id,
        "name": found.name,
        "state": found.state,
        "audience": found.audience,
        "parent": found.parent,
        "purpose": found.purpose,
        "channels": [step.channel.name.lower() for step in found.steps],
        "window": f"{found.opens}-{found.closes}",
        "until": iso(found.until),
        "rules": rules_json(found.rules),
        "author": found.author,
        "approver": found.approver,
        "paused_by": found.paused_by,
        "paused_why": found.paused_why,
        "recipients": found.recipients,
        "piloting": found.piloting,
        "wave": found.wave,
        "experiment": found.experiment,
        "created_at": iso(found.created_at),
        "released_at": iso(found.released_at),
        "started_at": iso(found.started_at),
        "finished_at": iso(found.finished_at),
        "settled_at": iso(found.settled_at),
    }


def rules_json(rules: Rules) -> dict[str, object]:
    """All rules, those that ask for nothing too; shares and pilot in percent."""
    plain = {name: getattr(rules, name) for name in Rules.__dataclass_fields__}
    return {
        **plain,
        "starts_at": iso(rules.starts_at),
        "share": [bound / 10 for bound in rules.share],
        "pilot": rules.pilot / 10,
    }


def answer(
    ctx: typer.Context,
    found: Campaign,
    more: Mapping[str, object] | None = None,
    *,
    as_json: bool,
) -> None:
    """Say where a campaign stands after an action; `more` is for scripts."""
    if as_json:
        emit({"campaign": campaign_json(found), **(more or {})})
        return
    _stands(ctx, found)


def answer_all(ctx: typer.Context, found: Sequence[Campaign], *, as_json: bool) -> None:
    """The same of several campaigns."""
    if as_json:
        emit({"campaigns": [campaign_json(each) for each in found]})
        return
    for each in found:
        _stands(ctx, each)


def _stands(ctx: typer.Context, found: Campaign) -> None:
    say = words(options(ctx).lang)
    console().print(f"{say('campaign')} {found.id} '{found.name}': {say(found.state)}")


def change_words(changes: Mapping[str, Sequence[Any]], lang: Lang) -> list[str]:
    """What changes, a line each: what it is, how it was → how it is to be."""
    place = 0 if lang is Lang.EN else 1
    return [
        f"{_FIELDS[name][place]}: {_value(name, was, lang)} → {_value(name, now, lang)}"
        for name, (was, now) in changes.items()
        if name in _FIELDS
    ]


def asked_words(found: Campaign, routes: str, lang: Lang) -> list[str]:
    """What is asked of a campaign, a line each: texts, routes, hours, and rules that say a thing.

    `routes` are its accounts as `routes.told` gives them.
    """
    plain = Rules()
    asked = {
        "purpose": found.purpose,
        "accounts": routes,
        "window": f"{found.opens}-{found.closes}",
        "until": found.until,
        **{
            name: getattr(found.rules, name)
            for name in Rules.__dataclass_fields__
            if getattr(found.rules, name) != getattr(plain, name)
        },
    }
    if found.rules.waves:
        asked["wave_days"] = found.rules.wave_days
    return value_words(asked, lang)


def value_words(values: Mapping[str, Any], lang: Lang) -> list[str]:
    """What is asked, by the names that changes have, a line each."""
    place = 0 if lang is Lang.EN else 1
    told = {name: _FIELDS[name][place] for name in values}
    return [
        f"{told[name][0].upper()}{told[name][1:]}: {_value(name, value, lang)}"
        for name, value in values.items()
    ]


def _value(name: str, value: Any, lang: Lang) -> str:  # noqa: ANN401 - plain, as it was stored
    place = 0 if lang is Lang.EN else 1
    if value is None:
        return _NOTHING[place]
    if isinstance(value, bool):
        return _ANSWERS[value][place]
    if name in {"until", "starts_at"}:
        return local_ms(value)
    if name == "share":
        return f"{value[0] / 10:g}..{value[1] / 10:g} %"
    if name == "pilot":
        return f"{value / 10:g} %"
    told = count(value, lang) if isinstance(value, int) else str(value)
    return told + {"budget": " đ", "error_percent": " %"}.get(name, "")
