"""The engine alone: durable sending with a carrier in the same process that accepts at once.

    python -m bench.throughput --messages 1000000

Everything of the engine is real (senders, words, keys, the SQLite file in FULL sync); only the
network is left out, so the figure is what the house itself costs a message.
"""

import argparse
import asyncio
import contextlib
import cProfile
import io
import json
import pstats
import shutil
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import uvloop

from bench.machine import about, peak_rss_mb
from outreach.campaigns.compose import Renderer
from outreach.campaigns.templates import TemplateSet
from outreach.carriers.base import Capabilities, ReceiptWay, Submission
from outreach.delivery.pacing import Pacer
from outreach.delivery.roster import Roster
from outreach.delivery.send import AccountSender
from outreach.delivery.tools import Tools
from outreach.domain.campaign import CampaignState
from outreach.domain.key import KeySeal, SendClass
from outreach.domain.limit import Limit, Unit
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted
from outreach.settings import Account, RehearsalClock
from outreach.store import accounts, audiences, campaigns, planning, schema, tally
from outreach.store.audiences import Audience
from outreach.store.campaigns import Campaign, Step
from outreach.store.database import Database, Row, Writer

TEMPLATES = Path(__file__).parent.parent / "templates" / "messages"
PAGE = 50_000
NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


class Agreeable:
    """A carrier without a wire: takes every message at once, and counts."""

    capabilities = Capabilities(Channel.SMS, ReceiptWay.PUSHED, receipts_carry_key=True)

    def __init__(self) -> None:
        self.taken = 0

    async def submit(self, message: Submission) -> Accepted:
        self.taken += 1
        return Accepted(message.key)


@dataclass(frozen=True, slots=True)
class Site:
    """A database with one running campaign, and what sends it."""

    database: Database
    writer: Writer
    carrier: Agreeable
    sender: AccountSender


