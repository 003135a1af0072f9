"""`outreach carrier check`: whether one account could send, tried as far as that costs nothing."""

import asyncio
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from outreach.bootstrap import tokens_of
from outreach.campaigns.compose import Renderer, RenderError
from outreach.campaigns.templates import TemplateSet
from outreach.carriers.base import (
    Adapter,
    Lasting,
    PullError,
    ReceiptWay,
    Rehearses,
    Standing,
    Stands,
    Submission,
)
from outreach.carriers.http import Http, masked
from outreach.cli.carrier_accounts import called_back, made, masked_callback, read_one, tolerant
from outreach.cli.checks import Check, Grade
from outreach.cli.doctor import show_checks
from outreach.cli.faults import REFUSED
from outreach.cli.options import Json, Options, options
from outreach.cli.output import money
from outreach.cli.streams import emit
from outreach.cli.words import Lang
from outreach.domain.errors import BadInputError, NotFoundError
from outreach.domain.key import KeySeal, SendClass
from outreach.domain.limit import LimitScope
from outreach.domain.msisdn import Bad, parse
from outreach.domain.outcome import Accepted, Duplicate, Later, NotSent, Outcome, Refused, Scope
from outreach.settings import Account, Settings, utc_now
from outreach.settings.account import account_block, enabled
from outreach.settings.approvals import Approved
from outreach.store import schema
from outreach.store.database import Database
from outreach.store.tokens import TokenTable

EPILOG = (
    "Example: outreach carrier check esms\n\n"
    "Example: outreach carrier check zalo --to 0900000001 --purpose install-guide"
)

_PATIENCE_S = 5.0
_CLOCK = timedelta(seconds=60)
"""A difference at which seals and tokens begin to fail."""
_PORTS = {"http": 80, "https": 443}
_UNCALLED = {
    ReceiptWay.PUSHED: "none: receipts come on its own line",
    ReceiptWay.PULLED: "none: its list of failures is fetched",
    ReceiptWay.ASKED: "none: single messages are asked about",
    ReceiptWay.ABSENT: "none: the carrier confirms nothing",
}
_ADDRESS = re.compile(r"[a-z]+://[^\s]+")


@dataclass(frozen=True, slots=True)
class Trial:
    """A message that goes to one of our own people only."""

    number: str
    purpose: str


def check(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="An account: a file of config/accounts/.")],
    to: Annotated[
        str | None, typer.Option(help="Send one message there in the carrier's sandbox mode.")
    ] = None,
    purpose: Annotated[
        str, typer.Option(help="Whose sample the message is, with --to.")
    ] = "install-guide",
    as_json: Json = False,
) -> None:
    """Check one account, enabled or not; exit code 1 if anything is an error.

    File, credentials, address, approvals and callbacks are looked at here; the carrier is asked
    how the contract stands, where it can be, which tries the credentials and sends nothing. With
    --to one message goes out, only where the carrier has a mode that reaches our own people only.
    No secret is ever shown. JSON: ok, checks (name, grade: ok, warning or error, told, to_do).
    """
    told = options(ctx)
    path = told.config / "accounts" / f"{name}.toml"
    if not path.exists():
        known = ", ".join(sorted(each.stem for each in path.parent.glob("*.toml"))) or "none"
        raise NotFoundError(f"{path}: no such file; there are: {known}")
    checks = _every_check(told, path, Trial(to, purpose) if to else None)
    bad = any(each.grade is Grade.ERROR for each in checks)
    if as_json:
        emit({"ok": not bad, "checks": [each.to_json() for each in checks]})
    else:
        show_checks(checks, told.lang)
    if bad:
        raise typer.Exit(REFUSED)


def _every_check(told: Options, path: Path, trial: Trial | None) -> list[Check]:
    """All that can be checked; whatever needs a credential is left out while one is missing."""
    try:
        account, missing = read_one(path)
        settings = tolerant(told.config)
    except BadInputError as fault:
        return [Check("file", Grade.ERROR, str(fault), "correct what the message names")]
    found = [_file(account, path), _credentials(missing), _sender(account)]
    found += [_reached(address) for address in _addresses(account)]
    if missing:
        return found
    message = _message(account, settings, trial) if trial else None
    return found + asyncio.run(_asked(account, settings, message, told.lang))


