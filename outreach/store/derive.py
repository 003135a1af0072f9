"""Reading the people of audiences page by page, and copying some of them into a new one."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, text

from outreach.domain.errors import NotAllowedError
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.store.audiences import Audience
from outreach.store.planning import NETWORK
from outreach.store.series import series
from outreach.store.sql import Fetched

PAGE = 50_000
DERIVED = "derived"
"""The source of an audience that was made of others."""

_COPIED = "msisdn, network, declared, learned, learned_from, learned_at, district, params"


def places(conn: Connection, audience: int) -> range:
    """The ids that the recipients of an audience may have."""
    first = audience * CAMPAIGN_SPAN
    highest = conn.execute(
        text("SELECT MAX(id) FROM recipient WHERE id >= :first AND id < :end"),
        {"first": first, "end": first + CAMPAIGN_SPAN},
    ).scalar()
    return range(first, int(highest or first) + 1)


def people(conn: Connection, ids: range, *, fields: bool) -> Iterator[Sequence[Fetched]]:
    """Pages of recipients: id, msisdn, network by the best knowledge, district, fields (JSON).

    Without `fields`, there is nothing in their place.
    """
    told = "r.params" if fields else "''"
    select = text(
        f"SELECT r.id, r.msisdn, {NETWORK}, r.district, {told} FROM recipient r"
        " WHERE r.id >= :first AND r.id < :end ORDER BY r.id LIMIT :page"
    )
    first = ids.start
    while page := conn.execute(select, {"first": first, "end": ids.stop, "page": PAGE}).all():
        yield page
        first = page[-1][0] + 1


def copy(conn: Connection, audience: int, first: int, source: int, ids: Sequence[int]) -> None:
    """Copy recipients of `source` into an audience, numbered from `first` in the order of ids."""
    given, value = series(conn, ids)
    statement = text(
        f"INSERT INTO recipient (id, {_COPIED}, origin) SELECT :base + given.n,"
        f" {', '.join(f'r.{name}' for name in _COPIED.split(', '))},"
        f" COALESCE(r.origin, CAST(:source AS BIGINT))"
        f" FROM {given} JOIN recipient r ON r.id = given.value"
    )
    base = audience * CAMPAIGN_SPAN + first
    done = conn.execute(statement, {"base": base, "source": source, "series": value})
    if done.rowcount != len(ids):
        raise NotAllowedError("an audience was discarded while its people were copied")


def still_there(conn: Connection, source: Audience) -> bool:
    """Whether an audience is the one that was looked at, and no later one of its id."""
    found = conn.execute(
        text("SELECT name, created_at FROM audience WHERE id = :id"), {"id": source.id}
    ).first()
    return found is not None and tuple(found) == (source.name, source.created_at)


def set_origin(conn: Connection, audience: int, origin: str) -> None:
    """Keep, as JSON, what an audience was made of."""
    conn.execute(
        text("UPDATE audience SET origin = :origin WHERE id = :id"),
        {"origin": origin, "id": audience},
    )
