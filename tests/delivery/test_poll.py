"""Failures that have to be asked for, by number alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from outreach.carriers.base import Capabilities, PullError, ReceiptWay, Submission
from outreach.delivery.poll import Poll, Polled
from outreach.domain.message import State
from outreach.domain.network import Channel
from outreach.domain.outcome import Accepted, Outcome
from outreach.domain.receipt import Receipt, Status
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Carrier, Stage


@dataclass
class Lists:
    """A carrier that keeps lists of failures by day."""

    failed: Sequence[str] = ()
    broken: bool = False
    asked: list[date] = field(default_factory=list)
    capabilities = Capabilities(Channel.SMS, ReceiptWay.PULLED, receipts_carry_key=False)

    async def submit(self, _: Submission) -> Outcome:
        return Accepted()

    async def failures(self, day: date) -> Sequence[Receipt]:
        self.asked.append(day)
        if self.broken:
            raise PullError("half a list")
        found = [Receipt(Status.UNDELIVERED, msisdn=number, code="off") for number in self.failed]
        return [*found, Receipt(Status.OTHER, msisdn="84900000005")]


def _poll(stage: Stage, lists: Lists) -> Poll:
    polled = {
        VIETTEL: Polled("viettel", lists, timedelta(hours=6)),
        OTHER: Polled("other", Carrier(), timedelta(hours=6)),
    }
    return Poll(stage.database, stage.writer, polled, stage.clock)


async def test_failures_are_found_by_number_and_day_and_asked_for_now_and_then(
    stage: Stage,
) -> None:
    campaign = stage.run_of(20, SMS_STEPS)
    lists = Lists(["84900000001", "84900000003", "84900000004", "84999999999"])
    poll = _poll(stage, lists)
    assert await poll.poll() == 0
    assert lists.asked == []  # nothing was sent yet
    await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), campaign)
    assert await poll.poll() == 2  # the others are another account's, or nobody's
    assert stage.states(campaign) == {State.ACCEPTED: 18, State.UNDELIVERED: 2}
    assert stage.results(campaign) == {State.ACCEPTED: 18, State.UNDELIVERED: 2}
    assert lists.asked == [date(2026, 11, 20)]
    assert await poll.poll() == 0
    assert len(lists.asked) == 1
    stage.clock.pass_(hours=7)
    assert await poll.poll() == 0  # said again, moved once
    assert len(lists.asked) == 2


async def test_a_list_that_is_not_whole_is_asked_for_again(stage: Stage) -> None:
    campaign = stage.run_of(4, SMS_STEPS)
    await stage.finish(stage.senders({VIETTEL: Carrier(), OTHER: Carrier()}), campaign)
    lists = Lists(["84900000001"], broken=True)
    poll = _poll(stage, lists)
    assert await poll.poll() == 0
    lists.broken = False
    assert await poll.poll() == 1
