"""Turning an answer into what is written down."""

from dataclasses import dataclass
from datetime import datetime

from outreach.delivery.judge import History, Policy, Verdict, judge
from outreach.delivery.routing import alternative, fallback
from outreach.domain.message import Event
from outreach.domain.network import Network
from outreach.domain.outcome import Accepted, Duplicate, Later, NotSent, Outcome, Refused, Unknown
from outreach.store.campaigns import Campaign
from outreach.store.record import Attempt, Due, OutcomeKind, Result
from outreach.store.work import Lease, Ticket

_BREAKER_WAIT_MS = 5_000


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome, when it was asked for, and how long it took (ms)."""

    outcome: Outcome
    at: datetime
    took_ms: int


def unsendable(ticket: Ticket, why: str, fallback_account: int | None = None) -> Result:
    """A row that this channel's text does not fit: refused by ourselves, no attempt."""
    return Result(ticket, Event.REFUSE, reason=f"row: {why}"[:80], fallback=fallback_account)


def postponed(ticket: Ticket, now_ms: int, why: str) -> Result:
    """A ticket that was started but held back at the last moment: nothing left."""
    due = Due(
        now_ms + _BREAKER_WAIT_MS,
        f"held: {why}"[:80],
        ticket.account,
        ticket.attempts,
        ticket.snoozes,
        ticket.rerouted,
    )
    return Result(ticket, Event.POSTPONE, due=due)


def parked(ticket: Ticket, now_ms: int, lease: Lease) -> Result:
    """A ticket whose answer is long in coming: leased, so it counts as started."""
    due = Due(
        now_ms,
        "under way",
        ticket.account,
        ticket.attempts,
        ticket.snoozes,
        ticket.rerouted,
        lease,
    )
    return Result(ticket, Event.POSTPONE, due=due)


def verdict_result(
    answer: Answer, ticket: Ticket, campaign: Campaign, policy: Policy, parts: int
) -> tuple[Result, Verdict]:
    """Judge an answer and say what to write down."""
    history = History(ticket.attempts, ticket.snoozes, ticket.rerouted)
    verdict = judge(answer.outcome, history, policy)
    network = answer.outcome.network if isinstance(answer.outcome, Refused) else None
    if verdict.event is Event.POSTPONE:
        due = _due(answer, ticket, campaign, verdict, network)
        if due is None:
            verdict = Verdict(Event.REFUSE, fallback=True, reason=verdict.reason)
    else:
        due = None
    next_channel = (
        fallback(campaign, ticket.message, network or ticket.network) if verdict.fallback else None
    )
    result = Result(
        ticket,
        verdict.event,
        parts=parts if verdict.event in {Event.ACCEPT, Event.LOSE} else 0,
        reason=verdict.reason if verdict.event is not Event.POSTPONE else None,
        attempt=_attempt(answer) if verdict.counts else None,
        due=due,
        learned=network,
        new_generation=verdict.new_generation,
        fallback=next_channel,
    )
    return result, verdict


def _due(
    answer: Answer, ticket: Ticket, campaign: Campaign, verdict: Verdict, network: Network | None
) -> Due | None:
    """When and where to try again; None when a re-route leads nowhere."""
    account: int | None = ticket.account
    if verdict.reroute:
        account = alternative(campaign, ticket.message, network or ticket.network, ticket.account)
    elif verdict.elsewhere:
        account = (
            alternative(campaign, ticket.message, ticket.network, ticket.account) or ticket.account
        )
    if account is None:
        return None
    return Due(
        int((answer.at + verdict.wait).timestamp() * 1000),
        (verdict.reason or verdict.event)[:80],
        account,
        ticket.attempts + verdict.counts,
        ticket.snoozes + (verdict.stop is not None),
        ticket.rerouted or verdict.reroute,
    )


def _attempt(answer: Answer) -> Attempt | None:
    at = int(answer.at.timestamp() * 1000)
    match answer.outcome:
        case Accepted(reference=reference):
            return Attempt(OutcomeKind.ACCEPTED, None, reference, at, answer.took_ms)
        case Duplicate(reference=reference):
            return Attempt(OutcomeKind.DUPLICATE, None, reference, at, answer.took_ms)
        case Refused(code=code):
            return Attempt(OutcomeKind.REFUSED, code[:80], None, at, answer.took_ms)
        case NotSent(reason=reason):
            return Attempt(OutcomeKind.NOT_SENT, reason[:80], None, at, answer.took_ms)
        case Unknown(reason=reason):
            return Attempt(OutcomeKind.UNKNOWN, reason[:80], None, at, answer.took_ms)
        case Later():
            return None
