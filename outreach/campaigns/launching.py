"""Starting campaigns, now or at their time, and letting held ones go on."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection

from outreach.campaigns import amending
from outreach.campaigns.means import Means, Progress
from outreach.campaigns.preflight import Preflight, preflight
from outreach.domain.campaign import CampaignAction, CampaignState, moved, permit
from outreach.domain.errors import NotAllowedError
from outreach.domain.message import State
from outreach.domain.window import LOCAL
from outreach.store import amendments, audit, campaigns, pilots, planning
from outreach.store.campaigns import Campaign
from outreach.store.users import User

PILOT_HELD = "pilot:"
"""How the engine's reason begins when it holds a campaign after its pilot."""


def passed(means: Means, campaign: Campaign, progress: Progress | None = None) -> Preflight:
    """The preflight of a campaign; NotAllowedError says why it does not pass."""
    checked = preflight(means.database, means.settings, campaign, progress)
    if checked.errors:
        raise NotAllowedError(
            f"campaign '{campaign.name}' does not pass its preflight: " + "; ".join(checked.errors)
        )
    return checked


def start(means: Means, user: User, name: str, progress: Progress | None) -> Campaign:
    """Make the messages; send now, or at the time that the rules set."""
    permit(user.role, CampaignAction.START)
    campaign = means.find(name)
    moved(campaign.state, CampaignAction.START)
    starts_at, now = campaign.rules.starts_at, means.now()
    later = starts_at is not None and starts_at > now
    if later and campaign.released_at is not None:
        raise NotAllowedError(
            f"campaign '{campaign.name}' is released already and starts by itself on"
            f" {_local(starts_at)}; `campaign edit` takes it back to draft"
        )
    checked = passed(means, campaign)
    if checked.approval_hash != campaign.approved_hash:
        raise NotAllowedError(
            f"campaign '{campaign.name}' is not what was approved: its audience, words,"
            " routes, limits or prices changed since; edit and submit it anew"
        )
    _plan(means, campaign, checked.recipients, progress)
    if later:
        return _release(means, user, campaign)
    return means.act(user, name, CampaignAction.START, started_at=now)


def _release(means: Means, user: User, campaign: Campaign) -> Campaign:
    """Let the engine start a campaign at its time."""
    with means.database.write() as conn:
        campaigns.move(conn, campaign, CampaignState.SCHEDULED, released_at=means.now())
        means.note(conn, user, "release", campaign.id, {"starts_at": campaign.rules.starts_at})
        return campaigns.get(conn, campaign.id)


def _plan(means: Means, campaign: Campaign, expected: int, progress: Progress | None) -> None:
    """Make the messages, going on where an earlier start was interrupted."""
    planned: Campaign | None = campaign
    while planned is not None:
        with means.database.write(steady=True) as conn:
            # Read anew: somebody else may be starting it, or taking it back, at the same time.
            found = campaigns.get(conn, campaign.id)
            moved(found.state, CampaignAction.START)
            planned = planning.plan_window(conn, found)
        if planned is not None and progress:
            progress(planned.recipients, expected)


def resume(means: Means, user: User, name: str, progress: Progress | None) -> Campaign:
    """Let a held campaign go on; after a look at its pilot this is the go for all."""
    permit(user.role, CampaignAction.RESUME)
    campaign = means.find(name)
    moved(campaign.state, CampaignAction.RESUME)
    amending.move_routes(means, campaign, progress)
    with means.database.write() as conn:
        campaign = campaigns.find(conn, name)
        go = held_after_pilot(campaign)
        campaigns.act(
            conn,
            campaign,
            CampaignAction.RESUME,
            user.name,
            means.now(),
            {"pilot": pilot_told(conn, campaign)} if go else None,
            paused_by=None,
            paused_why=None,
            piloting=int(campaign.piloting and not go),
        )
        _decided(conn, campaign)  # after the move: whoever proposes at the same time has to wait
        return campaigns.get(conn, campaign.id)


def held_after_pilot(campaign: Campaign) -> bool:
    """Whether the engine holds it for a look at its pilot; another pause lets the pilot go on."""
    return (
        campaign.piloting
        and campaign.state is CampaignState.PAUSED
        and campaign.paused_by == audit.ENGINE
        and (campaign.paused_why or "").startswith(PILOT_HELD)
    )


def pilot_told(conn: Connection, campaign: Campaign) -> Mapping[str, int]:
    """How many people of the pilot have each result, by the states' labels."""
    found = pilots.results(conn, campaign)
    return {state.label: found[state] for state in State if state in found}


def _decided(conn: Connection, campaign: Campaign) -> None:
    waiting = amendments.open_of(conn, campaign.id)
    if waiting is not None:
        raise NotAllowedError(
            f"amendment {waiting.id} of campaign '{campaign.name}' waits for approval; have it"
            f" approved, or take it back: outreach campaign amend {campaign.name} --withdraw"
        )


def _local(ms: int | None) -> str:
    return f"{datetime.fromtimestamp((ms or 0) / 1000, UTC).astimezone(LOCAL):%Y-%m-%d %H:%M}"
