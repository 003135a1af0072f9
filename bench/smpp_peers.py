"""Our SMPP client against servers that none of us wrote: nothing lost, nothing twice.

    python -m bench.smpp_peers --messages 10000

The peers are npm's smpp and smpp34 (its work is done in Rust), installed into a temporary folder.
Each takes short texts and long ones, throttles one submit in 25, and is killed and started again
on the way. Exit code 1 if a promise broke, 2 if a peer cannot be installed.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Protocol, cast

import uvloop

from bench.peers.kinds import CannotInstallError, Peer, node, rust
from bench.server import free_port
from outreach.carriers.base import (
    Adapter,
    Callback,
    Lasting,
    PullError,
    Pushed,
    Stands,
    Submission,
    Text,
    TokenStore,
)
from outreach.carriers.http import Http
from outreach.carriers.ports import Ports
from outreach.carriers.registry import adapter
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Accepted, Later, NotSent, Outcome, Unknown
from outreach.domain.receipt import Status
from outreach.domain.text import measure, split
from outreach.settings import Account

PEERS = {"node": node, "rust": rust}
_AT_ONCE = 400
_KILLED_AT = 0.4
_QUIET_S = 15.0
"""Without a receipt for so long, the rest is not waited for."""
_TEXTS = (
    "Moi Ong/Ba cai dat VssID. Ho tro: 1900 9068",
    "Moi Ong/Ba cai dat VssID. Ho tro: 1900 9068",
    "Moi Ong/Ba cai dat VssID {[~]} " * 12,  # three parts, with letters of two septets
    "Kính mời Ông/Bà cài đặt VssID 🙂 " * 5,  # three parts, with letters of two units
)


class _Line(Adapter, Lasting, Pushed, Stands, Protocol):
    """What the SMPP adapter is."""


@dataclass(slots=True)
class Heard:
    """What our side knows at the end."""

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    retries: Counter[str] = field(default_factory=Counter)
    receipts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def main() -> int:
    """Try every peer and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--peer", choices=PEERS, action="append", help="both without it")
    given = parser.parse_args()
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ob-peers-") as folder:
        try:
            for name in given.peer or PEERS:
                peer = PEERS[name](Path(folder, name))
                broken += try_peer(peer, given.messages)
        except CannotInstallError as fault:
            print(fault, file=sys.stderr)
            return 2
    return 1 if broken else 0


def try_peer(peer: Peer, messages: int) -> list[str]:
    """Send so many messages to one peer; print a table, return the promises that broke."""
    port = free_port()
    peer.start(port)
    try:
        heard = uvloop.run(_play(peer, port, messages))
    finally:
        peer.kill()
    broken = judge(peer, messages, heard)
    print(_table(peer, heard, broken), flush=True)
    return broken


async def _play(peer: Peer, port: int, messages: int) -> Heard:
    heard = Heard()
    if peer.checks_passwords:
        await _is_told_of_a_wrong_password(port)
    line, http = _line(port, "sim-pass", heard)
    await line.open()
    await line.standing()  # bound, and the other side answers
    began = time.monotonic()
    rest = iter(range(messages))
    async with asyncio.TaskGroup() as group:
        group.create_task(_kill_once(peer, port, heard, int(messages * _KILLED_AT)))
        for _ in range(_AT_ONCE):
            group.create_task(_send(line, rest, heard))
    await _all_told(heard)
    heard.seconds = time.monotonic() - began
    await line.close()
    await http.aclose()
    return heard


async def _is_told_of_a_wrong_password(port: int) -> None:
    line, http = _line(port, "sim-else", Heard())
    await line.open()
    told = ""
    try:
        await line.standing()
    except PullError as fault:
        told = str(fault)
    await line.close()
    await http.aclose()
    assert "0x0E" in told, f"a wrong password was answered with '{told}'"


def _line(port: int, password: str, heard: Heard) -> tuple[_Line, Http]:
    async def hear(call: Callback) -> None:
        for receipt in line.receipts(call):
            assert receipt.status is Status.DELIVERED
            heard.receipts[receipt.reference or ""] += 1

    account = _account(port, password)
    http = Http(account.timeout, 1)
    ports = Ports(http, cast("TokenStore", None), "", lambda: datetime.now(UTC), hear=hear)
    line = cast("_Line", adapter(account, ports))
    return line, http


def _account(port: int, password: str) -> Account:
    return Account(
        name="peer",
        adapter="smpp",
        channel=Channel.SMS,
        networks=frozenset(Network),
        base_url=f"smpp://127.0.0.1:{port}",
        sender="SIM-CITY",
        limits=(),
        in_flight=_AT_ONCE,
        price_per_part=Decimal(0),
        plain_only=False,
        max_parts=3,
        timeout=timedelta(seconds=5),
        receipt_deadline=timedelta(hours=1),
        options={"system_id": "sim-smpp", "password": password, "binds": 2, "window": 100},
    )


