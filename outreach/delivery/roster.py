"""The campaigns that are running, with their words, as the engine holds them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Protocol

from sqlalchemy import Connection

from outreach.carriers.base import Template, Text
from outreach.domain.campaign import CampaignState
from outreach.domain.window import Window
from outreach.settings import Account
from outreach.store import campaigns
from outreach.store.campaigns import Campaign

Params = Mapping[str, str | Sequence[str]]
"""A recipient's fields, as they are stored."""


class Renders(Protocol):
    """Gives a row its words; BadInputError when the row does not fit template or account."""

    def message(self, params: Params, account: Account) -> Text | Template: ...


@dataclass(frozen=True, slots=True)
class Live:
    """A running campaign."""

    campaign: Campaign
    window: Window
    words: Renders

    def may_send(self, now: datetime) -> bool:
        """Whether its window is open and its last moment not passed."""
        until = self.campaign.until
        if until is not None and now >= datetime.fromtimestamp(until / 1000, UTC):
            return False
        return self.window.is_open(now)


class Roster:
    """Kept fresh by `refresh`; the words of a campaign are prepared once."""

    def __init__(self, words: Callable[[Campaign], Renders]) -> None:
        self._words = words
        self._live: dict[int, Live] = {}

    def refresh(self, conn: Connection) -> None:
        """Read again which campaigns are running."""
        running = campaigns.in_state(conn, CampaignState.RUNNING)
        self._live = {campaign.id: self._known(campaign) for campaign in running}

    def _known(self, campaign: Campaign) -> Live:
        known = self._live.get(campaign.id)
        if known is not None and known.campaign == campaign:
            return known
        window = Window(time.fromisoformat(campaign.opens), time.fromisoformat(campaign.closes))
        return Live(campaign, window, self._words(campaign))

    def may_still_send(self, live: Live, now: datetime) -> bool:
        """Whether a campaign that was sending may go on at this moment."""
        return live.campaign.id in self._live and live.may_send(now)

    def sending(self, now: datetime) -> list[Live]:
        """The campaigns that may send at this moment, oldest first."""
        return [live for live in self._live.values() if live.may_send(now)]
