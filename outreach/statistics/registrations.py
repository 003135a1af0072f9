"""Who has the app, as BHXH lists it or the app itself tells: taken in, shown, taken back."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from outreach.domain.errors import BadInputError
from outreach.domain.month import Month
from outreach.domain.msisdn import mask_text
from outreach.domain.network import PrefixTable
from outreach.domain.window import day_number_at, number_of_day
from outreach.files import Reading, Reject, Row, TwoNumbers, Understanding, open_file
from outreach.statistics.attribution import attribute
from outreach.store import audit, registrations
from outreach.store.database import Database
from outreach.store.registrations import RegistrationList
from outreach.store.responses import Kind
from outreach.store.users import User

APP = "app"
"""Who tells by calls, as lists and the audit name it."""

FIRST_DAY = date(2020, 1, 1)
"""Before it there was no app, and so nobody who had it."""

_BATCH = 20_000
_AS_FOUND = Reading()


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all numbers of a list."""

    kind: Kind
    """INSTALLED or REGISTERED."""
    on: date
    """The local day as of which they have done it."""
    source: str


@dataclass(slots=True)
class Imported:
    """What became of the rows of a file: rows = added + known + rejected."""

    list: RegistrationList
    rows: int = 0
    added: int = 0
    """Numbers that were not there, or only for a later day."""
    rejected: Counter[str] = field(default_factory=Counter)
    """By reason."""
    understood: Understanding | None = None
    looked_up: int = 0
    """Registrations that were put down to a message, or to none, at the end."""

    @property
    def known(self) -> int:
        """Rows whose number was there for that day already, or an earlier one."""
        return self.rows - self.added - self.rejected.total()


@dataclass(frozen=True, slots=True)
class Register:
    """Where registrations are kept, by whom, and when."""

    database: Database
    prefixes: PrefixTable
    user: User
    now: int
    """Milliseconds."""

    def import_file(
        self,
        path: Path,
        name: str | None,
        terms: Terms,
        within_days: int,
        progress: Callable[[int], None] | None = None,
        reading: Reading = _AS_FOUND,
    ) -> Imported:
        """Take every number of a file in, and look up after which message that was.

        The same file again adds nothing; an import that was broken off is given again.
        """
        on = number_of(terms.on, day_number_at(self.now))
        source = mask_text(path.name)
        every = replace(reading, two_numbers=TwoNumbers.BOTH)
        # A file that cannot be understood leaves no list behind.
        with open_file(path, self.prefixes, every) as file:
            with self.database.write() as conn:
                found = self._begun(conn, name or source, terms)
                registrations.begin(conn, found.id)
            done = Imported(found, understood=file.understanding)
            for batch in file.batches(_BATCH):
                self._put(done, on, batch.lines)
                if progress:
                    progress(done.rows)
        counts = {"rows": done.rows, "added": done.added, "rejected": done.rejected.total()}
        with self.database.write() as conn:
            told = {"file": source, "on": str(terms.on), "source": terms.source}
            self._note(conn, "import", found, {**told, "kind": terms.kind.name.lower(), **counts})
        done.looked_up = attribute(self.database, within_days)
        with self.database.read() as conn:
            done.list = registrations.find(conn, found.name)
        return done

    def forget(self, name: str, why: str, progress: Callable[[int], None] | None = None) -> int:
        """Take a whole list back, as if it had never come; returns how many were there by it.

        What another list says of them as well is not there then: give its file again.
        """
        with self.database.read() as conn:
            found = registrations.find(conn, name)
        gone = 0
        while some := self._forget_some(found):
            gone += some
            if progress:
                progress(gone)
        with self.database.write() as conn:
            registrations.drop(conn, found)
            self._note(conn, "forget", found, {"people": gone, "source": found.source, "why": why})
        return gone

    def _forget_some(self, found: RegistrationList) -> int:
        with self.database.write() as conn:
            return registrations.forget_some(conn, found)

    def _put(self, done: Imported, on: int, lines: Sequence[Row | Reject]) -> None:
        good = [int(line.msisdn) for line in lines if isinstance(line, Row)]
        bad = [str(line.reason) for line in lines if isinstance(line, Reject)]
        done.rows += len(lines)
        done.rejected.update(bad)
        with self.database.write() as conn:
            done.added += registrations.add(conn, done.list, on, good)
            registrations.note(conn, done.list.id, rows=len(lines), rejected=len(bad))

    def _begun(self, conn: Connection, name: str, terms: Terms) -> RegistrationList:
        """The list of that name, begun if there is none; BadInputError if it is another's."""
        found = registrations.named(conn, name)
        if found is None:
            told = RegistrationList(0, name, terms.kind, terms.source, self.now, self.user.name)
            return registrations.create(conn, told)
        if (found.kind, found.source) != (terms.kind, terms.source):
            raise BadInputError(
                f"a registration list called '{name}' exists: {found.kind.name.lower()}, source"
                f" '{found.source}'; say the same, or choose another --name"
            )
        return found

    def _note(
        self, conn: Connection, deed: str, found: RegistrationList, told: Mapping[str, object]
    ) -> None:
        action, subject = f"registration.{deed}", f"registration:{found.id}"
        detail = {"list": found.name, **told}
        audit.write(conn, audit.Entry(self.now, self.user.name, action, subject, detail))


class Told(NamedTuple):
    """Of one person, that he has the app since a local day."""

    msisdn: int
    kind: Kind
    day: int


def take(conn: Connection, told: Sequence[Told], now: int) -> int:
    """Take in what the app told at a time (ms); returns how much of it is new.

    Each month has a list of its own for each kind, so that a wrong one can be taken back.
    """
    groups: defaultdict[tuple[Kind, int], list[int]] = defaultdict(list)
    for each in told:
        groups[each.kind, each.day].append(each.msisdn)
    added, month = 0, Month.of_number(day_number_at(now) // 100)
    for (kind, day), msisdns in sorted(groups.items()):
        name = f"{APP} {kind.name.lower()} {month}"
        found = registrations.named(conn, name) or registrations.create(
            conn, RegistrationList(0, name, kind, APP, now, APP)
        )
        added += registrations.add(conn, found, day, msisdns)
        registrations.note(conn, found.id, rows=len(msisdns), rejected=0)
    return added


def number_of(day: date, today: int) -> int:
    """A local day as tables store it; BadInputError if nobody can have done anything on it."""
    number = number_of_day(day)
    if day < FIRST_DAY or number > today:
        raise BadInputError(f"day {day}: expected one from {FIRST_DAY} to today")
    return number
