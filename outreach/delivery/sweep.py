"""The slow round: lost leases, folded counts, ended campaigns, passed deadlines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, text

from outreach.carriers.base import ReceiptWay
from outreach.domain.campaign import CampaignAction, CampaignState
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.message import Event, State
from outreach.domain.window import Clock, day_number
from outreach.store import audit, campaigns, closing, messages, tally, work
from outreach.store.campaigns import Campaign
from outreach.store.messages import Change

_STEP = 5_000


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long an account's receipts are waited for, and whether they come at all."""

    wait: timedelta
    way: ReceiptWay


class Sweep:
    """One short job at a time, so that sending is never held up for long."""

    def __init__(self, clock: Clock, owner: str, deadlines: Mapping[int, Deadline]) -> None:
        """`deadlines` by account number; an account no longer configured counts as absent."""
        self._clock = clock
        self._owner = owner
        self._deadlines = deadlines

    def recover(self, conn: Connection) -> int:
        """Take back leases that ran out; returns how many messages are unknown for it."""
        now = self._clock()
        return closing.recover(conn, self._owner, int(now.timestamp() * 1000), day_number(now))

    def fold(self, conn: Connection) -> int:
        """Fold counts; returns how many rows were folded."""
        return tally.fold(conn)

    def close(self, conn: Connection) -> int:
        """Close a share of what cancelled and expired campaigns had left; returns how much."""
        closed = 0
        now = self._clock()
        for campaign in campaigns.in_state(conn, CampaignState.CANCELLED):
            closed += closing.close_some(conn, campaign.id, Event.CANCEL, day_number(now))
        for campaign in campaigns.in_state(conn, CampaignState.RUNNING, CampaignState.PAUSED):
            if campaign.until is not None and now.timestamp() * 1000 >= campaign.until:
                closed += closing.close_some(conn, campaign.id, Event.EXPIRE, day_number(now))
        return closed

    def finish(self, conn: Connection) -> None:
        """Call finished what has nothing left, and settled what has no more to wait for."""
        now = int(self._clock().timestamp() * 1000)
        for campaign in campaigns.in_state(conn, CampaignState.RUNNING):
            rest = work.left(conn, campaign.id)
            if not rest.messages and not rest.due:
                campaigns.act(
                    conn, campaign, CampaignAction.FINISH, audit.ENGINE, now, finished_at=now
                )
        for campaign in campaigns.in_state(conn, CampaignState.FINISHED):
            if self._settled(conn, campaign):
                campaigns.act(
                    conn, campaign, CampaignAction.SETTLE, audit.ENGINE, now, settled_at=now
                )

    def _settled(self, conn: Connection, campaign: Campaign) -> bool:
        """Give up waiting where the deadline has passed; True when nothing is waited for."""
        waiting = {
            figure.group.account
            for figure in tally.figures(conn, campaign.id)
            if self._waits(figure.group.account, figure.group.state)
        }
        for account in waiting:
            if self._passed(campaign, account):
                self._give_up(conn, campaign, account)
        return not waiting and self._pulled_long_enough(conn, campaign)

    def _waits(self, account: int, state: State) -> bool:
        """Whether a message in that state may still hear from its carrier."""
        deadline = self._deadlines.get(account)
        if state is State.UNKNOWN:
            return True
        return (
            state is State.ACCEPTED and deadline is not None and deadline.way is ReceiptWay.PUSHED
        )

    def _pulled_long_enough(self, conn: Connection, campaign: Campaign) -> bool:
        """Whether accounts whose failures are pulled have had their time to report."""
        return all(
            self._passed(campaign, figure.group.account)
            for figure in tally.figures(conn, campaign.id)
            if figure.group.state is State.ACCEPTED
        )

    def _passed(self, campaign: Campaign, account: int) -> bool:
        deadline = self._deadlines.get(account)
        wait = deadline.wait if deadline else timedelta(0)
        finished = campaign.finished_at or 0
        return self._clock().timestamp() * 1000 >= finished + wait.total_seconds() * 1000

    def _give_up(self, conn: Connection, campaign: Campaign, account: int) -> None:
        """Move a share of what was never confirmed."""
        states = [int(state) for state in State if self._waits(account, state)]
        ids = conn.execute(
            text(
                "SELECT id FROM message WHERE id >= :first AND id < :end AND account = :account"
                f" AND state IN ({', '.join(map(str, states))}) LIMIT :most"
            ),
            {
                "first": campaign.id * CAMPAIGN_SPAN,
                "end": (campaign.id + 1) * CAMPAIGN_SPAN,
                "account": account,
                "most": _STEP,
            },
        ).scalars()
        changes = [Change(message, Event.DEADLINE) for message in ids]
        messages.apply(conn, changes, day_number(self._clock()))
