"""What people do with a campaign: create, submit, approve, start, hold, change, end, send again."""

from collections.abc import Sequence
from dataclasses import dataclass

from outreach.campaigns import amending, approval, drafting, launching, resending, typed
from outreach.campaigns.amending import Proposal
from outreach.campaigns.draft import Change, Wish
from outreach.campaigns.launching import passed
from outreach.campaigns.means import Means, Progress
from outreach.campaigns.preflight import Preflight, preflight
from outreach.domain.campaign import CampaignAction, moved, permit
from outreach.domain.errors import NotAllowedError
from outreach.domain.message import State
from outreach.store import campaigns
from outreach.store.campaigns import Campaign
from outreach.store.users import User

__all__ = ["Change", "Desk", "Wish"]

_AS_IT_IS = Change()


@dataclass(frozen=True, slots=True)
class Desk(Means):
    """Where people's actions on campaigns are done and written down."""

    def create(self, user: User, wish: Wish) -> Campaign:
        """Draft a campaign on a finished audience."""
        return drafting.create(self, user, wish)

    def create_pair(
        self, user: User, wish: Wish, against: str, split: int
    ) -> tuple[Campaign, Campaign]:
        """Draft two campaigns that compare two texts; `split` percent get the wish's own."""
        return drafting.create_pair(self, user, wish, against, split)

    def edit(self, user: User, name: str, change: Change = _AS_IT_IS) -> Campaign:
        """Take a campaign back to draft, changed or not; an approval that it had is void."""
        return drafting.edit(self, user, name, change)

    def resend(
        self, user: User, parent_name: str, name: str, states: Sequence[State], unknowns: int | None
    ) -> Campaign:
        """Draft a campaign for those of an earlier one whose result is among `states`."""
        return resending.resend(self, user, parent_name, name, states, unknowns)

    def preflight(self, name: str, progress: Progress | None = None) -> Preflight:
        """Check a campaign and say what it would cost; changes nothing."""
        return preflight(self.database, self.settings, self.find(name), progress)

    def submit(self, user: User, name: str) -> Preflight:
        """Ask for approval of a campaign that passes its checks."""
        permit(user.role, CampaignAction.SUBMIT)
        campaign = self.find(name)
        moved(campaign.state, CampaignAction.SUBMIT)
        drafting.unplan(self, campaign.id)  # what an interrupted start and edit left
        resending.still_alone(self, campaign)
        resending.still_confirmed(self, campaign)
        checked = passed(self, self.find(name))
        self.act(user, name, CampaignAction.SUBMIT, checked.costs())
        return checked

    def approve(self, user: User, name: str, code: str | None = None) -> Preflight:
        """Bind a second person's word to exactly what would be sent, and was looked at (`code`)."""
        permit(user.role, CampaignAction.APPROVE)
        campaign = self.find(name)
        moved(campaign.state, CampaignAction.APPROVE)
        if campaign.author == user.name:
            raise NotAllowedError(
                f"'{user.name}' wrote campaign '{campaign.name}'; somebody else has to approve it"
            )
        resending.still_alone(self, campaign)
        checked = passed(self, campaign)
        approval.still(checked.approval_hash, code, f"campaign '{campaign.name}'")
        self.act(
            user,
            name,
            CampaignAction.APPROVE,
            checked.costs(),
            approver=user.name,
            approved_hash=checked.approval_hash,
        )
        return checked

    def start(self, user: User, name: str, progress: Progress | None = None) -> Campaign:
        """Make the messages; send now, or at the time that the rules set.

        Refused if anything approved has changed.
        """
        return launching.start(self, user, name, progress)

    def pause(self, user: User, name: str, why: str) -> Campaign:
        """Hold a campaign; what is in flight is answered first."""
        told = typed.sentence("--why", why)
        return self.act(user, name, CampaignAction.PAUSE, paused_by=user.name, paused_why=told)

    def resume(self, user: User, name: str, progress: Progress | None = None) -> Campaign:
        """Let a held campaign go on; after its pilot this is the go for everybody."""
        return launching.resume(self, user, name, progress)

    def cancel(self, user: User, name: str) -> Campaign:
        """End a campaign for good; what has not left never will."""
        permit(user.role, CampaignAction.CANCEL)
        with self.database.write() as conn:
            campaign = campaigns.find(conn, name)
            campaigns.act(conn, campaign, CampaignAction.CANCEL, user.name, self.now())
            amending.drop(self, conn, user, campaign)
            return campaigns.get(conn, campaign.id)

    def amend(
        self, user: User, name: str, change: Change, progress: Progress | None = None
    ) -> Proposal:
        """Hold a campaign that has begun, and ask that it be changed."""
        return amending.propose(self, user, name, change, progress)

    def proposed(self, name: str, progress: Progress | None = None) -> Proposal | None:
        """The amendment that waits for a decision, if there is one; changes nothing."""
        return amending.proposed(self, name, progress)

    def approve_amendment(
        self, user: User, name: str, code: str | None = None, progress: Progress | None = None
    ) -> Proposal:
        """Change a held campaign as proposed; it goes on when it is resumed."""
        return amending.approve(self, user, name, code, progress)

    def withdraw(self, user: User, name: str) -> Campaign:
        """Take an amendment back; the campaign stays held until it is resumed."""
        return amending.withdraw(self, user, name)
