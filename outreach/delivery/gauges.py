"""Metrics that only the database knows: backlogs, unknowns, costs, what quotas have left."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from prometheus_client import Gauge
from sqlalchemy import Connection

from outreach.domain.campaign import CampaignState
from outreach.domain.message import State
from outreach.domain.window import Clock
from outreach.observe import (
    BACKLOG,
    CAMPAIGN_BACKLOG,
    COST,
    INBOX_LAG,
    PAUSED,
    QUOTA_LEFT,
    UNKNOWN,
)
from outreach.settings import Account
from outreach.store import ahead, backlog, campaigns, inbox, installation, tally
from outreach.store.database import Database
from outreach.store.tally import Figure

_BILLED = frozenset(
    {State.ACCEPTED, State.DELIVERED, State.UNDELIVERED, State.UNCONFIRMED, State.UNKNOWN}
)
"""What a carrier may ask money for, as the reports count it."""


class Gauges:
    """Reads them now and then; a campaign's are gone when it does not run any more."""

    def __init__(self, database: Database, accounts: Mapping[int, Account], clock: Clock) -> None:
        """`accounts` by number."""
        self._database = database
        self._accounts = accounts
        self._clock = clock
        self._told: set[int] = set()

    def read(self) -> None:
        """Bring all of them up to date."""
        now = self._clock()
        with self._database.read() as conn:
            oldest = inbox.oldest(conn)
            INBOX_LAG.set(0 if oldest is None else max(0.0, now.timestamp() - oldest / 1000))
            PAUSED.set(installation.paused(conn) is not None)
            self._quotas(conn, now)
            self._campaigns(conn)

    @staticmethod
    def clear() -> None:
        """Say no more: another process does."""
        for gauge in (BACKLOG, CAMPAIGN_BACKLOG, COST, QUOTA_LEFT, UNKNOWN):
            gauge.clear()
        INBOX_LAG.set(0)
        PAUSED.set(0)

    def _quotas(self, conn: Connection, now: datetime) -> None:
        for number, account in self._accounts.items():
            for limit in account.limits:
                if limit.span:
                    since = int(limit.begins(now).timestamp() * 1000)
                    left = max(0, limit.amount - backlog.used(conn, number, limit, since))
                    QUOTA_LEFT.labels(account.name, limit.unit, limit.span).set(left)

    def _campaigns(self, conn: Connection) -> None:
        running = [each.id for each in campaigns.in_state(conn, CampaignState.RUNNING)]
        waiting = {each: ahead.by_account(conn, each) for each in running}
        for number, account in self._accounts.items():
            left = sum(accounts.get(number, 0) for accounts in waiting.values())
            BACKLOG.labels(account.name).set(left)
        for gone in self._told.difference(running):
            _forget(gone, CAMPAIGN_BACKLOG, UNKNOWN, COST)
        self._told = set(running)
        for campaign, accounts in waiting.items():
            CAMPAIGN_BACKLOG.labels(campaign).set(sum(accounts.values()))
            figures = tally.figures(conn, campaign)
            UNKNOWN.labels(campaign).set(_unknown(figures))
            COST.labels(campaign).set(self._cost(figures))

    def _cost(self, figures: Sequence[Figure]) -> float:
        """đồng; what an account that is gone has sent costs nothing here."""
        prices = {number: its.price_per_part for number, its in self._accounts.items()}
        billed = [each for each in figures if each.group.state in _BILLED]
        return float(sum(each.parts * prices.get(each.group.account, 0) for each in billed))


def _unknown(figures: Sequence[Figure]) -> int:
    return sum(each.messages for each in figures if each.group.state is State.UNKNOWN)


def _forget(campaign: int, *gauges: Gauge) -> None:
    for gauge in gauges:
        gauge.remove(campaign)