def main() -> None:
    """Run once and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--in-flight", type=int, default=3_000)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ob-throughput-"))
    try:
        found = measure(folder, given.messages, given.in_flight, profiled=given.profile)
        found["bare_sqlite_per_s"] = round(_bare(folder / "bare.db", given.messages))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found, indent=1) if given.json else _table(found))


def measure(folder: Path, messages: int, in_flight: int, *, profiled: bool) -> dict[str, object]:
    """Send so many messages; rates a second, CPU microseconds a message, memory on the way."""
    with _site(folder / "engine.db", messages, in_flight) as site:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the high-water mark anew
        wall, loop, process = time.monotonic(), time.thread_time(), time.process_time()
        memory = uvloop.run(_send(site, messages, profiled=profiled))
        wall = time.monotonic() - wall
        loop, process = time.thread_time() - loop, time.process_time() - process
        with site.database.read() as conn:
            states = {str(f.group.state.label): f.messages for f in tally.figures(conn)}
    return {
        "machine": about(),
        "messages": messages,
        "per_s": round(messages / wall),
        "cpu_us_per_message": {
            "loop": round(loop * 1e6 / messages, 1),
            "database": round((process - loop) * 1e6 / messages, 1),
        },
        "peak_rss_mb": memory,
        "states": states,
    }


async def _send(site: Site, messages: int, *, profiled: bool) -> dict[str, int]:
    """Let the sender work to the end; peak memory (MB) when 10, 50 and 100 % were taken."""
    memory: dict[str, int] = {}
    async with _profiled(site.writer, wanted=profiled), asyncio.TaskGroup() as group:
        running = group.create_task(site.sender.run())
        for percent in (10, 50, 100):
            while site.carrier.taken < messages * percent // 100:
                await asyncio.sleep(0.05)
                await asyncio.wrap_future(site.writer.submit(tally.fold))
            memory[f"{percent} %"] = peak_rss_mb()
        site.sender.stop()
        await running
    return memory


@contextlib.contextmanager
def _site(path: Path, messages: int, in_flight: int) -> Iterator[Site]:
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    with database.write() as conn:
        accounts.register(conn, [("sms", Channel.SMS)])
    _people(database, messages)
    _planned(database)
    writer = Writer(database)
    account, clock = _account(in_flight), RehearsalClock(NOON - datetime.now(UTC))
    roster = Roster(
        lambda campaign: Renderer(TemplateSet.from_dict(campaign.template)), {1: account}
    )
    seal = KeySeal(b"a secret of the benchmark")
    tools = Tools(writer, roster, clock, seal, SendClass.REHEARSAL)
    carrier = Agreeable()
    sender = AccountSender(tools, account, 1, carrier, Pacer(account.limits, clock=clock))
    with database.read() as conn:
        roster.refresh(conn)
    try:
        yield Site(database, writer, carrier, sender)
    finally:
        writer.close()
        database.close()


def _people(database: Database, size: int) -> None:
    """Store an audience of invented people."""
    with database.write() as conn:
        audience = audiences.create(conn, Audience(0, "people", "-", "-", "", 0, 0, 0, 0, "an"))
    params = json.dumps({"full_name": "Nguyễn Thị Minh Khai"})
    network = int(Network.VIETTEL)
    for first in range(0, size, PAGE):
        stop = min(first + PAGE, size)
        rows: list[Row] = [
            (84_860_000_000 + n, network, None, None, params) for n in range(first, stop)
        ]
        with database.write() as conn:
            audiences.add_recipients(conn, audience, first + 1, rows)
    with database.write() as conn:
        audiences.progress(conn, audience, size, size, audiences.READY)


def _planned(database: Database) -> None:
    """Make a running campaign of everybody."""
    words = TemplateSet.load(TEMPLATES, "install-guide")
    steps = (Step(Channel.SMS, {Network.VIETTEL: (1,)}),)
    campaign = Campaign(
        0, "throughput", CampaignState.RUNNING, 1, None, (), words.name, "care", words.to_dict(),
        steps, "07:00", "22:00", None, "an", "binh", "h", None, None, 0, 0, 0, None, None, None,
    )  # fmt: skip
    with database.write() as conn:
        number = campaigns.create(conn, campaign)
        planned: Campaign | None = campaigns.get(conn, number)
    while planned is not None:
        with database.write() as conn:
            planned = planning.plan_window(conn, planned)


def _account(in_flight: int) -> Account:
    return Account(
        name="sms",
        adapter="none",
        channel=Channel.SMS,
        networks=frozenset({Network.VIETTEL}),
        base_url="http://127.0.0.1:9",
        sender="SIM",
        limits=(Limit(Unit.PARTS, 10_000_000, timedelta(seconds=1)),),
        in_flight=in_flight,
        price_per_part=Decimal(600),
        plain_only=True,
        max_parts=3,
        timeout=timedelta(seconds=5),
        receipt_deadline=timedelta(hours=1),
    )


def _bare(path: Path, messages: int, batch: int = 1_000) -> float:
    """The baseline: the rows that sending writes, by bare sqlite3 with as many commits; per s."""
    conn = sqlite3.connect(path, isolation_level=None)
    conn.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000;"
        "CREATE TABLE message (id INTEGER PRIMARY KEY, state INTEGER, parts INTEGER, day INTEGER);"
        "CREATE TABLE attempt (message INTEGER, n INTEGER, account INTEGER, outcome INTEGER,"
        " reference TEXT, at INTEGER, took INTEGER, PRIMARY KEY (message, n)) WITHOUT ROWID;"
    )
    ids = range(1, messages + 1)
    conn.execute("BEGIN")
    conn.executemany("INSERT INTO message VALUES (?, 0, 0, 0)", ((n,) for n in ids))
    conn.execute("COMMIT")
    began = time.monotonic()
    for first in range(1, messages + 1, batch):
        run = range(first, min(first + batch, messages + 1))
        conn.execute("BEGIN IMMEDIATE")
        conn.executemany(
            "UPDATE message SET state = 1, parts = 2, day = 20261120 WHERE id = ?",
            ((n,) for n in run),
        )
        conn.executemany(
            "INSERT INTO attempt VALUES (?, 1, 1, 1, ?, 1, 1)", ((n, f"r{n:020}") for n in run)
        )
        conn.execute("COMMIT")
    took = time.monotonic() - began
    conn.close()
    return messages / took


@contextlib.asynccontextmanager
async def _profiled(writer: Writer, *, wanted: bool) -> AsyncIterator[None]:
    """Profile both threads while the block runs, and print where the time went."""
    if not wanted:
        yield
        return
    loop, database = cProfile.Profile(), cProfile.Profile()
    await asyncio.wrap_future(writer.submit(lambda _: database.enable()))
    loop.enable()
    yield
    loop.disable()
    await asyncio.wrap_future(writer.submit(lambda _: database.disable()))
    for name, profile in (("loop", loop), ("database", database)):
        told = io.StringIO()
        pstats.Stats(profile, stream=told).sort_stats("tottime").print_stats(22)
        print(f"--- {name} thread\n{told.getvalue()}")


def _table(found: Mapping[str, object]) -> str:
    per_s, bare = found["per_s"], found["bare_sqlite_per_s"]
    cpu, memory = found["cpu_us_per_message"], found["peak_rss_mb"]
    assert isinstance(per_s, int)
    assert isinstance(bare, int)
    assert isinstance(cpu, dict)
    assert isinstance(memory, dict)
    return "\n".join(
        [
            f"{found['messages']:,} messages through the engine, {found['states']}",
            f"sent, durable    {per_s:>9,} /s",
            f"bare sqlite3     {bare:>9,} /s  (engine / bare: {per_s / bare:.2f})",
            "CPU a message    " + ", ".join(f"{name} {us} µs" for name, us in cpu.items()),
            "peak memory      " + ", ".join(f"at {when}: {mb} MB" for when, mb in memory.items()),
        ]
    )


if __name__ == "__main__":
    main()
