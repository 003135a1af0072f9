"""What people do with a campaign: create, submit, approve, start, hold, end, send again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from outreach.campaigns.preflight import Preflight, preflight
from outreach.campaigns.templates import TemplateSet
from outreach.domain.campaign import CampaignAction, CampaignState, permit
from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.domain.message import State
from outreach.domain.msisdn import mask_text
from outreach.domain.network import Channel, Network
from outreach.domain.window import Window
from outreach.settings import Settings
from outreach.store import audiences, audit, campaigns, planning, tally
from outreach.store.audiences import READY
from outreach.store.campaigns import Campaign, Step
from outreach.store.database import Database
from outreach.store.users import User

RESENDABLE = frozenset({State.FAILED, State.EXPIRED, State.UNDELIVERED, State.REJECTED})
"""Results after which nobody has the message; `unknown` needs its number confirmed."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What an operator asks a new campaign to be."""

    name: str
    audience: str
    purpose: str
    channels: Sequence[Channel]
    window: Window
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Where people's actions on campaigns are done and written down."""

    settings: Settings
    database: Database
    numbers: dict[str, int]

    def create(self, user: User, wish: Wish) -> Campaign:
        """Draft a campaign on a finished audience."""
        permit(user.role, CampaignAction.EDIT)
        self._within_the_law(wish.window)
        words = TemplateSet.load(self.settings.templates, wish.purpose)
        with self.database.write() as conn:
            audience = audiences.find(conn, wish.audience)
            if audience.state != READY:
                raise BadInputError(
                    f"audience '{audience.name}' is still being imported; wait for it, or import"
                    " the file again if the import was interrupted"
                )
            return self._draft(conn, user, self._campaign(user, wish, audience.id, words))

    def resend(
        self, user: User, parent_name: str, name: str, states: Sequence[State], unknowns: int | None
    ) -> Campaign:
        """Draft a campaign for those of an earlier one whose result is among `states`.

        Sending to the unknown again may reach people twice: their number must be said.
        """
        permit(user.role, CampaignAction.EDIT)
        with self.database.write() as conn:
            parent = campaigns.find(conn, parent_name)
            if parent.state not in {CampaignState.FINISHED, CampaignState.SETTLED}:
                raise NotAllowedError(
                    f"campaign '{parent.name}' is {parent.state}; it can be sent again when it has"
                    " finished"
                )
            self._confirm(conn, parent, states, unknowns)
            child = replace(
                parent,
                name=name,
                state=CampaignState.DRAFT,
                parent=parent.id,
                parent_states=tuple(int(state) for state in states),
                until=None,  # the parent's is past, or will be before this one has begun
                author=user.name,
                created_at=self._now(),
            )
            return self._draft(conn, user, child)

    def preflight(self, name: str, progress: Callable[[int, int], None] | None = None) -> Preflight:
        """Check a campaign and say what it would cost; changes nothing."""
        with self.database.read() as conn:
            return preflight(conn, self.settings, campaigns.find(conn, name), progress)

    def submit(self, user: User, name: str) -> Preflight:
        """Ask for approval of a campaign that passes its checks."""
        permit(user.role, CampaignAction.SUBMIT)
        checked = self._passed(name)
        self._act(user, name, CampaignAction.SUBMIT, checked.costs())
        return checked

    def approve(self, user: User, name: str) -> Preflight:
        """Bind a second person's word to exactly what would be sent."""
        permit(user.role, CampaignAction.APPROVE)
        with self.database.read() as conn:
            campaign = campaigns.find(conn, name)
        if campaign.author == user.name:
            raise NotAllowedError(
                f"'{user.name}' wrote campaign '{campaign.name}'; somebody else has to approve it"
            )
        checked = self._passed(name)
        self._act(
            user,
            name,
            CampaignAction.APPROVE,
            checked.costs(),
            approver=user.name,
            approved_hash=checked.approval_hash,
        )
        return checked

    def start(
        self, user: User, name: str, progress: Callable[[int, int], None] | None = None
    ) -> Campaign:
        """Make the messages and let the engine send; refused if anything approved has changed."""
        permit(user.role, CampaignAction.START)
        with self.database.read() as conn:
            campaign = campaigns.find(conn, name)
        if campaign.state is CampaignState.SCHEDULED:
            checked = self._passed(name)
            if checked.approval_hash != campaign.approved_hash:
                raise NotAllowedError(
                    f"campaign '{campaign.name}' is not what was approved: its audience, words,"
                    " routes, limits or prices changed since; edit and submit it anew"
                )
            self._plan(campaign, checked.recipients, progress)
        return self._act(user, name, CampaignAction.START, started_at=self._now())

    def pause(self, user: User, name: str, why: str) -> Campaign:
        """Hold a campaign; what is in flight is answered first."""
        told = mask_text("".join(char for char in why if char.isprintable()))
        return self._act(user, name, CampaignAction.PAUSE, paused_by=user.name, paused_why=told)

    def resume(self, user: User, name: str) -> Campaign:
        """Let a held campaign go on."""
        return self._act(user, name, CampaignAction.RESUME, paused_by=None, paused_why=None)

    def cancel(self, user: User, name: str) -> Campaign:
        """End a campaign for good; what has not left never will."""
        return self._act(user, name, CampaignAction.CANCEL)

    def edit(self, user: User, name: str) -> Campaign:
        """Take a campaign back to draft; an approval that it had is void."""
        return self._act(user, name, CampaignAction.EDIT, approver=None, approved_hash=None)

    def _now(self) -> int:
        return int(self.settings.clock().timestamp() * 1000)

    def _act(
        self,
        user: User,
        name: str,
        action: CampaignAction,
        detail: Mapping[str, object] | None = None,
        **columns: object,
    ) -> Campaign:
        permit(user.role, action)
        with self.database.write() as conn:
            campaign = campaigns.find(conn, name)
            campaigns.act(conn, campaign, action, user.name, self._now(), detail, **columns)
            return campaigns.get(conn, campaign.id)

    def _draft(self, conn: Connection, user: User, campaign: Campaign) -> Campaign:
        number = campaigns.create(conn, campaign)
        detail = {"name": campaign.name, "audience": campaign.audience}
        entry = audit.Entry(self._now(), user.name, "campaign.create", f"campaign:{number}", detail)
        audit.write(conn, entry)
        return campaigns.get(conn, number)

    def _campaign(self, user: User, wish: Wish, audience: int, words: TemplateSet) -> Campaign:
        return Campaign(
            id=0,
            name=wish.name,
            state=CampaignState.DRAFT,
            audience=audience,
            parent=None,
            parent_states=(),
            purpose=wish.purpose,
            message_class=words.message_class,
            template=words.to_dict(),
            steps=tuple(self._step(channel) for channel in wish.channels),
            opens=wish.window.opens.isoformat("minutes"),
            closes=wish.window.closes.isoformat("minutes"),
            until=None if wish.until is None else int(wish.until.timestamp() * 1000),
            author=user.name,
            approver=None,
            approved_hash=None,
            paused_by=None,
            paused_why=None,
            recipients=0,
            planned_to=0,
            created_at=self._now(),
            started_at=None,
            finished_at=None,
            settled_at=None,
        )

    def _within_the_law(self, window: Window) -> None:
        """A campaign may keep shorter hours than the installation, never longer ones."""
        widest = self.settings.window
        if window.opens < widest.opens or window.closes > widest.closes:
            raise BadInputError(
                f"window {window} reaches beyond {widest}, the hours that config/outreach.toml"
                " allows; choose a shorter one"
            )

    def _step(self, channel: Channel) -> Step:
        """The accounts of a channel for each network, in the order of preference."""
        serving = [a for a in self.settings.accounts if a.channel is channel]
        if not serving:
            raise BadInputError(f"no account in config/accounts/ has channel {channel.name}")
        routes: dict[Network, tuple[int, ...]] = {
            network: tuple(self.numbers[a.name] for a in serving if network in a.networks)
            for network in Network
            if network is not Network.UNKNOWN
        }
        return Step(channel, routes)

    def _passed(self, name: str) -> Preflight:
        checked = self.preflight(name)
        if checked.errors:
            raise NotAllowedError(
                f"campaign '{name}' does not pass its preflight: " + "; ".join(checked.errors)
            )
        return checked

    def _plan(
        self, campaign: Campaign, expected: int, progress: Callable[[int, int], None] | None
    ) -> None:
        """Make the messages, going on where an earlier start was interrupted."""
        planned: Campaign | None = campaign
        while planned is not None:
            with self.database.write(steady=True) as conn:
                # Read anew: somebody else may be starting it at the same time.
                planned = planning.plan_window(conn, campaigns.get(conn, campaign.id))
            if planned is not None and progress:
                progress(planned.recipients, expected)

    @staticmethod
    def _confirm(
        conn: Connection, parent: Campaign, states: Sequence[State], unknowns: int | None
    ) -> None:
        for state in states:
            if state not in RESENDABLE | {State.UNKNOWN, State.UNCONFIRMED}:
                raise BadInputError(f"those whose result is '{state.label}' cannot be sent again")
        doubtful = {State.UNKNOWN, State.UNCONFIRMED} & set(states)
        figures = tally.figures(conn, parent.id)
        found = sum(
            figure.messages
            for figure in figures
            if figure.group.state in doubtful and figure.group.result
        )
        if doubtful and unknowns != found:
            raise NotAllowedError(
                f"{found} people of '{parent.name}' may have the message already and would get it"
                f" twice; to send to them all the same, say so with --confirm-unknown {found}"
            )
