"""Calls by every adapter to a server on loopback, and what came of them on both sides."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module

from outreach.carriers.base import Adapter
from outreach.carriers.http import Http
from outreach.carriers.ports import Ports
from outreach.carriers.registry import NAMES, adapter
from outreach.domain.outcome import Outcome, Refused, Unknown

from .contract import CALLBACK, MSISDN, NOW, Dialect, fresh_tokens
from .wire import Read, Script, Server, serving

_PACKAGE = __name__.rpartition(".")[0]
_TESTS = {name: import_module(f"{_PACKAGE}.test_{name}") for name in NAMES}
DIALECTS: Mapping[str, Dialect] = {
    name: tests.DIALECT for name, tests in _TESTS.items() if hasattr(tests, "DIALECT")
}
"""Of every adapter that speaks HTTP."""
PATIENT = timedelta(seconds=10)
"""For calls that end by themselves, on a machine with much beside."""
SHORT = timedelta(seconds=2)
"""For calls that have to run out of time."""
LONGER = timedelta(seconds=2.4)
"""The same where many of them begin at once: their dials must not run out of time as well."""
_DIALS = 8
"""Calls that are begun at the same time."""


@dataclass(frozen=True)
class Said:
    """The bodies that a script can answer with."""

    dialect: Dialect

    @property
    def yes(self) -> bytes:
        return self.dialect.accepted.content

    @property
    def no(self) -> bytes:
        return self.dialect.refused.content

    @property
    def page(self) -> bytes:
        """Somebody else's page, which knows too much."""
        told = " ".join((*self.dialect.secrets, MSISDN, "0900000001", "sim-access-1"))
        return f"<html><body><h1>Proxy</h1>{told}</body></html>".encode()


def whole(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """A complete HTTP/1.1 answer."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """An answer in chunks."""
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + end


@dataclass(frozen=True)
class Case:
    """What a server does to a call, and how long the caller waits."""

    script: Callable[[Said], Script]
    read: Read = Read.WHOLE
    within: timedelta = PATIENT


@dataclass(frozen=True)
class Seen:
    """What the caller was told, and how many messages the server was asked for."""

    outcome: Outcome
    requests: int


@contextlib.asynccontextmanager
async def caller(
    dialect: Dialect, address: str, within: timedelta = PATIENT, connections: int = 4
) -> AsyncIterator[Adapter]:
    """An adapter on real sockets; `address` is a scheme, a host and a port."""
    options = dict(dialect.account.options)
    if "oauth_url" in options:
        options["oauth_url"] = f"{address}/oauth"
    account = replace(dialect.account, base_url=f"{address}/api", timeout=within, options=options)
    http = Http(within, connections)
    try:
        yield adapter(account, Ports(http, fresh_tokens(), CALLBACK, lambda: NOW))
    finally:
        await http.aclose()


def tells_nothing(outcome: Outcome, dialect: Dialect) -> bool:
    """Whether an outcome is free of secrets and of the number."""
    told = repr(outcome)
    known = (*dialect.secrets, MSISDN, "900000001", "sim-access-1", "127.0.0.1")
    return not any(secret in told for secret in known)


def messages(server: Server) -> int:
    """Requests but those for a token."""
    return sum(b"/oauth" not in request for request in server.requests)


async def tried(case: Case, dialect: Dialect, gate: asyncio.Semaphore | None = None) -> Seen:
    """Call once, and look 0.3 s later how often the server was asked.

    Through a gate a few dial at a time, so that however many adapters there are no dial runs out
    of its time; what they wait for after that, all wait for together.
    """
    async with (
        serving(case.script(Said(dialect)), case.read) as server,
        caller(dialect, f"http://127.0.0.1:{server.port}", case.within) as calls,
    ):
        async with gate or contextlib.nullcontext():
            call = asyncio.ensure_future(calls.submit(dialect.submission))
            while not (server.requests or call.done()):
                await asyncio.sleep(0.002)  # the server tells nobody that it was asked
        outcome = await call
        await asyncio.sleep(0.3)
        assert tells_nothing(outcome, dialect), outcome
        return Seen(outcome, messages(server))


async def all_tried(cases: Mapping[str, Case]) -> Mapping[str, Seen]:
    """Try every case with every adapter, all at the same time; named `adapter: case`."""
    names = [f"{name}: {case}" for name in DIALECTS for case in cases]
    gate = asyncio.Semaphore(_DIALS)
    seen = await asyncio.gather(
        *(tried(case, dialect, gate) for dialect in DIALECTS.values() for case in cases.values())
    )
    return dict(zip(names, seen, strict=True))


async def by_every_adapter(once: Callable[[Dialect], Awaitable[None]]) -> None:
    """Do something with every adapter at the same time; what went wrong says with which."""
    done = await asyncio.gather(*map(once, DIALECTS.values()), return_exceptions=True)
    faults = []
    for name, fault in zip(DIALECTS, done, strict=True):
        if isinstance(fault, Exception):
            fault.add_note(f"with the adapter {name}")
            faults.append(fault)
    if faults:
        raise ExceptionGroup(f"{len(faults)} of {len(DIALECTS)} adapters", faults)


def unknown_once(found: Mapping[str, Seen]) -> Mapping[str, Seen]:
    """What is not *perhaps sent, and asked for once*: should be empty."""
    return {
        name: seen
        for name, seen in found.items()
        if not (isinstance(seen.outcome, Unknown) and seen.requests == 1)
    }


def is_account(outcome: Outcome) -> bool:
    """Whether an outcome refuses the whole account."""
    return isinstance(outcome, Refused) and outcome.scope.value == "account"
