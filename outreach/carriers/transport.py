"""An httpx transport that tells *certainly not sent* from *perhaps sent*.

httpx's own pool is quadratic in its connections, and its client costs twice as much a call; that of
aiohttp repeats requests and hands out connections on which the server has hung up (ADR 0008).
"""

import asyncio
import errno
import socket
import ssl
from collections import deque
from datetime import timedelta

import httpx
from aiohappyeyeballs import start_connection

from outreach.carriers.connection import Connection, Said
from outreach.domain.errors import BadInputError

_KEEP_IDLE = 3.0  # seconds; below the 5 after which common servers drop a silent connection
_DIAL_SHARE = 1 / 3  # of the total: a dial or a queue must end before the total does, to be told
_SECOND_WAY = 0.25  # seconds after which another address of a host is tried beside the first

_Origin = tuple[str, str, int]
"""Scheme, host and port."""
_PORTS = {"http": 80, "https": 443}


class NotConnectedError(httpx.ConnectError):
    """No connection came about; its words are ours, free of addresses."""


class HttpTransport(httpx.AsyncBaseTransport):
    """One pool of kept-alive connections, made on first use in the loop that then owns it.

    Raises httpx.ConnectError, ConnectTimeout, PoolTimeout or LocalProtocolError only where nothing
    was sent; any other httpx.TransportError means that the request may have arrived. Each request
    is written once. Certificates are verified always.
    """

    def __init__(self, timeout: timedelta, connections: int) -> None:
        self._total = timeout.total_seconds()
        self._slots = asyncio.Semaphore(connections)
        self._open: set[Connection] = set()
        self._idle: dict[_Origin, deque[Connection]] = {}
        """Those that wait for their next request, the last used one at the end."""
        self._sweep: asyncio.TimerHandle | None = None
        self._tls: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read its whole answer within the time-out."""
        until = asyncio.get_running_loop().time() + self._total
        origin, wire = _origin(request.url), _wire(request, await request.aread())
        await self._wait_for_a_place()
        try:
            connection = self._kept(origin) or await self._dialled(origin)
            try:
                said = await connection.exchange(wire, until)
            finally:
                self._put_back(origin, connection)
        finally:
            self._slots.release()
        return _response(said)

    async def aclose(self) -> None:
        """Close every connection."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        for connection in self._open:
            connection.close()
        self._open.clear()
        self._idle.clear()
        await asyncio.sleep(0)  # their sockets are closed in the loop's next round

    async def _wait_for_a_place(self) -> None:
        """Take one of the pool's places; our own queue, so that its time-out has its own name."""
        if not self._slots.locked():
            await self._slots.acquire()
            return
        try:
            async with asyncio.timeout(self._total * _DIAL_SHARE):
                await self._slots.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("no free connection") from None

    def _kept(self, origin: _Origin) -> Connection | None:
        """Take a connection that is open and silent; the others are of no use."""
        idle, now = self._idle.get(origin), asyncio.get_running_loop().time()
        while idle:
            connection = idle.pop()
            if now - connection.idle_since < _KEEP_IDLE and connection.good:
                return connection
            self._drop(connection)
        return None

    def _put_back(self, origin: _Origin, connection: Connection) -> None:
        if not connection.open or connection not in self._open:
            self._drop(connection)
            return
        self._idle.setdefault(origin, deque()).append(connection)
        if self._sweep is None:
            loop = asyncio.get_running_loop()
            self._sweep = loop.call_later(_KEEP_IDLE, self._drop_idle)

    def _drop_idle(self) -> None:
        """Close what nobody has used for long."""
        loop = asyncio.get_running_loop()
        for idle in self._idle.values():
            while idle and loop.time() - idle[0].idle_since >= _KEEP_IDLE:
                self._drop(idle.popleft())
        waits = any(self._idle.values())
        self._sweep = loop.call_later(_KEEP_IDLE, self._drop_idle) if waits else None

    def _drop(self, connection: Connection) -> None:
        connection.close()
        self._open.discard(connection)

    async def _dialled(self, origin: _Origin) -> Connection:
        connection = Connection()
        try:
            async with asyncio.timeout(self._total * _DIAL_SHARE):
                await self._dial(origin, connection)
        except BaseException as fault:
            connection.close()
            if isinstance(fault, TimeoutError):
                raise httpx.ConnectTimeout("no connection in time") from None
            if isinstance(fault, OSError | UnicodeError):
                raise NotConnectedError(_dial_words(fault)) from None
            raise
        if not connection.open:
            raise NotConnectedError("the server hangs up, or speaks before it is asked")
        self._open.add(connection)
        return connection

    async def _dial(self, origin: _Origin, connection: Connection) -> None:
        scheme, host, port = origin
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        sock = await start_connection(found, happy_eyeballs_delay=_SECOND_WAY)
        tls, name = (self._context(), host) if scheme == "https" else (None, None)
        try:
            await loop.create_connection(
                lambda: connection, sock=sock, ssl=tls, server_hostname=name
            )
        except BaseException:
            sock.close()
            raise

    def _context(self) -> ssl.SSLContext:
        """Trust whom the system trusts, read once."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls


def _origin(url: httpx.URL) -> _Origin:
    if url.scheme not in _PORTS or not url.host:
        # To be put right, not to be retried; the whole address may hold a secret.
        raise BadInputError("base_url: expected an address that HTTP can call") from None
    return url.scheme, url.host, url.port or _PORTS[url.scheme]


def _wire(request: httpx.Request, body: bytes) -> bytes:
    """The bytes of a request; a header that would end early must not leave."""
    lines = [b"%b %b HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%b: %b" % each for each in request.headers.raw]
    head = b"\r\n".join(lines)
    if not head.count(b"\r") == head.count(b"\n") == len(lines) - 1:
        raise httpx.LocalProtocolError("a header of several lines")
    return b"%b\r\n\r\n%b" % (head, body)


def _response(said: Said) -> httpx.Response:
    codings = (value for name, value in said.headers if name.lower() == b"content-encoding")
    if any(coding.lower() != b"identity" for coding in codings):
        raise httpx.RemoteProtocolError("a compressed answer, which was not asked for")
    return httpx.Response(said.status, headers=said.headers, content=said.body)


def _dial_words(fault: Exception) -> str:
    """Say why a dial failed, without the address that may be in the fault's own text."""
    if isinstance(fault, socket.gaierror | UnicodeError):
        return "name not found"
    if isinstance(fault, ssl.SSLCertVerificationError):
        return "certificate not trusted"
    if isinstance(fault, ssl.SSLError):
        return "TLS handshake failed"
    return errno.errorcode.get(getattr(fault, "errno", None) or 0, "no connection")
