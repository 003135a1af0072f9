"""`outreach demo`: the whole job, typed as an operator would type it, on simulated carriers."""

import contextlib
import fcntl
import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.panel import Panel

from outreach import settings as installed
from outreach.cli import demo_file, demo_month
from outreach.cli.demo_books import checks
from outreach.cli.demo_walk import Walk
from outreach.cli.engine import Address, listen
from outreach.cli.options import Json, options
from outreach.cli.output import console
from outreach.cli.streams import emit
from outreach.cli.town import Town, environment, rehearsal_config, shift_to, town
from outreach.cli.words import count, words
from outreach.domain.campaign import Role
from outreach.domain.errors import BadInputError, NotAllowedError
from outreach.domain.msisdn import mask_text
from outreach.domain.window import LOCAL
from outreach.settings import Settings
from outreach.store import campaigns, schema, users
from outreach.store.database import Database
from outreach.store.users import User

app = typer.Typer()

_NAME = "demo"
_AUDIENCE = "quan-huyen"
_MARK = ".outreach-demo"
_FAULTS = """\
preset = "realistic"
latency_ms = [5, 40]      # a carrier next door: the demo is to end within a minute
receipt_ms = [200, 2000]
receipt_shuffle_ms = 1000
"""
_JOINING = ("mobifone", "smpp")  # not VNPT: to be asked, it needs more than a demo's seconds
_SECRETS = ("sim key secret, worth nothing", "sim-callback-token-worth-nothing")


@app.command(epilog="Example: outreach demo --recipients 20000")
def demo(
    ctx: typer.Context,
    recipients: Annotated[int, typer.Option(min=10, max=1_000_000)] = 20_000,
    folder: Annotated[Path, typer.Option(help="Made anew each time.")] = Path("demo-data"),
    as_json: Json = False,
) -> None:
    """Play a whole campaign on this machine: a messy file in, a monthly report out.

    Nothing leaves the machine: carriers are simulated on loopback, the clock is set to a weekday
    morning, the people are invented. JSON: rehearsal, checks (name, holds), seconds, paths.
    """
    began = time.monotonic()
    quiet = contextlib.redirect_stdout(io.StringIO()) if as_json else contextlib.nullcontext()
    with _fresh(folder) as place, quiet:
        told = options(ctx)
        rehearsal_config(told.config, place / "config", _JOINING)
        found = _play(Walk(place, told.lang), recipients, began)
    if as_json:
        emit(found)


@contextlib.contextmanager
def _fresh(folder: Path) -> Iterator[Path]:
    """Take the folder, emptied of an earlier demo; only one demo at a time works in it."""
    if folder.exists() and not (folder / _MARK).exists() and any(folder.iterdir()):
        raise BadInputError(f"{folder} holds something else; choose another --folder")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _MARK).open("a") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotAllowedError(f"another demo is running in {folder}") from None
        for old in folder.iterdir():
            if old.is_dir():
                shutil.rmtree(old)
            elif old.name != _MARK:
                old.unlink()
        yield folder


def _play(walk: Walk, recipients: int, began: float) -> dict[str, object]:
    door = listen(Address("127.0.0.1", 0))
    port = door.getsockname()[1]
    door.close()
    url = f"http://127.0.0.1:{port}"
    faults = walk.folder / "faults.toml"
    faults.write_text(_FAULTS, encoding="utf-8")
    arguments = [
        *("--accounts", str(walk.config / "accounts")),
        *("--faults", str(faults)),
        *("--ledger", str(walk.folder / "ledger.db")),
        *("--callbacks", f"{url}/callbacks/{{account}}/{_SECRETS[1]}"),
    ]
    with town(arguments) as carriers:
        settings = _settle_in(walk, carriers, url)
        _introduce(walk, settings)
        _import(walk, recipients)
        _agree(walk)
        with _engine(walk, port):
            _send(walk, settings)
        return _account(walk, settings, carriers, time.monotonic() - began)


def _settle_in(walk: Walk, carriers: Town, url: str) -> Settings:
    """Point this process and its children at the simulated town, and make the three people."""
    environ = environment(carriers.url, walk.folder, url, _SECRETS, walk.config, carriers.lines)
    environ["OUTREACH_REHEARSAL_SHIFT"] = str(
        shift_to(9, installed.read_holidays(walk.config / "holidays.toml"))
    )
    os.environ.update(environ)
    walk.variables = set(environ)
    walk.leave_environ()
    settings = installed.load(walk.config)
    database = Database(settings.database_url)
    schema.upgrade(database)
    people = [("quan", Role.ADMIN), ("lan", Role.OPERATOR), ("minh", Role.APPROVER)]
    with database.write() as conn:
        for name, role in people:
            walk.credentials[name] = users.add(conn, User(name, role), 0)
    database.close()
    return settings


