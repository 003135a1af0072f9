"""Amendments: a campaign that has begun is held, changed with a second person's word, let go on."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from outreach.campaigns import approval
from outreach.campaigns.draft import Change, applied, changed, differences
from outreach.campaigns.drafting import account_names, for_people
from outreach.campaigns.means import Means, Progress
from outreach.campaigns.outlook import Outlook, outlook
from outreach.domain.campaign import (
    CampaignAction,
    CampaignState,
    approval_hash,
    moved,
    permit,
)
from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.store import allowance, amendments, campaigns, rerouting
from outreach.store.amendments import Amendment, AmendmentState, Changes
from outreach.store.campaigns import Campaign
from outreach.store.users import User

FIXED = frozenset({"name", "purpose", "words", "share", "pilot", "starts_at"})
"""What has begun to be sent cannot be otherwise: another campaign can."""

_WHO_FALLS_BACK = frozenset({"fallback_hours", "routes"})
"""What decides for whom the next channel takes over, and when."""

WAITS = "an amendment waits for approval"
"""Why a campaign is held that was running when somebody proposed."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An amendment, the campaign as it stands, and what is ahead of it."""

    amendment: Amendment
    campaign: Campaign
    changes: Changes
    """What differs, for people."""
    outlook: Outlook

    @property
    def code(self) -> str:
        """What an approver types to say what was looked at."""
        return approval.code(self.amendment.hash)


def propose(
    means: Means, user: User, name: str, change: Change, progress: Progress | None = None
) -> Proposal:
    """Hold a campaign and ask that it be changed; it goes on when that is decided.

    It is held before what is ahead of it is worked out: for other routes that takes minutes.
    """
    permit(user.role, CampaignAction.AMEND)
    with means.database.write() as conn:
        before = campaigns.find(conn, name)
        moved(before.state, CampaignAction.AMEND)
        after = _wished(means, before, change)
        changes = differences(before, after, account_names(conn))
        _amendable(before, changes)
        told = _hold(means, conn, user, before, changes)
        held = campaigns.get(conn, before.id)
    try:
        ahead = outlook(means, before, after, progress)
    except NotAllowedError as fault:
        withdraw(means, user, name)
        raise NotAllowedError(f"{fault}; it is held, and goes on when it is resumed") from None
    return Proposal(told, held, for_people(changes), ahead)


def _wished(means: Means, campaign: Campaign, change: Change) -> Campaign:
    """What a campaign is to be; its start is past, and not asked about again."""
    begun = replace(campaign, rules=campaign.rules.but(starts_at=None))
    after = changed(means, begun, change)
    if "starts_at" in change.rules:
        return after
    return replace(after, rules=after.rules.but(starts_at=campaign.rules.starts_at))


def _amendable(campaign: Campaign, changes: Changes) -> None:
    if not changes:
        raise BadInputError(
            f"nothing of campaign '{campaign.name}' would change; say what is to be otherwise,"
            " such as --window or --budget"
        )
    if fixed := sorted(FIXED & changes.keys()):
        raise BadInputError(
            f"{', '.join(fixed)} of a campaign that has begun stays; cancel it and make another"
        )


def _alone(conn: Connection, campaign: Campaign) -> None:
    waiting = amendments.open_of(conn, campaign.id)
    if waiting is not None:
        raise NotAllowedError(
            f"amendment {waiting.id} of campaign '{campaign.name}' waits for approval already;"
            f" take it back first: outreach campaign amend {campaign.name} --withdraw"
        )


def _hold(
    means: Means, conn: Connection, user: User, campaign: Campaign, changes: Changes
) -> Amendment:
    """Store the proposal and hold the campaign; whoever held it before stays the one who did."""
    target = moved(campaign.state, CampaignAction.AMEND)
    held = {} if campaign.state is target else {"paused_by": user.name, "paused_why": WAITS}
    campaigns.move(conn, campaign, target, **held)
    _alone(conn, campaign)  # after the move: whoever proposes at the same time has waited for it
    told = Amendment(0, campaign.id, means.now(), user.name, changes, _hash(campaign.id, changes))
    number = amendments.propose(conn, told)
    detail = {"amendment": number, "changes": for_people(changes)}
    means.note(conn, user, "amend", campaign.id, detail)
    return replace(told, id=number)


def _hash(campaign: int, changes: Changes) -> str:
    """Bind an approval to a campaign and to exactly what it changes."""
    plain = {name: list(pair) for name, pair in changes.items()}
    return approval_hash({"campaign": campaign, "changes": plain})


