"""A carrier's file (XLSX or CSV) made a statement: whose it is, of which month, and its lines."""

from pathlib import Path

from outreach.domain.month import Month
from outreach.files.zipped import shown
from outreach.settings.reporting import Reporting
from outreach.statistics.findings import Finding, Place, RefusedError
from outreach.statistics.sheets import read
from outreach.statistics.statements import titles
from outreach.statistics.statements.beside import Beside
from outreach.statistics.statements.model import Told, carrier_named
from outreach.statistics.statements.rows import Rows
from outreach.statistics.statements.words import Fault


def read_statement(
    path: Path, reporting: Reporting, carrier: str | None = None, month: Month | None = None
) -> Told:
    """Read a file; `carrier` and `month` are what whoever hands it in says they are.

    RefusedError where it cannot be told whose figures they are, with all other faults.
    """
    sheet = read(path, titles.is_head)
    faults: list[Finding] = []
    cautions: list[Finding] = []
    beside = Beside(sheet, faults)
    at = next((n for n, row in enumerate(sheet.rows) if titles.is_head(row)), None)
    for row in sheet.rows[:at]:
        beside.above(row)
    if at is None:
        faults.append(Finding(Fault.NO_HEAD, Place(sheet.name)))
    table = Rows(sheet, beside, faults, cautions)
    lines = () if at is None else tuple(table.lines(at))
    whose, when = _whose(beside, reporting, carrier, faults), _when(beside, month, faults)
    if whose is None or when is None or at is None:
        raise RefusedError(faults)
    return Told(
        source="file",
        carrier=whose,
        month=when,
        lines=lines,
        document=shown(path.name),
        difficulties=beside.text("difficulties"),
        causes=beside.text("causes"),
        invoiced_parts=beside.figure("invoiced_parts"),
        invoiced_dong=beside.figure("invoiced_dong"),
        faults=tuple(faults),
        cautions=tuple(cautions),
    )


def _whose(
    beside: Beside, reporting: Reporting, told: str | None, faults: list[Finding]
) -> str | None:
    """The carrier, by the file and by whoever hands it in; None after a fault."""
    written, place = beside.text("carrier"), beside.place("carrier")
    try:
        chosen = carrier_named(reporting, told) if told else ""
        found = chosen if chosen and not written else carrier_named(reporting, written, place)
    except RefusedError as refused:
        faults += refused.findings
        return None
    if chosen and found != chosen:
        faults.append(Finding(Fault.OTHER_CARRIER, place, {"value": found, "told": chosen}))
        return None
    return found


def _when(beside: Beside, told: Month | None, faults: list[Finding]) -> Month | None:
    """The month, by the file and by whoever hands it in; None after a fault."""
    written = beside.months
    if len(written) > 1:
        months = ", ".join(f"{month.month:02}/{month.year}" for month in written)
        faults.append(Finding(Fault.SEVERAL_MONTHS, values={"value": months}))
        return None
    if not written:
        if told is None and not beside.month_is_unclear:
            faults.append(Finding(Fault.NO_MONTH))
        return told
    ((found, place),) = written.items()
    if told and found != told:
        faults.append(Finding(Fault.OTHER_MONTH, place, {"value": found, "told": told}))
        return None
    return found
