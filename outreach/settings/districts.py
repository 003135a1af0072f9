"""The districts of config/districts.toml: which there are, and from when to when."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

from outreach.domain.district import District, DistrictKind, DistrictTable, Period
from outreach.domain.errors import BadInputError
from outreach.settings.toml import read_toml

_DAYS = ("first", "last")
_KINDS = tuple(kind.value for kind in DistrictKind)


def read_districts(path: Path) -> DistrictTable:
    """Read [[table]] blocks: first, last (none: until further notice), and per kind code = name.

    BadInputError names the block that is not right.
    """
    told = read_toml(path)
    blocks = told.get("table")
    if told.keys() != {"table"} or not isinstance(blocks, list):
        names = ", ".join(sorted(told)) or "nothing"
        raise BadInputError(f"{path} has {names}; expected blocks that begin with [[table]]")
    periods = [_period(block, f"{path}: [[table]] {n}") for n, block in enumerate(blocks, 1)]
    _check_apart(periods, path)
    return DistrictTable(periods)


def _period(block: object, where: str) -> Period:
    if not isinstance(block, dict):
        raise BadInputError(f"{where}: expected a table, not {block!r}")
    if unknown := block.keys() - {*_DAYS, *_KINDS}:
        raise BadInputError(
            f"{where} does not know {', '.join(sorted(unknown))};"
            f" it knows {', '.join((*_DAYS, *_KINDS))}"
        )
    first = _day(block.get("first"), f"{where}: first")
    last = _day(block["last"], f"{where}: last") if "last" in block else None
    if last is not None and last < first:
        raise BadInputError(f"{where}: last is {last}; expected {first} or later")
    districts = tuple(
        district
        for name, units in block.items()
        if name in _KINDS
        for district in _districts(DistrictKind(name), units, f"{where}: {name}")
    )
    _check_alone(districts, where)
    return Period(first, last, districts)


def _day(found: object, where: str) -> date:
    if type(found) is date:  # not a datetime, which is a date too
        return found
    raise BadInputError(f"{where} is {found!r}; expected a day such as 2025-07-01, without quotes")


def _districts(kind: DistrictKind, units: object, where: str) -> Iterator[District]:
    if not isinstance(units, dict):
        raise BadInputError(f'{where}: expected a table of lines such as 760 = "1"')
    for code, name in units.items():
        if not code.isdecimal() or not isinstance(name, str) or not name.strip():
            raise BadInputError(f'{where}: {code} is {name!r}; expected a line such as 760 = "1"')
        yield District(code, kind, name.strip())


def _check_alone(districts: tuple[District, ...], where: str) -> None:
    if not districts:
        raise BadInputError(f"{where} has no district; it knows {', '.join(_KINDS)}")
    for found in ([each.code for each in districts], [each.title for each in districts]):
        if twice := sorted({each for each in found if found.count(each) > 1}):
            raise BadInputError(f"{where}: {', '.join(twice)} is told twice")


def _check_apart(periods: list[Period], path: Path) -> None:
    in_time = sorted(periods, key=lambda period: period.first)
    for one, after in pairwise(in_time):
        if one.last is None or one.last >= after.first:
            raise BadInputError(
                f"{path}: the table from {one.first} holds until {one.last or 'further notice'},"
                f" and another one holds from {after.first}; end the first the day before"
            )
