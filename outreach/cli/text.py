"""`outreach text`: what a text costs to send."""

import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from outreach.cli.options import Json
from outreach.cli.streams import answer_lines, emit
from outreach.domain.text import (
    STANDARD,
    Culprit,
    Encoding,
    Measure,
    culprits,
    left,
    measure,
    measure_sent,
    plain,
    tidy,
)

app = typer.Typer()


@app.callback()
def text() -> None:
    """Measure texts."""


@app.command(
    "measure",
    epilog="Example: outreach text measure 'Kính mời Ông/Bà cài ứng dụng VssID'\n\n"
    "Example: jq -c '.[].text' texts.json | outreach text measure - --json",
)
def measure_text(
    words: Annotated[str, typer.Argument(metavar="TEXT", help="`-` reads standard input.")] = "-",
    as_json: Json = False,
) -> None:
    """Count an SMS text's units and billed parts, and say what makes it dear.

    JSON, one object a line: encoding (GSM-7 or UCS-2), units, segments; with `-`, standard input
    holds one JSON string a line. A text given as TEXT gets more: left (units that fit in at the
    same price), sent (as campaigns count it: carriers know texts with accents and without, so à
    and è, which GSM-7 has, make it UCS-2 as well), culprits (what forces UCS-2: position from 0,
    character, code, substitute or null, lossless), tidy and plain (encoding, units, segments with
    typography written plainly, and without accents). Without --json, `-` takes all of standard
    input as one text.
    """
    if as_json and words == "-":
        answer_lines(lambda told: _json(measure(told)))
    elif as_json:
        emit(_json_detail(words.encode(errors="replace").decode()))
    else:
        _show(sys.stdin.read().rstrip("\n") if words == "-" else words)


def _json(size: Measure) -> dict[str, object]:
    return {"encoding": size.encoding, "units": size.units, "segments": size.segments}


def _json_detail(told: str) -> dict[str, object]:
    size = measure(told)
    return _json(size) | {
        "left": left(size, STANDARD),
        "sent": _json(measure_sent(told)),
        "culprits": [
            {
                "position": culprit.position,
                "character": culprit.character,
                "code": _code(culprit.character),
                "substitute": culprit.substitute,
                "lossless": culprit.lossless,
            }
            for culprit in culprits(told)
        ],
        "tidy": _json(measure(tidy(told))),
        "plain": _json(measure(plain(told))),
    }


def _show(told: str) -> None:
    size = measure(told)
    if size.encoding is Encoding.GSM7 and size.segments == 1:
        print(_told(size))
        _show_sent(told)
        return
    room = left(size, STANDARD)
    print(f"{_told(size)}, {room} units left" if room >= 0 else f"{_told(size)}, too long")
    _show_sent(told)
    found = culprits(told)
    if found:
        print(f"UCS-2 because of: {' '.join(dict.fromkeys(c.character for c in found))}")
        print(*_explained(found), sep="\n")
        if any(culprit.lossless for culprit in found):
            print(f"typography written plainly: {_told(measure(tidy(told)))}")
        print(f"without accents (plain): {_told(measure(plain(told)))}")


def _show_sent(told: str) -> None:
    sent = measure_sent(told)
    if sent != measure(told):
        print(f"sent as a text with accents: {_told(sent)}")


def _explained(found: list[Culprit]) -> Iterator[str]:
    """One line a character: its places from 1, and what could stand there."""
    places: dict[str, list[int]] = {}
    for culprit in found:
        places.setdefault(culprit.character, []).append(culprit.position + 1)
    for culprit in {culprit.character: culprit for culprit in found}.values():
        at = places[culprit.character]
        shown = ", ".join(map(str, at[:_SHOWN])) + (" …" if len(at) > _SHOWN else "")
        yield f"  {_code(culprit.character)} at {shown}: {_advice(culprit)}"


_SHOWN = 5


def _advice(culprit: Culprit) -> str:
    if culprit.substitute is None:
        return f"{culprit.character} has no substitute"
    instead = f"'{culprit.substitute}'" if culprit.substitute else "nothing"
    return f"{instead} says the same" if culprit.lossless else f"{instead} comes close"


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


def _told(size: Measure) -> str:
    parts = "1 part" if size.segments == 1 else f"{size.segments} parts"
    return f"{size.encoding}, {size.units} units, {parts}"
