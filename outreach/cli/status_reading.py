"""Reads how the accounts of a campaign's plan fare, from the engine's last word and the records."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection

from outreach.cli.status_accounts import CLOSED, AccountLine, QuotaLine
from outreach.domain.limit import Limit, LimitScope
from outreach.domain.rules import Priority
from outreach.reports import CampaignFigures
from outreach.settings import Settings
from outreach.store import accounts, ahead, audit, backlog
from outreach.store.campaigns import Campaign

_STALE_MS = 5_000


class _Reader:
    """Reads the lines of one campaign at one moment."""

    def __init__(
        self,
        conn: Connection,
        settings: Settings,
        campaign: Campaign,
        figures: CampaignFigures,
        now: datetime,
    ) -> None:
        self._conn = conn
        self._configured = {account.name: account for account in settings.accounts}
        self._campaign = campaign
        self._figures = figures
        self._now = now

    def lines(self) -> Iterator[AccountLine]:
        """One line an account, in the order of their numbers."""
        pulses = {pulse.account: pulse for pulse in accounts.pulses(self._conn)}
        names = accounts.names(self._conn)
        waiting = ahead.by_account(self._conn, self._campaign.id)
        others = backlog.of_others(self._conn, self._campaign.id)
        for number, step in sorted(steps_of(self._campaign).items()):
            name, channel = names[number]
            pulse = pulses.get(number)
            fresh = pulse is not None and abs(self._now_ms - pulse.at) <= _STALE_MS
            yield AccountLine(
                number,
                name,
                channel.name.lower(),
                step,
                waiting.get(number, 0),
                tuple(others.get(number, ())),
                self._parts(number),
                self._full(name),
                tuple(self._quotas(number, name)),
                pulse,
                fresh,
                self._held_since(number),
            )

    @property
    def _now_ms(self) -> int:
        return int(self._now.timestamp() * 1000)

    def _parts(self, number: int) -> float:
        sent = [s for s in self._figures.shares if s.account == number and s.parts]
        messages = sum(share.messages for share in sent)
        return sum(share.parts for share in sent) / messages if messages else 1.0

    def _limits(self, name: str) -> Sequence[Limit]:
        account = self._configured.get(name)
        every = account.limits if account else ()
        return [limit for limit in every if limit.cost(LimitScope.SEND, 1)]

    def _full(self, name: str) -> float:
        paces = [limit.per_second for limit in self._limits(name) if limit.span is None]
        return min(paces, default=0.0)

    def _quotas(self, number: int, name: str) -> Iterator[QuotaLine]:
        urgent = self._campaign.rules.priority is Priority.URGENT
        for limit in self._limits(name):
            if limit.span is not None:
                since = int(limit.begins(self._now).timestamp() * 1000)
                used = backlog.used(self._conn, number, limit, since)
                usable = limit if urgent else limit.for_normal()
                yield QuotaLine(limit, used, usable.amount, limit.ends(self._now))

    def _held_since(self, number: int) -> int | None:
        last = audit.latest(self._conn, f"account:{number}", "account.breaker")
        return last.at if last and last.detail["state"] != CLOSED else None


def account_lines(
    conn: Connection,
    settings: Settings,
    campaign: Campaign,
    figures: CampaignFigures,
    now: datetime,
) -> list[AccountLine]:
    """Read how each account of the plan fares, in the order of their numbers."""
    return list(_Reader(conn, settings, campaign, figures, now).lines())


def steps_of(campaign: Campaign) -> dict[int, int]:
    """The accounts of a plan by number, and the channel (0, 1 …) that each is for."""
    return {
        number: place
        for place, step in enumerate(campaign.steps)
        for numbers in step.accounts.values()
        for number in numbers
    }
