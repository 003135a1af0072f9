"""`outreach suppression`: the numbers that are not to be messaged."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from outreach.campaigns.suppression import Imported, Ledger, Terms
from outreach.cli.office import Office, opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, progress
from outreach.cli.reading_options import Columns, Encoding, Header, Sheet, roles
from outreach.cli.streams import emit
from outreach.cli.suppression_words import (
    imported_json,
    list_json,
    show_imported,
    show_lists,
    show_taken_off,
)
from outreach.domain.campaign import Role
from outreach.domain.errors import BadInputError
from outreach.domain.window import local_day
from outreach.files import Reading
from outreach.statistics.attribution import attribute
from outreach.store import suppressions
from outreach.store.suppressions import Standing, SuppressionScope

app = typer.Typer()

_Reason = Annotated[str, typer.Option(help="Why, for whoever asks later.")]
_Why = Annotated[str, typer.Option(help="Why; it is written down with your name.")]
_Scope = Annotated[
    str, typer.Option(help="all, ad (advertising only), or campaign:NAME with what is resent of it")
]
_Expires = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d", "%d/%m/%Y"], help="The last local day; no end without it."),
]
_OptOuts = Annotated[
    bool,
    typer.Option(
        "--opt-outs",
        help="These people asked us, after our messages, not to write to them any more: the"
        " month's report counts them. A list of a register, such as DNC, is not that.",
    ),
]
_On = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d", "%d/%m/%Y"],
        help="With --opt-outs: the local day on which they asked; today without it.",
    ),
]


@app.callback()
def suppression() -> None:
    """Leave numbers out: of every campaign, of advertising, or of one campaign."""


@app.command(
    "import",
    epilog="Example: outreach suppression import dnc.csv --reason DNC --name dnc-11 --scope ad;"
    " outreach suppression import hotline-11.csv --reason 'called 1022' --opt-outs --on 30/11/2026",
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
    reason: _Reason,
    name: Annotated[
        str | None, typer.Option(help="What the list is called; the file's name without it.")
    ] = None,
    scope: _Scope = "all",
    expires: _Expires = None,
    opt_outs: _OptOuts = False,
    on: _On = None,
    column: Columns = None,
    header: Header = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
    as_json: Json = False,
) -> None:
    """Put the numbers of a file on a list; under the same name, what is new is added to it.

    A cell with two numbers counts as two rows. An import that was interrupted is given again.
    JSON: list (as in `list`), rows, added, known, rejected, rejected_by_reason, phones (place,
    header: of the column taken for the numbers), notes; of opt-outs also looked_up (how many
    who waited, others' too, were put down to a message of ours, or to none).
    """
    reading = Reading(sheet, encoding, roles(column), header)
    with opened(ctx) as office, progress(file.name) as step:
        terms = _terms(reason, scope, expires, _asked(office, on, opt_outs=opt_outs))
        done = _ledger(office).import_file(
            file, name, terms, lambda rows: step(rows, None), reading
        )
        within_days = office.settings.reporting.registrations.within_days
        looked_up = attribute(office.database, within_days) if opt_outs else None
        _answer(ctx, office, done, looked_up, as_json=as_json)


@app.command(
    epilog="Example: outreach suppression add '0325 550 101' --reason 'called 1022' --opt-outs"
)
def add(
    ctx: typer.Context,
    numbers: Annotated[list[str], typer.Argument(help="Phone numbers, in any spelling.")],
    *,
    reason: _Reason,
    name: Annotated[
        str | None, typer.Option(help="A list to add to; a new one by user and time without it.")
    ] = None,
    scope: _Scope = "all",
    expires: _Expires = None,
    opt_outs: _OptOuts = False,
    on: _On = None,
    as_json: Json = False,
) -> None:
    """Put single numbers on a list, such as those of people who called.

    After which message opt-outs came is looked up each night; until then, after none of ours.
    JSON: as `import`, without phones, notes and looked_up.
    """
    with opened(ctx) as office:
        terms = _terms(reason, scope, expires, _asked(office, on, opt_outs=opt_outs))
        done = _ledger(office).add(numbers, name, terms)
        _answer(ctx, office, done, as_json=as_json)


@app.command("list", epilog="Example: outreach suppression list")
def list_lists(ctx: typer.Context, as_json: Json = False) -> None:
    """List every list of suppressed numbers.

    JSON: lists (id, name, scope, campaign, reason, source, at, created_by, expires_at, standing,
    undone_at, undone_by, undone_why, importing, opt_outs: counted in the month's report, numbers).
    """
    with opened(ctx) as office:
        with office.database.read() as conn:
            found = suppressions.listed(conn)
        now = office.now_ms()
    if as_json:
        emit({"lists": [{**list_json(each, now), "numbers": count} for each, count in found]})
        return
    show_lists(found, now, options(ctx).lang)


@app.command(epilog="Example: outreach suppression show 0325550101 --why 'complaint 7'")
def show(
    ctx: typer.Context,
    number: Annotated[str, typer.Argument(help="A phone number, in any spelling.")],
    why: _Why,
    as_json: Json = False,
) -> None:
    """Say on which lists a number stands; the answer masks it.

    JSON: number (masked), suppressed (by a list in force), lists as in `list`.
    """
    with opened(ctx) as office:
        masked, found = _ledger(office).show(number, why)
        now = office.now_ms()
    if as_json:
        held = any(each.standing(now) is Standing.IN_FORCE for each in found)
        lists = [list_json(each, now) for each in found]
        emit({"number": masked, "suppressed": held, "lists": lists})
        return
    console().print(f"{masked}: {len(found)}")
    show_lists([(each, None) for each in found], now, options(ctx).lang)


@app.command(epilog="Example: outreach suppression undo dnc-2026-11 --why 'the wrong file'")
def undo(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name or number of the list.")],
    why: _Why,
    number: Annotated[str | None, typer.Option(help="Take only this number off it.")] = None,
    as_json: Json = False,
) -> None:
    """End a whole list for good, or take one number off it.

    A list that is ended stays to be seen, but counts no opt-outs any more: who stands on another
    such list too comes back when its file is given again. A number is taken off: who did, when and
    why is written down, and a later import of a file that has it puts it on again.
    JSON: list, as in `list`.
    """
    with opened(ctx) as office:
        found = _ledger(office).undo(name, why, number)
        now = office.now_ms()
    if as_json:
        emit({"list": list_json(found, now)})
        return
    lang = options(ctx).lang
    if number is not None:
        show_taken_off(found, lang)
    show_lists([(found, None)], now, lang)


def _ledger(office: Office) -> Ledger:
    user = office.user(Role.OPERATOR, Role.ADMIN)
    return Ledger(office.database, office.settings.prefixes, user, office.now_ms())


def _asked(office: Office, on: datetime | None, *, opt_outs: bool) -> date | None:
    """The day on which people asked for silence; None where nobody did."""
    if on and not opt_outs:
        raise BadInputError("--on is the day on which people opted out: say --opt-outs as well")
    today = local_day(office.settings.clock())
    return (on.date() if on else today) if opt_outs else None


def _terms(reason: str, scope: str, expires: datetime | None, asked: date | None) -> Terms:
    kind, _, campaign = scope.partition(":")
    try:
        held = SuppressionScope(kind.strip())
    except ValueError:
        held = None
    if held is None or (held is SuppressionScope.CAMPAIGN) is not bool(campaign):
        raise BadInputError(f"--scope '{scope}': expected all, ad or campaign:NAME")
    return Terms(reason, held, campaign or None, expires and expires.date(), asked)


def _answer(
    ctx: typer.Context,
    office: Office,
    done: Imported,
    looked_up: int | None = None,
    *,
    as_json: bool,
) -> None:
    told = {} if looked_up is None else {"looked_up": looked_up}
    if as_json:
        emit({**imported_json(done, office.now_ms()), **told})
    else:
        show_imported(done, looked_up, options(ctx).lang)
