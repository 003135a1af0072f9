"""A scripted SMS centre on loopback, with few lines of SMPP of its own, and a client before it."""

import asyncio
import contextlib
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from outreach.carriers.base import Callback, Submission, Text
from outreach.carriers.http import Http
from outreach.carriers.ports import Ports
from outreach.carriers.smpp.adapter import Smpp
from outreach.carriers.smpp.pauses import Pauses
from outreach.domain.limit import Limit, LimitScope
from outreach.domain.network import Channel, Network
from outreach.domain.outcome import Outcome
from outreach.domain.text import measure
from outreach.settings import Account

from .contract import CALLBACK, KEY, MSISDN, NOW, account, fresh_tokens
from .wire import listening

SECRETS = ("sim-user-1", "sim-pwd1")
ACCOUNT = account("smpp", Channel.SMS, {"system_id": SECRETS[0], "password": SECRETS[1]})
QUICK = Pauses(first=0.01, longest=0.02, part=0.01, chance=lambda: 0.5)
"""Pauses that a test can wait for, but for the one after a refusal."""
SHORT = "Moi ba con cai dat VssID"
LONG = "Moi ba con cai dat VssID. " * 15  # 390 septets, three parts
_STEP = 0.002
_PATIENCE = 10.0


@dataclass(frozen=True)
class Got:
    """One PDU that the centre read."""

    command: int
    status: int
    sequence: int
    body: bytes


@dataclass(frozen=True)
class Submit:
    """A submit_sm taken apart."""

    sequence: int
    source: tuple[int, int, bytes]
    recipient: tuple[int, int, bytes]
    esm_class: int
    validity: bytes
    registered: int
    data_coding: int
    octets: bytes
    tlvs: bytes


