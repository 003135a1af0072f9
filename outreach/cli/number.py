"""`outreach number`: phone numbers, as the import would read them."""

import sys
from collections.abc import Iterable
from typing import Annotated

import typer

from outreach.cli.options import Json, Options, options
from outreach.cli.streams import answer_lines
from outreach.cli.words import Lang, words
from outreach.domain.msisdn import Bad, Parsed, mask, mask_text, parse
from outreach.domain.network import PrefixTable
from outreach.settings import prefixes

app = typer.Typer()


@app.callback()
def number() -> None:
    """Read phone numbers."""


@app.command(
    "parse",
    epilog="Example: outreach number parse '0162.555.0100' '(028) 3555 0100'\n\n"
    "Example: jq -c '.[].phone' people.json | outreach number parse - --json",
)
def parse_numbers(
    ctx: typer.Context,
    numbers: Annotated[list[str], typer.Argument(help="Numbers; `-` reads standard input.")],
    as_json: Json = False,
) -> None:
    """Say what each number is: its form today, its network by prefix, or what is wrong.

    JSON, one object a line: input, msisdn (or null), network, reason (null if good); with `-`,
    standard input holds one JSON string a line. Without --json numbers are shown masked.
    """
    table = prefixes(options(ctx).config / "networks.toml")
    if as_json and numbers == ["-"]:
        answer_lines(lambda told: _json(told, parse(told, table)))
    elif as_json:
        _emit(numbers, table)
    else:
        lines = (line.rstrip("\n") for line in sys.stdin) if numbers == ["-"] else numbers
        _show(lines, table, options(ctx))


def _json(told: str, found: Parsed | Bad) -> dict[str, object]:
    if isinstance(found, Bad):
        return {"input": told, "msisdn": None, "network": None, "reason": found.reason}
    return {
        "input": told,
        "msisdn": found.msisdn,
        "network": found.network.title,
        "reason": None,
    }


def _emit(numbers: Iterable[str], table: PrefixTable) -> None:
    from outreach.cli.output import emit  # noqa: PLC0415 - brings Rich, which pipes do not need

    for told in numbers:
        emit(_json(told, parse(told, table)))


def _show(numbers: Iterable[str], table: PrefixTable, told: Options) -> None:
    from outreach.cli.output import show_table  # noqa: PLC0415 - see _emit

    say = words(told.lang)
    rows = [_row(number, parse(number, table), told.lang) for number in numbers]
    show_table(("MSISDN", say("network"), say("reason")), rows)


def _row(told: str, found: Parsed | Bad, lang: Lang) -> tuple[str, str, str]:
    if isinstance(found, Bad):
        why = found.reason.vi if lang is Lang.VI else found.reason.en
        return mask_text(told), "", why
    return mask(found.msisdn), found.network.title, ""