def _message(n: int) -> Submission:
    body = _TEXTS[n % len(_TEXTS)]
    text = Text(body, measure(body).encoding, len(split(body)))
    return Submission(f"key-{n}", f"84{900_000_000 + n}", Network.MOBIFONE, text)


async def _send(line: Adapter, rest: Iterator[int], heard: Heard) -> None:
    """Submit one after another; what certainly was not taken is submitted again, as engines do."""
    for n in rest:
        while True:
            outcome = await line.submit(_message(n))
            if not isinstance(outcome, Later | NotSent):
                break
            heard.retries[outcome.reason] += 1
            await asyncio.sleep(0.2)  # the engine's snooze, made short
        heard.outcomes[n] = outcome


async def _kill_once(peer: Peer, port: int, heard: Heard, after: int) -> None:
    while len(heard.outcomes) < after:  # noqa: ASYNC110 - a moment that nobody chose
        await asyncio.sleep(0.005)
    await asyncio.to_thread(peer.kill)
    await asyncio.to_thread(peer.start, port)


async def _all_told(heard: Heard) -> None:
    """Wait until every reference that we know has its receipt, or nothing more comes."""
    expected = _references(heard)
    seen, moved = 0, time.monotonic()
    while expected - heard.receipts.keys() and time.monotonic() - moved < _QUIET_S:
        if len(heard.receipts) > seen:
            seen, moved = len(heard.receipts), time.monotonic()
        await asyncio.sleep(0.05)  # receipts come when they come


def _references(heard: Heard) -> set[str]:
    accepted = [each for each in heard.outcomes.values() if isinstance(each, Accepted)]
    return {part for each in accepted for part in each.parts or (each.reference or "",)}


def judge(peer: Peer, messages: int, heard: Heard) -> list[str]:
    """Lay what the peer took beside what we know."""
    parts: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for part in peer.taken():
        parts[part.msisdn].append((part.number, part.total, part.text))
    broken = []
    for n in range(messages):
        message, outcome = _message(n), heard.outcomes.get(n)
        assert isinstance(message.content, Text)
        took = sorted(parts.get(message.msisdn, ()))
        numbers = [number for number, _, _ in took]
        if outcome is None:
            broken.append(f"message {n} has no outcome")
        if len(set(numbers)) < len(numbers):
            broken.append(f"message {n}: a part was taken twice ({numbers})")
        whole = "".join(text for _, _, text in took)
        is_whole = [(number, total) for number, total, _ in took] == _places(message.content)
        if isinstance(outcome, Accepted) and not (is_whole and whole == message.content.body):
            broken.append(f"message {n} was accepted, and arrived as {took}")
        if not isinstance(outcome, Accepted) and is_whole:
            heard.retries["taken, and we do not know it"] += 1
    unknown = sum(isinstance(each, Unknown) for each in heard.outcomes.values())
    if unknown > _AT_ONCE:
        broken.append(f"{unknown} are unknown after one kill with {_AT_ONCE} under way")
    missing = _references(heard) - heard.receipts.keys()
    return broken + ([f"{len(missing)} receipts did not come"] if missing else [])


def _places(text: Text) -> Sequence[tuple[int, int]]:
    return [(number, text.parts) for number in range(1, text.parts + 1)]


def _words(outcome: Outcome) -> str:
    """The kind of an outcome and its reason, whichever part it was about."""
    reason = getattr(outcome, "reason", "").rpartition(": ")[2]
    return f"{type(outcome).__name__} {reason}".strip()


def _table(peer: Peer, heard: Heard, broken: Sequence[str]) -> str:
    outcomes = Counter(map(_words, heard.outcomes.values()))
    took = sum(1 for _ in peer.taken())
    rate = len(heard.outcomes) / heard.seconds
    lines = [
        f"{peer.name}: {len(heard.outcomes):,} messages in {heard.seconds:.1f} s, {rate:,.0f} /s",
        f"  submits taken       {took:>8,}",
        f"  throttled           {peer.throttled():>8,}",
        f"  receipts            {sum(heard.receipts.values()):>8,}",
        *(f"  {name:<40}{count:>8,}" for name, count in sorted(outcomes.items())),
        *(f"  again: {name:<33}{count:>8,}" for name, count in sorted(heard.retries.items())),
        *(f"  BROKEN: {each}" for each in broken[:20]),
        f"  broken promises     {len(broken):>8,}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
