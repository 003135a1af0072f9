"""Settings: TOML files say what, the environment says the secrets."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from outreach.domain.errors import BadInputError
from outreach.domain.limit import Limit, LimitScope, Unit
from outreach.domain.network import Channel, Network, PrefixTable
from outreach.domain.window import LEGAL, Clock, Window

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_ACCOUNT_KEYS = frozenset(
    {
        "adapter",
        "base_url",
        "channel",
        "in_flight",
        "limits",
        "max_parts",
        "networks",
        "options",
        "plain_only",
        "preference",
        "price_per_part",
        "receipt_deadline_hours",
        "sender",
        "timeout_seconds",
    }
)
_PERIODS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
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

    database_url: str = field(repr=False)
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
    shift = _shift(environ.get("OUTREACH_REHEARSAL_SHIFT"))
    numbered = [_account(path, environ) for path in sorted((config / "accounts").glob("*.toml"))]
    if shift is not None:
        _check_rehearsal([account for _, account in numbered])
    return Settings(
        database_url=environ.get("OUTREACH_DATABASE_URL") or f"sqlite:///{data / 'outreach.db'}",
        data=data,
        templates=config.parent / "templates" / "messages",
        accounts=tuple(account for _, account in sorted(numbered, key=_preference)),
        prefixes=prefixes(config / "networks.toml"),
        window=_window(main),
        key_secret=_secret(environ, "OUTREACH_KEY_SECRET", main, "key_secret").encode(),
        callback_url=str(environ.get("OUTREACH_CALLBACK_URL") or main["callback_url"]),
        callback_token=_secret(environ, "OUTREACH_CALLBACK_TOKEN", main, "callback_token"),
        agency={str(key): str(value) for key, value in main.get("agency", {}).items()},
        rehearsal=shift is not None,
        clock=utc_now if shift is None else RehearsalClock(shift),
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
    if unknown := block.keys() - _ACCOUNT_KEYS:
        raise BadInputError(
            f"{path}: [account] does not know {', '.join(sorted(unknown))};"
            f" it knows {', '.join(sorted(_ACCOUNT_KEYS))}"
        )
    try:
        return int(block.get("preference", 100)), _checked(
            Account(
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
                options=_options(block.get("options", {}), environ, path),
            )
        )
    except KeyError as fault:
        raise BadInputError(f"{path}: [account] lacks or does not know {fault}") from None
    except (ValueError, TypeError, ArithmeticError, AttributeError) as fault:
        raise BadInputError(f"{path}: {fault}") from None


def _limit(block: Mapping[str, Any]) -> Limit:
    amount = int(block["amount"])
    if amount <= 0:
        raise ValueError(f"a limit's amount must be above 0, not {amount}")
    scope = LimitScope(block.get("scope", LimitScope.SEND))
    if scope is not LimitScope.SEND:
        raise ValueError(f"limits of scope '{scope}' are not kept yet; only 'send' is")
    if block["per"] not in _PERIODS:
        raise ValueError(f"a limit is per {' or '.join(_PERIODS)}, not per '{block['per']}'")
    return Limit(Unit(block["unit"]), amount, _PERIODS[block["per"]], scope)


def _checked(account: Account) -> Account:
    """Refuse figures with which nothing could ever be sent, or anything be counted."""
    for name, found in (
        ("in_flight", account.in_flight),
        ("max_parts", account.max_parts),
        ("timeout_seconds", account.timeout.total_seconds()),
        ("limits", len(account.limits)),
    ):
        if found <= 0:
            raise ValueError(f"{name} must be above 0")
    if not (account.price_per_part.is_finite() and account.price_per_part >= 0):
        raise ValueError(f"price_per_part is {account.price_per_part}; expected đồng, 0 or more")
    for limit in account.limits:
        if limit.unit is Unit.PARTS and limit.amount < account.max_parts:
            raise ValueError(
                f"a limit of {limit.amount} parts stops texts of max_parts = {account.max_parts};"
                " lower max_parts"
            )
    return account


def _shift(told: str | None) -> timedelta | None:
    """How far the rehearsal clock is moved; None for the real present."""
    if not told:
        return None
    try:
        return timedelta(seconds=float(told))
    except (ValueError, OverflowError):
        raise BadInputError(
            f"OUTREACH_REHEARSAL_SHIFT is '{told}': expected seconds, such as -3600"
        ) from None


def _window(main: Mapping[str, Any]) -> Window:
    """The hours of the installation: within those of the law."""
    if "window" not in main:
        return LEGAL
    try:
        window = Window.parse(str(main["window"]))
    except ValueError as fault:
        raise BadInputError(f"config/outreach.toml: window: {fault}") from None
    if window.opens < LEGAL.opens or window.closes > LEGAL.closes:
        raise BadInputError(
            f"config/outreach.toml: window {window} reaches beyond {LEGAL},"
            " the hours of Nghị định 91/2020"
        )
    return window


def _check_rehearsal(accounts: Sequence[Account]) -> None:
    """Refuse a moved clock before real carriers: it would send at night."""
    for account in accounts:
        addresses = [account.base_url, *(str(value) for value in account.options.values())]
        hosts = {urlsplit(each).hostname for each in addresses if "://" in each}
        for host in hosts - _LOOPBACK:
            raise BadInputError(
                f"OUTREACH_REHEARSAL_SHIFT is set, but account '{account.name}' points at {host};"
                " rehearse on 127.0.0.1 only, or unset it"
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
    """A secret of the installation, from the environment only."""
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
    try:
        for block in read_toml(path).get("block", []):
            network = Network.named(block["network"])
            given: Sequence[str] = block["prefixes"]
            for prefix in given:
                table[prefix.removeprefix("0")] = network
    except (KeyError, ValueError, TypeError, AttributeError) as fault:
        raise BadInputError(f"{path}: a [[block]] is not right: {fault}") from None
    if not table:
        raise BadInputError(f"{path}: expected at least one [[block]] with prefixes")
    return PrefixTable(table)
