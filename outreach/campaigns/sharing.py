"""Several persons behind one phone: told apart once the whole file is read, in fixed memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import orjson

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.msisdn import mask
from outreach.domain.text import plain
from outreach.domain.written import remembered
from outreach.store import audiences, rejects, shared_rows
from outreach.store.audiences import Audience, Gain
from outreach.store.database import Database
from outreach.store.shared_rows import Shared

DUPLICATE = "duplicate"
MOST_NAMES = 20
"""As many names of persons behind one phone are kept."""

_WINDOW = 500_000
Params = Mapping[str, Any]


def tell_apart(database: Database, audience: Audience) -> Audience:
    """Join the rows that name another person to the recipient of their number; reject the others.

    A window of recipients a transaction: an import that is interrupted here goes on with the rest.
    """
    first = 1
    while first <= audience.imported:
        last = first + _WINDOW - 1
        with database.read() as conn:
            if not shared_rows.left(conn, audience.id):
                break
            page = shared_rows.page(conn, audience.id, first, last)
        first = last + 1
        if len(page) == shared_rows.PAGE:
            page = _whole(page)
            first = page[-1].recipient % CAMPAIGN_SPAN
        if page:
            audience = _settle(database, audience, page)
    return audience


def _whole(page: Sequence[Shared]) -> list[Shared]:
    """Leave out the last recipient, of whom there may be more rows; not if there is no other."""
    last = page[-1].recipient
    return [row for row in page if row.recipient != last] or list(page)


def _settle(database: Database, audience: Audience, page: Sequence[Shared]) -> Audience:
    found = _Found()
    for _, rows in groupby(page, lambda row: row.recipient):
        found.judge(list(rows))
    with database.write() as conn:
        gain = Gain(joined=found.joined, rejected=len(found.rejects))
        after = audiences.advance(conn, audience, gain, audience.position)
        rejects.add(conn, audience.id, found.rejects)
        shared_rows.settle(conn, [row.id for row in page], found.params)
    return after


@dataclass(slots=True)
class _Found:
    """What some shared rows were found to be."""

    joined: int = 0
    rejects: list[tuple[int, str, str]] = field(default_factory=list)
    params: list[tuple[str, int]] = field(default_factory=list)

    def judge(self, rows: Sequence[Shared]) -> None:
        """Tell apart the rows of one recipient."""
        first: dict[str, Any] = orjson.loads(rows[0].first)
        persons: _Persons | None = None
        for row in rows:
            params = orjson.loads(row.params)
            if not _is_plainly(first, params):
                persons = persons or _Persons(first)
                if persons.add(params):
                    self.joined += 1
                    continue
            self.rejects.append((row.line, DUPLICATE, mask(str(row.msisdn))))
        if persons and persons.grown:
            told = {**first, "persons": str(persons.count), "names": persons.names}
            self.params.append((orjson.dumps(told).decode(), rows[0].recipient))


def _is_plainly(first: Params, other: Params) -> bool:
    """Whether a row says nothing that the first does not, letter by letter: most are told so."""
    number = other.get("insurance_number")
    return other.get("full_name") == first.get("full_name") and (
        not number or bool(number == first.get("insurance_number"))
    )


@dataclass(slots=True)
class _Person:
    """What is known so far of somebody behind a number; what is not is empty."""

    number: str
    name: str
    """As it is compared."""
    full_name: str


class _Persons:
    """The persons behind one number: who has the same insurance number, or else name, is one.

    What is not known of a person, one row can tell; from then on it is that person's.
    """

    def __init__(self, first: Params) -> None:
        self.grown = False
        self._persons: list[_Person] = []
        self._forgotten = 0
        self._by_number: dict[str, _Person] = {}
        self._by_name: dict[str, _Person] = {}
        self._numberless: dict[str, _Person] = {}
        self._nameless: dict[str, _Person] = {}
        self._add(_person(first))
        if isinstance(first.get("names"), list):  # there were so many rows that this is the rest
            self._remember(first)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._persons) + self._forgotten

    @property
    def names(self) -> list[str]:
        """Their names as written, the first row's first, as many as are kept."""
        return [each.full_name for each in self._persons if each.name][:MOST_NAMES]

    def add(self, params: Params) -> bool:
        """Note a person; False if it is one of those known."""
        told = _person(params)
        known = self._known(told)
        if known is None:
            self._add(told)
            self.grown = True
        else:
            self._fill(known, told)
        return known is None

    def _known(self, told: _Person) -> _Person | None:
        """Whom a row speaks of: by the number, else by the name, else who may be anybody."""
        if told.number in self._by_number:
            return self._by_number[told.number]
        if told.number and told.name:
            return self._numberless.get(told.name) or self._numberless.get("")
        if told.number:
            return next(iter(self._numberless.values()), None)
        if told.name:
            nameless = next(iter(self._nameless.values()), None)
            return self._by_name.get(told.name) or nameless
        return self._persons[0]

    def _fill(self, known: _Person, told: _Person) -> None:
        """Let a row tell what was not known."""
        is_named = bool(told.name) and not known.name
        if not is_named and (known.number or not told.number):
            return
        if not known.number:
            self._numberless.pop(known.name, None)
        if not known.name:
            self._nameless.pop(known.number, None)
        known.number = known.number or told.number
        if is_named:
            known.name, known.full_name = told.name, told.full_name
            self.grown = True
        self._find_by(known)

    def _add(self, told: _Person) -> None:
        self._persons.append(told)
        self._find_by(told)

    def _find_by(self, told: _Person) -> None:
        """Let a person be found by what is known of it, and by what is not."""
        if told.number:
            self._by_number.setdefault(told.number, told)
        else:
            self._numberless.setdefault(told.name, told)
        if told.name:
            self._by_name.setdefault(told.name, told)
        else:
            self._nameless[told.number] = told

    def _remember(self, first: Params) -> None:
        names, people = list(first["names"]), int(first["persons"])
        known = self._persons[0]
        if names and (known.name or len(names) == people):
            self._fill(known, _Person("", _words(names[0]), names.pop(0)))
        for name in names:
            self._add(_Person("", _words(name), name))
        self._forgotten = people - len(self._persons)


def _person(params: Params) -> _Person:
    name = params.get("full_name", "")
    return _Person(params.get("insurance_number", ""), _words(name), name)


@remembered(4_096)
def _words(name: str) -> str:
    """A name as it is compared: plain small letters, one space between words."""
    return " ".join(plain(name).lower().split())