def _file(account: Account, path: Path) -> Check:
    told = f"adapter {account.adapter}, {account.channel.name.lower()}"
    if enabled(account_block(path)):
        return Check("file", Grade.OK, told)
    to_do = "set enabled = true when all else is well"
    return Check("file", Grade.WARNING, f"{told}; not enabled: nothing is sent by it", to_do)


def _credentials(missing: tuple[str, ...]) -> Check:
    if missing:
        to_do = "export them; the carrier gave their values with the contract"
        return Check("credentials", Grade.ERROR, f"not set: {', '.join(missing)}", to_do)
    return Check("credentials", Grade.OK, "all there")


def _sender(account: Account) -> Check:
    state = account.approvals.sender
    if state is Approved.APPROVED:
        return Check("sender", Grade.OK, f"{account.sender}, approved")
    to_do = "say so in [account.approvals] once the carrier has approved it"
    return Check("sender", Grade.WARNING, f"{account.sender}, {state or 'not handed in'}", to_do)


def _addresses(account: Account) -> list[tuple[str, int]]:
    """The hosts and ports that an account's settings name, each once."""
    told = [account.base_url, *map(str, account.options.values())]
    parts = [urlsplit(each) for each in told if _ADDRESS.fullmatch(each)]
    found = [(part.hostname, part.port or _PORTS.get(part.scheme, 0)) for part in parts]
    return [(host, port) for host, port in dict.fromkeys(found) if host]


def _reached(address: tuple[str, int]) -> Check:
    """Open a connection and close it again: no request is made."""
    host, port = address
    where = f"{host}:{port}"
    try:
        with socket.create_connection(address, _PATIENCE_S):
            return Check("address", Grade.OK, where)
    except socket.gaierror:
        to_do = "is the address right, and does name resolution work here?"
        return Check("address", Grade.ERROR, f"{where}: no such name", to_do)
    except OSError as fault:
        to_do = "is it right, is our address on the carrier's list, does a firewall keep us in?"
        told = fault.strerror or "no answer"
        return Check("address", Grade.ERROR, f"{where}: {told}", to_do)


def _message(account: Account, settings: Settings, trial: Trial) -> Submission:
    """The sample of a purpose, to a number of our own, under a key that no campaign has."""
    number = parse(trial.number, settings.prefixes)
    if isinstance(number, Bad):
        raise BadInputError(f"--to: {number.reason.en}; expected a mobile number")
    texts = TemplateSet.load(settings.templates, trial.purpose)
    try:
        content = Renderer(texts, settings.links).message(texts.sample, account)
    except RenderError as fault:
        raise BadInputError(f"--purpose {trial.purpose}: {fault}") from None
    # Campaigns begin at 1: a message of campaign 0 is nobody's, and each second has its own.
    id_ = int(utc_now().timestamp()) % 10**8
    key = KeySeal(settings.key_secret).encode(id_, SendClass.REHEARSAL, 0)
    return Submission(key, number.msisdn, number.network, content)


async def _asked(
    account: Account, settings: Settings, message: Submission | None, lang: Lang
) -> list[Check]:
    """Ask the carrier, in one call; with a message, in one more."""
    database = Database(settings.database_url)
    http = Http(account.timeout, 1)

    async def turn(scope: LimitScope) -> bool:
        # One call beside those that a running engine paces stays inside the twentieth that its
        # pace leaves of every limit. Tokens are few, and what a carrier gives of them is left to an
        # engine that runs; should one begin meanwhile, the two still renew in turn.
        return scope is not LimitScope.TOKEN or not database.engine_runs()

    try:
        schema.require_newest(database)
        adapter = made(account, settings, http, _tokens(database, account), turn)
    except BadInputError as fault:
        found = [Check("adapter", Grade.ERROR, str(fault), "correct what the message names")]
    else:
        found = [_callbacks(adapter, account, settings), *await _standing(adapter, account, lang)]
        if message is not None:
            found.append(await _rehearsed(adapter, account, message))
        if isinstance(adapter, Lasting):
            await adapter.close()
    finally:
        await http.aclose()
        database.close()
    return found


