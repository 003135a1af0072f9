"""`outreach report remind`: the letter to carriers whose figures of a month are overdue."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.letter_files import files
from outreach.cli.months import MonthTold, month_told
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, show_table
from outreach.cli.report_draft import write
from outreach.cli.report_words import say
from outreach.cli.streams import emit
from outreach.cli.words import Lang
from outreach.domain import month as months
from outreach.domain.errors import BadInputError
from outreach.domain.window import local_day
from outreach.reports.documents.model import Registered
from outreach.reports.letters import reminder
from outreach.reports.overdue import Late, late

EPILOG = "Example: outreach report remind 2026-11 --out letters --number 31"

_GRACE = timedelta(days=5)


def remind(
    ctx: typer.Context,
    month: MonthTold,
    out: Annotated[Path, typer.Option(help="The folder to write to; made if missing.")],
    number: Annotated[
        int | None, typer.Option(min=1, help="Of the letter; without it, room is left for one.")
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%d/%m/%Y"],
            help="The day until which figures are asked for; in five days without it.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write one letter, as DOCX and PDF, to all carriers that are late with a month's figures.

    Where nobody is, nothing is written. JSON: month, due, until, late (carrier, days, orders: of
    which nothing is told; empty where everything is missing), paths.
    """
    when = month_told(month)
    with opened(ctx) as office:
        settings = office.settings
        today = local_day(settings.clock())
        asked = today + _GRACE if until is None else until.date()
        if asked < today:
            raise BadInputError(f"--until {asked}: expected a day from {today} on")
        with office.database.read() as conn:
            found = late(conn, when, settings.reporting, today)
        made = {}
        if found:
            document = reminder(when, found, asked, Registered(number, today), settings)
            made = files(document, "remind", month)
        paths = write(out, made) if made else []
    due = settings.reporting.statements.due(when)
    if as_json:
        emit(_json(when, due, asked, found, paths))
    else:
        _show(found, options(ctx).lang, month=month, due=due)
        for path in paths:
            console().print(str(path), soft_wrap=True)


def _json(
    month: months.Month, due: date, until: date, found: Sequence[Late], paths: Sequence[Path]
) -> dict[str, object]:
    return {
        "month": str(month),
        "due": due.isoformat(),
        "until": until.isoformat(),
        "late": [
            {"carrier": each.carrier.name, "days": each.days, "orders": list(each.orders)}
            for each in found
        ],
        "paths": [str(path) for path in paths],
    }


def _show(found: Sequence[Late], lang: Lang, **told: object) -> None:
    if not found:
        console().print(say(lang, "nobody_late").format(**told), soft_wrap=True)
        return
    rows = [
        (each.carrier.name, each.days, ", ".join(each.orders) or say(lang, "everything"))
        for each in found
    ]
    show_table(say(lang, "late_columns").split("|"), rows, numeric=[1])
