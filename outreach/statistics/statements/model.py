"""A statement as it was told, before anything is checked against what we know."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from outreach.domain.month import Month
from outreach.settings.reporting import Reporting
from outreach.statistics.findings import NOWHERE, Finding, Place, RefusedError
from outreach.statistics.statements.titles import simple
from outreach.statistics.statements.words import Fault
from outreach.store.statements import Figure


class ToldLine(NamedTuple):
    """Figures of one order and place, as they were written."""

    figures: Mapping[Figure, int | None]
    order: str = ""
    """Its name; empty: none is named."""
    district: str = ""
    """As it is written; empty: the whole city."""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody hands in; `faults` and `cautions` are those of the reading."""

    source: str
    """api, file or typed."""
    carrier: str
    """A name of config/reporting.toml."""
    month: Month
    lines: tuple[ToldLine, ...]
    document: str = ""
    """The file's name."""
    difficulties: str = ""
    causes: str = ""
    invoiced_parts: int | None = None
    invoiced_dong: int | None = None
    faults: tuple[Finding, ...] = ()
    cautions: tuple[Finding, ...] = ()


def carrier_named(reporting: Reporting, told: str, place: Place = NOWHERE) -> str:
    """Find a carrier by its name or that of its organization; RefusedError says who there is."""
    for carrier in reporting.carriers:
        if simple(told) in {simple(carrier.name), simple(carrier.organization)}:
            return carrier.name
    known = ", ".join(carrier.name for carrier in reporting.carriers)
    kind = Fault.UNKNOWN_CARRIER if told else Fault.NO_CARRIER
    raise RefusedError([Finding(kind, place, {"value": told[:60], "known": known})])
