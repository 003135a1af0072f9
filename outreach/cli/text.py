"""`outreach text`: what a text costs to send."""

import sys
from typing import Annotated

import typer

from outreach.cli.options import Json
from outreach.cli.streams import answer_lines
from outreach.domain.text import culprits, measure, plain

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
    holds one JSON string a line. Without --json, `-` takes all of standard input as one text.
    """
    if as_json and words == "-":
        answer_lines(_json)
    elif as_json:
        from outreach.cli.output import emit  # noqa: PLC0415 - brings Rich; pipes do without

        emit(_json(words))
    else:
        _show(sys.stdin.read().rstrip("\n") if words == "-" else words)


def _json(told: str) -> dict[str, object]:
    size = measure(told)
    return {"encoding": size.encoding, "units": size.units, "segments": size.segments}


def _show(told: str) -> None:
    size = measure(told)
    print(f"{size.encoding}, {size.units} units, {_parts(size.segments)}")
    dear = dict.fromkeys(culprit.character for culprit in culprits(told))
    if dear:
        cheaper = measure(plain(told))
        print(f"UCS-2 because of: {' '.join(dear)}")
        print(f"plain: {cheaper.units} units, {_parts(cheaper.segments)}")


def _parts(segments: int) -> str:
    return "1 part" if segments == 1 else f"{segments} parts"
