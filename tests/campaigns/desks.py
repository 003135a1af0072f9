"""A desk on a real database, with invented people, and a clock that a test moves."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import text

from outreach import settings
from outreach.campaigns.control import Desk, Wish
from outreach.domain.campaign import CampaignAction, CampaignState, Role
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import Event, State
from outreach.domain.network import Channel, Network
from outreach.domain.rules import Rules
from outreach.domain.window import LEGAL
from outreach.settings import Account, Settings
from outreach.store import accounts, audiences, audit, campaigns, messages, tally
from outreach.store.audiences import Audience
from outreach.store.bulk import Row
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from outreach.store.messages import Change
from outreach.store.users import User
from tests.cli.shell import ENVIRON

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
"""12:00 in Ho Chi Minh City, on a Friday."""
AN, LAN = User("an", Role.OPERATOR), User("lan", Role.OPERATOR)
BINH, QUAN = User("binh", Role.APPROVER), User("quan", Role.ADMIN)
GUIDE = Rules(skips_registered=True)
"""What the install guide asks of a campaign by itself."""
NETWORKS = [(Network.VIETTEL, 86), (Network.VIETTEL, 86), (Network.MOBIFONE, 90)]


@cache
def installed() -> Settings:
    """The settings as they are delivered."""
    return settings.load(ROOT / "config", ENVIRON)


_EVENTS = {
    State.ACCEPTED: (Event.ACCEPT,),
    State.DELIVERED: (Event.ACCEPT, Event.DELIVERED),
    State.UNDELIVERED: (Event.ACCEPT, Event.UNDELIVERED),
    State.UNCONFIRMED: (Event.ACCEPT, Event.DEADLINE),
    State.REJECTED: (Event.REFUSE,),
    State.FAILED: (Event.SPEND,),
    State.UNKNOWN: (Event.LOSE,),
    State.EXPIRED: (Event.EXPIRE,),
}


@dataclass(slots=True)
class Place:
    """Where a test's people act."""

    database: Database
    now: datetime = NOON
    carriers: tuple[Account, ...] = ()

    @property
    def desk(self) -> Desk:
        """The desk, with the accounts as they are configured at this moment."""
        usual = installed()
        known = replace(usual, accounts=self.carriers or usual.accounts, clock=lambda: self.now)
        with self.database.write() as conn:
            numbers = accounts.register(conn, [(a.name, a.channel) for a in known.accounts])
        return Desk(known, self.database, numbers)

    def pass_(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def people(self, size: int, name: str = "people") -> None:
        """Store an audience: two thirds on Viettel, a third on MobiFone."""
        rows: list[Row] = []
        for n in range(size):
            network, prefix = NETWORKS[n % len(NETWORKS)]
            msisdn = 84_000_000_000 + prefix * 10_000_000 + n
            rows.append((msisdn, int(network), None, None, json.dumps({"full_name": "Lê An"})))
        with self.database.write() as conn:
            number = audiences.create(conn, Audience(0, name, "-", "-", "", 0, 0, 0, 0, "an"))
            audiences.add_recipients(conn, number, 1, rows)
            audiences.progress(conn, number, size, size, audiences.READY)

    def wish(self, name: str = "c", **more: object) -> Wish:
        """A plain wish, but for what a test changes."""
        plain = Wish(name, "people", "install-guide", [Channel.ZALO, Channel.SMS], LEGAL)
        return replace(plain, **more)  # type: ignore[arg-type]

    def approved(self, name: str = "c", **more: object) -> Campaign:
        """A campaign that may be started."""
        self.desk.create(AN, self.wish(name, **more))
        self.desk.submit(AN, name)
        self.desk.approve(BINH, name)
        return self.desk.find(name)

    def running(self, name: str = "c", **more: object) -> Campaign:
        """A campaign with its messages, none of them sent."""
        self.approved(name, **more)
        return self.desk.start(AN, name)

    def engine(self, name: str, action: CampaignAction, **columns: object) -> Campaign:
        """Let the engine act on a campaign."""
        with self.database.write() as conn:
            found = campaigns.find(conn, name)
            now = int(self.now.timestamp() * 1000)
            campaigns.act(conn, found, action, audit.ENGINE, now, None, **columns)
            return campaigns.get(conn, found.id)

    def results(self, campaign: Campaign, *states: State) -> None:
        """Give the first people of a campaign these results, one each, without sending."""
        with self.database.write() as conn:
            base = campaign.id * CAMPAIGN_SPAN
            for n, state in enumerate(states, 1):
                events = [Change(base + n, event) for event in _EVENTS[state]]
                messages.apply(conn, events, 20261120)

    def ended(self, campaign: Campaign) -> Campaign:
        """Call a campaign finished, whatever is left of it."""
        assert campaign.state is CampaignState.RUNNING
        return self.engine(campaign.name, CampaignAction.FINISH, finished_at=0)

    def counts(self, campaign: Campaign) -> dict[State, int]:
        """How many messages of a campaign are in each state, one by one."""
        with self.database.read() as conn:
            rows = conn.execute(
                text("SELECT state, COUNT(*) FROM message WHERE id > :a AND id < :b GROUP BY 1"),
                {"a": campaign.id * CAMPAIGN_SPAN, "b": (campaign.id + 1) * CAMPAIGN_SPAN},
            )
            return {State(state): count for state, count in rows}

    def tallied(self, campaign: Campaign) -> dict[State, int]:
        """The same by the running figures."""
        found: dict[State, int] = {}
        with self.database.read() as conn:
            for figure in tally.figures(conn, campaign.id):
                state = figure.group.state
                found[state] = found.get(state, 0) + figure.messages
        return {state: count for state, count in found.items() if count}

    def history(self, name: str) -> list[audit.Entry]:
        """Everything done to a campaign."""
        with self.database.read() as conn:
            return audit.history(conn, f"campaign:{campaigns.find(conn, name).id}")
