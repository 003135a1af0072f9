"""`outreach number`: phone numbers, as the import would read them."""

import sys
from collections.abc import Iterable
from typing import Annotated

import typer

from outreach.cli import number_show
from outreach.cli.options import Json, Options, options
from outreach.cli.streams import answer_lines, emit
from outreach.cli.words import Lang, words
from outreach.domain.msisdn import Bad, Parsed, both, mask, parse
from outreach.domain.network import PrefixTable
from outreach.settings import prefixes

app = typer.Typer()


@app.callback()
def number() -> None:
    """Read phone numbers."""


app.command("show", epilog=number_show.EPILOG)(number_show.show)


@app.command(
    "parse",
    epilog="Example: outreach number parse '0162.555.0100' '(028) 3555 0100'\n\n"
    "Example: jq -c '.[].phone' people.json | outreach number parse - --json",
)
def parse_numbers(
    ctx: typer.Context,
    numbers: Annotated[list[str], typer.Argument(help="Numbers; `-` reads standard input.")],
    detail: Annotated[
        bool, typer.Option("--detail", help="Who sells the block, since when, and how sure.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what each number is: its form today, its network by prefix, or what is wrong.

    JSON, one object a line: input, msisdn (or null), network, reason (null if good); with `-`,
    standard input holds one JSON string a line. --detail adds operator, sure, since (each null
    where unknown) and numbers (all that are in the field). Without --json numbers are masked.
    """
    table = prefixes(options(ctx).config / "networks.toml")

    def answer(told: str) -> dict[str, object]:
        found = parse(told, table)
        return _json(told, found) | (_json_detail(told, found, table) if detail else {})

    if as_json and numbers == ["-"]:
        answer_lines(answer)
    elif as_json:
        for told in numbers:
            emit(answer(told.encode(errors="replace").decode()))
    else:
        lines = (line.rstrip("\n") for line in sys.stdin) if numbers == ["-"] else numbers
        _show(lines, table, options(ctx), detail)


def _json(told: str, found: Parsed | Bad) -> dict[str, object]:
    if isinstance(found, Bad):
        return {"input": told, "msisdn": None, "network": None, "reason": found.reason}
    return {
        "input": told,
        "msisdn": found.msisdn,
        "network": found.network.title,
        "reason": None,
    }


def _json_detail(told: str, found: Parsed | Bad, table: PrefixTable) -> dict[str, object]:
    block = table.block(found.msisdn) if isinstance(found, Parsed) else None
    return {
        "operator": block and block.seller,
        "sure": block and block.sure,
        "since": block and block.since,
        "numbers": [number.msisdn for number in both(told, table)],
    }


def _show(numbers: Iterable[str], table: PrefixTable, told: Options, detail: bool) -> None:
    from outreach.cli.output import show_table  # noqa: PLC0415 - brings Rich; pipes do without

    say = words(told.lang)
    rows = []
    for number in numbers:
        found = parse(number, table)
        more = _row_detail(number, found, table, told.lang) if detail else ()
        rows.append((*_row(number, found, told.lang), *more))
    columns = ("MSISDN", say("network"), say("reason"))
    show_table((*columns, *_DETAIL[told.lang]) if detail else columns, rows)


_DETAIL = {
    Lang.EN: ("Operator", "Sure", "Since", "Numbers in the field"),
    Lang.VI: ("Nhà cung cấp", "Chắc chắn", "Từ ngày", "Các số trong ô"),
}
_YES_NO = {Lang.EN: ("no", "yes"), Lang.VI: ("không", "có")}


def _row(told: str, found: Parsed | Bad, lang: Lang) -> tuple[str, str, str]:
    if isinstance(found, Bad):
        why = found.reason.vi if lang is Lang.VI else found.reason.en
        return _masked(told), "", why
    return mask(found.msisdn), found.network.title, ""


def _row_detail(told: str, found: Parsed | Bad, table: PrefixTable, lang: Lang) -> tuple[str, ...]:
    numbers = " ".join(mask(number.msisdn) for number in both(told, table))
    block = table.block(found.msisdn) if isinstance(found, Parsed) else None
    if block is None:
        return "", "", "", numbers
    return block.seller, _YES_NO[lang][block.sure], str(block.since or ""), numbers


def _masked(told: str) -> str:
    """What was written, without any digit beyond the first three."""
    shown = 0
    masked = ""
    for char in told[:_SHOWN]:
        shown += char.isdigit()
        masked += "*" if char.isdigit() and shown > 3 else char
    return masked


_SHOWN = 60
"""Characters: enough to find the cell again."""
