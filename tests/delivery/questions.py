"""A carrier that can be asked about single messages, and campaigns to ask about."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from outreach.carriers.base import Capabilities, Question, ReceiptWay, Submission
from outreach.delivery.asking import Asker
from outreach.delivery.pacing import Pacer
from outreach.domain.campaign import CampaignState
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.limit import LimitScope
from outreach.domain.message import Event
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Outcome
from outreach.domain.receipt import Receipt, Status
from outreach.store import campaigns, messages
from outreach.store.campaigns import Campaign, Step
from outreach.store.messages import Change
from tests.delivery.stage import NETWORKS, OTHER, SEAL, Carrier, Stage, account

ALL_OTHER = (Step(Channel.SMS, dict.fromkeys(NETWORKS, (OTHER,))),)


def says(status: Status, code: str | None = None) -> Callable[[Question], Sequence[Receipt]]:
    """A carrier's word on whatever it is asked about."""
    return lambda question: [Receipt(status, question.key, code=code)]


def nothing(_: Question) -> Sequence[Receipt]:
    return ()


@dataclass
class Knows:
    """A carrier that can be asked, and remembers every question."""

    answer: Callable[[Question], Sequence[Receipt]] = nothing
    asked: list[Question] = field(default_factory=list)
    waiting: int = 0
    most_at_once: int = 0
    capabilities = Capabilities(Channel.SMS, ReceiptWay.ASKED, receipts_carry_key=False)

    async def submit(self, _: Submission) -> Outcome:
        return Accepted()

    async def status(self, question: Question) -> Sequence[Receipt]:
        self.asked.append(question)
        self.waiting += 1
        self.most_at_once = max(self.most_at_once, self.waiting)
        await asyncio.sleep(0)
        self.waiting -= 1
        return self.answer(question)

    def numbers(self) -> list[int]:
        """The messages asked about, by their number within the campaign, in order."""
        keys = [SEAL.decode(question.key) for question in self.asked]
        return [key.message % CAMPAIGN_SPAN for key in keys if key is not None]


class Turns(Pacer):
    """Gives so many turns, and no more."""

    def __init__(self, most: int) -> None:
        super().__init__(())
        self.most = most

    async def turn(self, scope: LimitScope) -> bool:
        assert scope is LimitScope.STATUS
        self.most -= 1
        return self.most >= 0


def asker(
    stage: Stage,
    knows: Knows,
    pacer: Pacer | None = None,
    deadline: timedelta = timedelta(hours=1),
    **options: Any,
) -> Asker:
    """Who asks; messages are heard of until the deadline after their campaign's end."""
    its = account("other", options=options, receipt_deadline=deadline)
    return Asker(stage.tools(), its, OTHER, knows, pacer or Pacer(()), asyncio.Event())


async def sent(
    stage: Stage, size: int, rule: Callable[[Submission], Outcome] | None = None
) -> Campaign:
    """A campaign whose every message was handed over, at this moment of the stage's clock."""
    campaign = stage.run_of(size, ALL_OTHER)
    carrier = Carrier(rule or (lambda message: Accepted(f"r{message.msisdn}")))
    await stage.finish(stage.senders({OTHER: carrier}), campaign)
    return campaign


def spread(stage: Stage, campaign: Campaign, minutes: float) -> None:
    """Have each message handed over so long after the one before."""
    with stage.database.write() as conn:
        conn.execute(
            text("UPDATE attempt SET at = at + (message - :first) * :step WHERE message > :first"),
            {"first": campaign.id * CAMPAIGN_SPAN + 1, "step": int(minutes * 60_000)},
        )


def end(stage: Stage, campaign: Campaign) -> None:
    """Let the campaign be finished at this moment."""
    now = int(stage.clock().timestamp() * 1000)
    with stage.database.write() as conn:
        found = campaigns.get(conn, campaign.id)
        campaigns.move(conn, found, CampaignState.FINISHED, finished_at=now)


def history(stage: Stage) -> list[tuple[int, str]]:
    """What was written down of words on messages: status and effect."""
    with stage.database.read() as conn:
        rows = conn.execute(text("SELECT status, effect FROM receipt ORDER BY id"))
        return [(row[0], row[1]) for row in rows]


def push(stage: Stage, *ids: int) -> None:
    """Have the carrier tell by itself that messages were delivered."""
    changes = [Change(message, Event.DELIVERED, receipt_day=20261120) for message in ids]
    with stage.database.write() as conn:
        messages.apply(conn, changes, 20261120)


def handed_over(stage: Stage, campaign: Campaign) -> None:
    """Have every message handed over at this moment, all but each hundredth delivered."""
    now = int(stage.clock().timestamp() * 1000)
    span = {"first": campaign.id * CAMPAIGN_SPAN, "end": (campaign.id + 1) * CAMPAIGN_SPAN}
    with stage.database.write() as conn:
        conn.execute(
            text(
                "INSERT INTO attempt SELECT id, 1, account, 1, NULL, 'r', :now, 5 FROM message"
                " WHERE id > :first AND id < :end"
            ),
            {**span, "now": now},
        )
        conn.execute(
            text(
                "UPDATE message SET state = CASE WHEN id % 100 = 0 THEN 1 ELSE 2 END, parts = 1"
                " WHERE id > :first AND id < :end"
            ),
            span,
        )
        for table in ("tally", "tally_delta"):
            conn.execute(text(f"DELETE FROM {table}"))
        conn.execute(
            text(
                "INSERT INTO tally_delta (campaign, account, network, state, reason, day,"
                " receipt_day, result, messages, parts) SELECT :campaign, account, network, state,"
                " '', 0, 0, 1, COUNT(*), SUM(parts) FROM message GROUP BY account, network, state"
            ),
            {"campaign": campaign.id},
        )
