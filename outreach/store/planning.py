"""Making the messages of a campaign: INSERT … SELECT, a window of recipients at a time.

Every window is one transaction with its chunks and counts, so planning goes on where it was
interrupted, and a long plan never holds the writer for long. A window's messages are numbered
pilot first, then by account and network, so that each chunk is a run of one kind; then by district,
so that what is sent, and heard of, together moves few counts. Within a window, that is: everybody
of it goes at about the same time.

What a plan will do before there are messages: `rows` gives every recipient's bucket of the
weights, and `choice.first_choice(step, network, bucket)` says which account takes him.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN, MAX_RECIPIENTS
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.domain.rules import EVERYBODY
from outreach.domain.share import PILOT, SHARE, WEIGHTS
from outreach.store import choice, districts, tables
from outreach.store.bulk import Row, bulk_insert
from outreach.store.campaigns import Campaign
from outreach.store.database import Database
from outreach.store.sql import among_sql
from outreach.store.tally import Counter, Group

WINDOW = 50_000
CHUNK = 1_000
NO_ROUTE = "no_route"

NETWORK = "COALESCE(r.learned, r.declared, r.network)"
"""The network a recipient is taken to be on: learned before declared before prefix."""
_DISTRICT = "TRIM(r.district)"
# Account, network, district as one number: by one SQLite sorts a third faster than by three.
_KIND = "(CAST(account AS BIGINT) * 1000 + network) * 100000 + district"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a campaign's recipients come from, as SQL over a range of ids."""

    tables: str
    id: str
    where: str
    first: int
    last: int


def source(conn: Connection, campaign: Campaign) -> Source:
    """A share of an audience, or of an earlier campaign's whose result is to be sent again."""
    asked = _in_share(campaign.rules.share)
    if campaign.parent is None:
        first = campaign.audience * CAMPAIGN_SPAN
        return Source("recipient r", "r.id", asked, first, _highest(conn, "recipient", first))
    first = campaign.parent * CAMPAIGN_SPAN
    results = among_sql("p.state", campaign.parent_states)
    return Source(
        "message p JOIN recipient r ON r.id = p.recipient",
        "p.id",
        f"p.superseded = 0 AND {results} AND {asked}",
        first,
        _highest(conn, "message", first),
    )


def _in_share(share: tuple[int, int]) -> str:
    """SQL that says whether recipient `r` is among those addressed."""
    if share == EVERYBODY:
        return "1 = 1"
    return f"{_bucket(SHARE)} BETWEEN {share[0]} AND {share[1] - 1}"


def _bucket(multiplier: int) -> str:
    return choice.bucket_sql("r.id", multiplier)


def _highest(conn: Connection, table: str, first: int) -> int:
    """The highest id used within a span of ids; `first` when it is empty."""
    found = conn.execute(
        text(f"SELECT MAX(id) FROM {table} WHERE id >= :first AND id < :end"),
        {"first": first, "end": first + CAMPAIGN_SPAN},
    ).scalar()
    return int(found or first)


def by_network(conn: Connection, campaign: Campaign) -> dict[Network, int]:
    """How many recipients a campaign has on each network."""
    origin = source(conn, campaign)
    rows = conn.execute(
        text(
            f"SELECT {NETWORK}, COUNT(*) FROM {origin.tables}"
            f" WHERE {origin.id} > :first AND {origin.id} <= :last AND {origin.where} GROUP BY 1"
        ),
        {"first": origin.first, "last": origin.last},
    )
    return {Network(network): int(count) for network, count in rows}


def rows(database: Database, campaign: Campaign) -> Iterator[tuple[Network, int, str]]:
    """Every recipient's network, bucket of the weights and fields (JSON), a page at a time.

    Each page is a transaction of its own: what is done with millions of rows takes minutes.
    """
    with database.read() as conn:
        origin = source(conn, campaign)
    after = origin.first
    while after < origin.last:
        with database.read() as conn:
            to = _window_end(conn, origin, after)
            page = conn.execute(
                text(
                    f"SELECT {NETWORK}, {_bucket(WEIGHTS)}, r.params FROM {origin.tables}"
                    f" WHERE {origin.id} > :after AND {origin.id} <= :to AND {origin.where}"
                ),
                {"after": after, "to": to},
            ).all()
        for network, bucket, params in page:
            yield Network(network), bucket, params
        after = to


def plan_window(conn: Connection, campaign: Campaign) -> Campaign | None:
    """Plan the next window of recipients; None when all are planned."""
    origin = source(conn, campaign)
    after = max(campaign.planned_to, origin.first)
    if after >= origin.last:
        _analyse(conn)
        return None
    to = _window_end(conn, origin, after)
    window = replace(origin, first=after, last=to)
    told = _districts(conn, window)
    planned = campaign
    for part in _parts(campaign.rules.pilot):
        planned = _plan_part(conn, planned, window, part, told)
    conn.execute(
        text("UPDATE campaign SET planned_to = :to, recipients = :n WHERE id = :id"),
        {"to": to, "n": planned.recipients, "id": campaign.id},
    )
    return replace(planned, planned_to=to)


