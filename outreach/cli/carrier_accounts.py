"""Every account file with what is known of it: whether it could send, and how it fares."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from outreach import settings as installed
from outreach.bootstrap import callback_address
from outreach.carriers.base import Adapter, Lasting, ReceiptWay, TokenStore
from outreach.carriers.http import Http
from outreach.carriers.ports import Ports, Turn, unpaced
from outreach.carriers.registry import adapter
from outreach.cli.output import iso
from outreach.cli.status_accounts import AccountLine
from outreach.cli.status_reading import AccountReader, Load
from outreach.domain.errors import OutreachError
from outreach.domain.token import Tokens
from outreach.settings import Account, Settings
from outreach.settings.account import account_block, enabled, needed, read_account
from outreach.store import accounts, audit


class Readiness(StrEnum):
    """Whether an account takes part."""

    READY = "ready"
    DISABLED = "disabled"
    SECRETS = "secrets missing"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class Contract:
    """One file of config/accounts/, and what the engine last said of the account."""

    name: str
    readiness: Readiness
    missing: tuple[str, ...]
    """Variables that are not set."""
    fault: str
    """What is wrong with the file; empty where it can be read."""
    account: Account | None
    """None where the file is faulty; of one that lacks secrets, all else is right."""
    callback: str | None
    """Where its carrier calls, the secret part masked; None where it does not call."""
    line: AccountLine | None = None
    """None where there is no database yet, or the account was never registered."""
    last_error: tuple[int, str] | None = None
    """When (ms) its breaker last opened, and why."""

    def to_json(self) -> dict[str, object]:
        """Plain values under names that stay."""
        its = self.account
        return {
            "name": self.name,
            "state": self.readiness,
            "missing": list(self.missing),
            "fault": self.fault or None,
            "adapter": its and its.adapter,
            "channel": its and its.channel.name.lower(),
            "networks": [network.title for network in sorted(its.networks)] if its else [],
            "limits": [limit.words for limit in its.limits] if its else [],
            "callback": self.callback,
            "engine": self.line and self.line.to_json(),
            "last_error": self.last_error
            and {"at": iso(self.last_error[0]), "reason": self.last_error[1]},
        }


def tolerant(config: Path) -> Settings:
    """The settings, even where accounts lack their secrets: those are of no worth then."""
    paths = (config / "accounts").glob("*.toml")
    return installed.load(config, _completed(name for path in paths for name in _needed(path)))


def read_one(path: Path) -> tuple[Account, tuple[str, ...]]:
    """An account, enabled or not, and the variables that it lacks; BadInputError as settings do."""
    missing = tuple(name for name in needed(account_block(path)) if not os.environ.get(name))
    return read_account(path, _completed(missing)), missing


def contracts(settings: Settings) -> Iterator[Contract]:
    """Every account file, in order of names, without what only a database knows."""
    for path in sorted((settings.config / "accounts").glob("*.toml")):
        yield _contract(path, settings)


def with_records(
    found: Iterable[Contract], conn: Connection, settings: Settings
) -> Iterator[Contract]:
    """Add what the engine and the records say."""
    numbers = {name: number for number, (name, _) in accounts.names(conn).items()}
    reader = AccountReader(conn, settings.clock())
    for each in found:
        number, its = numbers.get(each.name), each.account
        if number is None or its is None:
            yield each
            continue
        line = reader.line(number, its.name, its.channel, its.limits, load=Load(), urgent=True)
        yield replace(each, line=line, last_error=_last_error(conn, number))


def made(
    account: Account, settings: Settings, http: Http, tokens: TokenStore, turn: Turn = unpaced
) -> Adapter:
    """The adapter of an account by itself: without a pace, and without an engine."""
    address = callback_address(settings, account.name)
    return adapter(account, Ports(http, tokens, address, settings.clock, turn))


def called_back(its: Adapter) -> bool:
    """Whether its carrier calls our door; not where receipts come on a line of their own."""
    return its.capabilities.receipts is ReceiptWay.PUSHED and not isinstance(its, Lasting)


def masked_callback(settings: Settings, account: str) -> str:
    """Where an account's carrier calls; who may know the rest finds it in the environment."""
    return callback_address(settings, account).replace(settings.callback_token, "***")


def addressed(settings: Settings) -> Iterator[Account]:
    """The accounts, enabled or not, whose carriers know people by ids of their own."""
    for path in sorted((settings.config / "accounts").glob("*.toml")):
        with contextlib.suppress(OutreachError):  # `carrier list` says what is wrong with it
            account, _ = read_one(path)
            if _made_blindly(account, settings).capabilities.addressed:
                yield account


def _contract(path: Path, settings: Settings) -> Contract:
    name = path.stem
    try:
        account, missing = read_one(path)
        called = called_back(_made_blindly(account, settings))
    except OutreachError as fault:
        return Contract(name, Readiness.FAULTY, (), str(fault), None, None)
    callback = masked_callback(settings, name) if called else None
    readiness = Readiness.SECRETS if missing else Readiness.READY
    if not enabled(account_block(path)):
        readiness = Readiness.DISABLED
    return Contract(name, readiness, missing, "", account, callback)


def _made_blindly(account: Account, settings: Settings) -> Adapter:
    """The adapter, to be asked for its capabilities only: nobody is called."""
    return made(account, settings, Http(account.timeout, 1), _NothingKept())


class _NothingKept:
    """Tokens of nobody."""

    def load(self) -> Tokens | None:
        """There are none."""
        return None

    def save(self, tokens: Tokens) -> None:
        """Forget them."""

    def refreshing(self) -> AbstractAsyncContextManager[None]:
        """Nobody refreshes."""
        return contextlib.nullcontext()


def _last_error(conn: Connection, number: int) -> tuple[int, str] | None:
    history = audit.history(conn, f"account:{number}")
    told = [(entry.at, str(entry.detail.get("reason", ""))) for entry in history if _opened(entry)]
    return told[-1] if told else None


def _opened(entry: audit.Entry) -> bool:
    return entry.action == "account.breaker" and entry.detail.get("state") == "open"


def _needed(path: Path) -> list[str]:
    try:
        return needed(account_block(path))
    except OutreachError:
        return []  # settings say what is wrong with it


def _completed(names: Iterable[str]) -> Mapping[str, Any]:
    """The environment, with something for every variable that is not set."""
    return dict.fromkeys(names, "-") | {n: v for n, v in os.environ.items() if v}