def packed(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    """A PDU."""
    return struct.pack(">4I", 16 + len(body), command, status, sequence) + body


def taken_apart(got: Got) -> Submit:
    """Read the mandatory fields in their order."""
    rest = got.body

    def text() -> bytes:
        nonlocal rest
        found, _, rest = rest.partition(b"\0")
        return found

    def octets(count: int) -> bytes:
        nonlocal rest
        found, rest = rest[:count], rest[count:]
        return found

    text()
    source = (*octets(2), text())
    recipient = (*octets(2), text())
    esm_class = octets(3)[0]
    text()
    validity = text()
    registered, _, coding, _, length = octets(5)
    return Submit(
        got.sequence,
        source,
        recipient,
        esm_class,
        validity,
        registered,
        coding,
        octets(length),
        rest,
    )


@dataclass
class Line:
    """One connection, with what a script may do to it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    got: list[Got] = field(default_factory=list)

    def say(self, command: int, sequence: int, body: bytes = b"", status: int = 0) -> None:
        self.writer.write(packed(command, sequence, body, status))

    def accept(self, sequence: int, reference: str = "sim-1") -> None:
        self.say(0x80000004, sequence, reference.encode() + b"\0")

    def refuse(self, sequence: int, status: int) -> None:
        self.say(0x80000004, sequence, b"", status)

    def of(self, command: int) -> list[Got]:
        return [got for got in self.got if got.command == command]


Script = Callable[[Line, Submit, int], None]
"""Acts when a submit was read; the number counts those of all lines, from 1."""


def accepts(line: Line, submit: Submit, number: int) -> None:
    line.accept(submit.sequence, f"SIM-{number}")


def says_nothing(_line: Line, _submit: Submit, _number: int) -> None:
    pass


def answers(*statuses: int) -> Script:
    """Answer with these in turn, then accept."""
    left = list(statuses)

    def script(line: Line, submit: Submit, number: int) -> None:
        status = left.pop(0) if left else 0
        line.refuse(submit.sequence, status) if status else accepts(line, submit, number)

    return script


@dataclass
class Centre:
    """What it was asked, on all its lines together."""

    script: Script = accepts
    binds: Iterator[int] = field(default_factory=lambda: iter(()))
    """Statuses of binds in turn, then 0."""
    enquired: bool = True
    """Whether it answers enquire_link."""
    greeting: Callable[[Line], Awaitable[None]] | None = None
    """Acts in place of the answer to a bind."""
    port: int = 0
    lines: list[Line] = field(default_factory=list)
    submits: list[Submit] = field(default_factory=list)

    @property
    def line(self) -> Line:
        return self.lines[-1]

    @property
    def bound(self) -> int:
        """How many binds were asked for."""
        return sum(bool(line.of(9)) for line in self.lines)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one connection."""
        line = Line(reader, writer)
        self.lines.append(line)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await self._answer(line, await self._read(line))

    async def _read(self, line: Line) -> Got:
        head = struct.unpack(">4I", await line.reader.readexactly(16))
        got = Got(head[1], head[2], head[3], await line.reader.readexactly(head[0] - 16))
        line.got.append(got)
        return got

    async def _answer(self, line: Line, got: Got) -> None:
        if got.command == 9 and self.greeting is not None:
            await self.greeting(line)
        elif got.command == 9:
            line.say(0x80000009, got.sequence, b"sim-centre\0", next(self.binds, 0))
        elif got.command == 4:
            self.submits.append(taken_apart(got))
            self.script(line, self.submits[-1], len(self.submits))
        elif got.command == 0x15 and self.enquired:
            line.say(0x80000015, got.sequence)
        elif got.command == 6:
            line.say(0x80000006, got.sequence)
            line.writer.close()


@contextlib.asynccontextmanager
async def serving(centre: Centre, tls: ssl.SSLContext | None = None) -> AsyncIterator[Centre]:
    """Let a centre listen."""
    async with listening(centre.serve, tls) as centre.port:
        yield centre


@dataclass
class Ear:
    """What the house heard; `faults` are raised in turn, and `gate` holds storing up."""

    calls: list[Callback] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def hear(self, call: Callback) -> None:
        self.calls.append(call)
        await self.gate.wait()
        if self.faults:
            raise self.faults.pop(0)


@contextlib.asynccontextmanager
async def client(
    port: int,
    ear: Ear | None = None,
    *,
    within: float = 5.0,
    scheme: str = "smpp",
    pauses: Pauses = QUICK,
    turn: Callable[[LimitScope], Awaitable[bool]] | None = None,
    limits: tuple[Limit, ...] = (),
    **options: Any,
) -> AsyncIterator[Smpp]:
    """An adapter that is open, on a port of this machine."""
    url = f"{scheme}://127.0.0.1:{port}"
    adapter = made(url, ear, within, pauses, turn, limits=limits, **options)
    await adapter.open()
    try:
        yield adapter
    finally:
        await adapter.close()


def made(
    url: str,
    ear: Ear | None = None,
    within: float = 5.0,
    pauses: Pauses = QUICK,
    turn: Callable[[LimitScope], Awaitable[bool]] | None = None,
    **options: Any,
) -> Smpp:
    """An adapter."""
    http = Http(ACCOUNT.timeout, 1, httpx.MockTransport(lambda _: httpx.Response(500)))
    ports = Ports(http, fresh_tokens(), CALLBACK, lambda: NOW)
    if ear is not None:
        ports = replace(ports, hear=ear.hear)
    if turn is not None:
        ports = replace(ports, turn=turn)
    return Smpp(contract_of(url, within, **options), ports, pauses)


def contract_of(
    url: str, within: float = 5.0, limits: tuple[Limit, ...] = (), **options: Any
) -> Account:
    """An account's file, as it was read."""
    every, timeout = {**ACCOUNT.options, **options}, timedelta(seconds=within)
    return replace(ACCOUNT, base_url=url, timeout=timeout, limits=limits, options=every)


def message(body: str = SHORT, n: int = 0, until: datetime | None = None) -> Submission:
    """A text to one of many numbers."""
    size = measure(body)
    text = Text(body, size.encoding, size.segments)
    return Submission(KEY, str(int(MSISDN) + n), Network.VIETNAMOBILE, text, until=until)


async def submitted(adapter: Smpp, count: int) -> list[Outcome]:
    """Submit so many at once."""
    return list(await asyncio.gather(*(adapter.submit(message(n=n)) for n in range(count))))


async def until(true: Callable[[], object]) -> None:
    """Wait for what the other side does; it is looked at often, and given up after a while."""
    async with asyncio.timeout(_PATIENCE):
        while not true():
            await asyncio.sleep(_STEP)


async def until_equal(found: Callable[[], int], wanted: int) -> None:
    """Wait until so many are found."""
    await until(lambda: found() == wanted)


def tells_nothing(told: object) -> bool:
    """Whether something shown is free of secrets and of the number."""
    return not any(word in repr(told) for word in (*SECRETS, MSISDN, "900000001", "127.0.0.1", KEY))
