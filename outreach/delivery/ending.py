"""When campaigns are finished, and when there is nothing more to hear of them."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, text

from outreach.carriers.base import ReceiptWay
from outreach.domain.campaign import CampaignAction, CampaignState
from outreach.domain.errors import NotAllowedError
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import State
from outreach.domain.window import Clock
from outreach.store import audit, campaigns, closing, tally
from outreach.store.campaigns import Campaign

_WINDOW = 10_000
"""Messages that are looked through at once for those never confirmed."""
_AGAIN_MS = 2_000


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long an account's receipts are waited for, and whether they come at all."""

    wait: timedelta
    way: ReceiptWay


@dataclass(slots=True)
class _Walk:
    """How far a campaign has been looked through for what these accounts never confirmed."""

    after: int
    accounts: Sequence[int]


class Ending:
    """Calls campaigns finished and settled."""

    def __init__(self, clock: Clock, deadlines: Mapping[int, Deadline]) -> None:
        """`deadlines` by account number; an account no longer configured counts as absent."""
        self._clock = clock
        self._deadlines = deadlines
        self._walks: dict[int, _Walk] = {}
        self._look_again: dict[int, int] = {}
        """When (ms) to see again what a campaign waits for: its counts are many rows."""

    def finish(self, conn: Connection) -> None:
        """Call finished what has nothing left; a cancelled campaign stays cancelled."""
        now = self._now_ms()
        alive = campaigns.in_state(conn, CampaignState.RUNNING, CampaignState.PAUSED)
        # A paused one may be given more to do; not once its last moment has passed.
        over = [c for c in alive if c.state is CampaignState.RUNNING or (c.until or now + 1) <= now]
        for campaign in over:
            if closing.nothing_left(conn, campaign.id):
                act(conn, campaign, CampaignAction.FINISH, now, finished_at=now)
        for campaign in closing.unsettled(conn):
            if campaign.finished_at is None and closing.nothing_left(conn, campaign.id):
                campaigns.move(conn, campaign, campaign.state, finished_at=now)

    def settle(self, conn: Connection) -> None:
        """Call settled what has no more to wait for; give up some of what is waited for in vain."""
        now = self._now_ms()
        for campaign in campaigns.in_state(conn, CampaignState.FINISHED):
            if self._settled(conn, campaign):
                act(conn, campaign, CampaignAction.SETTLE, now, settled_at=now)
        for campaign in closing.unsettled(conn):
            if campaign.finished_at is not None and self._settled(conn, campaign):
                campaigns.move(conn, campaign, campaign.state, settled_at=now)

    def _settled(self, conn: Connection, campaign: Campaign) -> bool:
        """Give up waiting where the deadline has passed; True when nothing is waited for."""
        if campaign.id in self._walks and self._walk(conn, campaign):
            return False
        if self._now_ms() < self._look_again.get(campaign.id, 0):
            return False
        figures = tally.figures(conn, campaign.id)
        groups = {(figure.group.account, figure.group.state) for figure in figures}
        waiting = {account for account, state in groups if self._waits(account, state)}
        passed = [account for account in waiting if self._passed(campaign, account)]
        if passed:
            self._walks[campaign.id] = _Walk(campaign.id * CAMPAIGN_SPAN, passed)
            self._walk(conn, campaign)
        # Accounts whose failures are pulled need their time to report, too.
        taken = {account for account, state in groups if state is State.ACCEPTED}
        if waiting or not all(self._passed(campaign, account) for account in taken):
            self._look_again[campaign.id] = self._now_ms() + _AGAIN_MS
            return False
        self._look_again.pop(campaign.id, None)
        return True

    def _waits(self, account: int, state: State) -> bool:
        """Whether a message in that state may still hear from its carrier."""
        deadline = self._deadlines.get(account)
        if state is State.UNKNOWN:
            return True
        return state is State.ACCEPTED and deadline is not None and deadline.way.of_each

    def _passed(self, campaign: Campaign, account: int) -> bool:
        deadline = self._deadlines.get(account)
        wait = deadline.wait if deadline else timedelta(0)
        return self._now_ms() >= (campaign.finished_at or 0) + wait.total_seconds() * 1000

    def _walk(self, conn: Connection, campaign: Campaign) -> bool:
        """Look through the next messages for what nobody will confirm; False after the last."""
        walk = self._walks[campaign.id]
        to = conn.execute(
            text(
                "SELECT MAX(id) FROM (SELECT id FROM message WHERE id > :after AND id < :end"
                " ORDER BY id LIMIT :most) AS ahead"
            ),
            {
                "after": walk.after,
                "end": (campaign.id + 1) * CAMPAIGN_SPAN,
                "most": _WINDOW,
            },
        ).scalar()
        if to is None:
            del self._walks[campaign.id]
            self._look_again.pop(campaign.id, None)
            return False
        for state in (State.ACCEPTED, State.UNKNOWN):
            accounts = [account for account in walk.accounts if self._waits(account, state)]
            closing.give_up(conn, (walk.after, to), state, accounts)
        walk.after = to
        return True

    def _now_ms(self) -> int:
        return int(self._clock().timestamp() * 1000)


def act(
    conn: Connection, campaign: Campaign, action: CampaignAction, now: int, **columns: object
) -> None:
    """Do an action in the engine's name, unless somebody moved the campaign at this moment."""
    with contextlib.suppress(NotAllowedError):
        campaigns.act(conn, campaign, action, audit.ENGINE, now, None, **columns)


def hold(conn: Connection, campaign: Campaign, why: str, now: int) -> None:
    """Pause a campaign in the engine's name; people see why, and resume it."""
    halted = {"paused_by": audit.ENGINE, "paused_why": why}
    act(conn, campaign, CampaignAction.PAUSE, now, **halted)
