"""Settings: TOML files say what, the environment says the secrets."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from outreach.domain.district import DistrictTable
from outreach.domain.errors import BadInputError
from outreach.domain.holidays import Holidays
from outreach.domain.link import Links, LinkSeal
from outreach.domain.network import PrefixTable
from outreach.domain.rules import Cap
from outreach.domain.window import LEGAL, LOCAL, Clock, Window
from outreach.settings.account import Account, read_accounts
from outreach.settings.addresses import REDIS_URL, database_url, redis_url
from outreach.settings.districts import read_districts
from outreach.settings.holidays import read_holidays
from outreach.settings.networks import prefixes
from outreach.settings.reporting import Reporting, read_reporting
from outreach.settings.toml import read_toml

__all__ = [
    "REDIS_URL",
    "Account",
    "RehearsalClock",
    "Reporting",
    "Settings",
    "load",
    "prefixes",
    "read_holidays",
    "read_toml",
    "utc_now",
]

POSTBACK_TOKEN = "OUTREACH_POSTBACK_TOKEN"  # noqa: S105 - the variable's name, not its value
_MAIN = ("data", "window", "callback_url", "cap", "agency")
_SECRET = ("key_secret", "callback_token")
"""What outreach.toml is told not to hold, in words of their own."""
_SHORTEST_SECRET = 16
"""Characters."""
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


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
    holidays: Holidays
    cap: Cap | None
    """How often one number may be written to, over all campaigns; None: no such bound."""
    key_secret: bytes = field(repr=False)
    callback_url: str
    callback_token: str = field(repr=False)
    agency: Mapping[str, str]
    reporting: Reporting
    districts: DistrictTable
    rehearsal: bool
    clock: Clock = field(repr=False)
    config: Path
    postback_token: str = field(default="", repr=False)
    """What the app's own calls show; empty where none are taken."""
    redis_url: str = field(default="", repr=False)
    """What the workers of a cluster share by; empty where one process does everything."""

    @property
    def links(self) -> Links:
        """The city's own links."""
        opens = self.reporting.opens
        return Links(opens.address, LinkSeal(self.key_secret), opens.enabled)

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
    main = read_toml(config / "outreach.toml", *_MAIN, *_SECRET)
    data = Path(environ.get("OUTREACH_DATA", str(main.get("data", "data"))))
    shift = _shift(environ.get("OUTREACH_REHEARSAL_SHIFT"))
    clock = utc_now if shift is None else RehearsalClock(shift)
    accounts = read_accounts(config / "accounts", environ)
    if shift is not None:
        _check_rehearsal(accounts)
    return Settings(
        database_url=database_url(environ, data),
        data=data,
        templates=config.parent / "templates" / "messages",
        accounts=tuple(accounts),
        prefixes=prefixes(config / "networks.toml", clock().astimezone(LOCAL).date()),
        window=_window(main),
        holidays=read_holidays(config / "holidays.toml"),
        cap=_cap(main),
        key_secret=_secret(environ, "OUTREACH_KEY_SECRET", main, "key_secret").encode(),
        callback_url=_callback_url(environ, main),
        callback_token=_secret(environ, "OUTREACH_CALLBACK_TOKEN", main, "callback_token"),
        agency={str(key): str(value) for key, value in main.get("agency", {}).items()},
        reporting=read_reporting(config / "reporting.toml"),
        districts=read_districts(config / "districts.toml"),
        rehearsal=shift is not None,
        clock=clock,
        config=config,
        postback_token=_postback_token(environ),
        redis_url=redis_url(environ),
    )


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


def _callback_url(environ: Mapping[str, str], main: Mapping[str, Any]) -> str:
    """Where carriers reach this installation."""
    found = str(environ.get("OUTREACH_CALLBACK_URL") or main.get("callback_url", ""))
    if not found.startswith(("http://", "https://")):
        raise BadInputError(
            f"config/outreach.toml: callback_url is '{found}'; expected http:// or https://"
        )
    return found.rstrip("/")


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


def _cap(main: Mapping[str, Any]) -> Cap | None:
    """How often one number may be written to, if the installation bounds it."""
    block = main.get("cap")
    if block is None:
        return None
    if isinstance(block, dict) and block.keys() == {"messages", "days"}:
        messages, days = block["messages"], block["days"]
        if _counts(messages) and _counts(days):
            return Cap(messages, days)
    raise BadInputError(
        f"config/outreach.toml: cap is {block!r}; expected a table [cap] with messages and days,"
        " whole numbers above 0"
    )


def _counts(value: object) -> bool:
    return type(value) is int and value > 0  # a boolean is no figure


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


def _postback_token(environ: Mapping[str, str]) -> str:
    """The secret of the app's own calls, if there are to be any."""
    found = environ.get(POSTBACK_TOKEN, "")
    if found and len(found) < _SHORTEST_SECRET:
        raise BadInputError(
            f"{POSTBACK_TOKEN} has {len(found)} characters; expected {_SHORTEST_SECRET} or more"
            " that nobody can guess, or leave it out: then no calls of the app are taken"
        )
    return found


def _secret(environ: Mapping[str, str], name: str, main: Mapping[str, Any], key: str) -> str:
    """A secret of the installation, from the environment only."""
    if key in main:
        raise BadInputError(f"config/outreach.toml: '{key}' is a secret; set {name} instead")
    found = environ.get(name, "")
    if len(found) < _SHORTEST_SECRET:
        raise BadInputError(
            f"{name} must be set to at least {_SHORTEST_SECRET} characters that nobody can guess;"
            " `outreach doctor --new-secrets` prints a pair"
        )
    return found
