"""The slow round: what begins, is held, falls back, ends and is counted by the clock alone."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection, text

from outreach.delivery.ending import Deadline, Ending, act, hold
from outreach.delivery.guard import Guard
from outreach.delivery.routing import fallback
from outreach.domain.campaign import CampaignAction, CampaignState
from outreach.domain.message import Event
from outreach.domain.rules import Cap
from outreach.domain.window import Clock, day_number
from outreach.store import (
    campaigns,
    closing,
    contacts,
    doubtful,
    installation,
    late,
    pilots,
    references,
    rerouting,
    tally,
    waves,
)
from outreach.store.campaigns import Campaign, Step
from outreach.store.messages import Message

_HOUR_MS = 3_600_000
_PILOT_WAITS_MS = 600_000
"""An exception of a pilot that is due later than this is not waited for."""
_IDS_KEPT_MS = 30 * 24 * _HOUR_MS
"""How long after a campaign is settled its carriers' ids are kept."""
_FIRST: references.Place = (-1, "", 0)
_CHUNKS = 2
_SELDOM = 20
"""In one of so many rounds leases are looked for that ran out: it reads every chunk."""
_AGAIN_MS = 60_000


class Sweep:
    """One short job at a time, each a transaction, so that sending is never held up for long.

    While everything is paused nothing begins, falls back or is made.
    """

    def __init__(
        self, clock: Clock, deadlines: Mapping[int, Deadline], cap: Cap | None = None
    ) -> None:
        """`deadlines` by account number; an account no longer configured counts as absent."""
        self._clock = clock
        self._ending = Ending(clock, deadlines)
        self._heard = frozenset(account for account, each in deadlines.items() if each.way.of_each)
        self._configured = frozenset(deadlines)
        self._cap = cap
        self._rounds = 0
        self._guards: dict[int, Guard] = {}
        self._tidied = 0
        """The day on which no old contact was left."""
        self._tidied_ids = 0
        """The day on which all carriers' ids were looked through."""
        self._ids: references.Place = _FIRST
        """Up to where they have been today."""
        self._nobody: dict[int, float] = {}
        self._rescued: dict[int, int] = {}
        """When (ms) campaigns were last looked through for work of accounts that are gone."""

    def jobs(self, living: Collection[str] | None) -> list[Callable[[Connection], object]]:
        """All there is to do in a round, in order; `living` are the owners that are at work.

        None: leases are taken back by somebody else.
        """
        self._rounds += 1
        seldom = [self.end_doubt, self.tidy, self.tidy_ids]
        if living is not None:
            seldom.insert(0, partial(self.recover, living=living))
        return [
            *(seldom if self._rounds % _SELDOM == 1 else ()),
            self.begin,
            self.close,
            self.look,
            self.rescue,
            self.hold,
            self.guard,
            self.fold,
            self.finish,
            self.remind,
        ]

    def recover(self, conn: Connection, living: Collection[str]) -> int:
        """Take back leases that ran out; returns how many messages are unknown for it."""
        return closing.recover(conn, living, self._now_ms(), self._today())

    def end_doubt(self, conn: Connection) -> int:
        """Call unknown what it is too late to ask again for, whoever's it is."""
        return doubtful.end(conn, self._now_ms(), self._today())

    def tidy(self, conn: Connection) -> None:
        """Once a day drop the contacts that no cap counts any more, a share at a time."""
        now = self._now_ms()
        if self._cap is None or self._tidied == self._today():
            return
        if not contacts.tidy(conn, now - self._cap.days * 24 * _HOUR_MS):
            self._tidied = self._today()

    def tidy_ids(self, conn: Connection) -> None:
        """Once a day drop the carriers' ids of what settled long ago, a share at a time."""
        if self._tidied_ids == self._today():
            return
        place = references.tidy(conn, self._ids, self._now_ms() - _IDS_KEPT_MS)
        if place is None:
            self._tidied_ids = self._today()
        self._ids = place or _FIRST

    def fold(self, conn: Connection) -> int:
        """Fold counts; returns how many rows were folded."""
        return tally.fold(conn)

    def begin(self, conn: Connection) -> None:
        """Start what people released, when its time has come."""
        if installation.paused(conn) is not None:
            return
        now = self._now_ms()
        for campaign in campaigns.in_state(conn, CampaignState.SCHEDULED):
            if campaign.released_at is not None and now >= (campaign.rules.starts_at or 0):
                act(conn, campaign, CampaignAction.START, now, started_at=now)

    def close(self, conn: Connection) -> int:
        """Close a share of what cancelled and expired campaigns had left; returns how much."""
        closed = 0
        for campaign in closing.unsettled(conn):
            closed += closing.close_some(conn, campaign.id, Event.CANCEL, self._today())
        for campaign in campaigns.in_state(conn, CampaignState.RUNNING, CampaignState.PAUSED):
            if campaign.until is not None and self._now_ms() >= campaign.until:
                closed += closing.close_some(conn, campaign.id, Event.EXPIRE, self._today())
        return closed

    def look(self, conn: Connection) -> int:
        """Take up the next channel for those not delivered in time; returns for how many."""
        fell = 0
        if installation.paused(conn) is not None:
            return fell
        for campaign in campaigns.in_state(conn, CampaignState.RUNNING):
            hours = campaign.rules.fallback_hours
            wait = None if hours is None else hours * _HOUR_MS
            for _ in range(_CHUNKS):
                looked = late.look(conn, campaign.id, wait, _next_of(campaign), self._now_ms())
                if looked is None:
                    break
                fell += looked
        return fell

    def rescue(self, conn: Connection) -> None:
        """Give the work of accounts that are no longer configured to the others of the plan.

        Where a network has no other, its messages wait until it has one.
        """
        now = self._now_ms()
        running = campaigns.in_state(conn, CampaignState.RUNNING)
        alive = {campaign.id for campaign in running}
        self._rescued = {each: at for each, at in self._rescued.items() if each in alive}
        for campaign in running:
            steps = tuple(_still_there(step, self._configured) for step in campaign.steps)
            if steps == campaign.steps or now < self._rescued.get(campaign.id, 0) + _AGAIN_MS:
                continue
            if not rerouting.move_some(conn, campaign, steps):
                self._rescued[campaign.id] = now

    def hold(self, conn: Connection) -> None:
        """Hold a campaign whose pilot has gone out, until people have looked at it."""
        for campaign in campaigns.in_state(conn, CampaignState.RUNNING):
            if campaign.piloting and self._pilot_is_out(conn, campaign):
                why = f"pilot: {_told(conn, campaign)}; look, then resume"
                hold(conn, campaign, why, self._now_ms())

    def guard(self, conn: Connection) -> None:
        """Hold a campaign of whose latest results too many are bad."""
        running = campaigns.in_state(conn, CampaignState.RUNNING)
        watched = {c.id: c for c in running if c.rules.error_percent is not None}
        for gone in self._guards.keys() - watched.keys():
            del self._guards[gone]
        for campaign in watched.values():
            why = self._why_hold(conn, campaign)
            if why is not None:
                hold(conn, campaign, why, self._now_ms())
                # After a resume it is looked at anew, however soon that comes.
                del self._guards[campaign.id]

    def finish(self, conn: Connection) -> None:
        """Call finished what has nothing left, and settled what has no more to wait for."""
        self._ending.finish(conn)
        self._ending.settle(conn)

    def remind(self, conn: Connection) -> None:
        """Make the next reminder that is due, or plan one a window further."""
        if installation.paused(conn) is not None:
            return
        if not waves.plan(conn, self._now_ms()):
            waves.make(conn, self._now_ms(), self._nobody)

    def _pilot_is_out(self, conn: Connection, campaign: Campaign) -> bool:
        """Whether nothing of the pilot is left, or due soon, and there is more than the pilot."""
        row = conn.execute(
            text(
                "SELECT EXISTS (SELECT 1 FROM chunk WHERE campaign = :campaign"
                " AND pilot = 1 AND recorded_to < last),"
                " EXISTS (SELECT 1 FROM due WHERE campaign = :campaign AND at <= :soon),"
                " EXISTS (SELECT 1 FROM chunk WHERE campaign = :campaign"
                " AND pilot = 0 AND recorded_to < last)"
            ),
            {"campaign": campaign.id, "soon": self._now_ms() + _PILOT_WAITS_MS},
        ).one()
        left, soon, more = map(bool, row)
        return more and not left and not soon

    def _why_hold(self, conn: Connection, campaign: Campaign) -> str | None:
        figures = tally.figures(conn, campaign.id)
        guard = self._guards.get(campaign.id)
        if guard is not None:
            return guard.look(figures)
        assert campaign.rules.error_percent is not None
        self._guards[campaign.id] = Guard(campaign.rules.error_percent, figures, self._heard)
        return None

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)

    def _today(self) -> int:
        return day_number(self._clock())


def _next_of(campaign: Campaign) -> Callable[[Message], int | None]:
    """Where a message of a campaign falls back to."""
    return lambda message: fallback(campaign, message.id, message.recipient, message.network)


def _still_there(step: Step, accounts: frozenset[int]) -> Step:
    """A step without the accounts that are gone, but for networks that nobody else serves."""
    there = {
        network: tuple(each for each in wanted if each in accounts) or tuple(wanted)
        for network, wanted in step.accounts.items()
    }
    weights = {each: weight for each, weight in step.weights.items() if each in accounts}
    return replace(step, accounts=there, weights=weights)


def _told(conn: Connection, campaign: Campaign) -> str:
    """What came of a pilot so far, in words."""
    results = pilots.results(conn, campaign)
    states = ", ".join(f"{count} {state.label}" for state, count in sorted(results.items()))
    return f"{sum(results.values())} people ({states})"
