"""What the stages are compared with: the same carriers, calls and rows with nothing of ours."""

import asyncio
import contextlib
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import uvicorn
from starlette.types import Receive, Scope, Send

from bench.cluster import Service
from bench.scene import Scene
from bench.server import free_port
from outreach.carriers.smpp import pdu
from outreach.simulator.smpp import SmppConfig

_BATCH = 1_000
_WINDOW = 1_000


def bare_rows(url: str, folder: Path, messages: int) -> float:
    """Change a row and insert one for each message, a thousand a commit, durable; messages/s."""
    ranges = [(n, min(n + _BATCH, messages + 1)) for n in range(1, messages + 1, _BATCH)]
    if url:
        return messages / _on_postgresql(url, messages, ranges)
    return messages / _on_sqlite(folder / "bare.db", messages, ranges)


def _on_sqlite(path: Path, messages: int, ranges: list[tuple[int, int]]) -> float:
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE message (id INTEGER PRIMARY KEY, state INTEGER);"
            "CREATE TABLE attempt (message INTEGER PRIMARY KEY, reference TEXT);"
        )
        conn.execute("BEGIN")
        rows = ((n,) for n in range(1, messages + 1))
        conn.executemany("INSERT INTO message VALUES (?, 0)", rows)
        conn.execute("COMMIT")
        began = time.monotonic()
        for first, stop in ranges:
            conn.execute("BEGIN IMMEDIATE")
            some = range(first, stop)
            conn.executemany("UPDATE message SET state = 1 WHERE id = ?", ((n,) for n in some))
            told = ((n, f"r{n:020}") for n in some)
            conn.executemany("INSERT INTO attempt VALUES (?, ?)", told)
            conn.execute("COMMIT")
        return time.monotonic() - began


def _on_postgresql(url: str, messages: int, ranges: list[tuple[int, int]]) -> float:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE SCHEMA bare")
        conn.execute("CREATE TABLE bare.message (id bigint PRIMARY KEY, state int)")
        conn.execute("CREATE TABLE bare.attempt (message bigint PRIMARY KEY, reference text)")
        conn.execute(
            "INSERT INTO bare.message SELECT n, 0 FROM generate_series(1, %s) AS n", (messages,)
        )
        began = time.monotonic()
        for first, stop in ranges:
            some = list(range(first, stop))
            with conn.transaction():
                conn.execute("UPDATE bare.message SET state = 1 WHERE id = ANY(%s)", (some,))
                with conn.cursor().copy("COPY bare.attempt FROM STDIN") as copy:
                    for n in some:
                        copy.write_row((n, f"r{n:020}"))
        seconds = time.monotonic() - began
        conn.execute("DROP SCHEMA bare CASCADE")
        return seconds


async def bare_bind(line: str, messages: int) -> float:
    """Submit so many one-part texts over one bind and read the answers; messages/s."""
    address, smsc = urlsplit(line), SmppConfig()
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    body = pdu.bind_transceiver(smsc.system_id.encode(), smsc.password.encode(), b"")
    writer.write(pdu.pdu(pdu.BIND_TRANSCEIVER, 1, body))
    framer, room, answered = pdu.Framer(), asyncio.Semaphore(_WINDOW), 0

    async def read() -> None:
        nonlocal answered
        while answered < messages:
            for each in framer.feed(await reader.read(1 << 16)):
                if each.command == pdu.SUBMIT_SM_RESP:
                    assert each.status == 0, f"the SMSC answered {each.status:#x}"
                    answered += 1
                    room.release()

    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        group.create_task(read())
        for n in range(messages):
            await room.acquire()
            writer.write(pdu.pdu(pdu.SUBMIT_SM, n + 2, _submit(n)))
    seconds = time.monotonic() - began
    writer.close()
    return messages / seconds


def _submit(n: int) -> bytes:
    """The body of a submit_sm: no receipt is asked for."""
    text = b"Ban con chua cai dat ung dung, xin xem huong dan cua chung toi."
    ends = b"\0\5\0SIM-CITY\0\1\1" + b"84860%06d" % n + b"\0"
    return ends + bytes(3) + b"\0\0" + bytes(4) + bytes((len(text),)) + text


@contextlib.contextmanager
def bare_door(stage: Scene) -> Iterator[str]:
    """A server that reads every call and stores none, in a process of its own; its URL."""
    port = free_port()
    door = Service("bare-door", ("bench.stages_bare", str(port)), stage)
    door.start()
    try:
        door.wait_until_it_answers(port)
        yield f"http://127.0.0.1:{port}/"
    finally:
        door.stop()


def _serve(port: int) -> None:
    async def application(_: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    uvicorn.run(application, port=port, log_level="error", access_log=False, lifespan="off")


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
