"""What becomes of a message after one submission: a pure table, proved complete by types."""

from dataclasses import dataclass
from datetime import timedelta

from outreach.domain.message import Event
from outreach.domain.outcome import (
    Accepted,
    Duplicate,
    Later,
    NotSent,
    Outcome,
    Refused,
    Scope,
    Unknown,
)


@dataclass(frozen=True, slots=True)
class History:
    """What a message has been through before this submission."""

    attempts: int = 0
    """Counted tries."""
    snoozes: int = 0
    """Refusals of text or account that counted for nothing."""
    rerouted: bool = False
    was_unknown: bool = False
    """True when an earlier try under the same key may have been taken."""
    known_key: bool = False
    """True while the carrier would call this try's key a duplicate, so that it may be repeated."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How often and how long we try."""

    max_attempts: int = 4
    first_backoff: timedelta = timedelta(seconds=10)
    longest_backoff: timedelta = timedelta(minutes=10)
    max_text_refusals: int = 3
    """After so many pauses for one row, the row is at fault and not the text."""
    max_account_refusals: int = 20
    """Each waits longer, so that one row neither wedges the probe nor is given up early."""

    def backoff(self, attempts: int) -> timedelta:
        """The wait after that many counted tries: doubling, bounded."""
        return min(self.first_backoff * (1 << max(0, attempts - 1)), self.longest_backoff)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the engine does with the message, and what else it has to stop or learn."""

    event: Event
    counts: bool = True
    wait: timedelta = timedelta(0)
    elsewhere: bool = False
    """Try the next account of the channel, if there is one."""
    reroute: bool = False
    """The number is on another network than we thought."""
    fallback: bool = False
    """The plan's next channel may take over."""
    new_generation: bool = False
    stop: Scope | None = None
    reason: str | None = None


def judge(outcome: Outcome, history: History, policy: Policy) -> Verdict:
    """Say what becomes of a message after one submission."""
    match outcome:
        case Accepted():
            return Verdict(Event.ACCEPT)
        case Duplicate():
            return _duplicate(history)
        case Refused():
            refused = _refused_after_unknown if history.was_unknown else _refused
            return refused(outcome, history, policy)
        case Later(wait=wait):
            return Verdict(Event.POSTPONE, counts=False, wait=wait, reason=outcome.reason)
        case NotSent(reason=reason):
            return _not_sent(reason, history, policy)
        case Unknown(reason=reason):
            again = history.known_key and history.attempts + 1 < policy.max_attempts
            return _asked_again(reason, history, policy) if again else _lost(reason)


def _not_sent(reason: str, history: History, policy: Policy) -> Verdict:
    if history.attempts + 1 >= policy.max_attempts:
        if history.was_unknown:
            return _lost(reason)
        return Verdict(Event.SPEND, fallback=True, reason=reason)
    if history.was_unknown:
        return _asked_again(reason, history, policy)
    wait = policy.backoff(history.attempts + 1)
    return Verdict(Event.POSTPONE, wait=wait, elsewhere=True, reason=reason)


def _asked_again(reason: str, history: History, policy: Policy) -> Verdict:
    """It may have left: the same account and the same key."""
    return Verdict(Event.POSTPONE, wait=policy.backoff(history.attempts + 1), reason=reason)


def _lost(reason: str) -> Verdict:
    return Verdict(Event.LOSE, reason=reason)


def _duplicate(history: History) -> Verdict:
    if history.was_unknown:
        return Verdict(Event.ACCEPT)
    # A carrier may remember a try that it refused, so the word alone proves nothing.
    return Verdict(Event.LOSE, reason="the carrier calls the key a duplicate")


def _refused_after_unknown(refused: Refused, history: History, policy: Policy) -> Verdict:
    """This try was refused, the one before it may have been taken: nobody else is to carry it."""
    reason = _reason(refused)
    stop = refused.scope if refused.scope in {Scope.TEXT, Scope.ACCOUNT} else None
    if refused.scope is Scope.ACCOUNT and history.snoozes < policy.max_account_refusals:
        wait = policy.backoff(history.snoozes + 1)
        return Verdict(Event.POSTPONE, counts=False, wait=wait, stop=stop, reason=reason)
    return Verdict(Event.LOSE, stop=stop, reason=reason)


def _refused(refused: Refused, history: History, policy: Policy) -> Verdict:
    reason = _reason(refused)
    rejected = Verdict(Event.REFUSE, fallback=True, reason=reason)
    match refused.scope:
        case Scope.RECIPIENT:
            return rejected
        case Scope.NETWORK if history.rerouted:
            return rejected
        case Scope.NETWORK:
            return Verdict(Event.POSTPONE, reroute=True, new_generation=True, reason=reason)
        case Scope.TEXT if history.snoozes >= policy.max_text_refusals:
            return rejected
        case Scope.ACCOUNT if history.snoozes >= policy.max_account_refusals:
            return rejected
        case Scope.TEXT | Scope.ACCOUNT:
            wait = policy.backoff(history.snoozes) if history.snoozes else timedelta(0)
            return Verdict(
                Event.POSTPONE,
                counts=False,
                wait=wait,
                new_generation=True,
                stop=refused.scope,
                reason=reason,
            )


def _reason(refused: Refused) -> str:
    return f"{refused.code} {refused.reason}".strip()[:80]
