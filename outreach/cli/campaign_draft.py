"""`outreach campaign create` and `edit`: what is asked of a campaign before it is submitted."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

import typer

from outreach.campaigns.control import Change, Wish
from outreach.campaigns.draft import ruled as rules_with
from outreach.cli.campaign_options import (
    Accounts,
    Asked,
    Hours,
    Name,
    Until,
    channels_of,
    choices_of,
    moment_of,
    ruled,
    window_of,
)
from outreach.cli.campaign_words import answer, answer_all, change_words, value_words
from outreach.cli.office import Office, opened
from outreach.cli.options import Json, options
from outreach.cli.output import console
from outreach.cli.words import Lang
from outreach.domain.errors import BadInputError
from outreach.domain.rules import Rules
from outreach.store import audit
from outreach.store.campaigns import Campaign

CREATE = "Example: outreach campaign create nov-1 --audience quan-1 --purpose install-guide"
EDIT = "Example: outreach campaign edit nov-1 --window 08:00-20:00 --budget 50000000"

_HALF = 50

_Against = Annotated[
    str | None, typer.Option(help="Other texts to compare with: two campaigns, NAME-a and NAME-b.")
]
_Split = Annotated[
    int | None,
    typer.Option(min=1, max=99, help="With --against: percent that get --purpose; else 50."),
]
_Experiment = Annotated[
    str | None, typer.Option(help="The comparison it belongs to: for the rest, later.")
]


@ruled
def create(
    ctx: typer.Context,
    *,
    name: Annotated[str, typer.Argument(help="What the campaign is called from now on.")],
    audience: Annotated[str, typer.Option(help="Name or number of an imported audience.")],
    purpose: Annotated[str, typer.Option(help="Which texts; see `outreach template list`.")],
    channels: Annotated[str, typer.Option(help="In order: the next is the fallback.")] = "zalo,sms",
    accounts: Accounts = None,
    window: Hours = None,
    until: Until = None,
    begin: Asked,
    pace: Asked,
    against: _Against = None,
    split: _Split = None,
    experiment: _Experiment = None,
    as_json: Json = False,
) -> None:
    """Draft a campaign; nothing is sent before it is submitted, approved and started.

    A comparison on a fifth, and the rest later: --against OTHER --share 0..20, and when
    `campaign compare` has told which is better, --share 20..100 --experiment NAME.
    JSON: campaign (id, name, state, audience, parent, purpose, channels, window, until, rules,
    author, approver, paused_by, paused_why, recipients, piloting, wave, experiment, and the times
    *_at); with --against: campaigns, two of them, each with its part of --budget and --rate.
    """
    _sensible(pace, against, split)
    with opened(ctx) as office:
        wish = Wish(
            name,
            audience,
            purpose,
            channels_of(channels),
            window_of(window) or office.settings.window,
            moment_of("--until", until) if until else None,
            rules_with(Rules(), begin | pace),
            choices_of(accounts),
            experiment,
        )
        _draft(ctx, office, wish, against, split, as_json=as_json)


def _sensible(pace: Asked, against: str | None, split: int | None) -> None:
    """Refuse options that mean nothing without another one."""
    if split is not None and against is None:
        raise BadInputError("--split divides a comparison; name the other texts with --against")
    if "wave_days" in pace and not pace.get("waves"):
        raise BadInputError("--wave-days is the time between reminders; ask for some with --waves")


def _draft(
    ctx: typer.Context,
    office: Office,
    wish: Wish,
    against: str | None,
    split: int | None,
    *,
    as_json: bool,
) -> None:
    user, desk = office.user(), office.desk()
    if against is None:
        answer(ctx, desk.create(user, wish), as_json=as_json)
        return
    made = desk.create_pair(user, wish, against, _HALF if split is None else split)
    answer_all(ctx, made, as_json=as_json)
    if not as_json:
        _tell_parts(made, options(ctx).lang)


def _tell_parts(made: Sequence[Campaign], lang: Lang) -> None:
    """Say what was divided between the campaigns of a comparison."""
    for each in made:
        divided = {"budget": each.rules.budget, "rate": each.rules.rate}
        for line in value_words({n: v for n, v in divided.items() if v is not None}, lang):
            console().print(f"  {each.name}: {line}", soft_wrap=True)


@ruled
def edit(
    ctx: typer.Context,
    *,
    name: Name,
    rename: Annotated[str | None, typer.Option("--name", help="Another name.")] = None,
    purpose: Annotated[
        str | None, typer.Option(help="Other texts; the same again takes them as they are now.")
    ] = None,
    channels: Annotated[
        str | None, typer.Option(help="In order: the next is the fallback.")
    ] = None,
    accounts: Accounts = None,
    window: Hours = None,
    until: Until = None,
    begin: Asked,
    pace: Asked,
    as_json: Json = False,
) -> None:
    """Change a campaign that has not started; it is a draft again, and its approval is void.

    Without options it is only taken back to draft. JSON: campaign, as in `create`; changes
    (what was, what is).
    """
    change = replace(
        changing(window, until, accounts, begin | pace),
        name=rename,
        purpose=purpose,
        channels=channels_of(channels) if channels else (),
    )
    with opened(ctx) as office:
        user = office.user()
        found = office.desk().edit(user, name, change)
        with office.database.read() as conn:
            last = audit.history(conn, f"campaign:{found.id}")[-1]
        changes = last.detail.get("changes", {})
        answer(ctx, found, {"changes": changes}, as_json=as_json)
    if not as_json and isinstance(changes, dict):
        for line in change_words(changes, options(ctx).lang):
            console().print(line, soft_wrap=True)


def changing(window: str | None, until: str | None, accounts: str | None, rules: Asked) -> Change:
    """What the options that edit and amend share ask for."""
    moment = moment_of("--until", until) if until else None
    return Change(
        accounts=choices_of(accounts),
        window=window_of(window),
        until=moment,
        endless=until is not None and moment is None,
        rules=rules,
    )
