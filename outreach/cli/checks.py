"""The checks of `outreach doctor`: each says what it found and what to do."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from outreach import settings as installed
from outreach.board import fault_of
from outreach.campaigns.lint import Level, lint
from outreach.campaigns.templates import TemplateSet
from outreach.carriers.registry import NAMES
from outreach.cli.output import local_ms
from outreach.cli.status import UNREAD_MS, is_cluster
from outreach.cli.template_accounts import links
from outreach.domain.errors import OutreachError
from outreach.domain.key import KeySeal
from outreach.domain.window import LOCAL
from outreach.settings import Settings
from outreach.settings.account import account_block, enabled, needed
from outreach.store import installation, schema, seats
from outreach.store.database import Database
from outreach.store.waiting import unread

_FREE_GB = 5
_OFFSET = timedelta(hours=7)
_UNKNOWN = "not known: the database does not answer"


class Grade(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found."""

    name: str
    grade: Grade
    told: str
    to_do: str = ""

    def to_json(self) -> dict[str, str]:
        """The check under names that stay."""
        return asdict(self)


def every_check(config: Path) -> list[Check]:
    """Run all checks; those that need settings are left out when there are none."""
    found = [_python(), _secrets(config), _templates(config)]
    try:
        settings = installed.load(config)
    except OutreachError as fault:
        to_do = "correct what the message names; --config DIR says where the settings lie"
        return [*found, Check("settings", Grade.ERROR, str(fault), to_do)]
    found.append(Check("settings", Grade.OK, f"{config}, {len(settings.accounts)} accounts"))
    rest: tuple[Callable[[Settings], Check], ...] = (
        _database,
        _accounts,
        _disk,
        _clock,
        _key,
        _engine,
        _pause,
        _receipts,
    )
    if is_cluster(settings):
        rest = (*rest, _redis)
    return found + [check(settings) for check in rest]


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("python", Grade.OK, version)  # an older one could not have come this far


def _secrets(config: Path) -> Check:
    """Which variables the files name and the environment lacks; values are never looked at."""
    wanted = {"OUTREACH_KEY_SECRET", "OUTREACH_CALLBACK_TOKEN"}
    for block in map(account_block, (config / "accounts").glob("*.toml")):
        wanted |= set(needed(block)) if enabled(block) else set()
    missing = sorted(name for name in wanted if not os.environ.get(name))
    if missing:
        to_do = "export them; `outreach doctor --new-secrets` makes our own two"
        return Check("secrets", Grade.ERROR, f"not set: {', '.join(missing)}", to_do)
    return Check("secrets", Grade.OK, f"{len(wanted)} set")


def _templates(config: Path) -> Check:
    root = config.parent / "templates" / "messages"
    names = sorted(path.parent.name for path in root.glob("*/about.toml"))
    try:
        found = [
            finding
            for name in names
            for finding in lint(TemplateSet.load(root, name), (), links(config))
        ]
    except OutreachError as fault:
        return Check("templates", Grade.ERROR, str(fault), "run `outreach template lint`")
    told = f"{len(names)} sets, {len(found)} findings"
    if not names or any(finding.level is Level.ERROR for finding in found):
        return Check("templates", Grade.ERROR, told, "run `outreach template lint`")
    if found:
        return Check("templates", Grade.WARNING, told, "run `outreach template lint`")
    return Check("templates", Grade.OK, told)


def _database(settings: Settings) -> Check:
    path = settings.data / "outreach.db"
    if settings.database_url == f"sqlite:///{path}" and not path.exists():
        return Check("database", Grade.ERROR, f"{path} is not there", "run `outreach db upgrade`")
    database = Database(settings.database_url)
    try:
        found, newest = schema.revision(database), schema.newest(database)
    except SQLAlchemyError as fault:
        told = f"{database.url.render_as_string()}: {type(fault).__name__}"
        return Check("database", Grade.ERROR, told, "is it running, and is the address right?")
    finally:
        database.close()
    where = f"{database.url.get_backend_name()}, revision {found}"
    if found != newest:
        return Check("database", Grade.ERROR, where, "run `outreach db upgrade`")
    return Check("database", Grade.OK, where)


def _accounts(settings: Settings) -> Check:
    strange = [a.name for a in settings.accounts if a.adapter not in NAMES]
    if strange:
        to_do = f"set adapter to one of {', '.join(NAMES)}"
        return Check("accounts", Grade.ERROR, f"no adapter for {', '.join(strange)}", to_do)
    if not settings.accounts:
        return Check("accounts", Grade.ERROR, "none", "add a file to config/accounts/")
    names = ", ".join(account.name for account in settings.accounts)
    local = [a.name for a in settings.accounts if "//127.0.0.1" in a.base_url]
    if local and not settings.rehearsal:
        told = f"{names}; at the simulator: {', '.join(local)}"
        return Check("accounts", Grade.WARNING, told, "set their real base URLs before sending")
    return Check("accounts", Grade.OK, names)


