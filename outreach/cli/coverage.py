"""`outreach coverage`: how many are insured and registered, as BHXH hands it over each month."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from outreach.cli.coverage_words import (
    Shown,
    month_json,
    notes_json,
    say,
    show_notes,
    shown_json,
)
from outreach.cli.coverage_words import show as show_month
from outreach.cli.office import Office, opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, fresh
from outreach.cli.refusals import told_in
from outreach.cli.streams import emit
from outreach.domain.campaign import Role
from outreach.domain.coverage import Progress, pace, progress
from outreach.domain.district import District
from outreach.domain.errors import BadInputError, NotFoundError
from outreach.domain.month import Month
from outreach.domain.window import LOCAL
from outreach.reports.files import replacing, write_rows
from outreach.statistics.coverage import Desk
from outreach.statistics.coverage_form import form, write_form
from outreach.store import coverage as months
from outreach.store.coverage import MonthCoverage

app = typer.Typer()

_MONTHS_BEFORE = 3
"""So many may tell the pace."""


@app.callback()
def coverage() -> None:
    """Keep how many people are insured and registered, by district, and the way to the target."""


@app.command(epilog="Example: outreach coverage template --out coverage-2026-11.xlsx")
def template(
    ctx: typer.Context,
    out: Annotated[Path, typer.Option(help="The file to write: .xlsx or .csv.")],
    as_json: Json = False,
) -> None:
    """Write a table to fill in, with the districts of today.

    JSON: path, districts (how many).
    """
    with opened(ctx) as office:
        districts = _districts(office)
    path = fresh(out)
    if path.suffix.lower() == ".xlsx":
        with replacing(path) as unfinished:
            write_form(unfinished, districts)
    elif path.suffix.lower() == ".csv":
        write_rows(path, form(districts))
    else:
        raise BadInputError(f"--out '{out}': expected a name that ends in .xlsx or .csv")
    if as_json:
        emit({"path": str(path), "districts": len(districts)})
        return
    told = say("written", options(ctx).lang, path=path, districts=len(districts))
    console().print(told, soft_wrap=True)


@app.command(
    "import",
    epilog="Example: outreach coverage import 2026-11 coverage-2026-11.xlsx --why 'BHXH corrected'",
)
def import_file(
    ctx: typer.Context,
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month it is of.")],
    file: Annotated[Path, typer.Argument(help="XLSX or CSV, as `template` makes it.")],
    why: Annotated[str, typer.Option(help="Why the month's figures are replaced.")] = "",
    as_json: Json = False,
) -> None:
    """Store a month's figures; later ones are a new revision, and ask for a reason.

    The same figures again change nothing.
    JSON: month, revision, source, at, made_by, why, changed, districts (how many), notes (kind,
    en, vi).
    """
    lang = options(ctx).lang
    when = Month.parse(month)
    with opened(ctx) as office, told_in(lang):
        user = office.user(Role.OPERATOR, Role.ADMIN)
        desk = Desk(office.database, user, office.now_ms(), office.settings.districts)
        done = desk.import_file(file, when, why)
    found, districts = done.found, len(done.found.lines)
    if as_json:
        told = {"changed": done.changed, "districts": districts, "notes": notes_json(done.notes)}
        emit({**month_json(found), **told})
        return
    key = "stored" if done.changed else "same"
    said = say(key, lang, month=when, districts=districts, revision=found.revision)
    console().print(said, soft_wrap=True)
    show_notes(done.notes, lang)


@app.command(epilog="Example: outreach coverage show 2026-11")
def show(
    ctx: typer.Context,
    month: Annotated[
        str | None, typer.Argument(metavar="[YYYY-MM]", help="The latest month without it.")
    ] = None,
    revision: Annotated[int | None, typer.Option(help="The latest without it.")] = None,
    as_json: Json = False,
) -> None:
    """Show a month's figures, and the city's way to its target: what is needed and what it does.

    JSON: month, revision, source, at, made_by, why, districts (district, insured, registered,
    approved, not_registered, gap, share), total, progress (registered, target, by, on, share, gap,
    days_left, per_day, per_month), pace_per_month.
    """
    wanted = month and Month.parse(month)
    with opened(ctx) as office, office.database.read() as conn:
        found = _found(conn, wanted or None, revision)
        shown = _shown(office, conn, found)
    if as_json:
        emit(shown_json(shown))
    else:
        target = office.settings.reporting.target is not None
        show_month(shown, options(ctx).lang, target=target)


def _districts(office: Office) -> Sequence[District]:
    today = office.settings.clock().astimezone(LOCAL).date()
    districts = office.settings.districts.on(today)
    if not districts:
        raise BadInputError(f"config/districts.toml has no table that holds on {today}")
    return districts


def _found(conn: Connection, month: Month | None, revision: int | None) -> MonthCoverage:
    known = months.months(conn)
    wanted = month.number if month else known[-1] if known else None
    found = None if wanted is None else months.latest(conn, wanted, revision)
    if found is None:
        which = f"of {month} " if month else ""
        told = f"{which}(revision {revision})" if revision else which.strip()
        listed = ", ".join(str(Month.of_number(each)) for each in known) or "none yet"
        raise NotFoundError(
            f"no figures {told} are stored; the months are: {listed};"
            " `outreach coverage import` adds one"
        )
    return found


def _shown(office: Office, conn: Connection, found: MonthCoverage) -> Shown:
    """What the figures mean: for the latest month as of today, for others as it was then."""
    month = Month.of_number(found.month)
    known = months.months(conn)
    before = [each for each in known if each < found.month][-_MONTHS_BEFORE:]
    near = [*filter(None, (months.latest(conn, each) for each in before)), found]
    told = {Month.of_number(each.month): each.total.registered for each in near}
    counts = {when: people for when, people in told.items() if people is not None}
    lately = pace(counts) if month in counts else None
    latest = found.month == known[-1]
    return Shown(found, office.settings.districts, _progress(office, found, latest=latest), lately)


def _progress(office: Office, found: MonthCoverage, *, latest: bool) -> Progress | None:
    target, registered = office.settings.reporting.target, found.total.registered
    if target is None or registered is None:
        return None
    today = office.settings.clock().astimezone(LOCAL).date()
    on = today if latest else Month.of_number(found.month).next.first
    return progress(registered, target.registered, target.by, on)
