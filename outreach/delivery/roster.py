"""The campaigns that are running, with their words, as the engine holds them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from outreach.carriers.base import Template, Text
from outreach.delivery.budget import Allowance, Budget
from outreach.delivery.campaign_pace import CampaignPace
from outreach.delivery.spent import spent
from outreach.delivery.trouble import Trouble
from outreach.domain.campaign import CampaignState
from outreach.domain.holidays import Holidays
from outreach.domain.rules import Priority
from outreach.domain.window import Clock, Hours, Window
from outreach.settings import Account, utc_now
from outreach.store import allowance, campaigns, installation
from outreach.store.campaigns import Campaign

Params = Mapping[str, str | Sequence[str]]
"""A recipient's fields, as they are stored."""

NO_HOLIDAYS = Holidays()
_AHEAD_S = 0.3
"""Seconds of a campaign's own pace that are started together."""


class Renders(Protocol):
    """Gives a row its words; BadInputError when the row does not fit template or account."""

    def message(self, params: Params, account: Account, number: int) -> Text | Template:
        """Make the words of message `number`, which its link depends on."""


@dataclass(frozen=True, slots=True)
class Live:
    """A running campaign."""

    campaign: Campaign
    hours: Hours
    words: Renders
    budget: Budget = field(default_factory=Budget)
    pace: CampaignPace | None = None

    @property
    def urgent(self) -> bool:
        """Whether it goes before others."""
        return self.campaign.rules.priority is Priority.URGENT

    @property
    def until(self) -> datetime | None:
        """Its last moment, if it has one: what is not delivered by then need not be."""
        last = self.campaign.until
        return None if last is None else datetime.fromtimestamp(last / 1000, UTC)

    @property
    def at_once(self) -> int | None:
        """How many may start together, so that none waits long for campaign's pace or ceiling."""
        bounds = [self.budget.at_once]
        if self.pace is not None:
            bounds.append(max(1, int(self.pace.allowed * _AHEAD_S)))
        return min((bound for bound in bounds if bound is not None), default=None)

    def may_send(self, now: datetime) -> bool:
        """Whether its time has come, its window is open and its last moment not passed."""
        starts_at, until = self.campaign.rules.starts_at, self.campaign.until
        moment = now.timestamp() * 1000
        if (until is not None and moment >= until) or (starts_at or 0) > moment:
            return False
        return self.hours.is_open(now)


