"""Importing an audience: every row of the file ends up imported or rejected, none is lost."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import orjson
from sqlalchemy import Connection

from outreach.campaigns.audience_file import Reject, Row, read_csv
from outreach.domain.errors import BadInputError, NotFoundError
from outreach.domain.key import MAX_RECIPIENTS
from outreach.domain.msisdn import mask
from outreach.domain.network import PrefixTable
from outreach.store import audiences, audit
from outreach.store.audiences import IMPORTING, READY, Audience
from outreach.store.database import Database
from outreach.store.database import Row as StoredRow
from outreach.store.users import User

DUPLICATE = "duplicate"

_BATCH = 20_000


class Seen:
    """Remembers numbers in fixed memory: one bit each, at most 63 MB for all of Viet Nam."""

    def __init__(self) -> None:
        self._blocks: dict[int, bytearray] = {}

    def add(self, msisdn: int) -> bool:
        """Note a number (84 and nine digits); True if it is new."""
        block, offset = divmod(msisdn, 1_000_000)
        bits = self._blocks.get(block)
        if bits is None:
            bits = self._blocks[block] = bytearray(125_000)
        byte, bit = offset >> 3, 1 << (offset & 7)
        if bits[byte] & bit:
            return False
        bits[byte] |= bit
        return True


@dataclass(slots=True)
class _Batch:
    rows: int = 0
    recipients: list[StoredRow] = field(default_factory=list)
    rejects: list[tuple[int, str, str]] = field(default_factory=list)


def import_csv(
    database: Database,
    prefixes: PrefixTable,
    user: User,
    name: str,
    path: Path,
    now: int,
    progress: Callable[[int], None] | None = None,
) -> Audience:
    """Read a file into a new audience; an import of that name that did not end is begun again."""
    number = _begin(database, user, name, path, now)
    try:
        return _copy(database, prefixes, user, (number, name), path, now, progress)
    except BadInputError:
        # Nothing of a file that cannot be read is kept; after a crash the next import does this.
        with database.write() as conn:
            audiences.discard(conn, number)
        raise


def _copy(
    database: Database,
    prefixes: PrefixTable,
    user: User,
    audience: tuple[int, str],
    path: Path,
    now: int,
    progress: Callable[[int], None] | None,
) -> Audience:
    number, name = audience
    rows = imported = 0
    seen = Seen()
    for batch in _batches(read_csv(path, prefixes), seen):
        rows += batch.rows
        if imported + len(batch.recipients) > MAX_RECIPIENTS:
            raise BadInputError(f"{path}: an audience has at most {MAX_RECIPIENTS} recipients")
        with database.write() as conn:
            audiences.add_recipients(conn, number, imported + 1, batch.recipients)
            imported += len(batch.recipients)
            audiences.add_rejects(conn, number, batch.rejects)
            audiences.progress(conn, number, rows, imported, IMPORTING)
        if progress:
            progress(rows)
    with database.write() as conn:
        audiences.progress(conn, number, rows, imported, READY)
        entry = audit.Entry(
            now, user.name, "audience.import", f"audience:{number}", {"rows": rows, "name": name}
        )
        audit.write(conn, entry)
        return audiences.find(conn, name)


def _begin(database: Database, user: User, name: str, path: Path, now: int) -> int:
    fingerprint = _fingerprint(path)
    with database.write() as conn:
        _discard_unfinished(conn, name)
        audience = Audience(0, name, path.name, fingerprint, IMPORTING, 0, 0, 0, now, user.name)
        return audiences.create(conn, audience)


def _discard_unfinished(conn: Connection, name: str) -> None:
    try:
        found = audiences.find(conn, name)
    except NotFoundError:
        return
    if found.state == IMPORTING and found.name == name:
        audiences.discard(conn, found.id)


def _fingerprint(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        raise BadInputError(f"{path}: cannot be read: {fault.strerror}") from None


def _batches(lines: Iterable[Row | Reject], seen: Seen) -> Iterator[_Batch]:
    lines = iter(lines)
    while found := list(islice(lines, _BATCH)):
        batch = _Batch(rows=len(found))
        for line in found:
            _sort(line, seen, batch)
        yield batch


def _sort(line: Row | Reject, seen: Seen, batch: _Batch) -> None:
    if isinstance(line, Reject):
        batch.rejects.append((line.line, str(line.reason), line.raw))
    elif not seen.add(int(line.msisdn)):
        batch.rejects.append((line.line, DUPLICATE, mask(line.msisdn)))
    else:
        batch.recipients.append(
            (
                int(line.msisdn),
                int(line.network),
                None if line.declared is None else int(line.declared),
                line.district,
                orjson.dumps(line.params).decode(),
            )
        )
