"""The days of config/holidays.toml: public holidays, and those an installation closes itself."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from outreach.domain.errors import BadInputError
from outreach.domain.holidays import Holidays
from outreach.settings.toml import read_toml

_LISTS = ("holiday", "closed")
_KEYS = frozenset({"first", "last", "name"})
_LONGEST = timedelta(days=366)


def read_holidays(path: Path) -> Holidays:
    """Read [[holiday]] and [[closed]] blocks; BadInputError names the block that is not right.

    A year is known when it has a [[holiday]].
    """
    told = read_toml(path)
    if unknown := told.keys() - set(_LISTS):
        raise BadInputError(
            f"{path} does not know {', '.join(sorted(unknown))}; it knows [[holiday]] and"
            " [[closed]], each with first, last and name"
        )
    names: dict[date, str] = {}
    years: set[int] = set()
    for kind in _LISTS:
        for place, given in enumerate(_blocks(told, kind, path), 1):
            for day, name in _days(given, f"{path}: [[{kind}]] {place}"):
                names.setdefault(day, name)
                if kind == "holiday":
                    years.add(day.year)
    return Holidays(names, frozenset(years))


def _blocks(told: Mapping[str, object], kind: str, path: Path) -> list[object]:
    found = told.get(kind, [])
    if isinstance(found, list):
        return found
    raise BadInputError(f"{path}: {kind} is {found!r}; expected blocks that begin with [[{kind}]]")


def _days(given: object, where: str) -> Iterator[tuple[date, str]]:
    if not isinstance(given, dict):
        raise BadInputError(f"{where}: expected a table, not {given!r}")
    if unknown := given.keys() - _KEYS:
        raise BadInputError(
            f"{where} does not know {', '.join(sorted(unknown))};"
            f" it knows {', '.join(sorted(_KEYS))}"
        )
    name = given.get("name")
    if not isinstance(name, str) or not name.strip():
        raise BadInputError(f"{where}: name is {name!r}; expected words in quotes")
    first = _day(given.get("first"), f"{where}: first")
    last = _day(given.get("last", first), f"{where}: last")
    if not first <= last <= first + _LONGEST:
        raise BadInputError(
            f"{where}: last is {last}; expected a day from {first} on, within a year"
        )
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n), name


def _day(found: object, where: str) -> date:
    if type(found) is date:  # not a datetime, which is a date too
        return found
    raise BadInputError(f"{where} is {found!r}; expected a day such as 2027-02-06, without quotes")
