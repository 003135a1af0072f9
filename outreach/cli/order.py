"""`outreach order`: what carriers are asked to send to their own subscribers."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from outreach.campaigns.orders import Kept, Orders, OrderWish, kept
from outreach.cli.letter_files import files
from outreach.cli.office import Office, opened
from outreach.cli.options import Json, options
from outreach.cli.order_words import (
    order_json,
    show_order,
    show_orders,
    show_parts,
    show_warnings,
    stands,
    warnings_json,
)
from outreach.cli.output import console
from outreach.cli.report_draft import write
from outreach.cli.streams import emit
from outreach.domain.errors import BadInputError
from outreach.domain.window import Window
from outreach.reports.letters import order_letter
from outreach.store import orders

app = typer.Typer()

_Name = Annotated[str, typer.Argument(help="Name of the order.")]
_Carrier = Annotated[
    str, typer.Argument(metavar="CARRIER", help="Its name in config/reporting.toml.")
]
_DAYS = ["%Y-%m-%d", "%d/%m/%Y"]
_On = Annotated[
    datetime | None,
    typer.Option(formats=_DAYS, help="The day on which it was said; today without it."),
]
_Note = Annotated[str, typer.Option(help="What the carrier said, and by which letter.")]


@app.callback()
def order() -> None:
    """Ask carriers to send a text to their own subscribers, and follow what each does."""


@app.command(
    epilog="Example: outreach order draft dec-by-order --purpose install-guide --audience"
    " 'Thuê bao cá nhân đăng ký tại Thành phố' --from 2026-12-01 --to 2026-12-05"
)
def draft(
    ctx: typer.Context,
    name: _Name,
    *,
    purpose: Annotated[str, typer.Option(help="Whose text, without names of people.")],
    audience: Annotated[str, typer.Option(help="To whom, in words, as the letter says it.")],
    first: Annotated[datetime, typer.Option("--from", formats=_DAYS, help="The first day.")],
    last: Annotated[datetime, typer.Option("--to", formats=_DAYS, help="The last day.")],
    hours: Annotated[
        str | None, typer.Option(help="Of each day, as 08:00-20:00; all legal hours without it.")
    ] = None,
    text_file: Annotated[
        Path | None, typer.Option(help="Words of its own (UTF-8) instead of the purpose's.")
    ] = None,
    carriers: Annotated[
        str | None, typer.Option(help="Names by comma; all with subscribers without it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Draft an order; under the name of one that is not approved, write it anew.

    JSON: order (id, name, state, purpose, audience, first_day, last_day, hours, text and
    text_plain (body, characters, encoding, parts), author, approver, created_at, approved_at,
    carriers (carrier, state, letter, ordered_at, confirmed_at, sent_at, note), code), warnings
    (where, vi, en).
    """
    with opened(ctx) as office:
        wish = OrderWish(
            name=name,
            purpose=purpose,
            audience=audience,
            first=first.date(),
            last=last.date(),
            hours=office.settings.window if hours is None else _hours(hours),
            carriers=() if carriers is None else carriers.split(","),
            text=None if text_file is None else _read(text_file),
        )
        _answer(ctx, _desk(office).draft(wish), as_json=as_json)


@app.command(epilog="Example: outreach order show dec-by-order")
def show(ctx: typer.Context, name: _Name, as_json: Json = False) -> None:
    """Show an order: its text, days and hours, and how far each carrier is.

    JSON: order, as in `draft`.
    """
    with opened(ctx) as office, office.database.read() as conn:
        found = kept(conn, orders.named(conn, name))
    if as_json:
        emit({"order": order_json(found)})
    else:
        show_order(found, options(ctx).lang)


@app.command("list", epilog="Example: outreach order list")
def list_orders(ctx: typer.Context, as_json: Json = False) -> None:
    """List every order.

    JSON: orders, each as in `draft`.
    """
    with opened(ctx) as office, office.database.read() as conn:
        found = [kept(conn, each) for each in orders.listed(conn)]
    if as_json:
        emit({"orders": [order_json(each) for each in found]})
    else:
        show_orders(found, options(ctx).lang)


