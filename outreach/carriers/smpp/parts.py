"""The outcomes of a text's parts as one outcome."""

from collections.abc import Sequence

from outreach.domain.outcome import Accepted, Later, NotSent, Outcome, Refused, Unknown


def is_begun(outcomes: Sequence[Outcome]) -> bool:
    """Whether some of the text may have reached the recipient."""
    return any(isinstance(each, Accepted | Unknown) for each in outcomes)


def throttled(outcomes: Sequence[Outcome]) -> list[int]:
    """The places of the parts for which we were too fast."""
    return [n for n, each in enumerate(outcomes) if isinstance(each, Later) and each.throttled]


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """Say what became of the whole text.

    Nothing of it was taken: the most definite no. Some of it: nobody may send it again.
    """
    taken = [each for each in outcomes if isinstance(each, Accepted)]
    if len(taken) == len(outcomes):
        references = tuple(each.reference for each in taken if each.reference is not None)
        return Accepted(taken[0].reference, references)
    if not is_begun(outcomes):
        return min(outcomes, key=_definite)
    missing = next(n for n, each in enumerate(outcomes) if not isinstance(each, Accepted))
    return Unknown(f"part {missing + 1} of {len(outcomes)}: {_words(outcomes[missing])}")


def _definite(outcome: Outcome) -> int:
    match outcome:
        case Refused():
            return 0
        case Later():
            return 1
        case _:
            return 2


def _words(outcome: Outcome) -> str:
    match outcome:
        case Refused(code=code, reason=reason):
            return f"{code} {reason}"
        case Later(reason=reason) | NotSent(reason=reason) | Unknown(reason=reason):
            return reason
        case _:
            return ""
