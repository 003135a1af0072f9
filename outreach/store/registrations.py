"""Who has the app, or asked for silence: numbers by the lists they came by, one row each and kind.

A number's first day counts, whichever list names it. After which of our messages that was is looked
up later, for many together: until then, and where there was none, they count as after none of ours.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.domain.errors import NotFoundError, check_name
from outreach.store import responses
from outreach.store.bulk import Row, bulk_update
from outreach.store.responses import HAS_APP, Group, Kind
from outreach.store.series import series
from outreach.store.sql import Fetched, among_sql, select_among

WAITING = -1
"""In place of a message: not looked up yet."""
NONE = 0
"""In place of a message: after none of ours."""

_PAGE = 20_000


@dataclass(frozen=True, slots=True)
class RegistrationList:
    """Where registrations came from."""

    id: int
    name: str
    kind: Kind
    source: str
    at: int
    """Milliseconds."""
    made_by: str
    rows: int = 0
    """Of the file as it was last read; of calls, all that were told."""
    added: int = 0
    """Numbers that are there by this list."""
    rejected: int = 0


_FIELDS = tuple(RegistrationList.__dataclass_fields__)
_COLUMNS = ", ".join(f'"{name}"' for name in _FIELDS)
_OF_THE_APP = among_sql("kind", [int(kind) for kind in HAS_APP])


def create(conn: Connection, told: RegistrationList) -> RegistrationList:
    """Begin a list (its id and figures are ignored); `opt_outs` begins one of opt-outs."""
    check_name("registration list", told.name)
    return _create(conn, told)


def _create(conn: Connection, told: RegistrationList) -> RegistrationList:
    names = _FIELDS[1:6]
    conn.execute(
        text(
            f"INSERT INTO registration_list ({', '.join(names)})"
            f" VALUES ({', '.join(f':{name}' for name in names)}) ON CONFLICT (name) DO NOTHING"
        ),
        {name: getattr(told, name) for name in names},
    )
    (found,) = _lists(conn, "WHERE name = :name", name=told.name)
    return found


def create_opt_outs(
    conn: Connection, suppression: int, source: str, at: int, made_by: str
) -> RegistrationList:
    """Begin the list of those on a suppression list who asked us for silence."""
    name = _of_suppression(suppression)
    return _create(conn, RegistrationList(0, name, Kind.OPTED_OUT, source, at, made_by))


def opt_outs(conn: Connection, suppression: int) -> RegistrationList | None:
    """The list of those on a suppression list who asked us; None where it is not of such."""
    return named(conn, _of_suppression(suppression))


def _of_suppression(number: int) -> str:
    """A number alone: nobody may give another list such a name."""
    return str(number)


def named(conn: Connection, name: str) -> RegistrationList | None:
    """Find a list by its exact name."""
    return next(iter(_lists(conn, "WHERE name = :name", name=name)), None)


def find(conn: Connection, name: str) -> RegistrationList:
    """Find a list of who has the app by its exact name; NotFoundError says what there is."""
    found = named(conn, name)
    if found is None or found.kind not in HAS_APP:
        latest = _lists(conn, f"WHERE {_OF_THE_APP} ORDER BY id DESC LIMIT 5")
        known = ", ".join(each.name for each in latest) or "none yet"
        raise NotFoundError(f"no registration list is called '{name}'; the latest are: {known}")
    return found


def listed(conn: Connection) -> list[RegistrationList]:
    """Every list of who has the app, oldest first; opt-outs belong to their suppression lists."""
    return _lists(conn, f"WHERE {_OF_THE_APP} ORDER BY id")


def _lists(conn: Connection, which: str, **values: object) -> list[RegistrationList]:
    rows = conn.execute(text(f"SELECT {_COLUMNS} FROM registration_list {which}"), values)
    told = [dict(zip(_FIELDS, row, strict=True)) for row in rows]
    return [RegistrationList(**{**fields, "kind": Kind(fields["kind"])}) for fields in told]


def begin(conn: Connection, number: int) -> None:
    """Count the rows of a list from the start: its file is read again."""
    conn.execute(
        text('UPDATE registration_list SET "rows" = 0, rejected = 0 WHERE id = :id'),
        {"id": number},
    )


def note(conn: Connection, number: int, *, rows: int, rejected: int) -> None:
    """Count more rows of a list."""
    conn.execute(
        text(
            'UPDATE registration_list SET "rows" = "rows" + :rows,'
            " rejected = rejected + :rejected WHERE id = :id"
        ),
        {"id": number, "rows": rows, "rejected": rejected},
    )


def add(conn: Connection, to: RegistrationList, day: int, msisdns: Sequence[int]) -> int:
    """Put numbers on a list as of a local day (20261130); returns how many are there by it now.

    A number that is there with that day or an earlier one stays as it is; one with a later day
    takes the earlier one, and goes over to this list.
    """
    numbers = sorted(set(msisdns))
    later = select_among(
        conn,
        "DELETE FROM registration WHERE msisdn {among} AND kind = :kind AND day > :day"
        " RETURNING day, kind, message, list",
        numbers,
        kind=int(to.kind),
        day=day,
    )
    _gone(conn, later)
    given, value = series(conn, numbers)
    added = conn.execute(
        text(
            "INSERT INTO registration (msisdn, kind, day, message, list)"
            " SELECT value, CAST(:kind AS SMALLINT), CAST(:day AS INTEGER),"
            f" CAST(:waiting AS BIGINT), CAST(:list AS BIGINT) FROM {given}"
            " WHERE true ON CONFLICT DO NOTHING"
        ),
        {"kind": int(to.kind), "day": day, "waiting": WAITING, "list": to.id, "series": value},
    ).rowcount
    _count(conn, {to.id: added})
    responses.add(conn, {Group(day // 100, to.kind): added})
    return added


def forget_some(conn: Connection, found: RegistrationList) -> int:
    """Take back a share of what is there by a list; returns how many, 0 when none are left."""
    gone = conn.execute(
        text(
            "DELETE FROM registration WHERE (msisdn, kind) IN"
            " (SELECT msisdn, kind FROM registration WHERE list = :list LIMIT :page)"
            " RETURNING day, kind, message, list"
        ),
        {"list": found.id, "page": _PAGE},
    ).all()
    _gone(conn, gone)
    return len(gone)


def take_off(conn: Connection, found: RegistrationList, msisdn: int) -> None:
    """Take back one number, if it is there by a list."""
    gone = conn.execute(
        text(
            "DELETE FROM registration WHERE msisdn = :msisdn AND kind = :kind AND list = :list"
            " RETURNING day, kind, message, list"
        ),
        {"msisdn": msisdn, "kind": int(found.kind), "list": found.id},
    ).all()
    _gone(conn, gone)


def drop(conn: Connection, found: RegistrationList) -> None:
    """Forget a list that nobody is there by any more."""
    conn.execute(text("DELETE FROM registration_list WHERE id = :id"), {"id": found.id})


def _gone(conn: Connection, rows: Sequence[Fetched]) -> None:
    """Take rows (day, kind, message, list) that are deleted out of what counts them."""
    done = [(day // 100, Kind(kind), message) for day, kind, message, _ in rows]
    taken = Counter(responses.after(conn, done))
    responses.add(conn, {group: -people for group, people in taken.items()})
    lists = Counter(number for *_, number in rows)
    _count(conn, {number: -people for number, people in lists.items()})


def _count(conn: Connection, added: Mapping[int, int]) -> None:
    rows: list[Row] = [(people, number) for number, people in sorted(added.items())]
    bulk_update(conn, "UPDATE registration_list SET added = added + ? WHERE id = ?", rows)


def waiting(conn: Connection) -> int:
    """How many registrations have not been looked up yet."""
    found = conn.execute(text("SELECT COUNT(*) FROM registration WHERE message = -1"))
    return int(found.scalar_one())


def settle(
    conn: Connection, kind: Kind, msisdns: Sequence[int], after: Mapping[int, tuple[int, Group]]
) -> int:
    """Put registrations that still wait down to what was found: none, or a message and its group.

    The groups' months are those of the registrations. Returns how many waited.
    """
    claimed = select_among(
        conn,
        "UPDATE registration SET message = 0 WHERE msisdn {among} AND kind = :kind"
        " AND message = -1 RETURNING msisdn, day",
        msisdns,
        kind=int(kind),
    )
    moved: Counter[Group] = Counter()
    rows: list[Row] = []
    for msisdn, day in claimed:
        if msisdn in after:
            message, group = after[msisdn]
            rows.append((message, msisdn, int(kind)))
            moved[group._replace(month=day // 100)] += 1
            moved[Group(day // 100, kind)] -= 1
    bulk_update(conn, "UPDATE registration SET message = ? WHERE msisdn = ? AND kind = ?", rows)
    responses.add(conn, moved)
    return len(claimed)
