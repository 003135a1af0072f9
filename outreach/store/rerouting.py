"""Moving what has not started to the accounts of an amended plan.

Chunks move whole, until each network's are shared out as the plan's weights say; exceptions move
one by one. What is leased, or may have left, stays where it is. A network that the plan no longer
serves ends as planning would have ended it.
"""

import collections
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN, STEP_SPAN, MessageId
from outreach.domain.message import Event, State
from outreach.domain.network import Network
from outreach.domain.share import BUCKETS, WEIGHTS
from outreach.store import tables
from outreach.store.bulk import Row, bulk_insert
from outreach.store.campaigns import Campaign, Step
from outreach.store.choice import first_choice, place, shares
from outreach.store.messages import Change, apply
from outreach.store.planning import CHUNK_COLUMNS, NO_ROUTE
from outreach.store.sql import among_sql, one_changed, select_among
from outreach.store.tally import Counter, Group

_CHUNKS = 20
_EXCEPTIONS = 2_000
_NOBODY = 0


@dataclass(frozen=True, slots=True)
class _Run:
    """What a free chunk has still to send."""

    chunk: int
    account: int
    network: Network
    pilot: int
    after: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.after


def move_some(conn: Connection, campaign: Campaign, steps: Sequence[Step]) -> int:
    """Move a share of a campaign's pending messages to where the plan `steps` wants them.

    Returns how many were dealt with, 0 when all are where they belong. Call it in a loop, a
    transaction each, while the campaign is held.
    """
    return (
        _sort_mixed(conn, campaign.id)
        + _move_chunks(conn, campaign.id, steps[0])
        + _move_exceptions(conn, campaign.id, steps)
    )


_FREE = "campaign = :campaign AND lease_owner IS NULL AND recorded_to < last"


def _runs(conn: Connection, campaign: int, where: str) -> list[_Run]:
    rows = conn.execute(
        text(
            "SELECT id, account, network, pilot, recorded_to, last FROM chunk"
            f" WHERE {_FREE} AND started_to = recorded_to AND {where} ORDER BY id"
        ),
        {"campaign": campaign},
    )
    return [_Run(row[0], row[1], Network(row[2]), *row[3:]) for row in rows]


def _sort_mixed(conn: Connection, campaign: int) -> int:
    """Make chunks of one network each out of those of several; returns their messages."""
    mixed = _runs(conn, campaign, f"network = {Network.UNKNOWN:d}")[:_CHUNKS]
    return sum(_sort(conn, campaign, run) for run in mixed)


def _hold(conn: Connection, run: _Run) -> bool:
    """Keep others from leasing a chunk while the transaction lasts; False if it was taken."""
    return one_changed(
        conn,
        "UPDATE chunk SET lease_until = 0 WHERE id = :chunk AND lease_owner IS NULL"
        " AND account = :account AND recorded_to = :after",
        chunk=run.chunk,
        account=run.account,
        after=run.after,
    )


def _sort(conn: Connection, campaign: int, run: _Run) -> int:
    if not _hold(conn, run):
        return 0
    # Nothing of a message that has not started is known outside, so its people may change places.
    span = {"after": run.after, "last": run.last}
    conn.execute(
        text(
            "UPDATE message SET recipient = sorted.recipient, network = sorted.network,"
            " district = sorted.district FROM ("
            " SELECT CAST(:after AS BIGINT) + ROW_NUMBER() OVER (ORDER BY network, id) AS place,"
            " recipient, network, district FROM message WHERE id > :after AND id <= :last"
            ") AS sorted WHERE id = sorted.place"
        ),
        span,
    )
    ends = conn.execute(
        text(
            "SELECT network, MAX(id) FROM message WHERE id > :after AND id <= :last"
            " GROUP BY network ORDER BY 2"
        ),
        span,
    ).all()
    network, last = ends[0]
    conn.execute(
        text("UPDATE chunk SET network = :network, last = :last WHERE id = :chunk"),
        {"network": network, "last": last, "chunk": run.chunk},
    )
    rest: list[Row] = [
        (campaign, run.account, before + 1, end, before, before, 0, each, run.pilot)
        for (_, before), (each, end) in pairwise(ends)
    ]
    bulk_insert(conn, tables.chunk, CHUNK_COLUMNS, rest)
    return run.size


def _move_chunks(conn: Connection, campaign: int, step: Step) -> int:
    groups: collections.defaultdict[tuple[Network, int], list[_Run]] = collections.defaultdict(list)
    for run in _runs(conn, campaign, f"network <> {Network.UNKNOWN:d}"):
        groups[run.network, run.pilot].append(run)
    wanted = [
        move
        for (network, _), runs in groups.items()
        for move in _moves(runs, shares(step, network))
    ]
    counter = Counter()
    moved = sum(_move(conn, campaign, run, to, counter) for run, to in wanted[:_CHUNKS])
    counter.write(conn)
    return moved


def _moves(runs: Sequence[_Run], ends: Sequence[tuple[int, int]]) -> Iterator[tuple[_Run, int]]:
    """Which chunks of one network go where, so that sizes come as near as can be to the weights.

    One whose account keeps its share of the network stays, unless moving it evens out more than
    it upsets.
    """
    missing = _targets(sum(run.size for run in runs), ends)
    staying = set(missing)
    for run in runs:
        missing[run.account] = missing.get(run.account, 0) - run.size
    for run in sorted(runs, key=lambda run: (run.account in staying, run.chunk)):
        to = max(staying, key=missing.__getitem__, default=_NOBODY)
        if run.account in staying and missing[to] - run.size <= missing[run.account]:
            continue
        missing[run.account] += run.size
        missing[to] = missing.get(to, 0) - run.size
        yield run, to


