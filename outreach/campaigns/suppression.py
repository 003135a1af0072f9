"""Numbers that are not to be messaged: put on lists, looked up, taken off again."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Connection

from outreach.campaigns import typed
from outreach.domain.errors import BadInputError, NotFoundError
from outreach.domain.msisdn import mask, mask_text
from outreach.domain.network import PrefixTable
from outreach.domain.window import LOCAL, local_day, number_of_day
from outreach.files import (
    Reading,
    Reject,
    Row,
    TwoNumbers,
    Understanding,
    open_file,
)
from outreach.store import audit, campaigns, registrations, suppressions
from outreach.store.database import Database
from outreach.store.suppressions import Standing, SuppressionList, SuppressionScope
from outreach.store.users import User

_BATCH = 20_000
_LAST_YEAR = 2999
_LATE = timedelta(days=366)
"""So long after, an opt-out may still be handed in: a day before that is a slip of the pen."""
_AS_FOUND = Reading()


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all numbers of a list."""

    reason: str
    scope: SuppressionScope = SuppressionScope.ALL
    campaign: str | None = None
    """Name or number of the one campaign that is held back, with scope campaign."""
    expires: date | None = None
    """The last day, in Ho Chi Minh City, on which the list holds back."""
    opted_out: date | None = None
    """The local day on which these people asked us for silence; None: they did not ask us."""


