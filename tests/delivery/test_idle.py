"""An account with nothing to do costs little, and sees new work within a second."""

import asyncio

import pytest
from sqlalchemy import Connection, text

from outreach.delivery import send
from outreach.domain.outcome import Refused, Scope
from outreach.store.bulk import Row, bulk_insert
from outreach.store.database import Database
from outreach.store.tables import chunk
from outreach.store.tally import Reasons, figures
from tests.delivery.stage import OTHER, SMS_STEPS, VIETTEL, Carrier, Stage

_NO_WORK = (
    "SELECT id FROM chunk WHERE campaign = 1 AND account = 1"
    " AND lease_owner IS NULL AND recorded_to < last ORDER BY first LIMIT 1"
)
_NO_LOOK = (
    "SELECT id FROM chunk WHERE campaign = 1 AND look_at <= 5 AND look_at IS NOT NULL"
    " ORDER BY look_at LIMIT 1"
)


@pytest.mark.parametrize(("sql", "index"), [(_NO_WORK, "chunk_open"), (_NO_LOOK, "chunk_look")])
def test_chunks_that_are_done_are_not_read(database: Database, sql: str, index: str) -> None:
    columns = ("campaign", "account", "first", "last", "started_to", "recorded_to", "lease_until")
    rows: list[Row] = [(n % 10, 1, n, n, n, n, 0) for n in range(20_000)]
    with database.write() as conn:
        bulk_insert(conn, chunk, columns, rows)
    with database.write() as conn:
        conn.execute(text("ANALYZE"))
    with database.read() as conn:
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        plan = str(conn.execute(text(f"{explain} {sql}")).all())
    assert index in plan


async def test_a_lane_asks_seldomer_while_there_is_no_work(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []

    async def rest(self: send.AccountSender, seconds: float) -> None:
        rests.append(seconds)
        await asyncio.sleep(0.001)

    monkeypatch.setattr(send.AccountSender, "_rest", rest)
    async with stage.working(stage.senders({VIETTEL: Carrier()})):
        await asyncio.sleep(0.3)
        assert set(rests) == {0.2}, "there is no campaign to ask for"
        campaign = stage.run_of(20, SMS_STEPS)
        rests.clear()
        stage.refresh()
        while len(rests) < 60:
            await asyncio.sleep(0.01)
    assert stage.left(campaign) == 10, "those of an account that has no sender"
    assert set(rests[-20:]) == {0.8}


async def test_carriers_do_not_make_a_row_of_the_tally_for_each_message(stage: Stage) -> None:
    traces = iter(range(1_000))
    carrier = Carrier(lambda _: Refused(Scope.RECIPIENT, "99", f"trace {next(traces)}"))
    campaign = stage.run_of(400, SMS_STEPS)
    await stage.finish(stage.senders({VIETTEL: carrier, OTHER: carrier}), campaign)

    def counted(conn: Connection) -> int:
        return len({figure.group.reason for figure in figures(conn, campaign.id)})

    with stage.database.read() as conn:
        assert counted(conn) == Reasons.MOST + 1
