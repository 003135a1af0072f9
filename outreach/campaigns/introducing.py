"""Who is known by a carrier's own id: read from a file, looked up, forgotten."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection

from outreach.campaigns import ids, typed
from outreach.campaigns.ids import Unfit
from outreach.domain.errors import NotFoundError
from outreach.domain.msisdn import mask, mask_text
from outreach.domain.network import Channel, PrefixTable
from outreach.domain.reach import Lesson
from outreach.files import Reading, Reject, Row, Understanding, open_file
from outreach.store import audit, reach, rejects
from outreach.store.database import Database
from outreach.store.reach import Kept, Told
from outreach.store.rejects import Rejected
from outreach.store.scratch import scratch
from outreach.store.users import User

_BATCH = 5_000
"""Rows stored in one go: few enough that a sender hardly waits for its turn to write."""
_FIRST = 10
_FILE = 1
"""The number by which rejected rows are kept in a database of their own."""

Pair = tuple[int, str]
"""A number and the id of its owner."""


@dataclass(slots=True)
class Introduced:
    """What became of the rows of a file of ids: rows = new + changed + known + rejected."""

    understood: Understanding
    column: str
    """The role of the column that was taken for the ids."""
    whole: int = 0
    """Up to how many digits an id is whole; 0 before the first ones were looked at."""
    rows: int = 0
    new: int = 0
    changed: int = 0
    """Numbers that were known by another id."""
    known: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    """By reason."""
    first: list[Rejected] = field(default_factory=list)
    """The first rejected rows."""
    written: int | None = None
    """Rejected rows that were written down; None where nobody asked for that."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an operator wants of a file."""

    path: Path
    reading: Reading
    dry_run: bool = False
    rejects_to: Callable[[Iterator[Rejected]], int] | None = None
    """Writes every rejected row down, at the end; returns how many."""


@dataclass(frozen=True, slots=True)
class AddressBook:
    """Where one account's ids of people are kept, by whom, and when."""

    database: Database
    prefixes: PrefixTable
    user: User
    now: int
    """Milliseconds."""

    def import_file(
        self,
        asked: Asked,
        channel: Channel,
        account: int,
        progress: Callable[[int], None] | None = None,
    ) -> Introduced:
        """Take over from a file by which id an account's carrier knows each number.

        What is known already is not written again, so that the same file goes on after a break
        and changes nothing the second time. Refusals stay as they are.
        """
        with (
            open_file(asked.path, self.prefixes, asked.reading) as file,
            scratch() as seen,
        ):
            done = Introduced(file.understanding, ids.column(file.understanding))
            work = _Work(self, channel, account, seen, done, asked.dry_run)
            for batch in file.batches(_BATCH):
                work.take(batch.lines)
                if progress:
                    progress(done.rows)
            with seen.read() as conn:
                done.rejected = rejects.by_reason(conn, _FILE)
                done.first = rejects.first(conn, _FILE, _FIRST)
                if asked.rejects_to:
                    done.written = asked.rejects_to(rejects.every(conn, _FILE))
        if not asked.dry_run:
            self._note_import(asked.path, account, done)
        return done

    def show(self, number: str, why: str) -> tuple[str, list[Kept]]:
        """Say, the number masked, what is kept of it; who asked and why is written down."""
        msisdn = typed.number(number, self.prefixes)
        masked = mask(str(msisdn))
        with self.database.write() as conn:
            self._note_number(conn, "show", masked, {"why": typed.sentence("--why", why)})
            return masked, reach.kept(conn, msisdn)

    def forget(self, number: str, why: str) -> tuple[str, list[Kept]]:
        """Keep nothing of a number any more; says what was. NotFoundError if nothing was."""
        msisdn = typed.number(number, self.prefixes)
        masked, said = mask(str(msisdn)), typed.sentence("--why", why)
        with self.database.write() as conn:
            found = reach.kept(conn, msisdn)
            if not found:
                raise NotFoundError(f"nothing is known of {masked} by any account")
            reach.forget(conn, msisdn)
            told = {"why": said, "accounts": [each.account for each in found]}
            self._note_number(conn, "forget", masked, told)
        return masked, found

    def _note_import(self, path: Path, account: int, done: Introduced) -> None:
        told = {
            "file": mask_text(path.name),
            "rows": done.rows,
            "new": done.new,
            "changed": done.changed,
            "known": done.known,
            "rejected": sum(done.rejected.values()),
        }
        entry = audit.Entry(self.now, self.user.name, "reach.import", f"account:{account}", told)
        with self.database.write() as conn:
            audit.write(conn, entry)

    def _note_number(
        self, conn: Connection, deed: str, masked: str, told: Mapping[str, object]
    ) -> None:
        detail = {"number": masked, **told}
        entry = audit.Entry(self.now, self.user.name, f"reach.{deed}", f"number:{masked}", detail)
        audit.write(conn, entry)


