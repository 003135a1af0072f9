"""Measure the tables of the queue on SQLite or PostgreSQL: python -m bench.tables --help."""

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from typing import Protocol

import orjson

from bench import machine, tables_postgres, tables_sqlite, workload
from bench.workload import Chunk, Layout, Message, Turn

RANDOM_INSERTS = 100_000
DUE_ROWS = 1_000_000


class Tables(Protocol):
    """What the benchmark asks of a database; each call is one or more committed transactions."""

    def create(self) -> None: ...
    def copy_in(self, rows: int) -> None: ...
    def plan(self, account: int, networks: Sequence[int], before: int) -> int: ...
    def tidy(self) -> None: ...
    def add_chunks(self, made: Sequence[Chunk]) -> None: ...
    def claim(self, chunk: int) -> bool: ...
    def turn(self, turn: Turn) -> list[Message]: ...
    def arrive(self, receipts: Sequence[tuple[int, bytes]]) -> None: ...
    def settle(self) -> int: ...
    def figures(self) -> dict[tuple[int, int, int], int]: ...
    def fold(self) -> int: ...
    def recount(self) -> dict[tuple[int, int, int], int]: ...
    def fill_references(self, rows: int) -> None: ...
    def add_references(self, rows: Sequence[tuple[int, str, int, int]]) -> None: ...
    def fill_contacts(self) -> None: ...
    def add_contacts(self, rows: Sequence[tuple[int, int]]) -> None: ...
    def fill_due(self, rows: int) -> None: ...
    def claim_due(self, account: int) -> list[tuple[int, int, int]]: ...
    def drop_due(self, rows: Sequence[tuple[int, int, int]]) -> None: ...
    def sizes(self) -> dict[str, float]: ...
    def about(self) -> dict[str, str]: ...


