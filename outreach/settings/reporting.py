"""The monthly report's settings, from config/reporting.toml."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin
from urllib.parse import urlsplit

from outreach.domain.errors import BadInputError
from outreach.domain.month import Month
from outreach.domain.network import Network
from outreach.settings.toml import read_toml

T = TypeVar("T")

ANNEXES = (
    "carriers", "reasons", "campaigns", "districts", "statements", "responses", "coverage", "cost",
)  # fmt: skip
"""What an edition may bring with it."""

SECTIONS = ("results", "orders", "responses", "coverage", "difficulties", "proposals", "method")
"""What an edition may say, in the order that is usual."""


@dataclass(frozen=True, slots=True)
class DocumentTerms:
    """What stands in every official document beside its text."""

    symbol: str
    unit: str
    title: str
    signer: str
    contact: str = ""
    authority: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    """What a report is made on, one line each."""
    letter_bases: tuple[str, ...] = ()
    """What a letter is written on."""


@dataclass(frozen=True, slots=True)
class EditionTerms:
    """One of the month's reports: to whom, in which words, with which annexes."""

    name: str
    to: str
    opening: str
    closing: str
    annexes: tuple[str, ...]
    sections: tuple[str, ...] = SECTIONS
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Carrier:
    """Somebody who hands in figures each month."""

    name: str
    organization: str
    network: str = ""
    """The title of the network whose subscribers the figures are of; empty for an aggregator."""
    accounts: tuple[str, ...] = ()
    """Our accounts whose invoices come with the figures."""


@dataclass(frozen=True, slots=True)
class StatementTerms:
    """When figures are due, and what is asked about."""

    due_day: int = 5
    """Of the month after."""
    jump_percent: int = 50

    def due(self, month: Month) -> date:
        """The last day on which a month's figures are in time."""
        return month.next.first.replace(day=self.due_day)

    def days_overdue(self, month: Month, on: date) -> int:
        """By how many days a month's figures are late on a local day; 0: in time."""
        return max(0, (on - self.due(month)).days)


@dataclass(frozen=True, slots=True)
class Target:
    """How many are to be registered by when."""

    registered: int
    by: date


@dataclass(frozen=True, slots=True)
class OpenTerms:
    """The city's own links; where people are sent from there, by device."""

    enabled: bool = False
    address: str = ""
    android: str = ""
    ios: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class RegistrationTerms:
    """How long after a message an installation is put down to it."""

    within_days: int = 30


@dataclass(frozen=True, slots=True)
class Reporting:
    """All that config/reporting.toml says."""

    document: DocumentTerms
    editions: tuple[EditionTerms, ...]
    carriers: tuple[Carrier, ...]
    statements: StatementTerms
    target: Target | None
    opens: OpenTerms
    registrations: RegistrationTerms

    def carrier(self, name: str) -> Carrier:
        """Find a carrier by name, in any letter case; BadInputError says who there is."""
        for carrier in self.carriers:
            if carrier.name.casefold() == name.strip().casefold():
                return carrier
        known = ", ".join(carrier.name for carrier in self.carriers)
        raise BadInputError(
            f"no carrier is called '{name}'; config/reporting.toml has: {known or 'none yet'}"
        )

    def edition(self, name: str) -> EditionTerms:
        """Find an edition by name; BadInputError says which there are."""
        for edition in self.editions:
            if edition.name == name:
                return edition
        known = ", ".join(edition.name for edition in self.editions)
        raise BadInputError(
            f"no edition is called '{name}'; config/reporting.toml has: {known or 'none yet'}"
        )


_LINKED = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9-]+)+", re.ASCII)
_TABLES = ("document", "edition", "carrier", "statements", "target", "opens", "registrations")


def read_reporting(path: Path) -> Reporting:
    """Read the file; BadInputError names the table, the key, and what was expected."""
    told = read_toml(path, *_TABLES)
    found = Reporting(
        document=_table(told, "document", DocumentTerms, path),
        editions=tuple(_each(told, "edition", EditionTerms, path)),
        carriers=tuple(_each(told, "carrier", Carrier, path)),
        statements=_table(told, "statements", StatementTerms, path),
        target=_table(told, "target", Target, path) if "target" in told else None,
        opens=_table(told, "opens", OpenTerms, path),
        registrations=_table(told, "registrations", RegistrationTerms, path),
    )
    _check(found, path)
    return found


