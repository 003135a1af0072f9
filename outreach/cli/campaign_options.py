"""The options that say how a campaign goes about its sending, shared by create, edit and amend."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any

import typer

from outreach.campaigns.routes import Choice
from outreach.domain.errors import BadInputError
from outreach.domain.network import Channel
from outreach.domain.rules import Priority
from outreach.domain.window import LOCAL, Window

Asked = dict[str, object]
"""New values of rules, by the fields' names."""

NONE = "none"
_YEARS = range(2000, 2101)

Name = Annotated[str, typer.Argument(help="Name or number of the campaign.")]
Hours = Annotated[
    str | None, typer.Option("--window", help="Local hours within the settings', as 08:00-20:00.")
]
Until = Annotated[
    str | None,
    typer.Option(help="Local time at which what has not left expires, as '2026-12-01 18:00'."),
]
Accounts = Annotated[
    str | None,
    typer.Option(help="Only these, best first: zalo,viettel; or sharing: viettel:70,esms:30."),
]


def ruled(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command rule options in place of its parameters `pace` and `begin`."""
    own = signature(command)
    groups = {name: _GROUPS[name] for name in own.parameters if name in _GROUPS}
    asked = {name: signature(group).parameters for name, group in groups.items()}

    @wraps(command)
    def with_options(**given: Any) -> None:  # noqa: ANN401 - whatever typer read
        told = {
            name: group(**{option: given.pop(option) for option in asked[name]})
            for name, group in groups.items()
        }
        command(**given, **told)

    parameters: list[Parameter] = []
    for each in own.parameters.values():
        parameters += asked[each.name].values() if each.name in asked else [each]
    with_options.__dict__["__signature__"] = own.replace(parameters=parameters)
    return with_options


def _begin(
    *,
    at: Annotated[
        str | None,
        typer.Option(help="Not before this local time, as '2026-11-25 07:00'; 'none': by hand."),
    ] = None,
    pilot: Annotated[
        float | None,
        typer.Option(min=0, max=99.9, help="Percent that go first; then it is held for a look."),
    ] = None,
    share: Annotated[
        str | None, typer.Option(help="Which part of the audience, percent, such as 0..50.")
    ] = None,
) -> Asked:
    """Read the rules that only hold before it begins."""
    return _given(
        starts_at=None if at is None else (when("--at", at),),
        pilot=None if pilot is None else (_thousandths("--pilot", pilot),),
        share=None if share is None else (_share(share),),
    )


def _pace(
    *,
    holidays: Annotated[
        bool | None, typer.Option("--holidays/--no-holidays", help="On public holidays too.")
    ] = None,
    priority: Annotated[
        Priority | None, typer.Option(help="urgent: ahead of the others on the same account.")
    ] = None,
    budget: Annotated[
        int | None, typer.Option(min=0, help="Spending ceiling in đồng; 0: none.")
    ] = None,
    rate: Annotated[
        int | None, typer.Option(min=0, help="Messages a minute at most; 0: as accounts allow.")
    ] = None,
    ramp: Annotated[
        int | None, typer.Option(min=0, help="Minutes in which the pace rises to its height.")
    ] = None,
    pause_on_errors: Annotated[
        int | None,
        typer.Option(min=0, max=99, help="Held above this percent of failures; 0: never."),
    ] = None,
    fallback_after: Annotated[
        int | None,
        typer.Option(min=0, help="Hours undelivered until the next channel; 0: on refusal only."),
    ] = None,
    waves: Annotated[
        int | None, typer.Option(min=0, max=12, help="Reminders to those not reached.")
    ] = None,
    wave_days: Annotated[
        int | None, typer.Option(min=1, max=365, help="Days from one wave to the next.")
    ] = None,
) -> Asked:
    """Read the rules that may be amended."""
    return _given(
        holidays=None if holidays is None else (holidays,),
        priority=None if priority is None else (priority,),
        budget=None if budget is None else (budget or None,),
        rate=None if rate is None else (rate or None,),
        ramp_minutes=None if ramp is None else (ramp,),
        error_percent=None if pause_on_errors is None else (pause_on_errors or None,),
        fallback_hours=None if fallback_after is None else (fallback_after or None,),
        waves=None if waves is None else (waves,),
        wave_days=None if wave_days is None else (wave_days,),
    )


_GROUPS: dict[str, Callable[..., Asked]] = {"begin": _begin, "pace": _pace}


def _given(**values: tuple[object] | None) -> Asked:
    """Those that were said: a tuple of one, because what is said may be None."""
    return {name: value[0] for name, value in values.items() if value is not None}


def when(option: str, told: str) -> int | None:
    """A local time as ms; None for 'none'."""
    moment = moment_of(option, told)
    return None if moment is None else int(moment.timestamp() * 1000)


def moment_of(option: str, told: str) -> datetime | None:
    """A local time; None for 'none'; BadInputError says what was expected."""
    if told.strip().lower() == NONE:
        return None
    try:
        moment = datetime.fromisoformat(told.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo or moment.year not in _YEARS:
        raise BadInputError(
            f"{option} '{told}': expected a local time such as '2026-11-25 07:00' in a year from"
            f" {_YEARS[0]} to {_YEARS[-1]}, without an offset, or none"
        )
    return moment.replace(tzinfo=LOCAL)


def _thousandths(option: str, percent: float) -> int:
    tenths = percent * 10
    if abs(tenths - round(tenths)) > 1e-6:  # 0.1 has no exact float
        raise BadInputError(f"{option} {percent}: expected percent with at most one decimal")
    if percent and not round(tenths):
        raise BadInputError(f"{option} {percent}: expected 0.1 or more, or 0 for none")
    return round(tenths)


def _share(told: str) -> tuple[int, int]:
    first, dots, end = told.partition("..")
    try:
        bounds = float(first), float(end)
    except ValueError:
        bounds = (0.0, 0.0)
    if not dots or not 0 <= bounds[0] < bounds[1] <= 100:
        raise BadInputError(
            f"--share '{told}': expected two percentages from 0 to 100, such as 0..50 or 20..100"
        )
    return _thousandths("--share", bounds[0]), _thousandths("--share", bounds[1])


def channels_of(told: str) -> list[Channel]:
    """Channels by name and comma; BadInputError names those that there are."""
    return [_channel(each) for each in told.split(",")]


def _channel(told: str) -> Channel:
    try:
        return Channel[told.strip().upper()]
    except KeyError:
        known = ", ".join(channel.name.lower() for channel in Channel)
        raise BadInputError(f"--channels: no channel is called '{told}'; known: {known}") from None


def window_of(told: str | None) -> Window | None:
    """Hours of a day, if any were said; BadInputError says what was expected."""
    if told is None:
        return None
    try:
        return Window.parse(told)
    except ValueError as fault:
        raise BadInputError(f"--window: {fault}") from None


def choices_of(told: str | None) -> Sequence[Choice]:
    """Accounts by name and comma, some with a weight."""
    return () if told is None else [Choice.parse(each) for each in told.split(",")]