def _targets(total: int, ends: Sequence[tuple[int, int]]) -> dict[int, float]:
    """So many messages of a network for each of its first choices."""
    begins = [0, *(end for _, end in ends)]
    return {
        account: total * (end - begin) / BUCKETS
        for begin, (account, end) in zip(begins, ends, strict=False)
    }


def _move(conn: Connection, campaign: int, run: _Run, to: int, counter: Counter) -> int:
    """Give a chunk to another account, or end it; 0 if it was taken meanwhile."""
    if not _hold(conn, run):
        return 0
    # Those of it that were sent may be waited for: the sweep is to look, as after any chunk.
    ended = "" if to else ", started_to = last, recorded_to = last, look_at = 0"
    conn.execute(
        text(f"UPDATE chunk SET account = :to{ended} WHERE id = :chunk"),
        {"to": to, "chunk": run.chunk},
    )
    state, reason = (State.PENDING, None) if to else (State.FAILED, NO_ROUTE)
    moved = conn.execute(
        text(
            "UPDATE message SET account = :to, state = :state, reason = :reason"
            " WHERE id > :after AND id <= :last AND state = 0 RETURNING district"
        ),
        {
            "to": to,
            "state": int(state),
            "reason": reason,
            "after": run.after,
            "last": run.last,
        },
    ).scalars()
    before = Group(campaign, run.account, run.network, State.PENDING)
    after = before._replace(account=to, state=state, reason=reason or "")
    return _count(counter, before, after, moved)


def _count(counter: Counter, before: Group, after: Group, districts: Iterable[int]) -> int:
    """Count messages, by the district of each, out of one group and into another."""
    moved = collections.Counter(districts)
    for district, messages in moved.items():
        counter.add(before._replace(district=district), -messages)
        counter.add(after._replace(district=district), messages)
    return moved.total()


def _move_exceptions(conn: Connection, campaign: int, steps: Sequence[Step]) -> int:
    rows = conn.execute(
        text(
            "SELECT d.message, d.account, m.network, m.recipient"
            " FROM due d JOIN message m ON m.id = d.message"
            " WHERE d.campaign = :campaign AND d.lease_owner IS NULL AND d.unknown_until IS NULL"
            f" AND NOT ({_fits(steps)}) ORDER BY d.message LIMIT :most"
        ),
        {"campaign": campaign, "most": _EXCEPTIONS},
    )
    groups: collections.defaultdict[tuple[int, Network, int], list[int]] = collections.defaultdict(
        list
    )
    for message, account, network, recipient in rows:
        step = steps[MessageId.of(message).step]
        to = first_choice(step, Network(network), place(recipient, WEIGHTS))
        groups[account, Network(network), to or _NOBODY].append(message)
    return sum(
        _readdress(conn, Group(campaign, account, network, State.PENDING), found, to)
        if to
        else _give_up(conn, found)
        for (account, network, to), found in groups.items()
    )


def _fits(steps: Sequence[Step]) -> str:
    """SQL that says whether exception `d` of message `m` may stay on its account.

    One that was tried may be there by failover; one that was not goes to a first choice. What is
    of a step that the plan no longer has stays.
    """
    cases = [f" WHEN {n} THEN {_fits_step(step)}" for n, step in enumerate(steps)]
    return f"CASE d.message % {CAMPAIGN_SPAN} / {STEP_SPAN}{''.join(cases)} ELSE 1 = 1 END"


def _fits_step(step: Step) -> str:
    cases = [
        f" WHEN {int(network)} THEN {among_sql('d.account', step.accounts.get(network, ()))}"
        f" AND (d.attempts > 0 OR d.rerouted = 1 OR {among_sql('d.account', first)})"
        for network in Network
        if (first := [account for account, _ in shares(step, network)])
    ]
    return f"CASE m.network{''.join(cases)} ELSE 1 = 0 END" if cases else "1 = 0"


_STILL_FREE = "message {among} AND lease_owner IS NULL AND unknown_until IS NULL RETURNING message"


def _readdress(conn: Connection, before: Group, found: Sequence[int], to: int) -> int:
    """Give exceptions of one group to another account."""
    sql = f"UPDATE due SET account = :to WHERE account = :account AND {_STILL_FREE}"
    free = [row[0] for row in select_among(conn, sql, found, to=to, account=before.account)]
    sql = "UPDATE message SET account = :to WHERE id {among} RETURNING district"
    districts = [row[0] for row in select_among(conn, sql, free, to=to)]
    counter = Counter()
    moved = _count(counter, before, before._replace(account=to), districts)
    counter.write(conn)
    return moved


def _give_up(conn: Connection, messages: Sequence[int]) -> int:
    """End exceptions that no account of the plan can carry."""
    ended = [row[0] for row in select_among(conn, f"DELETE FROM due WHERE {_STILL_FREE}", messages)]
    apply(conn, [Change(message, Event.SPEND, NO_ROUTE) for message in ended], day=0)
    return len(ended)
