"""Several persons behind one phone: told apart once the whole file is read, in fixed memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from typing import Any

import orjson

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.msisdn import mask
from outreach.domain.text import plain
from outreach.store import audiences, rejects, shared_rows
from outreach.store.audiences import Audience, Gain
from outreach.store.database import Database
from outreach.store.shared_rows import Shared

DUPLICATE = "duplicate"
MOST_NAMES = 20
"""As many names of persons behind one phone are kept."""

_WINDOW = 100_000
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
    """Whether one is the other, letter by letter: most rows are, and are told quickly."""
    number = other.get("insurance_number")
    if number and first.get("insurance_number"):
        return bool(number == first["insurance_number"])
    return bool(first.get("full_name") == other.get("full_name"))


class _Persons:
    """The persons behind one number: who has the same insurance number, or else name, is one.

    Somebody without a name is nobody new.
    """

    def __init__(self, first: Params) -> None:
        self.count = 0
        self.names: list[str] = []
        self.grown = False
        self._numbers: set[str] = set()
        self._by_name: set[str] = set()
        self._numberless: set[str] = set()
        self._add(first)
        if isinstance(first.get("names"), list):  # there were so many rows that this is the rest
            self._remember(first)

    def add(self, params: Params) -> bool:
        """Note a person; False if it is one of those known."""
        if self._knows(params.get("insurance_number"), _words(params.get("full_name", ""))):
            return False
        self._add(params)
        self.grown = True
        return True

    def _knows(self, number: str | None, name: str) -> bool:
        if number in self._numbers:
            return True
        names = self._numberless if number else self._by_name
        return bool(names) and (not name or name in names or "" in names)

    def _add(self, params: Params) -> None:
        number, name = params.get("insurance_number"), params.get("full_name", "")
        self.count += 1
        if name and len(self.names) < MOST_NAMES:
            self.names.append(name)
        self._by_name.add(_words(name))
        if number:
            self._numbers.add(number)
        else:
            self._numberless.add(_words(name))

    def _remember(self, first: Params) -> None:
        self.count, self.names = int(first["persons"]), list(first["names"])
        known = {_words(name) for name in self.names}
        self._by_name |= known
        self._numberless |= known


@lru_cache(4_096)
def _words(name: str) -> str:
    """A name as it is compared: plain small letters, one space between words."""
    return " ".join(plain(name).lower().split())
