"""What every action on a campaign works with: settings, database, the accounts' numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from outreach.domain.campaign import CampaignAction, permit
from outreach.settings import Settings
from outreach.store import audit, campaigns
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from outreach.store.users import User

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Means:
    """An open installation, as the study sees it."""

    settings: Settings
    database: Database
    numbers: dict[str, int]
    """Account name -> its lasting number."""

    def now(self) -> int:
        """The present (ms)."""
        return int(self.settings.clock().timestamp() * 1000)

    def find(self, name: str) -> Campaign:
        """Read a campaign by name or number."""
        with self.database.read() as conn:
            return campaigns.find(conn, name)

    def act(
        self,
        user: User,
        name: str,
        action: CampaignAction,
        detail: Mapping[str, object] | None = None,
        **columns: object,
    ) -> Campaign:
        """Move a campaign by an action that user and state are open to, and write it down."""
        permit(user.role, action)
        with self.database.write() as conn:
            campaign = campaigns.find(conn, name)
            campaigns.act(conn, campaign, action, user.name, self.now(), detail, **columns)
            return campaigns.get(conn, campaign.id)

    def note(
        self,
        conn: Connection,
        user: User,
        deed: str,
        campaign: int,
        detail: Mapping[str, object],
    ) -> None:
        """Write down what a user did to a campaign, in the transaction of the deed."""
        subject = f"campaign:{campaign}"
        audit.write(conn, audit.Entry(self.now(), user.name, f"campaign.{deed}", subject, detail))