def _analyse(conn: Connection) -> None:
    """Let PostgreSQL know what was planned before the first of it is sent; SQLite needs it not."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("ANALYZE message, recipient, chunk"))


def _districts(conn: Connection, window: Source) -> dict[str, int]:
    """The numbers of all districts that a window's recipients live in."""
    told = conn.execute(
        text(
            f"SELECT DISTINCT {_DISTRICT} FROM {window.tables} WHERE {window.id} > :after"
            f" AND {window.id} <= :to AND {window.where} AND r.district <> ''"
        ),
        {"after": window.first, "to": window.last},
    )
    return districts.numbers(conn, told.scalars())


def _window_end(conn: Connection, origin: Source, after: int) -> int:
    """The id that ends a window: people are dense, an earlier campaign's results may not be."""
    end = conn.execute(
        text(
            f"SELECT MAX(id) FROM (SELECT {origin.id} AS id FROM {origin.tables}"
            f" WHERE {origin.id} > :after AND {origin.id} <= :last AND {origin.where}"
            f" ORDER BY {origin.id} LIMIT :window) AS ahead"
        ),
        {"after": after, "last": origin.last, "window": WINDOW},
    ).scalar()
    return origin.last if end is None else int(end)


@dataclass(frozen=True, slots=True)
class _Part:
    """The pilot of a window, or the rest of it."""

    pilot: bool
    where: str


def _parts(pilot: int) -> tuple[_Part, ...]:
    """What a window is planned in, first things first."""
    if not pilot:
        return (_Part(pilot=False, where="1 = 1"),)
    bucket = _bucket(PILOT)
    return _Part(pilot=True, where=f"{bucket} < {pilot}"), _Part(
        pilot=False, where=f"{bucket} >= {pilot}"
    )


def _plan_part(
    conn: Connection, campaign: Campaign, window: Source, part: _Part, told: Mapping[str, int]
) -> Campaign:
    """Make the messages of a part, their chunks and their counts; `told` numbers its districts."""
    named, value = districts.named(conn, told)
    before = campaign.id * CAMPAIGN_SPAN + campaign.recipients
    account = choice.account_sql(campaign.steps[0], NETWORK, _bucket(WEIGHTS))
    made = conn.execute(
        text(
            "INSERT INTO message (id, recipient, account, network, state, generation, parts,"
            " day, superseded, reason, district)"
            f" SELECT CAST(:before AS BIGINT) + ROW_NUMBER() OVER (ORDER BY {_KIND}, id),"
            f" id, account, network, CASE account WHEN 0 THEN {State.FAILED:d} ELSE"
            f" {State.PENDING:d} END, 0, 0, 0, 0, CASE account WHEN 0 THEN '{NO_ROUTE}' END,"
            f" district FROM (SELECT r.id, {account} AS account, {NETWORK} AS network,"
            f" COALESCE(d.id, {districts.NOT_TOLD}) AS district"
            f" FROM {window.tables} LEFT JOIN {named} ON d.name = {_DISTRICT}"
            f" WHERE {window.id} > :after AND {window.id} <= :to"
            f" AND {window.where} AND {part.where}) AS people"
        ),
        {"before": before, "after": window.first, "to": window.last, "districts": value},
    ).rowcount
    if campaign.recipients + made > MAX_RECIPIENTS:
        raise OverflowError(f"a campaign has at most {MAX_RECIPIENTS} recipients")
    _divide(conn, campaign.id, (before, before + made), part)
    return replace(campaign, recipients=campaign.recipients + made)


def _divide(conn: Connection, campaign: int, span: tuple[int, int], part: _Part) -> None:
    """Count new messages, and cut those that have a way into chunks."""
    runs = conn.execute(
        text(
            "SELECT account, network, district, MIN(id), MAX(id) FROM message"
            " WHERE id > :before AND id <= :to GROUP BY account, network, district ORDER BY 4"
        ),
        {"before": span[0], "to": span[1]},
    ).all()
    counter, chunks = Counter(), list[Row]()
    for (account, network), same in groupby(runs, key=lambda run: (run[0], run[1])):
        state, reason = (State.PENDING, "") if account else (State.FAILED, NO_ROUTE)
        group = Group(campaign, account, Network(network), state, reason)
        of_kind = list(same)
        for _, _, district, first, last in of_kind:
            counter.add(group._replace(district=district), last - first + 1)
        if account:
            span = (of_kind[0][3], of_kind[-1][4])
            chunks += _chunks(campaign, account, span, (network, int(part.pilot)))
    bulk_insert(conn, tables.chunk, CHUNK_COLUMNS, chunks)
    counter.write(conn)


CHUNK_COLUMNS = (
    "campaign", "account", "first", "last", "started_to", "recorded_to", "lease_until", "network",
    "pilot",
)  # fmt: skip


def _chunks(campaign: int, account: int, run: tuple[int, int], kind: tuple[int, int]) -> list[Row]:
    """Cut a run of messages of one network and kind."""
    return [
        (campaign, account, start, min(start + CHUNK - 1, run[1]), start - 1, start - 1, 0, *kind)
        for start in range(run[0], run[1] + 1, CHUNK)
    ]
