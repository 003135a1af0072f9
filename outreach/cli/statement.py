"""`outreach statement`: the figures that carriers hand in each month."""

from pathlib import Path
from typing import Annotated

import typer

from outreach.cli import statement_import
from outreach.cli.months import MonthTold, month_told
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, fresh
from outreach.cli.statement_import import CarrierName, order_names
from outreach.cli.statement_words import (
    changes_json,
    month_words,
    refusals,
    said,
    show_standings,
    show_statement,
    standing_json,
    statement_json,
)
from outreach.cli.streams import emit
from outreach.cli.words import Lang
from outreach.domain.campaign import Role
from outreach.domain.errors import BadInputError, NotFoundError
from outreach.domain.month import Month
from outreach.reports.files import replacing, write_rows
from outreach.statistics.statements import carrier_named, orders_of, standings
from outreach.statistics.statements.template import Form, rows, write_form
from outreach.store import statements

app = typer.Typer()


@app.callback()
def statement() -> None:
    """Take in what carriers tell each month, and see who is late."""


app.command("import", epilog=statement_import.IMPORT)(statement_import.import_file)
app.command("add", epilog=statement_import.ADD)(statement_import.add)


@app.command(epilog="Example: outreach statement show Viettel 2026-11 --revision 1")
def show(
    ctx: typer.Context,
    carrier: CarrierName,
    month: MonthTold,
    revision: Annotated[
        int | None, typer.Option(min=1, help="Of several; the latest without it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show a carrier's figures, how they differ from the revision before, and every revision.

    JSON: statement (carrier, month, revision, source, document, at, made_by, why, difficulties,
    causes, invoiced_parts, invoiced_dong, cautions (kind, vi, en), total (sent, delivered,
    accesses, installs), lines (order, district and the same)), changes (by figure: before, after),
    history (revision, at, made_by, source, why).
    """
    lang = options(ctx).lang
    with opened(ctx) as office, refusals(lang), office.database.read() as conn:
        whose = carrier_named(office.settings.reporting, carrier)
        history = statements.history(conn, whose, month_told(month).number)
        names = order_names(conn, history)
    found = next((each for each in reversed(history) if revision in {None, each.revision}), None)
    if found is None:
        known = ", ".join(str(each.revision) for each in history) or "none"
        raise NotFoundError(f"{whose}, {month}: no such statement; revisions there are: {known}")
    if as_json:
        before = next((each for each in history if each.revision == found.revision - 1), None)
        past = [statement_json(each, names) for each in history]
        brief = ("revision", "at", "made_by", "source", "why")
        emit(
            {
                "statement": statement_json(found, names),
                "changes": changes_json(found, before),
                "history": [{name: each[name] for name in brief} for each in past],
            }
        )
        return
    show_statement(found, history, names, lang)


@app.command("list", epilog="Example: outreach statement list 2026-11")
def list_months(
    ctx: typer.Context,
    month: Annotated[
        str | None,
        typer.Argument(metavar="MONTH", help="The latest month with figures without it."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say who has handed in for a month, and who is late by how many days.

    JSON: month, closed (made_by, or null), carriers (carrier, revision, at: of the first statement,
    due, days_overdue).
    """
    lang = options(ctx).lang
    with opened(ctx) as office, refusals(lang), office.database.read() as conn:
        now = office.settings.clock()
        known = statements.months(conn)
        last = Month.of_number(known[-1]) if known else Month.of(now).previous
        when = month_told(month) if month else last
        found = standings(conn, when, now, office.settings.reporting)
        closed = statements.closed(conn, when.number)
    if as_json:
        by = closed.made_by if closed else None
        emit({"month": str(when), "closed": by, "carriers": [standing_json(e) for e in found]})
        return
    show_standings(when, found, closed, lang)


@app.command(epilog="Example: outreach statement template Viettel 2026-11 --out viettel-11.xlsx")
def template(
    ctx: typer.Context,
    carrier: CarrierName,
    month: MonthTold,
    out: Annotated[Path, typer.Option(help="A new file: .xlsx, or .csv.")],
    as_json: Json = False,
) -> None:
    """Write the form that a carrier fills in for a month.

    JSON: path.
    """
    lang = options(ctx).lang
    if out.suffix.lower() not in {".xlsx", ".csv"}:
        raise BadInputError(f"--out '{out.name}': expected a name that ends with .xlsx or .csv")
    with opened(ctx) as office, refusals(lang), office.database.read() as conn:
        when = month_told(month)
        whose = carrier_named(office.settings.reporting, carrier)
        districts = [each.title for each in office.settings.districts.on(when.first)]
        form = Form(whose, when, list(orders_of(conn, whose, when)), districts)
    if out.suffix.lower() == ".csv":
        write_rows(fresh(out), rows(form))
    else:
        with replacing(fresh(out)) as unfinished:
            write_form(unfinished, form)
    if as_json:
        emit({"path": str(out)})
    else:
        console().print(said("form", lang, path=out), soft_wrap=True)


@app.command(epilog="Example: outreach statement close 2026-11")
def close(ctx: typer.Context, month: MonthTold, as_json: Json = False) -> None:
    """Take nothing in for a month any more: its report is to be issued (admin).

    JSON: month, closed.
    """
    lang = options(ctx).lang
    with opened(ctx) as office, refusals(lang):
        user, when = office.user(Role.ADMIN), month_told(month)
        with office.database.write() as conn:
            statements.close(conn, when.number, user.name, office.now_ms())
    _told(when, lang, "closed_now", closed=True, as_json=as_json)


@app.command(epilog="Example: outreach statement reopen 2026-11 --why 'MobiFone counted anew'")
def reopen(
    ctx: typer.Context,
    month: MonthTold,
    why: Annotated[str, typer.Option(help="Why; it is written down with your name.")],
    as_json: Json = False,
) -> None:
    """Take figures of a closed month in again (admin).

    JSON: month, closed.
    """
    lang = options(ctx).lang
    with opened(ctx) as office, refusals(lang):
        user, when = office.user(Role.ADMIN), month_told(month)
        if not why.strip():
            raise BadInputError("--why is empty; say why the month is reopened")
        with office.database.write() as conn:
            statements.reopen(conn, when.number, user.name, why.strip(), office.now_ms())
    _told(when, lang, "reopened", closed=False, as_json=as_json)


def _told(month: Month, lang: Lang, key: str, *, closed: bool, as_json: bool) -> None:
    if as_json:
        emit({"month": str(month), "closed": closed})
    else:
        console().print(said(key, lang, month=month_words(month, lang)))
