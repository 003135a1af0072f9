"""Settings: TOML files say what, the environment says the secrets."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from outreach.domain.errors import BadInputError
from outreach.domain.limit import Limit, LimitScope, Unit
from outreach.domain.network import Channel, Network, PrefixTable
from outreach.domain.window import LEGAL, Clock, Window

_PERIODS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Account:
    """Our contract with a carrier or aggregator: one file of config/accounts/."""

    name: str
    adapter: str
    channel: Channel
    networks: frozenset[Network]
    base_url: str
    sender: str
    limits: tuple[Limit, ...]
    in_flight: int
    """Submissions under way at once: also the largest sub-batch, and so what a crash can blur."""
    price_per_part: Decimal
    """đồng, before tax."""
    plain_only: bool
    """True where the contract takes unaccented text only."""
    max_parts: int
    timeout: timedelta
    receipt_deadline: timedelta
    duplicate_window: timedelta | None
    """Overrides what the dialect says of repeated keys; None leaves it."""
    options: Mapping[str, str | int] = field(default_factory=dict, repr=False)
    """What only this dialect knows (contract code, application id), secrets among it."""

    def option(self, name: str) -> str:
        """A setting the dialect needs, as text; BadInputError says which file lacks it."""
        if name not in self.options:
            raise BadInputError(
                f"config/accounts/{self.name}.toml: '{name}' is missing in [account.options];"
                f" the adapter {self.adapter} needs it"
            )
        return str(self.options[name])


@dataclass(frozen=True, slots=True)
class Settings:
    """All that an installation decides."""

    database_url: str
    data: Path
    templates: Path
    accounts: tuple[Account, ...]
    """In order of preference: the first that serves a network and channel is its route."""
    prefixes: PrefixTable
    window: Window
    key_secret: bytes = field(repr=False)
    callback_url: str
    callback_token: str = field(repr=False)
    agency: Mapping[str, str]
    rehearsal: bool
    clock: Clock = field(repr=False)
    config: Path

    def account(self, name: str) -> Account:
        """Find an account by name."""
        for account in self.accounts:
            if account.name == name:
                return account
        known = ", ".join(account.name for account in self.accounts)
        raise BadInputError(f"no account is called '{name}'; config/accounts/ has: {known}")


@dataclass(frozen=True, slots=True)
class RehearsalClock:
    """The present, moved by a fixed distance, so that a drill at 03:00 runs as if by day."""

    shift: timedelta

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift


def utc_now() -> datetime:
    """The real present."""
    return datetime.now(UTC)


def load(config: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read config/ and the environment; BadInputError names file, field and what was expected."""
    main = read_toml(config / "outreach.toml")
    data = Path(environ.get("OUTREACH_DATA", str(main.get("data", "data"))))
    shift = environ.get("OUTREACH_REHEARSAL_SHIFT")
    accounts = [_account(path, environ) for path in sorted((config / "accounts").glob("*.toml"))]
    return Settings(
        database_url=environ.get("OUTREACH_DATABASE_URL") or f"sqlite:///{data / 'outreach.db'}",
        data=data,
        templates=config.parent / "templates" / "messages",
        accounts=tuple(account for _, account in sorted(accounts, key=_preference)),
        prefixes=prefixes(config / "networks.toml"),
        window=Window.parse(str(main["window"])) if "window" in main else LEGAL,
        key_secret=_secret(environ, "OUTREACH_KEY_SECRET", main, "key_secret").encode(),
        callback_url=str(environ.get("OUTREACH_CALLBACK_URL") or main["callback_url"]),
        callback_token=_secret(environ, "OUTREACH_CALLBACK_TOKEN", main, "callback_token"),
        agency={str(key): str(value) for key, value in main.get("agency", {}).items()},
        rehearsal=shift is not None,
        clock=RehearsalClock(timedelta(seconds=float(shift))) if shift else utc_now,
        config=config,
    )


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; BadInputError names the file and the place."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInputError(f"{path}: no such file; see config/ in the repository") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadInputError(f"{path}: not valid TOML: {fault}") from None