def _table(told: Mapping[str, object], name: str, kind: type[T], path: Path) -> T:
    return _record(told.get(name, {}), kind, f"{path}: [{name}]")


def _each(told: Mapping[str, object], name: str, kind: type[T], path: Path) -> list[T]:
    blocks = told.get(name, [])
    if not isinstance(blocks, list):
        raise BadInputError(f"{path}: {name} is {blocks!r}; expected blocks of [[{name}]]")
    return [_record(block, kind, f"{path}: [[{name}]] {n}") for n, block in enumerate(blocks, 1)]


def _record(block: object, kind: type[T], where: str) -> T:
    """Make a record of a table: every key known, every value of its field's type."""
    if not isinstance(block, dict):
        raise BadInputError(f"{where}: expected a table, not {block!r}")
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # all are records
    if unknown := block.keys() - known.keys():
        raise BadInputError(
            f"{where} does not know {', '.join(sorted(unknown))}; it knows {', '.join(known)}"
        )
    missing = [name for name, f in known.items() if f.default is MISSING and name not in block]
    if missing:
        raise BadInputError(f"{where} lacks {', '.join(missing)}")
    return kind(**{key: _value(value, known[key], where) for key, value in block.items()})


def _value(value: object, field: Field[Any], where: str) -> object:
    if get_origin(field.type) is tuple:
        wanted = get_args(field.type)[0]
        if isinstance(value, list) and all(type(each) is wanted for each in value):
            return tuple(value)
        raise BadInputError(f"{where}: {field.name} is {value!r}; expected a list of texts")
    if type(value) is field.type:  # a boolean is no number, and a moment no day
        return value
    expected: dict[object, str] = {
        str: "text in quotes",
        int: "a whole number",
        bool: "true or false",
    }
    raise BadInputError(
        f"{where}: {field.name} is {value!r};"
        f" expected {expected.get(field.type, 'a day such as 2026-12-31, without quotes')}"
    )


def _check(found: Reporting, path: Path) -> None:
    """What the types do not say."""
    _alone([edition.name for edition in found.editions], "edition", path)
    _alone([carrier.name.casefold() for carrier in found.carriers], "carrier", path)
    _alone([name for each in found.carriers for name in each.accounts], "account", path)
    for edition in found.editions:
        _known(edition.annexes, ANNEXES, f"{path}: edition '{edition.name}': annexes")
        _known(edition.sections, SECTIONS, f"{path}: edition '{edition.name}': sections")
    for carrier in found.carriers:
        if carrier.network:
            try:
                Network.named(carrier.network)
            except ValueError as fault:
                raise BadInputError(f"{path}: carrier '{carrier.name}': {fault}") from None
    _between(found.statements.due_day, 1, 28, "[statements] due_day", path)
    _between(found.statements.jump_percent, 1, 10_000, "[statements] jump_percent", path)
    _between(found.registrations.within_days, 1, 366, "[registrations] within_days", path)
    if found.opens.enabled:
        _addresses(found.opens, path)


def _known(names: tuple[str, ...], known: tuple[str, ...], where: str) -> None:
    if unknown := [name for name in names if name not in known]:
        raise BadInputError(
            f"{where} does not know {', '.join(unknown)}; it knows {', '.join(known)}"
        )


def _alone(names: list[str], what: str, path: Path) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadInputError(f"{path}: {what} {', '.join(twice)} is told twice")


def _between(value: int, least: int, most: int, where: str, path: Path) -> None:
    if not least <= value <= most:
        raise BadInputError(f"{path}: {where} is {value}; expected {least} to {most}")


def _addresses(opens: OpenTerms, path: Path) -> None:
    for name in ("address", "android", "ios", "other"):
        told = urlsplit(getattr(opens, name))
        if told.scheme not in {"http", "https"} or not told.hostname:
            raise BadInputError(
                f"{path}: [opens] {name} is '{getattr(opens, name)}'; expected an address that"
                " begins with https://"
            )
    if not _LINKED.fullmatch(opens.address):
        raise BadInputError(
            f"{path}: [opens] address is '{opens.address}'; expected host and path without a slash"
            " at the end, such as https://vssid.example.vn/v: it stands in every text"
        )
