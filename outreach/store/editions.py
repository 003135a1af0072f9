"""Reports as they were issued: bytes that never change, and what they were made of."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.domain.errors import NotAllowedError, NotFoundError
from outreach.domain.month import Month
from outreach.store.sql import Fetched


@dataclass(frozen=True, slots=True)
class Edition:
    """One issued report: `data` is the canonical JSON of its ledger."""

    id: int
    month: int
    name: str
    revision: int
    number: str
    """Number and symbol, as printed: `05/BC-TTCĐS`; without the digits where the registry adds it.
    """
    signed_on: int
    at: int
    made_by: str
    why: str
    data: bytes
    sha256: str
    """Of `data`, as it was stored."""
    statements: Mapping[str, int]
    """Carrier -> revision of the statement behind it."""
    changes: Sequence[Mapping[str, str]]

    @property
    def intact(self) -> bool:
        """Whether the data are still what was stored."""
        return fingerprint(self.data) == self.sha256


@dataclass(frozen=True, slots=True)
class EditionFile:
    """A file of an edition."""

    name: str
    sha256: str
    body: bytes

    @property
    def intact(self) -> bool:
        """Whether the file is still what was stored."""
        return fingerprint(self.body) == self.sha256


def fingerprint(body: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(body).hexdigest()


_FIELDS = (
    "month", "name", "revision", "number", "signed_on", "at", "made_by", "why", "data", "sha256",
)  # fmt: skip
_NAMES = ("id", *_FIELDS, "statements", "changes")
_COLUMNS = ", ".join(_NAMES)


def add(conn: Connection, edition: Edition, files: Mapping[str, bytes]) -> int:
    """Store an edition with its files (its id is ignored); returns its id.

    NotAllowedError where its revision is there already: somebody was faster.
    """
    number = conn.execute(
        text(
            f"INSERT INTO edition ({', '.join(_FIELDS)}, statements, changes)"
            f" VALUES ({', '.join(f':{name}' for name in _FIELDS)}, :statements, :changes)"
            " ON CONFLICT (month, name, revision) DO NOTHING RETURNING id"
        ),
        {
            **{name: getattr(edition, name) for name in _FIELDS},
            "statements": json.dumps(edition.statements, ensure_ascii=False, sort_keys=True),
            "changes": json.dumps(edition.changes, ensure_ascii=False),
        },
    ).scalar()
    if number is None:
        raise NotAllowedError(
            f"revision {edition.revision} of edition '{edition.name}' of"
            f" {Month.of_number(edition.month)} was issued meanwhile; nothing is stored"
        )
    for name, body in files.items():
        conn.execute(
            text(
                "INSERT INTO edition_file (edition, name, sha256, body)"
                " VALUES (:edition, :name, :sha256, :body)"
            ),
            {"edition": number, "name": name, "sha256": fingerprint(body), "body": body},
        )
    return int(number)


def listed(conn: Connection, month: int | None = None, name: str | None = None) -> list[Edition]:
    """Every edition of a month, or of all months, oldest first."""
    rows = conn.execute(
        text(
            f"SELECT {_COLUMNS} FROM edition WHERE (:month = 0 OR month = :month)"
            " AND (:name = '' OR name = :name) ORDER BY month, name, revision"
        ),
        {"month": month or 0, "name": name or ""},
    )
    return [_edition(row) for row in rows]


def _edition(row: Fetched) -> Edition:
    fields = dict(zip(_NAMES, row, strict=True))
    for name in ("statements", "changes"):
        fields[name] = json.loads(fields[name])
    return Edition(**{**fields, "data": bytes(fields["data"])})


def latest(conn: Connection, month: int, name: str) -> Edition | None:
    """The edition that counts; None if none was issued."""
    return next(reversed(listed(conn, month, name)), None)


def find(conn: Connection, month: int, name: str, revision: int | None = None) -> Edition:
    """Find an edition, the latest unless told; NotFoundError says which there are."""
    found = listed(conn, month, name)
    for edition in reversed(found):
        if revision in {None, edition.revision}:
            return edition
    known = ", ".join(str(edition.revision) for edition in found)
    which = f"revision {revision} of " if revision else ""
    raise NotFoundError(
        f"there is no {which}edition '{name}' of {Month.of_number(month)};"
        + (f" there are revisions {known}" if known else " none was issued yet")
    )


def files(conn: Connection, edition: int) -> list[EditionFile]:
    """The files of an edition, by name."""
    rows = conn.execute(
        text("SELECT name, sha256, body FROM edition_file WHERE edition = :id ORDER BY name"),
        {"id": edition},
    )
    return [EditionFile(row[0], row[1], bytes(row[2])) for row in rows]