def _preference(numbered: tuple[int, Account]) -> tuple[int, str]:
    return numbered[0], numbered[1].name


def _account(path: Path, environ: Mapping[str, str]) -> tuple[int, Account]:
    block = read_toml(path).get("account")
    if not isinstance(block, dict):
        raise BadInputError(f"{path}: expected a table [account]")
    try:
        return int(block.get("preference", 100)), Account(
            name=path.stem,
            adapter=block["adapter"],
            channel=Channel[block["channel"].upper()],
            networks=frozenset(Network.named(title) for title in block["networks"]),
            base_url=_from_environ(block["base_url"], environ, path).rstrip("/"),
            sender=block["sender"],
            limits=tuple(_limit(limit) for limit in block["limits"]),
            in_flight=int(block.get("in_flight", 50)),
            price_per_part=Decimal(str(block["price_per_part"])),
            plain_only=bool(block.get("plain_only", False)),
            max_parts=int(block.get("max_parts", 3)),
            timeout=timedelta(seconds=float(block.get("timeout_seconds", 30))),
            receipt_deadline=timedelta(hours=float(block.get("receipt_deadline_hours", 72))),
            duplicate_window=_duplicate_window(block),
            options=_options(block.get("options", {}), environ, path),
        )
    except KeyError as fault:
        raise BadInputError(f"{path}: [account] lacks or does not know {fault}") from None
    except (ValueError, TypeError, ArithmeticError) as fault:
        raise BadInputError(f"{path}: {fault}") from None


def _duplicate_window(block: Mapping[str, Any]) -> timedelta | None:
    hours = block.get("duplicate_window_hours")
    return None if hours is None else timedelta(hours=float(hours))


def _limit(block: Mapping[str, Any]) -> Limit:
    amount = int(block["amount"])
    if amount <= 0:
        raise ValueError(f"a limit's amount must be above 0, not {amount}")
    return Limit(
        Unit(block["unit"]),
        amount,
        _PERIODS[block["per"]],
        LimitScope(block.get("scope", LimitScope.SEND)),
    )


def _options(
    block: Mapping[str, Any], environ: Mapping[str, str], path: Path
) -> dict[str, str | int]:
    return {
        name: _from_environ(value, environ, path) if isinstance(value, str) else value
        for name, value in block.items()
    }


def _from_environ(value: str, environ: Mapping[str, str], path: Path) -> str:
    """Resolve `env:NAME`, or `env:NAME:default` for what is no secret."""
    if not value.startswith("env:"):
        return value
    name, _, default = value.removeprefix("env:").partition(":")
    found = environ.get(name) or default
    if not found:
        raise BadInputError(f"{path}: the environment variable {name} is not set")
    return found


def _secret(environ: Mapping[str, str], name: str, main: Mapping[str, Any], key: str) -> str:
    """A secret of the installation; kept in the data folder's secrets file when not given."""
    if key in main:
        raise BadInputError(f"config/outreach.toml: '{key}' is a secret; set {name} instead")
    found = environ.get(name, "")
    if len(found) < 16:
        raise BadInputError(
            f"{name} must be set to at least 16 characters that nobody can guess;"
            " `outreach doctor --new-secrets` prints a pair"
        )
    return found


def prefixes(path: Path) -> PrefixTable:
    """Read the prefixes of networks alone; no secret is needed for them."""
    table: dict[str, Network] = {}
    for block in read_toml(path).get("block", []):
        network = Network.named(block["network"])
        given: Sequence[str] = block["prefixes"]
        for prefix in given:
            table[prefix.removeprefix("0")] = network
    if not table:
        raise BadInputError(f"{path}: expected at least one [[block]] with prefixes")
    return PrefixTable(table)
