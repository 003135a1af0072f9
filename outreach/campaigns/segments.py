"""Segments: who gets it, said as audiences, what is taken off them, and what must be true."""

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Connection

from outreach.campaigns.matching import age, answer, gender
from outreach.domain.errors import BadInputError
from outreach.domain.network import Network
from outreach.domain.written import folded, place
from outreach.store import audiences, audit, segments
from outreach.store.audiences import READY
from outreach.store.database import Database
from outreach.store.derive import DERIVED
from outreach.store.segments import Segment
from outreach.store.users import User


@dataclass(frozen=True, slots=True)
class Definition:
    """The numbers of the audiences, less those of `minus`, of whom every filter given is true.

    A number that several audiences have is there once, as the first of them has it.
    """

    audiences: tuple[str, ...]
    minus: tuple[str, ...] = ()
    minus_suppressed: bool = False
    """Without the numbers that a suppression list in force keeps from every campaign."""
    districts: tuple[str, ...] = ()
    wards: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    """By title; the best knowledge: learned before declared before prefix."""
    ages: tuple[int, int] | None = None
    """From and to, in whole years, both within."""
    genders: tuple[str, ...] = ()
    smartphone: bool | None = None
    installed: bool | None = None
    fields: tuple[tuple[str, str], ...] = ()
    """Other columns, each with a value it must have; of values for one column, any."""

    def to_json(self) -> str:
        """Write it as it is stored: what is not said is left out."""
        said = {
            field.name: value
            for field in dataclasses.fields(self)
            if (value := getattr(self, field.name)) != field.default
        }
        return json.dumps(said, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, stored: str) -> "Definition":
        """Read what `to_json` wrote."""
        said: dict[str, Any] = json.loads(stored)
        for name, value in said.items():
            if isinstance(value, list):
                said[name] = tuple(tuple(v) if isinstance(v, list) else v for v in value)
        return cls(**said)


_BAND = re.compile(r"\s{0,9}([0-9]{1,3})\s{0,9}-\s{0,9}([0-9]{1,3})\s{0,9}")
_SHOWN = 40


def band(told: str) -> tuple[int, int]:
    """Read "60-79"; BadInputError otherwise."""
    found = _BAND.fullmatch(told)
    if found is None:
        raise BadInputError(f"--age '{told[:_SHOWN]}': expected two ages, such as 60-79")
    youngest, oldest = map(int, found.groups())
    if youngest > oldest:
        raise BadInputError(f"--age '{told}': the first age is the lower one, such as 60-79")
    return youngest, oldest


def network_title(told: str) -> str:
    """The title of a network; BadInputError names those there are."""
    try:
        return Network.named(told.strip()).title
    except ValueError as fault:
        raise BadInputError(f"--network: {fault}") from None


def sex(told: str) -> str:
    """`nam` or `nu`; BadInputError otherwise."""
    found = gender(told)
    if found is None:
        raise BadInputError(f"--gender '{told}': expected nam or nữ (male, female)")
    return found


def pair(told: str) -> tuple[str, str]:
    """Read NAME=VALUE, the name as the import calls a column: "Tổ dân phố" is to_dan_pho."""
    name, sign, value = told.partition("=")
    if not sign or not folded(name) or not folded(value):
        raise BadInputError(f"--field '{told}': expected NAME=VALUE, such as to_dan_pho=12")
    return folded(name).replace(" ", "_"), value.strip()


def checked(conn: Connection, told: Definition) -> Definition:
    """The definition with its audiences by name; BadInputError if one of them is not finished."""
    if not told.audiences:
        raise BadInputError(
            "--audience is missing: name at least one, whose people are chosen from"
        )
    return replace(
        told,
        audiences=_ready(conn, told.audiences),
        minus=_ready(conn, told.minus),
    )


def _ready(conn: Connection, names: Iterable[str]) -> tuple[str, ...]:
    found = [audiences.find(conn, name) for name in names]
    for each in found:
        if each.state != READY:
            again = "discard it" if each.source == DERIVED else "import it again"
            raise BadInputError(f"audience '{each.name}' is not finished; wait, or {again}")
    return tuple(dict.fromkeys(each.name for each in found))


def save(database: Database, user: User, name: str, told: Definition, now: int) -> Segment:
    """Keep a definition under a name."""
    with database.write() as conn:
        definition = checked(conn, told).to_json()
        saved = segments.create(conn, Segment(0, name, definition, now, user.name))
        _note(conn, user, "save", saved, now)
    return saved


