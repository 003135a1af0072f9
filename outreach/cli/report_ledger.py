"""`outreach report ledger`: every figure of a month, or since the start."""

from importlib.resources import files

import typer

from outreach.cli.months import MonthOrAll, month_told
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, money, show_table
from outreach.cli.report_options import setting
from outreach.cli.report_words import say
from outreach.cli.streams import emit
from outreach.cli.words import Lang, count
from outreach.reports import ledgers, words
from outreach.reports.books import Entry
from outreach.reports.columns import Column
from outreach.reports.ledger import Ledger

EPILOG = "Example: outreach report ledger 2026-11 --json"
SCHEMA = "Example: outreach report schema > ledger.schema.json"


def show(
    ctx: typer.Context,
    month: MonthOrAll = None,
    as_json: Json = False,
) -> None:
    """Show the figures of a month, or of all months, from the tallies.

    JSON: as `outreach report schema` describes it: month, made_at, agency, rehearsal, total,
    previous, late, earlier, unprompted, carriers, campaigns, districts, reasons, by_order,
    statements, costs, coverage.
    """
    when = None if month is None else month_told(month)
    with opened(ctx) as office:
        told = setting(office)
        with office.database.read() as conn:
            made = ledgers.of_month(conn, when, told)
    if as_json:
        emit(made.to_json())
    else:
        show_ledger(made, options(ctx).lang)


def schema(as_json: Json = False) -> None:  # noqa: ARG001 - it is JSON in any case
    """Print the JSON schema of the ledger, and of the report's JSON file.

    JSON: a schema of draft 2020-12.
    """
    print(files("outreach.reports").joinpath("ledger.schema.json").read_text("utf-8"), end="")


def show_ledger(made: Ledger, lang: Lang) -> None:
    """Print the main figures, carrier by carrier, with sends by order beside them."""
    columns = say(lang, "ledger_columns").split("|")
    rows = [
        (
            line.network.title,
            line.channel.name.lower() if line.channel else "",
            *_cells(line.entry, lang),
        )
        for line in made.carriers
    ]
    rows.append((say(lang, "total"), "", *_cells(made.entry, lang)))
    show_table(columns, rows, numeric=range(2, len(columns)))
    if made.claims.orders:
        ordered = [
            (
                each.name,
                each.carrier,
                words.part(each.state) if lang is Lang.VI else each.state,
                *("-" if n is None else count(n, lang) for n in (each.sent, each.delivered)),
            )
            for each in made.claims.orders
        ]
        show_table(
            say(lang, "order_columns").split("|"),
            ordered,
            numeric=[3, 4],
            title=say(lang, "by_order"),
        )
    _notes(made, lang)


def _cells(entry: Entry, lang: Lang) -> tuple[str, ...]:
    sums, done = entry.sums, entry.answers
    counts = (
        sums.recipients,
        sums.sent,
        sums.of(Column.DELIVERED),
        sums.of(Column.NO_FAILURE),
        sums.of(Column.UNDELIVERED),
        done.opened,
        done.installed,
    )
    return (*(count(number, lang) for number in counts), money(sums.cost, lang))


def _notes(made: Ledger, lang: Lang) -> None:
    out = console()
    if not made.total.messages:
        out.print(say(lang, "empty"))
    late = [
        f"{line.carrier.name} ({line.days_overdue})"
        for line in made.claims.statements
        if line.missing and line.days_overdue
    ]
    if late:
        out.print(say(lang, "overdue").format(carriers=", ".join(late)), style="yellow")
    if made.rehearsal:
        out.print(say(lang, "rehearsal"), style="bold yellow")