class Roster:
    """Kept fresh by `refresh`; the words of a campaign are prepared once."""

    def __init__(
        self,
        words: Callable[[Campaign], Renders],
        accounts: Mapping[int, Account],
        holidays: Holidays = NO_HOLIDAYS,
        clock: Clock = utc_now,
    ) -> None:
        """`accounts` by number: their prices and limits."""
        self._words = words
        self._accounts = accounts
        self._holidays = holidays
        self._clock = clock
        self.several = False
        """Whether other processes send too: then ceilings are taken in parts."""
        self._ours: frozenset[int] = frozenset()
        """The accounts through which this process sends, where others send too."""
        self._live: dict[int, Live] = {}
        self._trouble = Trouble("preparing the campaigns that run")
        # They outlive a pause: what is under way meanwhile has been taken from them.
        self._budgets: dict[tuple[int, str | None], Budget] = {}
        """By campaign; a part of a ceiling is good as long as the approval it was taken under."""
        self._paces: dict[tuple[int, int | None, int], CampaignPace] = {}

    def refresh(self, conn: Connection) -> None:
        """Read again which campaigns are running: none while everything is paused.

        One that cannot be prepared is told of, and not sent; the others go on.
        """
        running = [each for each in self.forget(conn) if each.state is CampaignState.RUNNING]
        if installation.paused(conn) is not None:
            running = []
        live, faults = dict[int, Live](), list[Exception]()
        for campaign in running:
            try:
                live[campaign.id] = self._known(conn, campaign)
            except SQLAlchemyError:
                raise  # of the database, which all of them need
            except Exception as fault:  # noqa: BLE001 - an odd one must not hide the others
                fault.add_note(f"This is about campaign {campaign.id}.")
                faults.append(fault)
        self._live = live
        with self._trouble.told():
            if faults:
                raise ExceptionGroup("some of the campaigns are not sent from here", faults)

    def forget(self, conn: Connection) -> list[Campaign]:
        """Let go of what campaigns have left that are over or amended; returns the others."""
        alive = campaigns.in_state(conn, CampaignState.RUNNING, CampaignState.PAUSED)
        budgets = {self._budget_of(campaign) for campaign in alive}
        numbers = {campaign.id for campaign in alive}
        self._budgets = {each: kept for each, kept in self._budgets.items() if each in budgets}
        self._paces = {asked: kept for asked, kept in self._paces.items() if asked[0] in numbers}
        return alive

    def _budget_of(self, campaign: Campaign) -> tuple[int, str | None]:
        return campaign.id, campaign.approved_hash if self.several else None

    def _known(self, conn: Connection, campaign: Campaign) -> Live:
        known = self._live.get(campaign.id)
        if known is not None and known.campaign == campaign:
            return known
        window = Window(time.fromisoformat(campaign.opens), time.fromisoformat(campaign.closes))
        return Live(
            campaign,
            Hours(window, None if campaign.rules.holidays else self._holidays),
            self._words(campaign),
            self._budget(conn, campaign),
            self._pace(campaign),
        )

    def _budget(self, conn: Connection, campaign: Campaign) -> Budget:
        key = self._budget_of(campaign)
        known = self._budgets.get(key)
        if known is None:
            known = Allowance() if self.several else Budget(spent=self._spent(conn, campaign))
            self._budgets[key] = known
        asked = campaign.rules.budget  # an amendment may have moved it
        known.ceiling = None if asked is None else Decimal(asked)
        return known

    @property
    def wants(self) -> bool:
        """Whether more is to be asked for of some campaign's ceiling."""
        return any(budget.low for _, budget in self._allowances())

    def top_up(self, conn: Connection) -> dict[int, Decimal]:
        """Take of ceilings what is wanted, by campaign; `receive` it when that is committed."""
        return {
            campaign.id: allowance.reserve(
                conn,
                campaign.id,
                budget.ceiling,
                budget.wanted - budget.in_hand,
                partial(self._spent, conn, campaign),
            )
            for campaign, budget in self._allowances()
            if budget.low and budget.ceiling is not None
        }

    def receive(self, taken: Mapping[int, Decimal]) -> None:
        """Have what was taken in hand."""
        for campaign, budget in self._allowances():
            if campaign.id in taken:
                budget.receive(taken[campaign.id])

    def in_hand(self) -> dict[int, Decimal]:
        """What is in hand of ceilings, by campaign."""
        return {
            number: budget.in_hand
            for (number, _), budget in self._budgets.items()
            if isinstance(budget, Allowance)
        }

    def let_go(self) -> None:
        """Spend no more of what is in hand of ceilings."""
        for budget in self._budgets.values():
            if isinstance(budget, Allowance):
                budget.in_hand = Decimal(0)

    def divide(self, ours: Mapping[int, int], together: Mapping[int, int]) -> None:
        """Keep to our part of campaigns' own paces; how many send through each account.

        Nothing is taken of the ceilings of campaigns for which we do not send.
        """
        self._ours = frozenset(ours)
        for live in self._live.values():
            used = _accounts(live.campaign)
            own = sum(ours.get(each, 0) for each in used)
            if live.pace is not None and own:
                live.pace.part = own / max(own, sum(together.get(each, 0) for each in used))

    def _allowances(self) -> list[tuple[Campaign, Allowance]]:
        return [
            (live.campaign, live.budget)
            for live in self._live.values()
            if isinstance(live.budget, Allowance)
            and not self._ours.isdisjoint(_accounts(live.campaign))
        ]

    def _spent(self, conn: Connection, campaign: Campaign) -> Decimal:
        return spent(conn, campaign, self._accounts, started=self.several)

    def _pace(self, campaign: Campaign) -> CampaignPace | None:
        rules = campaign.rules
        if rules.rate is None and not rules.ramp_minutes:
            return None
        asked = (campaign.id, rules.rate, rules.ramp_minutes)
        if asked not in self._paces:
            rate = rules.rate or self._full_rate(campaign)
            self._paces[asked] = CampaignPace(rate, rules.ramp_minutes, self._ran(campaign))
        return self._paces[asked]

    def _ran(self, campaign: Campaign) -> timedelta:
        """For how long a campaign has been sending, pauses included."""
        now = self._clock()
        if campaign.started_at is None:
            return timedelta(0)
        return max(timedelta(0), now - datetime.fromtimestamp(campaign.started_at / 1000, UTC))

    def _full_rate(self, campaign: Campaign) -> int:
        """What all accounts of a plan can send together, messages of one part a minute."""
        used = _accounts(campaign)
        rates = (
            min((limit.per_second for limit in account.limits if limit.span is None), default=0.0)
            for number, account in self._accounts.items()
            if number in used
        )
        return max(1, int(sum(rates) * 60))

    def may_still_send(self, live: Live, now: datetime) -> bool:
        """Whether a campaign that was sending may go on at this moment."""
        present = self._live.get(live.campaign.id)  # it may have been amended meanwhile
        return present is not None and present.may_send(now)

    def sending(self, now: datetime) -> list[Live]:
        """The campaigns that may send at this moment, oldest first."""
        return [live for live in self._live.values() if live.may_send(now)]


def _accounts(campaign: Campaign) -> set[int]:
    """All that a campaign's plan may use."""
    return {
        number
        for step in campaign.steps
        for accounts in step.accounts.values()
        for number in accounts
    }
