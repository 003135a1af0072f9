"""`outreach campaign plan`: day by day and account by account, before anybody approves it."""

from typing import Annotated

import typer

from outreach.cli.campaign_words import campaign_json
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import progress
from outreach.cli.plan_words import plan_json, show_plan
from outreach.cli.streams import emit
from outreach.domain.campaign import CampaignState
from outreach.domain.errors import NotAllowedError
from outreach.store.campaigns import Campaign

_BEFORE = {CampaignState.DRAFT, CampaignState.AWAITING_APPROVAL, CampaignState.SCHEDULED}

EPILOG = "Example: outreach campaign plan nov-1 --days 14"


def plan(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name or number of the campaign.")],
    days: Annotated[
        int | None, typer.Option(min=1, help="Print so many days; without it all of them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say when a campaign that has not begun would be sent, and what would not fit.

    It counts limits, quotas, hours, holidays, prices, the campaign's own rules, and what other
    campaigns have waiting on the same accounts. It takes for granted that carriers answer in time
    and throttle nothing.

    JSON: campaign, plan (starts_at, ends_at, worst_ends_at, days (day, account, messages, parts,
    cost_dong), does_not_fit and worst_does_not_fit (account: messages), cautions (en, vi)).
    """
    with opened(ctx) as office, progress("plan") as step:
        desk = office.desk()
        _not_begun(desk.find(name))
        checked = desk.preflight(name, step)
    if as_json:
        emit({"campaign": campaign_json(checked.campaign), "plan": plan_json(checked)})
    else:
        show_plan(checked, options(ctx).lang, days)


def _not_begun(campaign: Campaign) -> None:
    """Refuse what would be planned as if nothing of it had gone."""
    if campaign.state not in _BEFORE:
        raise NotAllowedError(
            f"campaign '{campaign.name}' is {campaign.state}; a plan is of what has not begun:"
            f" what is left of it is in outreach campaign status {campaign.name}"
        )