def delete(database: Database, user: User, name: str, now: int) -> Segment:
    """Forget a definition."""
    with database.write() as conn:
        found = segments.find(conn, name)
        segments.delete(conn, found)
        _note(conn, user, "delete", found, now)
    return found


def _note(conn: Connection, user: User, action: str, segment: Segment, now: int) -> None:
    detail = {"name": segment.name, "definition": json.loads(segment.definition)}
    subject = f"segment:{segment.id}"
    audit.write(conn, audit.Entry(now, user.name, f"segment.{action}", subject, detail))


Params = Mapping[str, object]
Test = Callable[[int, str | None, Params], bool | None]
"""Whether a row (network, district, fields) is as wanted; None where it does not say."""


class Filters:
    """What must be true of a row, ready to be asked of millions."""

    def __init__(self, told: Definition, today: date) -> None:
        columns = {"network": _network(told), "district": _district(told)}
        fields = {
            "ward": _ward(told),
            "birth": _birth(told, today),
            "gender": _gender(told),
            "smartphone": _answer("smartphone", wanted=told.smartphone),
            "installed": _answer("installed", wanted=told.installed),
            **_fields(told),
        }
        self.tests = {name: test for name, test in (columns | fields).items() if test is not None}
        self.needs_fields = any(name in self.tests for name in fields)
        """Whether the rows' JSON has to be read."""

    def unmet(self, network: int, district: str | None, params: str) -> tuple[str, ...] | None:
        """None if a row is as wanted; else the names of what it would have to say, if that is all.

        An empty answer is a row that says something else than what is wanted.
        """
        if not self.tests:
            return None
        fields: Params = orjson.loads(params) if self.needs_fields else {}
        silent = []
        for name, test in self.tests.items():
            said = test(network, district, fields)
            if said is False:
                return ()
            if said is None:
                silent.append(name)
        return tuple(silent) or None


def _network(told: Definition) -> Test | None:
    wanted = frozenset(int(Network.named(title)) for title in told.networks)
    return (lambda network, _, __: network in wanted if network else None) if wanted else None


def _district(told: Definition) -> Test | None:
    within = _places(told.districts)
    return (lambda _, district, __: within(district)) if told.districts else None


def _ward(told: Definition) -> Test | None:
    within = _places(told.wards)
    return (lambda _, __, fields: within(_text(fields, "ward"))) if told.wards else None


def _places(wanted: tuple[str, ...]) -> Callable[[str | None], bool | None]:
    """Compare names; kinds too, where both say one: "Quận 3" is no "Phường 3"."""
    kinds: dict[str, set[str]] = {}
    for each in wanted:
        kind, name = place(each)
        kinds.setdefault(name, set()).add(kind)

    def within(told: str | None) -> bool | None:
        if not told or not folded(told):
            return None
        kind, name = place(told)
        found = kinds.get(name)
        return found is not None and (not kind or kind in found or "" in found)

    return within


def _birth(told: Definition, today: date) -> Test | None:
    if told.ages is None:
        return None
    youngest, oldest = told.ages

    def within(_: int, __: str | None, fields: Params) -> bool | None:
        years = age(_text(fields, "birth"), today)
        return None if years is None else youngest <= years <= oldest

    return within


def _gender(told: Definition) -> Test | None:
    def among(_: int, __: str | None, fields: Params) -> bool | None:
        said = gender(_text(fields, "gender"))
        return None if said is None else said in told.genders

    return among if told.genders else None


def _answer(name: str, *, wanted: bool | None) -> Test | None:
    def equal(_: int, __: str | None, fields: Params) -> bool | None:
        said = answer(_text(fields, name))
        return None if said is None else said is wanted

    return None if wanted is None else equal


def _fields(told: Definition) -> dict[str, Test]:
    wanted: dict[str, set[str]] = {}
    for name, value in told.fields:
        wanted.setdefault(name, set()).add(folded(value))
    return {name: _field(name, values) for name, values in wanted.items()}


def _field(name: str, values: set[str]) -> Test:
    def among(_: int, __: str | None, fields: Params) -> bool | None:
        said = _text(fields, name)
        return folded(said) in values if said else None

    return among


def _text(fields: Params, name: str) -> str:
    said = fields.get(name)
    return said if isinstance(said, str) else ""
