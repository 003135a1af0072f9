"""Making the messages of a campaign: INSERT … SELECT, a window of recipients at a time.

Every window is one transaction with its chunks and counts, so planning goes on where it was
interrupted, and a long plan never holds the writer for long.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN, MAX_RECIPIENTS
from outreach.domain.message import State
from outreach.domain.network import Network
from outreach.store import tables
from outreach.store.campaigns import Campaign
from outreach.store.database import Row, bulk_insert
from outreach.store.tally import Counter, Group

WINDOW = 50_000
CHUNK = 1_000
NO_ROUTE = "no_route"

NETWORK = "COALESCE(r.learned, r.declared, r.network)"
"""The network a recipient is taken to be on: learned before declared before prefix."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a campaign's recipients come from, as SQL over a range of ids."""

    tables: str
    id: str
    where: str
    first: int
    last: int


def source(conn: Connection, campaign: Campaign) -> Source:
    """An audience whole, or those of an earlier campaign whose result is to be sent again."""
    if campaign.parent is None:
        first = campaign.audience * CAMPAIGN_SPAN
        highest = _highest(conn, "recipient", first)
        return Source("recipient r", "r.id", "1 = 1", first, highest)
    first = campaign.parent * CAMPAIGN_SPAN
    states = ", ".join(str(state) for state in campaign.parent_states)
    return Source(
        "message p JOIN recipient r ON r.id = p.recipient",
        "p.id",
        f"p.superseded = 0 AND p.state IN ({states})",
        first,
        _highest(conn, "message", first),
    )


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


def rows(conn: Connection, campaign: Campaign) -> Iterator[tuple[Network, str]]:
    """Every recipient's network and fields (JSON), a page at a time."""
    origin = source(conn, campaign)
    after = origin.first
    while after < origin.last:
        to = _window_end(conn, origin, after)
        page = conn.execute(
            text(
                f"SELECT {NETWORK}, r.params FROM {origin.tables}"
                f" WHERE {origin.id} > :after AND {origin.id} <= :to AND {origin.where}"
            ),
            {"after": after, "to": to},
        )
        for network, params in page:
            yield Network(network), params
        after = to


def plan_window(conn: Connection, campaign: Campaign) -> Campaign | None:
    """Plan the next window of recipients; None when all are planned."""
    origin = source(conn, campaign)
    after = max(campaign.planned_to, origin.first)
    if after >= origin.last:
        return None
    to = _window_end(conn, origin, after)
    counter = Counter()
    number = campaign.recipients
    for account, networks in _by_account(campaign):
        number += _plan_account(conn, campaign, origin, (after, to), (account, networks), number)
    _count(conn, campaign, number, counter)
    conn.execute(
        text("UPDATE campaign SET planned_to = :to, recipients = :n WHERE id = :id"),
        {"to": to, "n": number, "id": campaign.id},
    )
    counter.write(conn)
    return replace(campaign, planned_to=to, recipients=number)


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


def _by_account(campaign: Campaign) -> list[tuple[int, list[Network]]]:
    """Each first-choice account with its networks; account 0 has those without a route."""
    first = campaign.steps[0].accounts
    by_account: dict[int, list[Network]] = {}
    for network in Network:
        accounts = first.get(network, ())
        by_account.setdefault(accounts[0] if accounts else 0, []).append(network)
    return sorted(by_account.items())


def _plan_account(
    conn: Connection,
    campaign: Campaign,
    origin: Source,
    span: tuple[int, int],
    route: tuple[int, list[Network]],
    number: int,
) -> int:
    account, networks = route
    base = campaign.id * CAMPAIGN_SPAN + number
    wanted = ", ".join(str(int(network)) for network in networks)
    state = State.PENDING if account else State.FAILED
    made = conn.execute(
        text(
            "INSERT INTO message (id, recipient, account, network, state, generation, parts,"
            " day, superseded, reason)"
            f" SELECT :base + ROW_NUMBER() OVER (ORDER BY {origin.id}), r.id, :account,"
            f" {NETWORK}, :state, 0, 0, 0, 0, :reason FROM {origin.tables}"
            f" WHERE {origin.id} > :after AND {origin.id} <= :to AND {origin.where}"
            f" AND {NETWORK} IN ({wanted})"
        ),
        {
            "base": base,
            "account": account,
            "state": int(state),
            "reason": None if account else NO_ROUTE,
            "after": span[0],
            "to": span[1],
        },
    ).rowcount
    if number + made > MAX_RECIPIENTS:
        raise OverflowError(f"a campaign has at most {MAX_RECIPIENTS} recipients")
    if account:
        _add_chunks(conn, campaign.id, account, base + 1, base + made)
    return made


def _add_chunks(conn: Connection, campaign: int, account: int, first: int, last: int) -> None:
    rows: list[Row] = [
        (campaign, account, start, min(start + CHUNK - 1, last), start - 1, start - 1, 0)
        for start in range(first, last + 1, CHUNK)
    ]
    columns = (
        "campaign", "account", "first", "last", "started_to", "recorded_to", "lease_until"
    )  # fmt: skip
    bulk_insert(conn, tables.chunk, columns, rows)


def _count(conn: Connection, campaign: Campaign, number: int, counter: Counter) -> None:
    base = campaign.id * CAMPAIGN_SPAN
    rows = conn.execute(
        text(
            "SELECT account, network, state, COALESCE(reason, ''), COUNT(*) FROM message"
            " WHERE id > :after AND id <= :to GROUP BY 1, 2, 3, 4"
        ),
        {"after": base + campaign.recipients, "to": base + number},
    )
    for account, network, state, reason, count in rows:
        group = Group(campaign.id, account, Network(network), State(state), reason)
        counter.add(group, count)