@dataclass(frozen=True, slots=True)
class _Work:
    """An import under way; what the file said so far is in a database of its own."""

    book: AddressBook
    channel: Channel
    account: int
    seen: Database
    done: Introduced
    dry_run: bool

    def take(self, lines: Sequence[Row | Reject]) -> None:
        """Sort rows, and store what is not known yet."""
        self.done.rows += len(lines)
        refused: list[Rejected] = [
            (line.line, str(line.reason), line.raw) for line in lines if isinstance(line, Reject)
        ]
        with self.seen.write() as conn:
            pairs = self._agreeing(conn, [x for x in lines if isinstance(x, Row)], refused)
            earlier = self._ids_of(conn, {msisdn for msisdn, _ in pairs})
            reach.learn(conn, self._told(pairs))
            rejects.add(conn, _FILE, sorted(refused))
        self._store(pairs, earlier)

    def _agreeing(
        self, conn: Connection, rows: Sequence[Row], refused: list[Rejected]
    ) -> list[Pair]:
        """Pairs of rows that no earlier row contradicts; the others are refused."""
        told = [(row, row.params.get(self.done.column, "").strip()) for row in rows]
        if not self.done.whole:
            in_workbook = self.done.understood.format != "CSV"
            first = [address for _, address in told]
            self.done.whole = ids.whole_digits(first, in_workbook=in_workbook)
        numbers = self._ids_of(conn, {int(row.msisdn) for row in rows})
        owners = reach.owners(conn, self.channel, self.account, {each for _, each in told})
        pairs = []
        for row, address in told:
            msisdn = int(row.msisdn)
            why = ids.unfit(address, self.book.prefixes, self.done.whole)
            if why is None and numbers.get(msisdn, address) != address:
                why = Unfit.NUMBER_TWICE
            if why is None and owners.get(address, msisdn) != msisdn:
                why = Unfit.ID_TWICE
            if why is not None:
                refused.append((row.line, str(why), mask(row.msisdn)))
                continue
            numbers[msisdn], owners[address] = address, msisdn
            pairs.append((msisdn, address))
        return pairs

    def _store(self, pairs: Sequence[Pair], earlier: dict[int, str]) -> None:
        """Store pairs that neither we nor `earlier` rows know; a dry run stored none of those."""
        with self.book.database.read() as conn:
            known = self._ids_of(conn, {msisdn for msisdn, _ in pairs}) | earlier
        fresh = []
        for msisdn, address in pairs:
            was = known.get(msisdn, "")
            self.done.known += was == address
            self.done.changed += was not in {"", address}
            self.done.new += not was
            if was != address:
                known[msisdn] = address
                fresh.append((msisdn, address))
        if fresh and not self.dry_run:
            with self.book.database.write() as conn:
                reach.learn(conn, self._told(fresh))

    def _ids_of(self, conn: Connection, numbers: Collection[int]) -> dict[int, str]:
        found = reach.of(conn, self.channel, self.account, numbers, self.book.now)
        return {msisdn: each.address for msisdn, each in found.items() if each.address}

    def _told(self, pairs: Sequence[Pair]) -> list[Told]:
        return [
            Told(Lesson(str(msisdn), address), self.channel, self.account, self.book.now)
            for msisdn, address in pairs
        ]
