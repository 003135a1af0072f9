"""`outreach registration`: who has the app, by BHXH's lists and the app's own calls."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from outreach.campaigns import typed
from outreach.cli.office import Office, opened
from outreach.cli.options import Json, options
from outreach.cli.output import progress
from outreach.cli.reading_options import Columns, Encoding, Header, Sheet, roles
from outreach.cli.registration_words import (
    figures_json,
    imported_json,
    list_json,
    show_figures,
    show_forgotten,
    show_imported,
    show_lists,
)
from outreach.cli.streams import emit
from outreach.domain.campaign import Role
from outreach.domain.month import Month
from outreach.domain.window import local_day
from outreach.files import Reading
from outreach.statistics.registrations import Register, Terms
from outreach.store import accounts, campaigns, registrations, responses
from outreach.store.responses import Kind

app = typer.Typer()


class What(StrEnum):
    """What the people of a list have done."""

    INSTALLED = "installed"
    REGISTERED = "registered"


_KINDS = {What.INSTALLED: Kind.INSTALLED, What.REGISTERED: Kind.REGISTERED}
_On = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d", "%d/%m/%Y"],
        help="The local day as of which they had; today without it.",
    ),
]


@app.callback()
def registration() -> None:
    """Count who has installed the app or registered, and after which message."""


@app.command(
    "import",
    epilog="Example: outreach registration import vssid-11.csv --kind registered --on 30/11/2026"
    " --source 'BHXH, list of 30 November'",
)
def import_file(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="A file with a column of phone numbers, as `audience import` takes it."
        ),
    ],
    *,
    kind: Annotated[What, typer.Option(help="What the people of the list have done.")],
    source: Annotated[str, typer.Option(help="Who handed the list in, for whoever asks later.")],
    on: _On = None,
    name: Annotated[
        str | None, typer.Option(help="What the list is called; the file's name without it.")
    ] = None,
    column: Columns = None,
    header: Header = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
    as_json: Json = False,
) -> None:
    """Take in a list of numbers, and look up after which of our messages each of them came.

    A number's first day counts, whichever list names it: lists that repeat everybody are right.
    The same file again adds nothing; an import that was broken off is given again.
    JSON: list (as in `list`), rows, added, known, rejected, rejected_by_reason, looked_up.
    """
    reading = Reading(sheet, encoding, roles(column), header)
    with opened(ctx) as office, progress(file.name) as step:
        day = on.date() if on else local_day(office.settings.clock())
        terms = Terms(_KINDS[kind], day, typed.sentence("--source", source))
        within_days = office.settings.reporting.registrations.within_days
        register = _register(office)
        done = register.import_file(
            file, name, terms, within_days, lambda rows: step(rows, None), reading
        )
    if as_json:
        emit(imported_json(done))
    else:
        show_imported(done, options(ctx).lang)


@app.command(epilog="Example: outreach registration show --month 2026-11")
def show(
    ctx: typer.Context,
    month: Annotated[str | None, typer.Option(help="As 2026-11; all months without it.")] = None,
    as_json: Json = False,
) -> None:
    """Say how many people opened, installed, registered and opted out, by month and campaign.

    JSON: waiting (registrations that are not looked up yet, counted as after none of ours),
    figures (month, kind: opened, installed, registered, opted_out, previewed; campaign and
    account by name or null, network, district as a number, people).
    """
    number = None if month is None else Month.parse(month).number
    with opened(ctx) as office, office.database.read() as conn:
        found = responses.figures(conn, number)
        waiting = registrations.waiting(conn)
        known = {each.campaign for each in found if each.campaign}
        named = {each: campaigns.get(conn, each).name for each in sorted(known)}
        carriers = {each: name for each, (name, _) in accounts.names(conn).items()}
    if as_json:
        emit({"waiting": waiting, "figures": figures_json(found, named, carriers)})
    else:
        show_figures(found, named, waiting, options(ctx).lang)


@app.command("list", epilog="Example: outreach registration list")
def list_lists(ctx: typer.Context, as_json: Json = False) -> None:
    """List where registrations came from: files, and the app's own calls by month.

    JSON: lists (id, name, kind, source, at, made_by, rows, added: people who are there by it,
    rejected).
    """
    with opened(ctx) as office, office.database.read() as conn:
        found = registrations.listed(conn)
    if as_json:
        emit({"lists": [list_json(each) for each in found]})
    else:
        show_lists(found, options(ctx).lang)


@app.command(epilog="Example: outreach registration forget vssid-11.csv --why 'the wrong month'")
def forget(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the list.")],
    why: Annotated[str, typer.Option(help="Why; it is written down with your name.")],
    as_json: Json = False,
) -> None:
    """Take a wrong list back: its people, and what they count for.

    Who stands on another list too is not there any more: give that list's file again.
    JSON: name, people (how many were there by it).
    """
    with opened(ctx) as office, progress(name) as step:
        said = typed.sentence("--why", why)
        gone = _register(office).forget(name, said, lambda people: step(people, None))
    if as_json:
        emit({"name": name, "people": gone})
    else:
        show_forgotten(name, gone, options(ctx).lang)


def _register(office: Office) -> Register:
    user = office.user(Role.OPERATOR, Role.ADMIN)
    return Register(office.database, office.settings.prefixes, user, office.now_ms())
