"""`outreach statement import` and `add`: figures taken in from a file, or typed in."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from outreach.cli.months import MonthTold, month_told
from outreach.cli.office import Office, opened
from outreach.cli.options import Json, options
from outreach.cli.statement_words import refusals, show_result, statement_json
from outreach.cli.streams import emit
from outreach.cli.words import Lang
from outreach.domain.campaign import Role
from outreach.statistics.findings import Finding, Place, RefusedError
from outreach.statistics.numbers import whole
from outreach.statistics.statements import (
    Prepared,
    Told,
    ToldLine,
    carrier_named,
    hand_in,
    prepare,
    read_statement,
)
from outreach.statistics.statements.check import OF_ORDERS
from outreach.store import orders
from outreach.store.statements import FIGURES, Figure, Statement

IMPORT = "Example: outreach statement import viettel-11.xlsx --carrier Viettel"
ADD = "Example: outreach statement add MobiFone 2026-11 --accesses 51200 --installs 30415"

CarrierName = Annotated[
    str, typer.Argument(metavar="CARRIER", help="Its name in config/reporting.toml.")
]
_Why = Annotated[str, typer.Option(help="Why figures handed in before are replaced.")]
_Confirm = Annotated[bool, typer.Option("--confirm", help="What looks odd is right.")]
_Dry = Annotated[bool, typer.Option("--dry-run", help="Say what would be; store nothing.")]
_Figure = Annotated[str | None, typer.Option(help="A whole number; not told without it.")]


def order_names(conn: Connection, found: Iterable[Statement]) -> dict[int, str]:
    """The names of the orders that statements tell of."""
    numbers = {line.by_order for each in found for line in each.lines} - {0}
    return {number: orders.get(conn, number).name for number in sorted(numbers)}


def import_file(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="XLSX or CSV, as `statement template` makes it.")],
    *,
    carrier: Annotated[str | None, typer.Option(help="Where the file does not say it.")] = None,
    month: Annotated[str | None, typer.Option(help="Where the file does not say it.")] = None,
    why: _Why = "",
    confirm: _Confirm = False,
    dry_run: _Dry = False,
    as_json: Json = False,
) -> None:
    """Take in a carrier's file: all of it, or nothing with every reason.

    What looks odd is asked about; --confirm answers that it is right, and it stays with the
    statement. A file with the same figures again changes nothing.
    JSON: statement (as in `show`), new (false: the same figures were there), stored.
    """
    lang = options(ctx).lang
    with opened(ctx) as office, refusals(lang):
        when = month_told(month) if month else None
        told = read_statement(file, office.settings.reporting, carrier, when)
        prepared = _taken(office, told, why, confirm=confirm, dry=dry_run)
        _answer(office, prepared, lang, dry=dry_run, as_json=as_json)


def add(
    ctx: typer.Context,
    carrier: CarrierName,
    month: MonthTold,
    *,
    sent: _Figure = None,
    delivered: _Figure = None,
    accesses: _Figure = None,
    installs: _Figure = None,
    order: Annotated[
        str, typer.Option(help="The order that sent and delivered belong to, if there are several.")
    ] = "",
    difficulties: Annotated[str, typer.Option(help="In the carrier's words.")] = "",
    causes: Annotated[str, typer.Option(help="In the carrier's words.")] = "",
    invoiced_parts: _Figure = None,
    invoiced_dong: _Figure = None,
    why: _Why = "",
    confirm: _Confirm = False,
    as_json: Json = False,
) -> None:
    """Type a carrier's figures in, for the whole city, as a letter tells them.

    JSON: as `import`.
    """
    lang = options(ctx).lang
    told: dict[str, str | None]
    told = dict(zip(FIGURES, (sent, delivered, accesses, installs), strict=True))
    told |= {"invoiced_parts": invoiced_parts, "invoiced_dong": invoiced_dong}
    with opened(ctx) as office, refusals(lang):
        whose = carrier_named(office.settings.reporting, carrier)
        figures, faults = _figures(told)
        typed = Told(
            "typed",
            whose,
            month_told(month),
            _lines(figures, order),
            difficulties=difficulties,
            causes=causes,
            invoiced_parts=figures["invoiced_parts"],
            invoiced_dong=figures["invoiced_dong"],
            faults=faults,
        )
        prepared = _taken(office, typed, why, confirm=confirm, dry=False)
        _answer(office, prepared, lang, dry=False, as_json=as_json)


def _figures(told: dict[str, str | None]) -> tuple[dict[str, int | None], tuple[Finding, ...]]:
    """Read options; all that is wrong with them."""
    figures: dict[str, int | None] = dict.fromkeys(told)
    faults: list[Finding] = []
    for name, text in told.items():
        if text is not None:
            try:
                figures[name] = whole(text, Place(field=f"--{name.replace('_', '-')}"))
            except RefusedError as refused:
                faults += refused.findings
    return figures, tuple(faults)


def _lines(told: dict[str, int | None], order: str) -> tuple[ToldLine, ...]:
    """What was sent belongs to the order that is named, the rest to none."""
    figures: dict[Figure, int | None] = {name: told[name] for name in FIGURES}
    if not order:
        return (ToldLine(figures),)
    sent: dict[Figure, int | None] = {name: figures[name] for name in OF_ORDERS}
    return ToldLine(sent, order), ToldLine({**figures, **dict.fromkeys(OF_ORDERS)})


def _taken(office: Office, told: Told, why: str, *, confirm: bool, dry: bool) -> Prepared:
    user = office.user(Role.OPERATOR, Role.ADMIN)
    with office.database.write() as conn:
        prepared = prepare(conn, office.settings, told, user.name, why)
        if not dry:
            hand_in(conn, prepared, confirm=confirm)
    return prepared


def _answer(office: Office, prepared: Prepared, lang: Lang, *, dry: bool, as_json: bool) -> None:
    if not as_json:
        show_result(prepared, lang, dry=dry)
        return
    with office.database.read() as conn:
        names = order_names(conn, [prepared.statement])
    told = statement_json(prepared.statement, names)
    emit({"statement": told, "new": prepared.new, "stored": not dry or not prepared.new})
