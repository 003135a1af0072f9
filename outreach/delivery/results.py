"""Turning an answer into what is written down."""

from dataclasses import dataclass
from datetime import timedelta

from outreach.delivery.judge import History, Policy, Verdict, judge
from outreach.delivery.routing import alternative, fallback
from outreach.domain.message import Event
from outreach.domain.network import Network
from outreach.domain.outcome import Accepted, Duplicate, Later, NotSent, Outcome, Refused, Unknown
from outreach.store.campaigns import Campaign
from outreach.store.doubtful import TOO_LATE
from outreach.store.messages import AT_LEAST
from outreach.store.reach import NO_ADDRESS
from outreach.store.record import Attempt, Due, OutcomeKind, Result
from outreach.store.work import Lease, Ticket

_LEAST_WAIT_MS = 5_000
_NO_DUPLICATES = timedelta(0)


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome, when it was asked for (ms), and how long it took (ms)."""

    outcome: Outcome
    at: int
    took_ms: int
    known_for: timedelta = _NO_DUPLICATES
    """For how long from `at` the carrier would call a repeated try a duplicate for certain."""
    list_key: str | None = None
    """The key of the list that it was one of: what its carrier may be asked about later."""


def unsendable(ticket: Ticket, why: str, fallback_account: int | None = None) -> Result:
    """A row that this channel's text does not fit: refused by ourselves, no attempt."""
    return _refused(ticket, f"row: {why}"[:80], fallback_account)


def unreachable(ticket: Ticket, campaign: Campaign, now_ms: int) -> Result:
    """A ticket whose channel is known not to lead to the person: nobody is asked.

    Where it is only that no id is known, another account of the channel may do with the number:
    once, so that two who need an id do not pass the ticket to and fro.
    """
    why, place = ticket.unreachable, (campaign, ticket.message, ticket.recipient, ticket.network)
    if why == NO_ADDRESS and ticket.unknown_until is None and not ticket.rerouted:
        other = alternative(*place, ticket.account)
        if other is not None:
            due = Due(now_ms, why, other, ticket.attempts, ticket.snoozes, rerouted=True)
            return Result(ticket, Event.POSTPONE, due=due)
    return _refused(ticket, why, fallback(*place))


def _refused(ticket: Ticket, why: str, fallback_account: int | None) -> Result:
    """A ticket that is not handed over at all; what may have left before is not asked about."""
    if ticket.unknown_until is not None:
        return Result(ticket, Event.LOSE, parts=_parts(ticket), reason=why)
    return Result(ticket, Event.REFUSE, reason=why, fallback=fallback_account)


def withheld(ticket: Ticket, parts: int = AT_LEAST) -> Result:
    """A ticket that may not leave any more; what may have left before is no longer asked about."""
    if ticket.unknown_until is not None:
        return Result(ticket, Event.LOSE, parts=max(parts, ticket.parts), reason=ticket.withheld)
    return Result(ticket, Event.SUPPRESS, reason=ticket.withheld)


def _parts(ticket: Ticket) -> int:
    """What a ticket that may have left costs if it did."""
    return max(ticket.parts, AT_LEAST)


def too_late(ticket: Ticket, parts: int) -> Result:
    """A ticket that may have left, and whose key the carrier may have forgotten."""
    return Result(ticket, Event.LOSE, parts=parts, reason=TOO_LATE)


def postponed(
    ticket: Ticket, now_ms: int, why: str, wait_ms: int = 0, halt: str | None = None
) -> Result:
    """A ticket that was started but held back at the last moment: nothing left."""
    due = _again(ticket, now_ms + max(wait_ms, _LEAST_WAIT_MS), f"held: {why}")
    return Result(ticket, Event.POSTPONE, due=due, halt=halt)


def parked(ticket: Ticket, now_ms: int, lease: Lease) -> Result:
    """A ticket whose answer is long in coming: leased, so it counts as started."""
    return Result(ticket, Event.POSTPONE, due=_again(ticket, now_ms, "under way", lease))


def _again(ticket: Ticket, at: int, why: str, lease: Lease | None = None) -> Due:
    """The ticket as an exception, with all that it has been through."""
    return Due(
        at,
        why[:80],
        ticket.account,
        ticket.attempts,
        ticket.snoozes,
        ticket.rerouted,
        lease,
        ticket.unknown_until,
        ticket.parts,
        ticket.waits,
    )


def verdict_result(
    answer: Answer, ticket: Ticket, campaign: Campaign, policy: Policy, parts: int
) -> tuple[Result, Verdict]:
    """Judge an answer and say what to write down."""
    was_unknown = ticket.unknown_until is not None
    known_key = answer.known_for > _NO_DUPLICATES
    history = History(ticket.attempts, ticket.snoozes, ticket.rerouted, was_unknown, known_key)
    verdict = judge(answer.outcome, history, policy)
    refusal = answer.outcome if isinstance(answer.outcome, Refused) else None
    network = refusal.network if refusal else None
    due = None
    if verdict.event is Event.POSTPONE:
        due = _due(answer, ticket, campaign, verdict, network)
        if due is None:
            verdict = Verdict(Event.REFUSE, fallback=True, reason=verdict.reason)
    next_channel = (
        fallback(campaign, ticket.message, ticket.recipient, network or ticket.network)
        if verdict.fallback
        else None
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
        reach=refusal.reach if refusal else None,
    )
    return result, verdict


def _due(
    answer: Answer, ticket: Ticket, campaign: Campaign, verdict: Verdict, network: Network | None
) -> Due | None:
    """When and where to try again; None when a re-route leads nowhere."""
    account: int | None = ticket.account
    if verdict.reroute:
        account = alternative(
            campaign, ticket.message, ticket.recipient, network or ticket.network, ticket.account
        )
    elif verdict.elsewhere:
        account = (
            alternative(campaign, ticket.message, ticket.recipient, ticket.network, ticket.account)
            or ticket.account
        )
    if account is None:
        return None
    unknown_until = _unknown_until(answer, ticket)
    return Due(
        answer.at + _ms(verdict.wait),
        (verdict.reason or verdict.event)[:80],
        account,
        ticket.attempts + verdict.counts,
        ticket.snoozes + (verdict.stop is not None),
        ticket.rerouted or verdict.reroute,
        unknown_until=unknown_until,
        parts=0 if unknown_until is None else ticket.parts,
    )


def _unknown_until(answer: Answer, ticket: Ticket) -> int | None:
    """Until when a message that may have left may be asked for again under its key."""
    if ticket.unknown_until is None and isinstance(answer.outcome, Unknown):
        return answer.at + _ms(answer.known_for)
    # A carrier remembers a key from the first time it took it.
    return ticket.unknown_until


def _ms(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)


def _attempt(answer: Answer) -> Attempt | None:
    at = answer.at
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
            return Attempt(OutcomeKind.UNKNOWN, reason[:80], answer.list_key, at, answer.took_ms)
        case Later():
            return None
