"""`outreach report verify`: an issued report, laid beside messages and statements once more."""

from typing import Annotated

import typer

from outreach.cli.faults import REFUSED
from outreach.cli.months import MonthTold, month_told
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, progress, show_table
from outreach.cli.report_options import setting
from outreach.cli.report_words import say
from outreach.cli.streams import emit
from outreach.cli.words import Lang, count
from outreach.reports import verifying
from outreach.reports.verifying import Verdict

EPILOG = "Example: outreach report verify 2026-11"
_MOST = 20


def verify(
    ctx: typer.Context,
    month: MonthTold,
    edition: Annotated[str | None, typer.Option(help="Only this one; all of the month.")] = None,
    as_json: Json = False,
) -> None:
    """Count every message again, and name each figure of the issued reports that differs.

    Receipts that came since change figures: a new edition (`report issue`) says so. The exit
    code is 1 if anything differs. JSON: month, holds, messages (counted again), editions (name,
    revision, holds, broken: files, differences: figure, before, after; newer_statements: carrier,
    in_edition, latest; receipts_since), tally (differences).
    """
    when = month_told(month)
    with opened(ctx) as office:
        told = setting(office)
        with office.database.read() as conn, progress(f"{when}") as step:
            found = verifying.verify(conn, when, told, edition, step)
    if as_json:
        emit(found.to_json())
    else:
        _show(found, options(ctx).lang)
    if not found.holds:
        raise typer.Exit(REFUSED)


def _show(found: Verdict, lang: Lang) -> None:
    out = console()
    for difference in found.tally:
        out.print(str(difference), style="red")
    for each in found.editions:
        told = say(lang, "holds" if each.holds else "differs").format(
            name=each.edition.name,
            revision=each.edition.revision,
            messages=count(found.messages, lang),
            figures=len(each.differences),
        )
        out.print(told, style="green" if each.holds else "red")
        for file in each.broken:
            out.print(say(lang, "broken").format(file=file), style="red")
        for carrier, before, after in each.newer:
            out.print(say(lang, "newer").format(carrier=carrier, before=before, after=after))
        if each.receipts_since:
            told = say(lang, "receipts_since").format(n=count(each.receipts_since, lang))
            out.print(told)
        if each.differences:
            rows = [(d.words, d.before, d.after) for d in each.differences[:_MOST]]
            show_table(say(lang, "difference_columns").split("|"), rows)
            if len(each.differences) > _MOST:
                out.print(f"… +{len(each.differences) - _MOST}")
