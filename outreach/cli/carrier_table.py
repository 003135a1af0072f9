"""`outreach carrier table`: what every answer of every carrier means, as a page of docs/."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from outreach.carriers.registry import NAMES, dialect
from outreach.cli.checkout import checkout
from outreach.cli.options import Json
from outreach.cli.output import console
from outreach.cli.streams import emit
from outreach.delivery.judge import History, Policy, Verdict, judge
from outreach.domain.message import Event
from outreach.domain.outcome import Accepted, Duplicate, Later, Outcome, Refused, Scope, Unknown

EPILOG = "Example: outreach carrier table --write"

PAGE = Path("docs") / "carriers.md"
_HEAD = """\
# What carriers answer, and what the engine does

Made by `outreach carrier table --write` from every adapter's `codes()` and the engine's own table
(`delivery/judge.py`); not to be edited. Faults of the network and of HTTP are the same for all and
stand in `carriers/http.py`. A code that is not listed refuses its recipient and is counted under
its own name, unless the adapter says otherwise.
"""
_COLUMNS = ("answer", "outcome", "about", "words", "what the engine does")


def table(
    write: Annotated[bool, typer.Option("--write", help=f"Write {PAGE} of this checkout.")] = False,
    as_json: Json = False,
) -> None:
    """Print every documented answer of every carrier, and what the engine does on it.

    JSON: adapters, each with adapter and codes (answer, outcome, about, words, engine).
    """
    if write:
        (checkout() / PAGE).write_text(page(), encoding="utf-8")
        console().print(f"{PAGE} is written")
    elif as_json:
        emit({"adapters": [{"adapter": name, "codes": list(_json(name))} for name in NAMES]})
    else:
        print(page(), end="")


def page() -> str:
    """The whole page, in Markdown."""
    return "\n".join([_HEAD, *(_section(name) for name in NAMES)])


def _section(name: str) -> str:
    rows = [_COLUMNS, ("---",) * len(_COLUMNS), *_rows(name)]
    return "\n".join([f"## {name}", "", *(f"| {' | '.join(row)} |" for row in rows), ""])


def _rows(name: str) -> Iterator[tuple[str, ...]]:
    for code, outcome in dialect(name).codes().items():
        about, words = _about(outcome), _words(code, outcome)
        yield (_cell(code), type(outcome).__name__, about, _cell(words), engine(outcome))


def _json(name: str) -> Iterator[dict[str, str]]:
    for code, outcome in dialect(name).codes().items():
        told = (code, type(outcome).__name__, _about(outcome), _words(code, outcome))
        yield dict(zip(("answer", "outcome", "about", "words"), told, strict=True)) | {
            "engine": engine(outcome)
        }


def _cell(told: str) -> str:
    return told.replace("|", "\\|")


def _about(outcome: Outcome) -> str:
    match outcome:
        case Refused(scope=scope):
            return scope.value
        case Later(account=True) | Later(throttled=True):
            return Scope.ACCOUNT.value
        case _:
            return ""


def _words(code: str, outcome: Outcome) -> str:
    if isinstance(outcome, Accepted | Duplicate):
        return ""
    return outcome.reason.removeprefix(code).lstrip(": ")


def engine(outcome: Outcome) -> str:
    """What the engine does on an answer, in words, as `judge` decides it."""
    policy = Policy()
    first = _does(outcome, judge(outcome, History(), policy))
    if not isinstance(outcome, Duplicate | Unknown):
        return first
    # What is known of earlier tries decides these two.
    later = History(was_unknown=True, known_key=True)
    then = _does(outcome, judge(outcome, later, policy))
    when = "an earlier try may have been taken" if isinstance(outcome, Duplicate) else "repeatable"
    return f"{first}; where {when}: {then}"


def _does(outcome: Outcome, verdict: Verdict) -> str:
    match verdict.event:
        case Event.ACCEPT:
            return "accepted"
        case Event.REFUSE:
            return "rejected; the plan's next channel, if any, takes over" + _learnt(outcome)
        case Event.LOSE:
            return "unknown: asked about, never sent again on its own"
        case _:
            return _waits(outcome, verdict)


def _waits(outcome: Outcome, verdict: Verdict) -> str:
    if verdict.reroute:
        return "goes once to an account of the right network; a second time it is rejected"
    match verdict.stop:
        case Scope.TEXT:
            return "pauses the campaign; the message waits, not counted"
        case Scope.ACCOUNT:
            return "opens the breaker; the message waits, not counted; one at a time tries again"
        case _:
            pass
    if isinstance(outcome, Later):
        if outcome.throttled:
            return f"halves the pace; tried again after {_span(outcome)}, not counted"
        who = "the whole account rests" if outcome.account else "tried again after"
        return f"{who} {_span(outcome)}, not counted"
    where = " elsewhere where the plan has another account" if verdict.elsewhere else ""
    return f"tried again{where}, counted" if where else "asked for again under the same key"


def _learnt(outcome: Outcome) -> str:
    learnt = outcome.reach if isinstance(outcome, Refused) else None
    return f"; learnt of the person: {learnt}" if learnt else ""


def _span(outcome: Later) -> str:
    seconds = int(outcome.wait.total_seconds())
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= length and not seconds % length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
