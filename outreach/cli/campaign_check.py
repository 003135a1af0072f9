"""`outreach campaign preflight`, `submit` and `approve`: what it costs and what is wrong."""

from decimal import Decimal
from typing import Annotated

import typer

from outreach.campaigns.cost import CostLine
from outreach.campaigns.preflight import Preflight
from outreach.cli.campaign_head import samples_json, show_code, show_head
from outreach.cli.campaign_words import campaign_json
from outreach.cli.faults import REFUSED
from outreach.cli.office import Office, opened
from outreach.cli.options import Json, Options, options
from outreach.cli.output import console, money, progress, show_table
from outreach.cli.plan_words import plan_json, show_plan
from outreach.cli.streams import emit
from outreach.cli.words import count, words
from outreach.domain.campaign import CampaignState
from outreach.store import campaigns

PREFLIGHT = "Example: outreach campaign preflight nov-1"
SUBMIT = "Example: outreach campaign submit nov-1"
APPROVE = "Example: outreach campaign approve nov-1 --code 1a2b3c4d"

_DAYS = 5
"""So much of the plan is shown beside the costs; `campaign plan` shows all of it."""

_Name = Annotated[str, typer.Argument(help="Name or number of the campaign.")]


def preflight(ctx: typer.Context, name: _Name, as_json: Json = False) -> None:
    """Render every recipient's message once: costs, warnings, errors; exit code 1 if any error.

    JSON: campaign, recipients, lines (channel, network, account, messages, parts, cost_dong),
    likely_cost_dong, worst_cost_dong, ceiling_dong, plan (as in `plan`), errors, warnings,
    routes, texts (the sample's: channel, accounts, body and parts, or template and values, or
    fault; most_parts: the longest recipient's), approval_hash, code (for `approve --code`).
    """
    with opened(ctx) as office:
        with progress("preflight") as step:
            checked = office.desk().preflight(name, step)
        _show(checked, options(ctx), as_json=as_json)
    if checked.errors:
        raise typer.Exit(REFUSED)


def submit(ctx: typer.Context, name: _Name, as_json: Json = False) -> None:
    """Ask for approval of a draft that passes its preflight.

    JSON: as `preflight`.
    """
    with opened(ctx) as office:
        user = office.user()
        checked = office.desk().submit(user, name)
        _finish(office, checked, options(ctx), as_json=as_json)


def approve(
    ctx: typer.Context, name: _Name, code: str | None = None, as_json: Json = False
) -> None:
    """Approve exactly what would be sent; somebody else than the author has to.

    JSON: as `preflight`.
    """
    with opened(ctx) as office:
        user = office.user()
        checked = office.desk().approve(user, name, code)
        _finish(office, checked, options(ctx), as_json=as_json)


def _finish(office: Office, checked: Preflight, told: Options, *, as_json: bool) -> None:
    """Tell what was checked, with the campaign's new state."""
    with office.database.read() as conn:
        found = campaigns.get(conn, checked.campaign.id)
    if as_json:
        emit(_json(checked) | {"campaign": campaign_json(found)})
        return
    _tell(checked, told)
    say = words(told.lang)
    console().print(f"{say('campaign')} {found.id} '{found.name}': {say(found.state)}")
    if found.state is CampaignState.AWAITING_APPROVAL:
        show_code(found.name, checked.code, told.lang)


def _show(checked: Preflight, told: Options, *, as_json: bool) -> None:
    if as_json:
        emit(_json(checked))
        return
    _tell(checked, told)
    if checked.errors:
        return
    if checked.campaign.state is CampaignState.AWAITING_APPROVAL:
        show_code(checked.campaign.name, checked.code, told.lang)
    elif checked.campaign.state is CampaignState.DRAFT:
        console().print(words(told.lang)("passed"))


def _json(checked: Preflight) -> dict[str, object]:
    return {
        "campaign": campaign_json(checked.campaign),
        "recipients": checked.recipients,
        "lines": [_line_json(line) for line in _lines(checked)],
        "likely_cost_dong": _dong(checked.likely_cost),
        "worst_cost_dong": _dong(checked.worst_cost),
        "ceiling_dong": _dong(checked.ceiling),
        "plan": plan_json(checked),
        "errors": list(checked.errors),
        "warnings": list(checked.warnings),
        "routes": checked.routes,
        "texts": samples_json(checked),
        "approval_hash": checked.approval_hash,
        "code": checked.code,
    }


def _lines(checked: Preflight) -> list[CostLine]:
    """The lines in the order of the plan's channels, then of networks and accounts."""
    order = [step.channel for step in checked.campaign.steps]
    return sorted(
        checked.lines, key=lambda line: (order.index(line.channel), line.network, line.account)
    )


def _line_json(line: CostLine) -> dict[str, object]:
    return {
        "channel": line.channel.name.lower(),
        "network": line.network.title,
        "account": line.account,
        "messages": line.messages,
        "parts": line.parts,
        "cost_dong": _dong(line.cost),
    }


def _dong(amount: Decimal) -> str:
    """đồng as text, so that no digit is lost."""
    return format(amount, "f")


def _tell(checked: Preflight, told: Options) -> None:
    say = words(told.lang)
    people = count(checked.recipients, told.lang)
    screen = console()
    screen.print(say("preflight", name=checked.campaign.name, count=people))
    show_head(checked, told.lang)
    columns = [say(key) for key in ("channel", "network", "account", "messages", "parts", "cost")]
    show_table(columns, [_row(line, told) for line in _lines(checked)], numeric=[3, 4, 5])
    for key, amount in (
        ("likely", checked.likely_cost),
        ("worst", checked.worst_cost),
        ("ceiling", checked.ceiling),
    ):
        screen.print(f"{say(key)}: {money(amount, told.lang)}")
    show_plan(checked, told.lang, _DAYS)
    for fault in checked.errors:
        screen.print(f"{say('error')}: {fault}", style="red", soft_wrap=True)
    for warning in checked.warnings:
        screen.print(f"{say('warning')}: {warning}", style="yellow", soft_wrap=True)


def _row(line: CostLine, told: Options) -> tuple[str, ...]:
    return (
        line.channel.name.lower(),
        line.network.title,
        line.account,
        count(line.messages, told.lang),
        count(line.parts, told.lang),
        money(line.cost, told.lang),
    )