def proposed(means: Means, name: str, progress: Progress | None = None) -> Proposal | None:
    """The proposal that waits for a decision, if there is one; changes nothing."""
    with means.database.read() as conn:
        campaign = campaigns.find(conn, name)
        waiting = amendments.open_of(conn, campaign.id)
        if waiting is None:
            return None
        after = applied(campaign, waiting.changes)
        changes = differences(campaign, after, account_names(conn))
        if _hash(campaign.id, changes) != waiting.hash:
            raise NotAllowedError(
                f"amendment {waiting.id} is not of campaign '{campaign.name}' as it stands;"
                f" propose anew: outreach campaign amend {campaign.name} --withdraw"
            )
    ahead = outlook(means, campaign, after, progress)
    return Proposal(waiting, campaign, for_people(changes), ahead)


def approve(
    means: Means, user: User, name: str, code: str | None = None, progress: Progress | None = None
) -> Proposal:
    """Change the campaign as proposed; somebody else than the proposal's author has to."""
    permit(user.role, CampaignAction.APPROVE)
    found = proposed(means, name, progress)
    if found is None:
        raise NotAllowedError(f"nothing of campaign '{name}' waits for approval")
    amendment = found.amendment
    if amendment.author == user.name:
        raise NotAllowedError(
            f"'{user.name}' proposed amendment {amendment.id}; somebody else has to approve it"
        )
    approval.still(amendment.hash, code, f"amendment of campaign '{found.campaign.name}'")
    with means.database.write() as conn:
        campaign = campaigns.get(conn, amendment.campaign)
        if campaign.state is not CampaignState.PAUSED:
            raise NotAllowedError(
                f"campaign '{campaign.name}' is {campaign.state}; it is changed while it is held"
            )
        after = replace(
            applied(campaign, amendment.changes),
            approver=user.name,
            approved_hash=amendment.hash,
            paused_why=_told_of(campaign, amendment, AmendmentState.APPROVED),
        )
        amendments.decide(conn, amendment, AmendmentState.APPROVED, user.name, means.now())
        if after.rules.fallback_hours and amendment.changes.keys() & _WHO_FALLS_BACK:
            amendments.look_anew(conn, campaign.id, means.now())
        allowance.strike(conn, campaign.id)
        campaigns.move(conn, campaign, CampaignState.PAUSED, **campaigns.different(campaign, after))
        detail = {
            "amendment": amendment.id,
            "changes": found.changes,
            "dearest_dong": format(found.outlook.dearest, "f"),
            "ceiling_dong": format(found.outlook.ceiling, "f"),
        }
        means.note(conn, user, "approve", campaign.id, detail)
    campaign = means.find(str(amendment.campaign))
    move_routes(means, campaign, progress)
    return replace(found, campaign=campaign)


def withdraw(means: Means, user: User, name: str) -> Campaign:
    """Take a proposal back; the campaign stays held until it is resumed."""
    permit(user.role, CampaignAction.AMEND)
    with means.database.write() as conn:
        campaign = campaigns.find(conn, name)
        dropped = drop(means, conn, user, campaign)
        if dropped is None:
            raise NotAllowedError(
                f"no amendment of campaign '{campaign.name}' waits for approval;"
                " there is nothing to withdraw"
            )
        why = _told_of(campaign, dropped, AmendmentState.WITHDRAWN)
        campaigns.move(conn, campaign, campaign.state, paused_why=why)
        return campaigns.get(conn, campaign.id)


def _told_of(campaign: Campaign, amendment: Amendment, state: AmendmentState) -> str | None:
    """Why a campaign stays held once an amendment is decided."""
    told = f"amendment {amendment.id} is {state}; it goes on when it is resumed"
    return told if campaign.paused_why == WAITS else campaign.paused_why


def drop(means: Means, conn: Connection, user: User, campaign: Campaign) -> Amendment | None:
    """Close the proposal that waits, if there is one, and write down who did; returns it."""
    waiting = amendments.open_of(conn, campaign.id)
    if waiting is None:
        return None
    amendments.decide(conn, waiting, AmendmentState.WITHDRAWN, user.name, means.now())
    means.note(conn, user, "withdraw", campaign.id, {"amendment": waiting.id})
    return waiting


def move_routes(means: Means, campaign: Campaign, progress: Progress | None = None) -> int:
    """Take what has not started to the accounts of the present routes; returns how much moved."""
    with means.database.read() as conn:
        approved = [
            each
            for each in amendments.of(conn, campaign.id)
            if each.state is AmendmentState.APPROVED and "routes" in each.changes
        ]
    if not approved:
        return 0
    done, some = 0, 1
    while some:
        with means.database.write() as conn:
            some = rerouting.move_some(conn, campaign, campaign.steps)
        done += some
        if progress:
            progress(done, campaign.recipients)
    return done
