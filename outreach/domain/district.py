"""Districts: the units of the city by which figures are told, and which of them hold when."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from outreach.domain.text import nfc
from outreach.domain.written import folded, place


class DistrictKind(StrEnum):
    """What a district is, as `written.place` calls it."""

    CITY = "thanh_pho"
    URBAN = "quan"
    RURAL = "huyen"
    WARD = "phuong"
    COMMUNE = "xa"
    ZONE = "dac_khu"


_TITLES = {
    DistrictKind.CITY: "Thành phố",
    DistrictKind.URBAN: "Quận",
    DistrictKind.RURAL: "Huyện",
    DistrictKind.WARD: "Phường",
    DistrictKind.COMMUNE: "Xã",
    DistrictKind.ZONE: "Đặc khu",
}


@dataclass(frozen=True, slots=True)
class District:
    """A unit of the city, with its code in the country's list."""

    code: str
    kind: DistrictKind
    name: str

    @property
    def title(self) -> str:
        """Kind and name, as officials write them: "Quận 1"."""
        return f"{_TITLES[self.kind]} {self.name}"


class Period(NamedTuple):
    """The districts from a first day to a last one; without end where none is told."""

    first: date
    last: date | None
    districts: tuple[District, ...]

    def holds(self, day: date) -> bool:
        """Whether these are the districts of a day."""
        return self.first <= day and (self.last is None or day <= self.last)


class Found(NamedTuple):
    """The district that a text names."""

    district: District
    current: bool
    """Whether it is one of the day that was asked about; else it is an old one, or a later one."""
    among: tuple[District, ...]
    """All districts of its time."""


class DistrictTable:
    """The districts of each time, found by how people write them."""

    def __init__(self, periods: Iterable[Period]) -> None:
        self._periods = sorted(periods, key=lambda period: period.first, reverse=True)
        self._names = [_by_name(period.districts) for period in self._periods]

    def on(self, day: date) -> tuple[District, ...]:
        """The districts of a day in their order; none where no table holds."""
        return next((each.districts for each in self._periods if each.holds(day)), ())

    def find(self, text: str, day: date) -> Found | None:
        """The district that a text names: one of that day, else of the latest table that has it.

        None where a text fits no district, or several: nothing is guessed.
        """
        for period, names in self._from(day):
            fitting = _fitting(text, names)
            if fitting:
                found = Found(fitting[0], period.holds(day), period.districts)
                return found if len(fitting) == 1 else None
        return None

    def nearest(self, text: str, day: date, most: int = 3) -> tuple[District, ...]:
        """Districts of a day that a text may have meant: all that fit, or else are spelt alike."""
        if fitting := _fitting(text, _by_name(self.on(day))):
            return tuple(fitting[:most])
        titles = {folded(each.title): each for each in self.on(day)}
        names = {folded(each.name): each for each in self.on(day)}
        alike = [
            found[each]
            for told, found in ((folded(text), titles), (place(text)[1], names))
            for each in difflib.get_close_matches(told, found, most)
        ]
        return tuple(dict.fromkeys(alike))[:most]

    def _from(self, day: date) -> Iterator[tuple[Period, dict[str, list[District]]]]:
        """Every table: that of the day, and then the others, the latest first."""
        tables = list(zip(self._periods, self._names, strict=True))
        return iter(sorted(tables, key=lambda table: not table[0].holds(day)))


def _by_name(districts: Iterable[District]) -> dict[str, list[District]]:
    names: dict[str, list[District]] = {}
    for district in districts:
        names.setdefault(place(district.title)[1], []).append(district)
    return names


def _fitting(text: str, names: dict[str, list[District]]) -> list[District]:
    """The districts of such a name, and kind if one is said.

    Accents count only where names differ in nothing else, and the text has some: "Thanh An" may be
    either of Thanh An and Thạnh An, "Xã Thanh An" is the first.
    """
    kind, name = place(text)
    found = [each for each in names.get(name, ()) if kind in {"", each.kind}]
    if len(found) > 1 and not text.isascii():
        told = _accented(text)
        found = [each for each in found if f" {_accented(each.name)} " in f" {told} "] or found
    return found


def _accented(text: str) -> str:
    """Words in small letters."""
    return " ".join(re.findall(r"\w+", nfc(text).lower()))