@dataclass(slots=True)
class Imported:
    """What became of the rows of a suppression file: rows = added + known + rejected."""

    list: SuppressionList
    rows: int = 0
    added: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    """By reason."""
    understood: Understanding | None = None
    """How the file was read; None if there is none."""

    @property
    def known(self) -> int:
        """Rows whose number was on the list already."""
        return self.rows - self.added - self.rejected.total()


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where suppression lists are kept, by whom, and when."""

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
        progress: Callable[[int], None] | None = None,
        reading: Reading = _AS_FOUND,
    ) -> Imported:
        """Put every number of a file on a list; what an earlier import put there is known.

        A cell with two numbers is two rows: whoever asked for silence is to have it.
        """
        source = mask_text(path.name)
        every = replace(reading, two_numbers=TwoNumbers.BOTH)
        asked = self._asked(terms)
        # A file that cannot be understood leaves no list behind.
        with open_file(path, self.prefixes, every) as file:
            with self.database.write() as conn:
                found = self._begun(conn, name or source, source, terms)
                suppressions.importing(conn, found.id, under_way=True)
            done = Imported(found, understood=file.understanding)
            for batch in file.batches(_BATCH):
                self._put(done, batch.lines, asked)
                if progress:
                    progress(done.rows)
        counts = {"rows": done.rows, "added": done.added, "rejected": done.rejected.total()}
        with self.database.write() as conn:
            suppressions.importing(conn, found.id, under_way=False)
            self._note(conn, "import", done.list, {"file": source, **counts, **_day(terms)})
        return done

    def _put(self, done: Imported, lines: Sequence[Row | Reject], asked: int | None) -> None:
        good = [int(line.msisdn) for line in lines if isinstance(line, Row)]
        done.rows += len(lines)
        done.rejected.update(str(line.reason) for line in lines if isinstance(line, Reject))
        with self.database.write() as conn:
            done.added += _hold(conn, done.list, good, asked)

    def add(self, numbers: Sequence[str], name: str | None, terms: Terms) -> Imported:
        """Put numbers that somebody typed on a list: all of them, or none."""
        read = [typed.number(number, self.prefixes) for number in numbers]
        asked = self._asked(terms)
        at = datetime.fromtimestamp(self.now / 1000, LOCAL)
        with self.database.write() as conn:
            chosen = name or f"{self.user.name} {at:%Y-%m-%d %H:%M:%S}"
            done = Imported(self._begun(conn, chosen, "by hand", terms), len(read))
            done.added = _hold(conn, done.list, read, asked)
            masked = [mask(str(number)) for number in read]
            told = {"numbers": masked, "added": done.added, **_day(terms)}
            self._note(conn, "add", done.list, told)
        return done

    def show(self, number: str, why: str) -> tuple[str, list[SuppressionList]]:
        """Say, the number masked, on which lists it stands; who asked and why is written down."""
        msisdn = typed.number(number, self.prefixes)
        masked = mask(str(msisdn))
        with self.database.write() as conn:
            entry = {"number": masked, "why": typed.sentence("--why", why)}
            audit.write(conn, self._entry("show", f"number:{masked}", entry))
            return masked, suppressions.holding(conn, msisdn)

    def undo(self, name: str, why: str, number: str | None = None) -> SuppressionList:
        """End a whole list, or take one number off it until an import puts it there again.

        Who is off a list of opt-outs is not counted by it any more. Who stands on another such
        list too comes back into the figures when that one's file is given again.
        """
        said = typed.sentence("--why", why)
        with self.database.write() as conn:
            found = suppressions.find(conn, name)
            if number is None:
                suppressions.undo(conn, found, self.user.name, self.now, said)
                self._note(conn, "undo", found, {"why": said, **_uncounted(conn, found)})
            else:
                msisdn = typed.number(number, self.prefixes)
                masked = mask(str(msisdn))
                if not suppressions.remove(conn, found.id, msisdn):
                    raise NotFoundError(f"suppression list '{found.name}' does not have {masked}")
                if told := registrations.opt_outs(conn, found.id):
                    registrations.take_off(conn, told, msisdn)
                whence = {"list": found.name, "source": found.source, "list_began": found.at}
                self._note(conn, "remove", found, {"number": masked, "why": said, **whence})
            return suppressions.find(conn, found.name)

    def _asked(self, terms: Terms) -> int | None:
        """The day on which people asked, as tables store it; BadInputError if it cannot be."""
        day, today = terms.opted_out, local_day(datetime.fromtimestamp(self.now / 1000, LOCAL))
        if day is not None and not today - _LATE <= day <= today:
            raise BadInputError(f"--on {day}: expected a day from {today - _LATE} to today")
        return None if day is None else number_of_day(day)

    def _begun(self, conn: Connection, name: str, source: str, terms: Terms) -> SuppressionList:
        """The list of that name, begun if there is none; BadInputError if its terms are others."""
        told = SuppressionList(
            id=0,
            name=name,
            scope=terms.scope,
            campaign=campaigns.find(conn, terms.campaign).id if terms.campaign else None,
            reason=typed.sentence("--reason", terms.reason),
            source=source,
            at=self.now,
            created_by=self.user.name,
            expires_at=None if terms.expires is None else _end_of(terms.expires),
            opt_outs=terms.opted_out is not None,
        )
        found = suppressions.named(conn, name)
        if (found or told).standing(self.now) is not Standing.IN_FORCE:
            raise BadInputError(
                f"suppression list '{name}' would hold nothing back: it is undone, or its last day"
                " has passed; choose another --name, or a later --expires"
            )
        if found is None:
            found = suppressions.create(conn, told)
            self._note(conn, "create", found, _terms(found))
        elif _terms(found) != _terms(told):
            raise BadInputError(
                f"a suppression list called '{name}' exists with other terms: {_shown(found)};"
                " say the same, or choose another --name"
            )
        return found

    def _note(
        self, conn: Connection, action: str, found: SuppressionList, detail: Mapping[str, object]
    ) -> None:
        audit.write(conn, self._entry(action, f"suppression:{found.id}", detail))

    def _entry(self, action: str, subject: str, detail: Mapping[str, object]) -> audit.Entry:
        return audit.Entry(self.now, self.user.name, f"suppression.{action}", subject, detail)


def _day(terms: Terms) -> dict[str, str]:
    return {} if terms.opted_out is None else {"opted_out": str(terms.opted_out)}


def _hold(
    conn: Connection, found: SuppressionList, numbers: Sequence[int], asked: int | None
) -> int:
    """Put numbers on a list, and count who asked for it; returns how many were not on it yet."""
    # A list that was undone meanwhile counts nobody, as it holds nobody back.
    told = None if asked is None else registrations.opt_outs(conn, found.id)
    if asked is not None and told:
        registrations.add(conn, told, asked, numbers)
    return suppressions.add(conn, found.id, numbers)


def _uncounted(conn: Connection, found: SuppressionList) -> dict[str, int]:
    """Take back whom a list counts as opted out: so many, for the record; nothing of others."""
    told = registrations.opt_outs(conn, found.id)
    if told is None:
        return {}
    while registrations.forget_some(conn, told):
        pass
    registrations.drop(conn, told)
    return {"opt_outs": told.added}


def _end_of(day: date) -> int:
    """The moment (ms) at which a local day is over."""
    if day.year > _LAST_YEAR:
        raise BadInputError(f"--expires {day}: expected a day before {_LAST_YEAR + 1}, or none")
    end = datetime.combine(day + timedelta(days=1), time(), LOCAL)
    return int(end.timestamp() * 1000)


def _terms(found: SuppressionList) -> dict[str, object]:
    return {
        "name": found.name,
        "scope": found.scope,
        "campaign": found.campaign,
        "reason": found.reason,
        "expires_at": found.expires_at,
        "opt_outs": found.opt_outs,
    }


def _shown(found: SuppressionList) -> str:
    campaign = f":{found.campaign}" if found.campaign else ""
    end = "no end"
    if found.expires_at is not None:
        last = datetime.fromtimestamp(found.expires_at / 1000 - 1, LOCAL)
        end = f"last day {last:%Y-%m-%d}"
    whose = ", opt-outs" if found.opt_outs else ", no opt-outs"
    return f"scope {found.scope}{campaign}, reason '{found.reason}', {end}{whose}"
