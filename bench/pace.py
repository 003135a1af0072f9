"""Several processes on one account: never above its limit, nine tenths of it used.

    python -m bench.pace --workers 10 --limit 50 --seconds 60 --restart-redis

Real processes write to a counter on this machine whenever their pace lets a message leave.
`--restart-redis` kills Redis in the middle and starts it again, `--cut` keeps one worker from it
for ten seconds, so that the limit is divided meanwhile and no nine tenths are asked for.
"""

import argparse
import asyncio
import itertools
import multiprocessing
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from multiprocessing.synchronize import Event

from bench.postgres import QUICK, postgres
from bench.proxy import Proxy
from bench.redis import Redis
from bench.windows import most
from outreach.board import Board
from outreach.delivery.pacing import Pacer
from outreach.delivery.sharing import Sharer
from outreach.domain.limit import Limit, Unit
from outreach.domain.network import Channel
from outreach.settings import Account
from outreach.store import schema
from outreach.store.database import Database

_ROW = struct.Struct("!dBB")
"""Monotonic seconds at the write, which all processes here share; who, and how many parts."""
_LEAST = 0.9
_CUT_S = 10.0
_ACCOUNT = 1


@dataclass(frozen=True, slots=True)
class Left:
    """One message at the counter (monotonic s)."""

    sent: float
    arrived: float
    worker: int
    parts: int


class Counting:
    """Takes what the workers write, and remembers when it came."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.left: list[Left] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        """Wait until every worker has hung up."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                worker, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._read, args=(worker,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _read(self, worker: socket.socket) -> None:
        with worker, worker.makefile("rb") as told:
            while row := told.read(_ROW.size):
                sent, who, parts = _ROW.unpack(row)
                self.left.append(Left(sent, time.monotonic(), who, parts))


def main() -> int:
    """Run the trial; 1 where a promise broke."""
    given = _arguments()
    account = account_of(given.limit, given.workers)
    began = time.monotonic()
    with postgres(QUICK) as url, Redis() as redis, Proxy(redis.port) as proxy:
        database = Database(url)
        schema.upgrade(database)
        database.close()
        counting, stop = Counting(), multiprocessing.get_context("spawn").Event()
        ways = [proxy.port] + [redis.port] * (given.workers - 1)
        workers = [
            multiprocessing.get_context("spawn").Process(
                target=work, args=(account, seat, url, port, counting.port, given.parts, stop)
            )
            for seat, port in enumerate(ways)
        ]
        for worker in workers:
            worker.start()
        while not counting.left:
            time.sleep(0.05)  # the workers have to start, and then be silent
        began = time.monotonic()
        _disturb(given, redis, proxy)
        time.sleep(max(0.0, began + given.seconds - time.monotonic()))  # so long a trial lasts
        stop.set()
        for worker in workers:
            worker.join()
        counting.close()
    left = [each for each in counting.left if each.sent <= began + given.seconds]
    return _judged(left, given, began)


def account_of(limit: int, workers: int) -> Account:
    """An account of so many parts a second."""
    return Account(
        name="sim",
        adapter="sim",
        channel=Channel.SMS,
        networks=frozenset(),
        base_url="",
        sender="",
        limits=(Limit(Unit.PARTS, limit, timedelta(seconds=1)),),
        in_flight=workers,
        price_per_part=Decimal(0),
        plain_only=False,
        max_parts=3,
        timeout=timedelta(seconds=10),
        receipt_deadline=timedelta(hours=1),
        workers=workers,
    )


def work(
    account: Account, seat: int, url: str, redis: int, counter: int, parts: int, stop: Event
) -> None:
    """Be a worker until the stop."""
    asyncio.run(_work(account, seat, url, redis, counter, parts, stop))


async def _work(
    account: Account, seat: int, url: str, redis: int, counter: int, parts: int, stop: Event
) -> None:
    board, database = Board(f"redis://127.0.0.1:{redis}/0"), Database(url)
    sharer, ended = Sharer(board, database), asyncio.Event()
    pacer = Pacer(account.limits, shared=sharer.limits(account, _ACCOUNT, seat))
    sharing = asyncio.create_task(sharer.run(ended))
    sending = asyncio.create_task(_send(pacer, seat, counter, parts, ended))
    await asyncio.to_thread(stop.wait)
    ended.set()
    await asyncio.gather(sending, sharing)
    await pacer.close()
    await board.close()
    sharer.close()
    database.close()


async def _send(pacer: Pacer, seat: int, counter: int, parts: int, ended: asyncio.Event) -> None:
    """Write what may leave, from as many tasks as a sender has lanes."""
    with socket.create_connection(("127.0.0.1", counter)) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        async def lane() -> None:
            while await pacer.acquire(parts, ended):
                wire.sendall(_ROW.pack(time.monotonic(), seat, parts))

        await asyncio.gather(*(lane() for _ in range(3)))


def _disturb(given: argparse.Namespace, redis: Redis, proxy: Proxy) -> None:
    time.sleep(given.seconds / 3)  # harm comes in the middle of it
    if given.restart_redis:
        redis.kill()
        redis.start()
    if given.cut:
        proxy.stall()
        time.sleep(_CUT_S)  # so long the line is cut
        proxy.heal()


def _judged(left: Sequence[Left], given: argparse.Namespace, began: float) -> int:
    busiest = most([(each.sent, each.parts) for each in left], 1.0)
    arrived = most([(each.arrived, each.parts) for each in left], 1.0)
    average = sum(each.parts for each in left) / given.seconds
    shares = Counter[int]()
    for each in left:
        shares[each.worker] += each.parts
    parts = [shares[worker] for worker in range(given.workers)]
    print(f"busiest second as sent {busiest}, as counted {arrived}; limit {given.limit}")
    print(f"average {average:.2f} a second; each worker's parts {parts}")
    times = sorted([began, *(each.sent for each in left)])
    longest = max(after - before for before, after in itertools.pairwise(times))
    print(f"longest silence {longest:.2f} s")
    enough = given.cut or average >= _LEAST * given.limit
    return 0 if busiest <= given.limit and enough else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--workers", type=int, default=10)
    parser.add_argument("--limit", type=int, default=50, help="parts a second")
    parser.add_argument("--parts", type=int, default=1, help="of each message")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--restart-redis", action="store_true")
    parser.add_argument("--cut", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