def _disk(settings: Settings) -> Check:
    folder = settings.data if settings.data.exists() else Path()
    free = shutil.disk_usage(folder).free / 1e9
    told = f"{free:.1f} GB free"
    if free < 1:
        return Check("disk", Grade.ERROR, told, "make room: a full disk stops the engine")
    if free < _FREE_GB:
        return Check("disk", Grade.WARNING, told, "ten million messages take several GB")
    return Check("disk", Grade.OK, told)


def _clock(settings: Settings) -> Check:
    now = settings.clock().astimezone(LOCAL)
    told = f"{now:%Y-%m-%d %H:%M} in Ho Chi Minh City"
    if now.utcoffset() != _OFFSET:
        return Check("clock", Grade.ERROR, told, "the time zone data are wrong: update tzdata")
    if settings.rehearsal:
        to_do = "unset OUTREACH_REHEARSAL_SHIFT for the real thing"
        return Check("clock", Grade.WARNING, f"{told}, REHEARSAL", to_do)
    return Check("clock", Grade.OK, told)


def _key(settings: Settings) -> Check:
    """Whether the secret is the one that the database's messages were sent with."""
    ours = KeySeal(settings.key_secret).fingerprint

    def look(database: Database) -> str:
        with database.read() as conn:
            return "" if installation.sealed_by(conn) in {None, ours} else "another"

    told = _asked(settings, look)
    if told in {"", _UNKNOWN}:
        return Check("key", Grade.OK, told or "OUTREACH_KEY_SECRET fits the database")
    found = "OUTREACH_KEY_SECRET is not the one that the messages were sent with"
    to_do = "put that one back; only where it is lost: `outreach db new-secret`"
    return Check("key", Grade.ERROR, found, to_do)


def _pause(settings: Settings) -> Check:
    """Whether everything is paused."""

    def look(database: Database) -> str:
        with database.read() as conn:
            held = installation.paused(conn)
        return "" if held is None else f"everything, by {held.by} on {local_ms(held.since)}"

    told = _asked(settings, look)
    if told in {"", _UNKNOWN}:
        return Check("pause", Grade.OK, told or "none")
    return Check("pause", Grade.WARNING, told, "it goes on with `outreach resume`")


def _engine(settings: Settings) -> Check:
    def look(database: Database) -> str:
        if not database.engine_runs():
            return ""
        if database.is_sqlite:
            return "running"
        with database.read() as conn:
            workers = seats.processes(conn)
        return f"running: {workers} worker processes" if workers else "running"

    if found := _asked(settings, look):
        return Check("engine", Grade.OK, found)
    to_do = "start it: `python -m workers run` and `python -m workers beat`"
    return Check("engine", Grade.OK, "not running", to_do if is_cluster(settings) else "")


def _redis(settings: Settings) -> Check:
    if fault := fault_of(settings.redis_url):
        to_do = "is it running, and is OUTREACH_REDIS_URL right? Without it no worker takes up work"
        return Check("redis", Grade.ERROR, f"no answer: {fault}", to_do)
    return Check("redis", Grade.OK, "answers")


def _receipts(settings: Settings) -> Check:
    """Whether somebody settles what carriers call about."""

    def look(database: Database) -> str:
        with database.read() as conn:
            found = unread(conn, int(settings.clock().timestamp() * 1000) - UNREAD_MS)
        if found is None:
            return ""
        return f"{found.calls} callbacks wait unread since {local_ms(found.since)}"

    told = _asked(settings, look)
    if told in {"", _UNKNOWN}:
        return Check("receipts", Grade.OK, told or "no callback waits unread")
    to_do = (
        "no receipt is settled: run `python -m workers run` and `python -m workers beat`"
        if is_cluster(settings)
        else "no receipt is settled: run `outreach serve`, or `outreach run` without --web none"
    )
    return Check("receipts", Grade.WARNING, told, to_do)


def _asked(settings: Settings, look: Callable[[Database], str]) -> str:
    """What a look at the database tells; empty where there is none yet."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return ""
    database = Database(settings.database_url)
    try:
        return look(database)
    except SQLAlchemyError:
        return _UNKNOWN
    finally:
        database.close()