def _introduce(walk: Walk, settings: Settings) -> None:
    say = words(walk.lang)
    at = settings.clock().astimezone(LOCAL)
    told = say("demo_intro", at=f"{at:%H:%M %d/%m/%Y}")
    console().print(Panel(told, title="Outreach", border_style="yellow"))


def _import(walk: Walk, recipients: int) -> None:
    path = walk.folder / "danh-sach.csv"
    demo_file.write(path, recipients, seed=7)
    out = console()
    out.print(f"\n{path}", style="bold")
    with path.open(encoding="utf-8-sig") as file:
        for line in islice(file, 7):
            out.print(f"  {mask_text(line.rstrip())}", style="dim")
    out.print("  …", style="dim")
    walk.must("lan", "audience", "import", str(path), "--name", _AUDIENCE)


def _agree(walk: Walk) -> None:
    walk.must("lan", "template", "preview", "install-guide")
    walk.must(
        *("lan", "campaign", "create", _NAME, "--audience", _AUDIENCE),
        *("--purpose", "install-guide", "--channels", "zalo,sms"),
    )
    walk.must("lan", "campaign", "submit", _NAME)
    walk.type("lan", "campaign", "approve", _NAME)
    walk.must("minh", "campaign", "approve", _NAME)


@contextlib.contextmanager
def _engine(walk: Walk, port: int) -> Iterator[None]:
    """Run the engine as a process of its own, as an installation does."""
    command = [sys.executable, "-m", "outreach.cli", "--config", str(walk.config)]
    with (walk.folder / "engine.log").open("w") as log:
        engine = subprocess.Popen(  # noqa: S603 - our own module
            [*command, "run", "--port", str(port), "--leash"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield
    finally:
        engine.terminate()
        try:
            engine.wait(20)
        except subprocess.TimeoutExpired:
            engine.kill()
            engine.wait()
        if engine.stdin is not None:
            engine.stdin.close()


def _send(walk: Walk, settings: Settings) -> None:
    walk.must("lan", "campaign", "start", _NAME)
    walk.must("lan", "campaign", "status", _NAME, "--watch")
    console().print(words(walk.lang)("demo_receipts"), style="dim")
    database = Database(settings.database_url)
    try:
        _await_settled(database)
    finally:
        database.close()


def _await_settled(database: Database) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with database.read() as conn:
            if campaigns.find(conn, _NAME).settled_at is not None:
                return
        time.sleep(0.2)
    raise RuntimeError("the campaign did not settle within two minutes; this is a fault of ours")


def _account(walk: Walk, settings: Settings, carriers: Town, seconds: float) -> dict[str, object]:
    """Show the end, write the files, and lay the books beside the carriers' own ledger."""
    walk.must("lan", "campaign", "status", _NAME)
    reports = walk.folder / "reports"
    walk.must("lan", "campaign", "results", _NAME, "--out", str(walk.folder / "results.csv"))
    demo_month.order(walk, settings)
    month = demo_month.report(walk, settings, _AUDIENCE, reports)
    found = checks(settings, carriers, _AUDIENCE, _NAME, month)
    paths = sorted(str(path) for path in reports.iterdir())
    _summarise(walk, found, paths, seconds)
    return {
        "rehearsal": True,
        "checks": [{"name": name, "holds": holds} for name, holds in found],
        "seconds": round(seconds, 1),
        "paths": paths,
    }


def _summarise(
    walk: Walk, checks: Sequence[tuple[str, bool]], paths: Sequence[str], seconds: float
) -> None:
    say, out = words(walk.lang), console()
    out.print()
    for name, holds in checks:
        out.print(f"{'✓' if holds else '✗'} {say(name)}", style="green" if holds else "bold red")
    out.print()
    out.print(say("demo_end", seconds=count(round(seconds), walk.lang)), style="bold")
    for path in paths:
        out.print(f"  {path}", soft_wrap=True)
    out.print(say("demo_look", folder=walk.folder), style="dim", soft_wrap=True)
    if not all(holds for _, holds in checks):
        raise RuntimeError("the books do not agree; this is a fault of ours")
