"""`outreach db copy`: from the SQLite file into PostgreSQL."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import ArgumentError

from outreach.cli.office import load_settings
from outreach.cli.options import Json, options
from outreach.cli.output import console, progress
from outreach.cli.streams import emit
from outreach.cli.words import Lang, count
from outreach.domain.campaign import CampaignState
from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.reports import proof
from outreach.store import audit, campaigns, moving, schema
from outreach.store.database import Database
from outreach.store.installation import Pause

EPILOG = "Example: outreach db copy --to postgresql://outreach@db.example/outreach"
_VARIABLE = "OUTREACH_DATABASE_URL_TO"
_DIFFERENCES = 5
_DONE = {
    Lang.EN: "Copied to {to}: {rows} rows of {tables} tables. Counted again there: {messages}"
    " messages of {campaigns} campaigns, and every figure holds.",
    Lang.VI: "Đã sao chép vào {to}: {rows} dòng của {tables} bảng. Đã đếm lại ở đó: {messages} tin"
    " của {campaigns} chiến dịch, mọi số liệu đều khớp.",
}
_NEXT = {
    Lang.EN: "Now set OUTREACH_DATABASE_URL to the new address, and start again there. {file} is"
    " paused, so that nobody is sent to twice: keep it as it is.",
    Lang.VI: "Bây giờ đặt OUTREACH_DATABASE_URL là địa chỉ mới rồi khởi động lại. Tệp {file} đã"
    " tạm dừng để không ai nhận hai lần: hãy giữ nguyên tệp đó.",
}


def copy(
    ctx: typer.Context,
    to: Annotated[
        str,
        typer.Option(
            envvar=_VARIABLE,
            help="The empty database: postgresql://user@host/database. With a password in it,"
            f" give it by {_VARIABLE}: others see what a command line says.",
        ),
    ],
    as_json: Json = False,
) -> None:
    """Copy the SQLite database into an empty PostgreSQL one, and prove the copy.

    Stop everything that works on the file first. All or nothing: a copy that is broken off leaves
    the target empty, and may be begun again. The file is left as it was, but paused before the copy
    is there: whatever is started on it sends nothing.
    JSON: from, to (without who and by which password), tables
    (name: rows), rows, campaigns and messages (counted again).
    """
    settings = load_settings(ctx)
    source = _source(settings.database_url)
    target = _target(to)
    try:
        why = Pause(_ms(settings.clock()), audit.ENGINE, f"copied to {_named(target)}")
        tables, counted = _copied(source, target, why)
    finally:
        target.close()
        source.close()
    rows, messages = sum(tables.values()), sum(counted)
    place, file = _named(target), str(source.url.database)
    if as_json:
        done = {"rows": rows, "campaigns": len(counted), "messages": messages}
        emit({"from": file, "to": place, "tables": tables, **done})
        return
    lang = options(ctx).lang
    told = {
        "rows": count(rows, lang),
        "tables": len(tables),
        "campaigns": count(len(counted), lang),
        "messages": count(messages, lang),
    }
    console().print(_DONE[lang].format(to=place, **told))
    console().print(_NEXT[lang].format(file=file))


def _source(url: str) -> Database:
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        raise BadInputError(
            "OUTREACH_DATABASE_URL: expected the SQLite file to copy from, not"
            f" {address.get_backend_name()}; take the variable away, or name the file by it"
        )
    if not Path(address.database or "").is_file():
        raise BadInputError(f"{address.database} is not there: nothing to copy")
    return Database(url)


def _target(url: str) -> Database:
    try:
        kind = make_url(url).get_backend_name()
    except ArgumentError:
        kind = "something else"
    if kind != "postgresql":
        raise BadInputError(
            f"--to, or {_VARIABLE}: expected postgresql://user@host/database, not {kind}"
        )
    return Database(url)


def _named(target: Database) -> str:
    """Where it is; a password may stand in every other part of an address."""
    url = target.url
    port = f":{url.port}" if url.port else ""
    return f"{url.host or 'localhost'}{port}/{url.database or ''}"


def _copied(source: Database, target: Database, why: Pause) -> tuple[dict[str, int], list[int]]:
    """Copy, prove and pause; returns the rows of each table, and the messages of each campaign."""
    counted: list[int] = []
    with _sole(source, "the SQLite file"), _sole(target, "the target"):
        schema.require_newest(source)
        source.close()
        with target.read() as conn:
            moving.require_empty(conn)
        schema.upgrade(target)
        with moving.alone_with(str(source.url.database)) as file, progress("rows") as step:

            def last(conn: Connection) -> None:
                counted.extend(_proven(conn))
                moving.pause(file, why)  # before the copy is there: never may both send

            tables = moving.copy_all(file, target, last, step)
    return tables, counted


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@contextlib.contextmanager
def _sole(database: Database, which: str) -> Iterator[None]:
    with database.sole_engine() as alone:
        if not alone:
            raise NotAllowedError(f"an engine is at work on {which}: stop it, then begin again")
        yield


def _proven(conn: Connection) -> Iterator[int]:
    """Count each campaign's messages again; NotAllowedError where a tally says something else."""
    for campaign in campaigns.in_state(conn, *CampaignState):
        found = proof.recount(conn, campaign.id)
        if differences := proof.against(conn, found):
            told = "; ".join(str(each) for each in differences[:_DIFFERENCES])
            raise NotAllowedError(
                f"nothing was copied: figures are not what the messages add up to. {told}"
            )
        yield sum(figure.messages for figure in found.figures)
