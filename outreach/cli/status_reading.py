"""Reads how the accounts of a campaign's plan fare, from the engine's last word and the records."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from outreach.cli.status_accounts import CLOSED, AccountLine, QuotaLine
from outreach.domain.limit import Limit, LimitScope
from outreach.domain.network import Channel
from outreach.domain.rules import Priority
from outreach.reports import CampaignFigures
from outreach.settings import Settings
from outreach.store import accounts, ahead, audit, backlog
from outreach.store.campaigns import Campaign

_STALE_MS = 5_000


@dataclass(frozen=True, slots=True)
class Load:
    """What campaigns ask of an account; nothing by itself."""

    step: int = 0
    waiting: int = 0
    others: tuple[int, ...] = ()
    parts: float = 1.0


class AccountReader:
    """Reads how accounts fare at one moment, whatever they are asked for."""

    def __init__(self, conn: Connection, now: datetime) -> None:
        self._conn = conn
        self._now = now
        self._pulses = {pulse.account: pulse for pulse in accounts.pulses(conn)}

    def line(
        self,
        number: int,
        name: str,
        channel: Channel,
        limits: Sequence[Limit],
        *,
        load: Load,
        urgent: bool,
    ) -> AccountLine:
        """Read one account; `urgent`: what is reserved of its quotas counts as left."""
        sending = [limit for limit in limits if limit.cost(LimitScope.SEND, 1)]
        pulse = self._pulses.get(number)
        return AccountLine(
            number,
            name,
            channel.name.lower(),
            load.step,
            load.waiting,
            load.others,
            load.parts,
            min((limit.per_second for limit in sending if limit.span is None), default=0.0),
            tuple(self._quotas(number, sending, urgent=urgent)),
            pulse,
            pulse is not None and abs(self._now_ms - pulse.at) <= _STALE_MS,
            self._held_since(number),
        )

    @property
    def _now_ms(self) -> int:
        return int(self._now.timestamp() * 1000)

    def _quotas(self, number: int, limits: Sequence[Limit], *, urgent: bool) -> Iterator[QuotaLine]:
        for limit in limits:
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
    reader, names = AccountReader(conn, now), accounts.names(conn)
    waiting, others = ahead.by_account(conn, campaign.id), backlog.of_others(conn, campaign.id)
    limits = {account.name: account.limits for account in settings.accounts}
    urgent = campaign.rules.priority is Priority.URGENT
    found = []
    for number, step in sorted(steps_of(campaign).items()):
        name, channel = names[number]
        load = Load(
            step, waiting.get(number, 0), tuple(others.get(number, ())), _parts(figures, number)
        )
        found.append(
            reader.line(number, name, channel, limits.get(name, ()), load=load, urgent=urgent)
        )
    return found


def _parts(figures: CampaignFigures, number: int) -> float:
    sent = [s for s in figures.shares if s.account == number and s.parts]
    messages = sum(share.messages for share in sent)
    return sum(share.parts for share in sent) / messages if messages else 1.0


def steps_of(campaign: Campaign) -> dict[int, int]:
    """The accounts of a plan by number, and the channel (0, 1 …) that each is for."""
    return {
        number: place
        for place, step in enumerate(campaign.steps)
        for numbers in step.accounts.values()
        for number in numbers
    }
