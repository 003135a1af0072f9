"""Months as people type them."""

from typing import Annotated

import typer

from outreach.domain.month import Month
from outreach.statistics.findings import Finding, RefusedError
from outreach.statistics.statements import Fault
from outreach.statistics.statements.titles import month_of

_HELP = "Such as 2026-11 or 11/2026."

MonthTold = Annotated[str, typer.Argument(metavar="MONTH", help=_HELP)]
MonthOrAll = Annotated[
    str | None, typer.Argument(metavar="[MONTH]", help=f"{_HELP} All without it.")
]


def month_told(told: str) -> Month:
    """Read a month as clerks write it; RefusedError otherwise."""
    found = month_of(told)
    if found is None:
        raise RefusedError([Finding(Fault.UNCLEAR_MONTH, values={"value": told[:40]})])
    return found