@dataclass
class Stage:
    name: str
    rows: int = 0
    times: list[float] = field(default_factory=list)

    @contextmanager
    def timed(self, rows: int = 0) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.times.append(time.perf_counter() - start)
        self.rows += rows

    def summary(self) -> dict[str, float | int | str]:
        total, ordered = sum(self.times), sorted(self.times)
        return {
            "stage": self.name,
            "rows": self.rows,
            "seconds": round(total, 3),
            "rows_per_s": round(self.rows / total) if total else 0,
            "transactions": len(ordered),
            "p50_ms": round(ordered[len(ordered) // 2] * 1000, 2),
            "p99_ms": round(ordered[len(ordered) * 99 // 100] * 1000, 2),
            "max_ms": round(ordered[-1] * 1000, 2),
        }


class Run:
    """One campaign played through the tables, stage by stage."""

    def __init__(self, tables: Tables, rows: int) -> None:
        self.tables = tables
        self.rows = rows
        self.stages: list[Stage] = []
        self.planned: dict[int, int] = {}
        self.order: list[Chunk] = []

    def core(self) -> None:
        self.tables.create()
        self.copy_in()
        self.plan()
        self.claim()
        self.send()
        self.settle()
        self.count()

    def extras(self) -> None:
        self.references()
        self.contacts()
        self.due()

    def stage(self, name: str) -> Stage:
        made = Stage(name)
        self.stages.append(made)
        return made

    def copy_in(self) -> None:
        with self.stage("copy-in").timed(self.rows):
            self.tables.copy_in(self.rows)

    def plan(self) -> None:
        stage, before = self.stage("plan"), 0
        for account, networks in workload.ACCOUNTS.items():
            with stage.timed():
                self.planned[account] = self.tables.plan(account, networks, before)
            before += self.planned[account]
        stage.rows = before
        self.order = workload.chunks(self.planned)
        self.tables.add_chunks(self.order)
        with self.stage("analyse").timed(before):
            self.tables.tidy()

    def claim(self) -> None:
        stage = self.stage("claim chunk")
        for chunk in self.order:
            with stage.timed(1):
                won = self.tables.claim(chunk.id)
            assert won

    def send(self) -> None:
        stage = self.stage("send")
        for chunk in self.order:
            answers: list[Message] = []
            marks = [chunk.first - 1, *(part[-1] for part in chunk.sub_batches())]
            for done, started in zip(marks, [*marks[1:], marks[-1]], strict=True):
                with stage.timed(len(answers)):
                    answers = self.tables.turn(Turn(chunk, answers, done, started))

    def settle(self) -> None:
        inbox, settle = self.stage("inbox"), self.stage("settle")
        for window in workload.receipt_windows(self.order):
            for at in range(0, len(window), workload.ARRIVAL_BATCH):
                part = window[at : at + workload.ARRIVAL_BATCH]
                with inbox.timed(len(part)):
                    self.tables.arrive(part)
            for at in range(0, len(window), workload.SETTLE_BATCH):
                with settle.timed(min(workload.SETTLE_BATCH, len(window) - at)):
                    self.tables.settle()

    def count(self) -> None:
        """Fold and report, and hold the tally against a full count of the messages."""
        with self.stage("figures before fold").timed(1):
            before = self.tables.figures()
        with (fold := self.stage("fold")).timed():
            fold.rows = self.tables.fold()
        with self.stage("figures after fold").timed(1):
            after = self.tables.figures()
        with self.stage("recount").timed(sum(self.planned.values())):
            counted = self.tables.recount()
        if not before == after == counted:
            raise RuntimeError(f"the tally does not agree: {before} {after} {counted}")

    def references(self) -> None:
        self.tables.fill_references(self.rows)
        stage = self.stage("reference, 200 a time")
        chance = workload.references(RANDOM_INSERTS)
        for at in range(0, RANDOM_INSERTS, workload.SUB_BATCH):
            with stage.timed(workload.SUB_BATCH):
                self.tables.add_references(chance[at : at + workload.SUB_BATCH])

    def contacts(self) -> None:
        self.tables.fill_contacts()
        stage = self.stage("contact, 200 a time")
        for at in range(1, RANDOM_INSERTS + 1, workload.SUB_BATCH):
            part = [(workload.msisdn(n), 2) for n in range(at, at + workload.SUB_BATCH)]
            with stage.timed(workload.SUB_BATCH):
                self.tables.add_contacts(part)

    def due(self) -> None:
        count = min(DUE_ROWS, self.rows)
        with self.stage("due insert").timed(count):
            self.tables.fill_due(count)
        claim, drop = self.stage("due claim"), self.stage("due delete")
        for account in workload.ACCOUNTS:
            while True:
                with claim.timed():
                    won = self.tables.claim_due(account)
                if not won:
                    break
                claim.rows += len(won)
                with drop.timed(len(won)):
                    self.tables.drop_due(won)


def measure(tables: Tables, rows: int, *, core: bool) -> dict[str, object]:
    """Play the campaign and return every figure."""
    run = Run(tables, rows)
    run.core()
    if not core:
        run.extras()
    return {
        "rows": rows,
        "stages": [stage.summary() for stage in run.stages],
        "sizes_mb": tables.sizes(),
        "client_peak_rss_mb": machine.peak_rss_mb(),
        "machine": machine.about(),
        "about": tables.about(),
    }


def show(result: dict[str, object]) -> None:
    print(f"{result['rows']:,} rows, {result['about']}")
    stages = result["stages"]
    assert isinstance(stages, list)
    print(f"{'stage':24}{'rows':>12}{'seconds':>10}{'rows/s':>12}{'p99 ms':>10}{'max ms':>10}")
    for s in stages:
        print(
            f"{s['stage']:24}{s['rows']:>12,}{s['seconds']:>10.2f}{s['rows_per_s']:>12,}"
            f"{s['p99_ms']:>10}{s['max_ms']:>10}"
        )
    print(f"sizes, MB: {result['sizes_mb']}\nclient's peak RSS, MB: {result['client_peak_rss_mb']}")


def parse_layout(text: str) -> Layout:
    """Read name=value,name=value; unknown names are an error."""
    given = dict(pair.split("=", 1) for pair in text.split(",") if pair)
    unknown = given.keys() - {one.name for one in fields(Layout)}
    if unknown:
        raise argparse.ArgumentTypeError(f"no such part of a layout: {', '.join(sorted(unknown))}")
    return Layout(**given)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--db", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--layout", type=parse_layout, default=Layout(), help="recipient=pair,…")
    parser.add_argument("--core", action="store_true", help="stop before reference, contact, due")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    opened = tables_sqlite.opened if given.db == "sqlite" else tables_postgres.opened
    with opened(given.layout) as tables:
        result = {
            "db": given.db,
            "layout": asdict(given.layout),
            **measure(tables, given.rows, core=given.core),
        }
    if given.json:
        print(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode())
    else:
        show(result)


if __name__ == "__main__":
    main()
