"""Certificates are verified always: whoever cannot show a good one gets not one byte of a message.

Each adapter calls from a fresh process, as the trusted authorities are read when it starts: from
the system, or from the file that SSL_CERT_FILE names, as an authority of one's own would be.
"""

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from outreach.domain.outcome import Accepted, NotSent, Outcome

from .callers import DIALECTS, Said, caller, messages, tells_nothing, whole
from .contract import MSISDN
from .wire import Handler, Line, Server, listening

WITHIN = timedelta(seconds=9)
_NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"


def openssl(folder: Path, command: str) -> None:
    subprocess.run(
        ["openssl", *command.split()], cwd=folder, check=True, capture_output=True, timeout=30
    )


def signed(folder: Path, name: str, place: str, days: int) -> None:
    """Make a certificate of the test's own authority, for a place and so many days from now."""
    (folder / f"{name}.ext").write_text(f"subjectAltName={place}\n")
    openssl(folder, f"req {_NEW_KEY} -subj /CN={name} -keyout {name}.key -out {name}.csr")
    signing = "-CA authority.pem -CAkey authority.key -CAcreateserial"
    files = f"-in {name}.csr -extfile {name}.ext -out {name}.pem"
    openssl(folder, f"x509 -req {signing} {files} -days {days}")


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority and what it signed; made anew, so that no key lies about."""
    if shutil.which("openssl") is None:
        pytest.skip("the command openssl makes the certificates, and it is not there")
    folder = tmp_path_factory.mktemp("vault")
    openssl(
        folder,
        f"req -x509 {_NEW_KEY} -subj /CN=sim -days 2 -keyout authority.key -out authority.pem",
    )
    signed(folder, "good", "IP:127.0.0.1", 2)
    signed(folder, "elsewhere", "DNS:elsewhere.test", 2)
    signed(folder, "expired", "IP:127.0.0.1", -1)
    openssl(
        folder,
        f"req -x509 {_NEW_KEY} -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
        " -days 2 -keyout self_signed.key -out self_signed.pem",
    )
    return folder


@pytest.fixture(scope="module")
def outside(vault: Path) -> Iterator[Executor]:
    """A fresh process that trusts the test's own authority."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(vault / "authority.pem"))
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            yield pool


def submit(port: int, times: int) -> Mapping[str, Outcome]:
    """Send one message so many times with every adapter; gives the last outcomes."""

    async def each(name: str) -> Outcome:
        dialect = DIALECTS[name]
        async with caller(dialect, f"https://127.0.0.1:{port}", WITHIN) as calls:
            return [await calls.submit(dialect.submission) for _ in range(times)][-1]

    async def together() -> Mapping[str, Outcome]:
        return dict(zip(DIALECTS, await asyncio.gather(*map(each, DIALECTS)), strict=True))

    return asyncio.run(together())


async def told(outside: Executor, port: int, times: int = 1) -> Mapping[str, Outcome]:
    """What every adapter says of a port; free of secrets."""
    found = await asyncio.get_running_loop().run_in_executor(outside, submit, port, times)
    await asyncio.sleep(0.3)
    assert all(tells_nothing(found[name], dialect) for name, dialect in DIALECTS.items())
    return found


@contextlib.asynccontextmanager
async def showing(vault: Path, certificate: str) -> AsyncIterator[Server]:
    """A server that shows a certificate and accepts every message."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(vault / f"{certificate}.pem", vault / f"{certificate}.key")
    bodies = {dialect.path: whole(Said(dialect).yes) for dialect in DIALECTS.values()}

    async def answer(line: Line, _number: int) -> None:
        asked = server.requests[-1].decode()
        # Of two that fit the longer one: a path may end in another carrier's.
        await line.say(bodies[max((path for path in bodies if path in asked), key=len)])

    server = Server(answer)
    async with listening(server.serve, tls) as server.port:
        yield server


async def test_a_good_certificate_is_trusted_and_its_connection_kept(
    vault: Path, outside: Executor
) -> None:
    async with showing(vault, "good") as server:
        found = await told(outside, server.port, times=3)
    assert found == {name: Accepted(dialect.reference) for name, dialect in DIALECTS.items()}
    assert (messages(server), server.connections) == (3 * len(DIALECTS), len(DIALECTS))


@pytest.mark.parametrize("certificate", ["elsewhere", "expired", "self_signed"])
async def test_a_bad_certificate_gets_nothing(
    vault: Path, outside: Executor, certificate: str
) -> None:
    async with showing(vault, certificate) as server:
        found = await told(outside, server.port)
    assert set(found.values()) == {NotSent("no connection: certificate not trusted")}
    assert messages(server) == 0


async def answers_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


async def hangs_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def is_silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("handler", [answers_plainly, hangs_up, is_silent])
async def test_a_handshake_that_fails_gets_nothing(outside: Executor, handler: Handler) -> None:
    heard = bytearray()

    async def listens(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        beside = asyncio.StreamReader()
        copying = asyncio.ensure_future(copy(reader, beside))
        try:
            await handler(beside, writer)
        finally:
            copying.cancel()

    async def copy(reader: asyncio.StreamReader, beside: asyncio.StreamReader) -> None:
        while some := await reader.read(4096):
            heard.extend(some)
            beside.feed_data(some)

    async with listening(listens) as port:
        found = await told(outside, port)
    assert {type(outcome) for outcome in found.values()} == {NotSent}
    assert MSISDN.encode() not in heard
