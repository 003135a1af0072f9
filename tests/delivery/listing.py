"""A carrier that takes lists, for tests of the engine."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from outreach.carriers.base import Capabilities, ReceiptWay, Submission
from outreach.delivery.send import AccountSender
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Outcome
from outreach.store import audiences
from outreach.store.audiences import Audience
from outreach.store.bulk import Row
from outreach.store.campaigns import Campaign, Step
from tests.delivery.stage import NETWORKS, OTHER, VIETTEL, ZALO, Carrier, Stage, district

Listed = tuple[Submission, ...]
Said = Outcome | Sequence[Outcome]
Rule = Callable[[str, Listed], Said | Awaitable[Said]]

STEPS = (Step(Channel.SMS, dict.fromkeys(NETWORKS, (VIETTEL,))),)
TWO_ACCOUNTS = (Step(Channel.SMS, dict.fromkeys(NETWORKS, (VIETTEL, OTHER))),)


def taken(key: str, _: Listed) -> Outcome:
    """The answer of a carrier that takes every list."""
    return Accepted(f"ref-{key}")


@dataclass(slots=True)
class Lister(Carrier):
    """Answers each list by a rule, and remembers it; refuses to take one message by itself."""

    says: Rule = taken
    bounds: tuple[int, int] = (3, 10)
    lists: list[tuple[str, Listed]] = field(default_factory=list)
    window: timedelta = timedelta(0)
    """For how long it refuses a key that it has taken."""

    @property
    def capabilities(self) -> Capabilities:
        least, most = self.bounds
        return Capabilities(
            self.channel,
            ReceiptWay.ASKED,
            receipts_carry_key=False,
            duplicate_window=self.window,
            list_least=least,
            list_most=most,
        )

    async def submit(self, _: Submission) -> Outcome:
        raise AssertionError("a message went by itself")

    def alike(self, message: Submission) -> object:
        return message.content

    async def submit_list(self, key: str, messages: Sequence[Submission]) -> Said:
        self.lists.append((key, tuple(messages)))
        said = self.says(key, tuple(messages))
        if isinstance(said, Awaitable):
            return await said
        await asyncio.sleep(0)
        return said

    @property
    def numbers(self) -> list[str]:
        """Everybody who was in a list, as often as he was."""
        return [each.msisdn for _, members in self.lists for each in members]

    @property
    def sizes(self) -> list[int]:
        """How many were in each list."""
        return [len(members) for _, members in self.lists]


def crowd(stage: Stage, rows: int | Sequence[Mapping[str, str]]) -> int:
    """Store invented people of one network, who are planned in one run; the audience's id."""
    fields = [{"name": "An"}] * rows if isinstance(rows, int) else rows
    stored: list[Row] = [
        (84_900_000_000 + n, int(Network.VIETTEL), None, district(n, len(fields)), json.dumps(each))
        for n, each in enumerate(fields)
    ]
    with stage.database.write() as conn:
        known = conn.exec_driver_sql("SELECT COUNT(*) FROM audience").scalar_one()
        people = Audience(0, f"crowd {known}", "f", "f", "", 0, 0, 0, 0, "an")
        audience = audiences.create(conn, people)
        audiences.add_recipients(conn, audience, 1, stored)
        audiences.progress(conn, audience, len(stored), len(stored), audiences.READY)
    return audience


def rows(stage: Stage, sql: str) -> list[Any]:
    """What a query finds."""
    with stage.database.read() as conn:
        return [tuple(row) for row in conn.exec_driver_sql(sql)]


def asleep(stage: Stage, campaign: Campaign) -> bool:
    """Whether there is something left, and all of it waits for a later moment."""
    now = int(stage.clock().timestamp() * 1000)
    waiting = f"SELECT 1 FROM due WHERE campaign = {campaign.id} AND at > {now}"
    found = len(rows(stage, f"{waiting} AND lease_owner IS NULL"))
    return found > 0 and found == stage.left(campaign)


async def until(
    stage: Stage, carrier: Lister, reached: Callable[[], bool], **changes: Any
) -> AccountSender:
    """Let an account work until something is reached; the one that worked."""
    (sender,) = stage.senders({VIETTEL: carrier}, **changes)
    async with stage.working([sender]), asyncio.timeout(30):
        while not reached():
            await asyncio.sleep(0.01)
    return sender


async def send(
    stage: Stage, carrier: Lister, campaign: Campaign, *others: Carrier, **changes: Any
) -> None:
    """Send a campaign to its end: over the carrier, and others for the other accounts."""
    made = {VIETTEL: carrier} | dict(zip((OTHER, ZALO), others, strict=False))
    await stage.finish(stage.senders(made, **changes), campaign)


async def through_the_rounds(stage: Stage, campaign: Campaign) -> None:
    """Let a minute pass whenever all that is left waits for others, until nothing is left."""
    while stage.left(campaign):
        if asleep(stage, campaign):
            stage.clock.pass_(minutes=1)
        await asyncio.sleep(0.01)