@app.command(epilog="Example: outreach order submit dec-by-order")
def submit(ctx: typer.Context, name: _Name, as_json: Json = False) -> None:
    """Ask for approval of a draft.

    JSON: as `draft`.
    """
    with opened(ctx) as office:
        _answer(ctx, _desk(office).submit(name), as_json=as_json)


@app.command(epilog="Example: outreach order approve dec-by-order --code 1a2b3c4d")
def approve(
    ctx: typer.Context,
    name: _Name,
    code: Annotated[
        str | None, typer.Option(help="As `order show` gives it: refused if it has changed.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Approve exactly what carriers will be asked to do; somebody else than the author has to.

    JSON: as `draft`.
    """
    with opened(ctx) as office:
        _answer(ctx, _desk(office).approve(name, code), as_json=as_json)


@app.command(epilog="Example: outreach order issue dec-by-order --out letters --number 12")
def issue(
    ctx: typer.Context,
    name: _Name,
    out: Annotated[Path, typer.Option(help="The folder to write to; made if missing.")],
    number: Annotated[
        int | None,
        typer.Option(min=1, help="Of the first letter; the next ones follow. None: left open."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the letters of an approved order, one a carrier, as DOCX and PDF.

    Done again, it writes the same letters, and numbers those that have no number yet.
    JSON: order, as in `draft`; warnings; paths.
    """
    with opened(ctx) as office:
        desk = _desk(office)
        out.mkdir(parents=True, exist_ok=True)
        done = desk.issue(name, number)
        made: dict[str, bytes] = {}
        for part in done.parts:
            letter = order_letter(done.order, part, office.settings)
            made |= files(letter, name, part.carrier)
        paths = write(out, made)
    if as_json:
        emit(_json(done) | {"paths": [str(path) for path in paths]})
        return
    _show(ctx, done)
    for path in paths:
        console().print(str(path), soft_wrap=True)


@app.command(
    epilog="Example: outreach order confirm dec-by-order Viettel --note 'công văn 88/VT-KD'"
)
def confirm(
    ctx: typer.Context,
    name: _Name,
    carrier: _Carrier,
    on: _On = None,
    note: _Note = "",
    as_json: Json = False,
) -> None:
    """Note that a carrier has said it will send.

    JSON: as `draft`.
    """
    with opened(ctx) as office:
        done = _desk(office).confirm(name, carrier, on and on.date(), note)
        _answer(ctx, done, as_json=as_json)


@app.command(epilog="Example: outreach order sent dec-by-order Viettel --on 2026-12-05")
def sent(
    ctx: typer.Context,
    name: _Name,
    carrier: _Carrier,
    on: _On = None,
    note: _Note = "",
    as_json: Json = False,
) -> None:
    """Note that a carrier has said it has sent; its figures come with its statement.

    JSON: as `draft`.
    """
    with opened(ctx) as office:
        done = _desk(office).sent(name, carrier, on and on.date(), note)
        _answer(ctx, done, as_json=as_json)


@app.command(epilog="Example: outreach order cancel dec-by-order --why 'the app is down'")
def cancel(
    ctx: typer.Context,
    name: _Name,
    why: Annotated[str, typer.Option(help="Why; it is written down with your name.")],
    as_json: Json = False,
) -> None:
    """End an order for good; carriers that have its letter must be told by people.

    JSON: as `draft`.
    """
    with opened(ctx) as office:
        _answer(ctx, _desk(office).cancel(name, why), as_json=as_json)


def _desk(office: Office) -> Orders:
    return Orders(office.settings, office.database, office.user())


def _answer(ctx: typer.Context, done: Kept, *, as_json: bool) -> None:
    if as_json:
        emit(_json(done))
    else:
        _show(ctx, done)


def _json(done: Kept) -> dict[str, object]:
    return {"order": order_json(done), "warnings": warnings_json(done.warnings)}


def _show(ctx: typer.Context, done: Kept) -> None:
    lang = options(ctx).lang
    if done.order.approver is None:
        show_order(done, lang)
    else:  # what was approved is known; where it stands is news
        console().print(stands(done, lang), soft_wrap=True)
        show_parts(done, lang)
    show_warnings(done.warnings, lang)


def _hours(told: str) -> Window:
    try:
        return Window.parse(told)
    except ValueError as fault:
        raise BadInputError(f"--hours: {fault}") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInputError(f"--text-file {path}: not UTF-8; save it as UTF-8") from None
