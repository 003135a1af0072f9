"""`outreach report issue`, `editions`, `export`: reports that stay as they were issued."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from outreach.campaigns import typed
from outreach.cli.months import MonthOrAll, MonthTold, month_told
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, fresh, iso, local_ms, show_table
from outreach.cli.report_draft import write
from outreach.cli.report_options import Edition, setting
from outreach.cli.report_words import say
from outreach.cli.streams import emit
from outreach.domain.campaign import Role
from outreach.domain.errors import BadInputError
from outreach.domain.month import Month
from outreach.domain.window import LOCAL
from outreach.reports import issuing
from outreach.reports.issuing import Signing
from outreach.store import editions as store
from outreach.store.editions import Edition as Issued

ISSUE = "Example: outreach report issue 2026-11 --edition so-tttt --number 5 --out reports"
EDITIONS = "Example: outreach report editions 2026-11"
EXPORT = "Example: outreach report export 2026-11 --edition so-tttt --out reports"


def issue(
    ctx: typer.Context,
    month: MonthTold,
    edition: Edition,
    out: Annotated[Path, typer.Option(help="The folder to write to; made if missing.")],
    number: Annotated[
        int | None, typer.Option(min=1, help="Of the document; without, the registry adds it.")
    ] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day of signing; today.")
    ] = None,
    why: Annotated[str, typer.Option(help="Why the edition before is corrected.")] = "",
    as_json: Json = False,
) -> None:
    """Issue a month's report: its files are stored as they are, with the figures behind them.

    Issued again it is a correction: a new revision that says what changed, and --why.
    JSON: edition (as in `report editions`), paths.
    """
    when = month_told(month)
    with opened(ctx) as office:
        user = office.user(Role.APPROVER, Role.ADMIN)
        told = setting(office)
        today = told.now.astimezone(LOCAL).date()
        said = typed.sentence("--why", why) if why.strip() else ""
        signing = Signing(user.name, _day(on, when, today), number, said)
        terms = told.reporting.edition(edition)
        out.mkdir(parents=True, exist_ok=True)
        made, files = issuing.issue(office.database, when, terms, told, signing)
    try:
        paths = write(out, files)
    except OSError as fault:
        kept = f"revision {made.revision} is issued and kept; `report export` writes its files"
        raise OSError(fault.errno, f"{fault.strerror}; {kept}", fault.filename) from fault
    if as_json:
        emit({"edition": edition_json(made), "paths": [str(path) for path in paths]})
        return
    lang = options(ctx).lang
    console().print(
        say(lang, "issued").format(
            name=made.name, month=when, revision=made.revision, changes=len(made.changes)
        )
    )
    for path in paths:
        console().print(str(path), soft_wrap=True)


def _day(told: datetime | None, month: Month, today: date) -> date:
    if told is None:
        return today
    if told.date() > today:
        raise BadInputError(f"--on {told:%Y-%m-%d} is still to come; today is {today}")
    if told.date() < month.next.first:
        raise BadInputError(f"--on {told:%Y-%m-%d}: {month} was not over on that day")
    return told.date()


def editions(
    ctx: typer.Context,
    month: MonthOrAll = None,
    as_json: Json = False,
) -> None:
    """List the reports that were issued.

    JSON: editions (month, name, revision, number, at, by, why, sha256, statements, changes).
    """
    when = month_told(month).number if month else None
    with opened(ctx) as office, office.database.read() as conn:
        found = store.listed(conn, when)
    if as_json:
        emit({"editions": [edition_json(each) for each in found]})
        return
    lang = options(ctx).lang
    rows = [
        (
            str(Month.of_number(each.month)),
            each.name,
            each.revision,
            each.number,
            local_ms(each.at),
            each.made_by,
            len(each.changes) or "",
            each.why,
        )
        for each in found
    ]
    show_table(say(lang, "edition_columns").split("|"), rows, numeric=[2, 6])


def export(
    ctx: typer.Context,
    month: MonthTold,
    edition: Edition,
    out: Annotated[Path, typer.Option(help="The folder to write to; made if missing.")],
    revision: Annotated[int | None, typer.Option(min=1, help="The latest unless told.")] = None,
    as_json: Json = False,
) -> None:
    """Write an issued report's files again, byte by byte as they were issued.

    JSON: edition (as in `report editions`), paths.
    """
    when = month_told(month)
    with opened(ctx) as office, office.database.read() as conn:
        found = store.find(conn, when.number, edition, revision)
        files = store.files(conn, found.id)
    for file in files:
        if not file.intact:
            raise BadInputError(
                f"{file.name} of edition '{edition}' {when} is no longer what was issued: its"
                " SHA-256 differs; restore the database from a backup"
            )
        if out.exists() and not _there(out / file.name, file.body):
            fresh(out / file.name)
    paths = write(out, {file.name: file.body for file in files})
    if as_json:
        emit({"edition": edition_json(found), "paths": [str(path) for path in paths]})
        return
    for path in paths:
        console().print(str(path), soft_wrap=True)


def _there(path: Path, body: bytes) -> bool:
    """Whether a file is already what it should be: an export that was broken off is given again."""
    return path.is_file() and path.read_bytes() == body


def edition_json(found: Issued) -> dict[str, object]:
    """An edition for scripts, without its figures."""
    return {
        "month": str(Month.of_number(found.month)),
        "name": found.name,
        "revision": found.revision,
        "number": found.number,
        "at": iso(found.at),
        "by": found.made_by,
        "why": found.why,
        "sha256": found.sha256,
        "statements": dict(found.statements),
        "changes": [dict(change) for change in found.changes],
    }
