"""Finds the adapters: every module of this folder but the house's own is one.

An adapter's module has `build(account, ports)`, which makes it, and `codes()`, which says what each
answer of its carrier means. A new one is its file: nothing here names it.
"""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from outreach.carriers.base import Adapter
from outreach.carriers.ports import Ports
from outreach.domain.errors import BadInputError
from outreach.domain.outcome import Outcome
from outreach.settings import Account

_OURS = frozenset(
    {"base", "connection", "http", "options", "ports", "registry", "tokens", "transport"}
)
NAMES = tuple(
    sorted(
        found.name
        for found in pkgutil.iter_modules([str(Path(__file__).parent)])
        if found.name not in _OURS
    )
)
"""What `adapter` in an account's file may be."""


class Dialect(Protocol):
    """What an adapter's module offers."""

    def build(self, account: Account, ports: Ports) -> Adapter:
        """Make the adapter for an account."""

    def codes(self) -> Mapping[str, Outcome]:
        """Every answer that the carrier documents, as it stands in a table, and its meaning."""


def dialect(name: str) -> Dialect:
    """The module of an adapter."""
    return cast("Dialect", import_module(f"outreach.carriers.{name}"))


def adapter(account: Account, ports: Ports) -> Adapter:
    """Make the adapter that an account's file names."""
    if account.adapter not in NAMES:
        raise BadInputError(
            f"config/accounts/{account.name}.toml: no adapter is called '{account.adapter}';"
            f" known are {', '.join(NAMES)}"
        )
    return dialect(account.adapter).build(account, ports)
