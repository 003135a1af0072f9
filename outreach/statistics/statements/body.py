"""A carrier's call (JSON) made a statement; every fault names its field."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from outreach.domain.errors import BadInputError
from outreach.domain.month import Month
from outreach.settings.reporting import Reporting
from outreach.statistics.findings import Finding, Place, RefusedError
from outreach.statistics.numbers import MOST
from outreach.statistics.sheets import MOST_ROWS
from outreach.statistics.statements.model import Told, ToldLine, carrier_named
from outreach.statistics.statements.words import Fault
from outreach.store.statements import FIGURES, Figure

_TEXTS: Final = ("difficulties", "causes", "why")
_INVOICE: Final = ("invoiced_parts", "invoiced_dong")
_BODY: Final = ("carrier", "month", "lines", *_INVOICE, *_TEXTS, "confirm")
_LINE: Final = ("order", "district", *FIGURES)
_EXPECTED: Final = {
    "object": ("một đối tượng JSON", "a JSON object"),
    "text": ("một chuỗi ký tự", "a text"),
    "figure": ("số nguyên từ 0, không để trong ngoặc kép", "a whole number from 0, no text"),
    "lines": ("danh sách từ 1 đến 5.000 dòng", "a list of 1 to 5,000 lines"),
    "month": ("tháng dạng 2026-11", "a month such as 2026-11"),
    "truth": ("true hoặc false", "true or false"),
}


class Call(NamedTuple):
    """What a call asks for."""

    told: Told
    why: str
    confirm: bool


def read_call(body: object, reporting: Reporting, carrier: str) -> Call:
    """Read the body of a call by a carrier's own user; RefusedError names every field at fault."""
    reader = _Reader()
    fields = reader.record(body, "", _BODY)
    month = reader.month(fields.get("month"))
    lines = fields.get("lines")
    if not isinstance(lines, list) or not 1 <= len(lines) <= MOST_ROWS:
        reader.wrong("lines", "lines")
        lines = []
    told_lines = tuple(reader.line(line, f"lines[{n}]") for n, line in enumerate(lines))
    texts = {name: reader.text(fields, name) for name in _TEXTS}
    invoice = {name: reader.figure(fields, name) for name in _INVOICE}
    confirm = fields.get("confirm", False)
    if not isinstance(confirm, bool):
        reader.wrong("confirm", "truth")
    reader.check_carrier(fields, reporting, carrier)
    if reader.faults or month is None:
        raise RefusedError(reader.faults)
    told = Told(
        "api",
        carrier,
        month,
        told_lines,
        difficulties=texts["difficulties"],
        causes=texts["causes"],
        invoiced_parts=invoice["invoiced_parts"],
        invoiced_dong=invoice["invoiced_dong"],
    )
    return Call(told, texts["why"], confirm)


class _Reader:
    """Takes fields apart; faults gather."""

    def __init__(self) -> None:
        self.faults: list[Finding] = []

    def wrong(self, path: str, expected: str) -> None:
        """Say what a field should be."""
        vi, en = _EXPECTED[expected]
        self.faults.append(Finding(Fault.FIELD, Place(field=path), {"vi": vi, "en": en}))

    def record(self, value: object, path: str, known: tuple[str, ...]) -> Mapping[str, Any]:
        """An object of known fields; empty after a fault."""
        if not isinstance(value, dict):
            self.wrong(path or "body", "object")
            return {}
        for name in sorted(value.keys() - set(known)):
            place = Place(field=f"{path}.{name[:40]}".lstrip("."))
            self.faults.append(Finding(Fault.UNKNOWN_FIELD, place, {"known": ", ".join(known)}))
        return value

    def line(self, value: object, path: str) -> ToldLine:
        """One of the lines."""
        fields = self.record(value, path, _LINE)
        figures: dict[Figure, int | None] = {
            name: self.figure(fields, name, path) for name in FIGURES
        }
        order, district = (self.text(fields, name, path) for name in ("order", "district"))
        return ToldLine(figures, order.strip(), district.strip(), Place(field=path))

    def figure(self, fields: Mapping[str, Any], name: str, path: str = "") -> int | None:
        """A figure; None where it is not told."""
        value = fields.get(name)
        if value is None:
            return None
        if type(value) is int and 0 <= value <= MOST:  # a boolean is no figure
            return value
        self.wrong(f"{path}.{name}".lstrip("."), "figure")
        return None

    def text(self, fields: Mapping[str, Any], name: str, path: str = "") -> str:
        """A text; empty where it is not told."""
        value = fields.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        self.wrong(f"{path}.{name}".lstrip("."), "text")
        return ""

    def month(self, value: object) -> Month | None:
        """The month; None after a fault."""
        try:
            return Month.parse(value if isinstance(value, str) else "")
        except BadInputError:
            self.wrong("month", "month")
            return None

    def check_carrier(self, fields: Mapping[str, Any], reporting: Reporting, carrier: str) -> None:
        """Refuse a call that names another carrier than the user's own."""
        told = self.text(fields, "carrier")
        if not told:
            return
        place = Place(field="carrier")
        try:
            found = carrier_named(reporting, told, place)
        except RefusedError as refused:
            self.faults += refused.findings
            return
        if found != carrier:
            values = {"value": found, "told": carrier}
            self.faults.append(Finding(Fault.OTHER_CARRIER, place, values))