def _tokens(database: Database, account: Account) -> TokenTable:
    """Where its tokens are kept: at another account's, where the two share one refresh token."""
    return TokenTable(database, tokens_of(account))


def _callbacks(adapter: Adapter, account: Account, settings: Settings) -> Check:
    if not called_back(adapter):
        return Check("callbacks", Grade.OK, _UNCALLED[adapter.capabilities.receipts])
    where = masked_callback(settings, account.name)
    if urlsplit(settings.callback_url).hostname in {"127.0.0.1", "localhost", "::1"}:
        to_do = "set callback_url in config/outreach.toml to what the carrier can reach"
        return Check("callbacks", Grade.WARNING, f"{where}: this machine only", to_do)
    to_do = "has the carrier been given it? its last part is OUTREACH_CALLBACK_TOKEN"
    return Check("callbacks", Grade.OK, where, to_do)


async def _standing(adapter: Adapter, account: Account, lang: Lang) -> list[Check]:
    if not isinstance(adapter, Stands):
        told = "cannot be asked without sending: the credentials are not tried"
        return [Check("contract", Grade.WARNING, told, "send one message to yourself first")]
    try:
        standing = await adapter.standing()
    except PullError as fault:
        to_do = "credentials, the carrier's list of addresses, the contract's end: ask the carrier"
        return [Check("contract", Grade.ERROR, _clean(str(fault), account), to_do)]
    return list(_told(standing, utc_now(), lang))


def _told(standing: Standing, now: datetime, lang: Lang) -> Iterator[Check]:
    yield Check("contract", Grade.OK, "the carrier knows us")
    if standing.balance is not None:
        empty, told = standing.balance <= 0, money(standing.balance, lang)
        yield _either("balance", told, "top it up: nothing would be taken", wrong=empty)
    if standing.quota_left is not None:
        empty, told = standing.quota_left <= 0, f"{standing.quota_left} messages left today"
        yield _either("quota", told, "nothing more is taken before it begins afresh", wrong=empty)
    if standing.clock is not None:
        apart = now - standing.clock
        seconds = f"{abs(apart.total_seconds()):.0f}"
        told = f"{seconds} s behind" if apart.days < 0 else f"{seconds} s ahead"
        yield _either("clock", told, "set this machine's clock (NTP)", wrong=abs(apart) > _CLOCK)


def _either(name: str, told: str, to_do: str, *, wrong: bool) -> Check:
    return Check(name, Grade.WARNING, told, to_do) if wrong else Check(name, Grade.OK, told)


async def _rehearsed(adapter: Adapter, account: Account, message: Submission) -> Check:
    if not isinstance(adapter, Rehearses):
        told = "this carrier has no mode for trials that we know of: nothing was sent"
        return Check("trial", Grade.WARNING, told, "import yourself, and send a campaign of one")
    return _outcome(await adapter.rehearse(message), account)


def _outcome(outcome: Outcome, account: Account) -> Check:
    match outcome:
        case Accepted():
            return Check("trial", Grade.OK, "taken; look at the telephone")
        case Duplicate():
            return Check("trial", Grade.WARNING, "taken before", "wait a second, and try again")
        case Refused(scope=scope, code=code, reason=reason):
            grade = Grade.ERROR if scope is Scope.ACCOUNT else Grade.WARNING
            told = f"refused because of the {scope}: {code} {reason}"
        case Later(reason=reason) | NotSent(reason=reason):
            grade, told = Grade.ERROR, f"not sent: {reason}"
        case _:
            grade, told = Grade.WARNING, f"perhaps sent: {outcome.reason}"
    return Check("trial", grade, _clean(told, account), "look the words up in docs/carriers.md")


def _clean(told: str, account: Account) -> str:
    """A carrier's words without our secrets and without numbers."""
    return masked(told, map(str, account.options.values()), longest=200)
