"""What titles and labels of a clerk's table mean: columns, rows beside the table, months, units."""

import re
from datetime import date
from typing import Final

from outreach.domain.month import Month
from outreach.domain.text import nfc, plain
from outreach.statistics.table import Row, Value

_COLUMNS: Final = (  # the first that fits counts
    ("", r"^(stt|tt|no|so tt)$|ty le|percent|ghi chu|^note"),
    ("?", r"khong (thanh cong|gui|nhan|chuyen)|that bai|\bloi\b|fail|undeliver"),
    ("installs", r"cai dat|\binstall|\btai (ung dung|app|ve)|luot tai"),
    ("accesses", r"truy cap|\baccess|\bclick|luot bam|luot mo"),
    ("delivered", r"thanh cong|da chuyen|da nhan|nhan duoc|den may|\bdeliver"),
    ("sent", r"\bgui\b|\bsent\b"),
    ("order", r"\bdot\b|\blenh\b|chien dich|\border\b"),
    ("district", r"\bquan\b|\bhuyen\b|\bphuong\b|dia ban|dia phuong|khu vuc|\bdistrict"),
)
_LABELS: Final = (
    ("carrier", r"(ten )?(nha mang|doanh nghiep|don vi bao cao|carrier)"),
    ("month", r"(thang|ky|thang bao cao|ky bao cao|month)"),
    ("difficulties", r"(cac )?(kho khan|vuong mac)( va vuong mac| vuong mac)?|difficulties"),
    ("causes", r"nguyen nhan|causes?"),
    ("invoiced_parts", r"so (tin|doan)( nhan)? tinh cuoc|invoiced parts"),
    ("invoiced_dong", r"(so tien|thanh tien|tien cuoc|cuoc phi)( tinh cuoc)?( dong| vnd)?"),
)
_CITY: Final = re.compile(
    r"(toan|tong|cong|tong cong|tong so)( (thanh pho|tp))?( ho chi minh| hcm)?"
    r"|(thanh pho|tp) ?(ho chi minh|hcm)?|tphcm"
)
_MONTH: Final = re.compile(
    r"(?:th[aá]ng\s*)?\b(0?[1-9]|1[0-2])\s*(?:[/.-]|\s+n[aă]m\s+)\s*(2[0-9]{3})\b(?!\s*/)"
    r"|\b(2[0-9]{3})\s*[/.-]\s*(0?[1-9]|1[0-2])\b(?![/.-]\d)"
)
_DAY: Final = re.compile(
    r"ng[aà]y\s*\d{1,2}\s*th[aá]ng\s*\d{1,2}\s*n[aă]m\s*\d{4}"
    r"|\b\d{1,2}\s*[/-]\s*\d{1,2}\s*[/-]\s*\d{4}\b|\b\d{4}-\d\d-\d\d\b",
    re.IGNORECASE,
)
_UNITS: Final = re.compile(
    r"\b(nghìn|ngàn|triệu|nghin|trieu|thousands?|millions?)\b|x\s*1[.,]?000|\(\s*[.,]?000\s*\)"
)
_OF_UNITS: Final = re.compile(r"don vi( tinh)?\b|\bdvt\b|\bunit")


def simple(text: str) -> str:
    """A text without accents, signs and capitals; what stands in brackets is left out."""
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", text)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain(bare).lower()).split())


def column(title: str) -> str | None:
    """The field that a column's title means; empty: one to pass over; None: nobody knows."""
    told = simple(title)
    for field, shape in _COLUMNS:
        if re.search(shape, told):
            return None if field == "?" else field
    return None


def columns(row: Row) -> dict[int, str]:
    """The fields of a row of titles by column."""
    found = ((place, column(row.text(place))) for place in sorted(row.cells))
    return {place: field for place, field in found if field}


def is_head(row: Row) -> bool:
    """Whether a row holds the titles of a statement's table."""
    fields = set(columns(row).values())
    return len(fields) > 1 and bool(fields & {"installs", "accesses", "delivered", "sent"})


def label(text: str) -> tuple[str, str] | None:
    """The field that a label beside the table names, and what follows it in the same cell."""
    name, sign, rest = text.partition(":")
    told = re.sub(r"^([ivx]+|[0-9]+) ", "", simple(name))
    for field, shape in _LABELS:
        if re.fullmatch(shape, told):
            return field, rest.strip() if sign else ""
    return None


def is_city(text: str) -> bool:
    """Whether the name in a row means the whole city."""
    return bool(_CITY.fullmatch(simple(text)))


def month_of(value: Value) -> Month | None:
    """Read 2026-11, 11/2026, Tháng 11/2026, 11 năm 2026 or a day of the month; None otherwise."""
    if isinstance(value, date):
        return Month(value.year, value.month)
    found = months_in(str(value))
    return found[0] if len(found) == 1 else None


def months_in(text: str) -> list[Month]:
    """The months that a text names; days are not meant."""
    found = _MONTH.finditer(without_days(nfc(text).lower()))
    named = [Month(int(m[2] or m[3]), int(m[1] or m[4])) for m in found]
    return list(dict.fromkeys(named))


def without_days(text: str) -> str:
    """Leave out whole dates, such as that of a signature."""
    return _DAY.sub(" ", text)


def in_thousands(text: str, *, title: bool) -> bool:
    """Whether a title, or a line above the table that speaks of units, tells of thousands."""
    told = nfc(text).lower()
    return bool(_UNITS.search(told)) and (title or bool(_OF_UNITS.search(simple(text))))
