"""An httpx transport over aiohttp that tells *certainly not sent* from *perhaps sent*.

httpx's own pool is quadratic in its connections, and httpx-aiohttp calls a lost answer a connect
time-out, on which a caller would send twice.
"""

import asyncio
import errno
import math
import select
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from functools import lru_cache
from weakref import WeakSet

import aiohttp
import httpx
from aiohttp.client_middlewares import ClientHandlerType
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from outreach.domain.errors import BadInputError

MAX_ANSWER = 1 << 20
"""Bytes of an answer's body; a longer one is no answer of a carrier's."""

_KEEP_IDLE = 3.0  # seconds; below the 5 after which common servers drop a silent connection
_DIAL_SHARE = 1 / 3  # of the total: a dial or a queue must end before the total does, to be told
_OURS = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class NotConnectedError(httpx.ConnectError):
    """No connection came about; its words are ours, free of addresses."""


class AiohttpTransport(httpx.AsyncBaseTransport):
    """One pool of kept-alive connections, made on first use in the loop that then owns it.

    Raises httpx.ConnectError, ConnectTimeout or PoolTimeout only where nothing was sent; any other
    httpx.TransportError means that the request may have arrived. Each request is written once.
    """

    def __init__(self, timeout: timedelta, connections: int) -> None:
        self._total = timeout.total_seconds()
        self._slots = asyncio.Semaphore(connections)
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read its whole answer within the time-out."""
        body = await request.aread()
        began = asyncio.get_running_loop().time()
        async with self._slot():
            waited = asyncio.get_running_loop().time() - began
            with _told():
                return await self._exchange(request, body, self._total - waited)

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """Hold one of the pool's places; our own queue, so that its time-out has its own name."""
        if self._slots.locked():
            await self._queue()
        else:
            await self._slots.acquire()
        try:
            yield
        finally:
            self._slots.release()

    async def _queue(self) -> None:
        try:
            async with asyncio.timeout(self._total * _DIAL_SHARE):
                await self._slots.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("no free connection") from None

    async def _exchange(self, request: httpx.Request, body: bytes, total: float) -> httpx.Response:
        async with self._open().request(
            request.method,
            _url(str(request.url)),
            headers=request.headers.multi_items(),
            data=body or None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=total, connect=self._total * _DIAL_SHARE, ceil_threshold=math.inf
            ),
        ) as answer:
            codings = answer.headers.getall("Content-Encoding", ())
            if any(coding.casefold() != "identity" for coding in codings):
                raise httpx.RemoteProtocolError("a compressed answer, which was not asked for")
            content = await _bounded(answer)
            return httpx.Response(answer.status, headers=answer.raw_headers, content=content)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=_Connector(),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=_OURS,
                middlewares=(_written_once,),
            )
        return self._session


class _Connector(aiohttp.TCPConnector):
    """Hands out no connection on which the server has spoken out of turn, or hung up.

    aiohttp would give the surplus words to the next request: another message's answer. And it sees
    a connection end only when the loop looks: a request written before that is *perhaps sent*.
    """

    def __init__(self) -> None:
        super().__init__(limit=0, keepalive_timeout=_KEEP_IDLE, timeout_ceil_threshold=math.inf)
        self._asked: WeakSet[ResponseHandler] = WeakSet()

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own signature
    ) -> Connection:
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = connection.protocol
            if protocol is None:
                return connection
            kept = protocol in self._asked
            if not (protocol.should_close or (kept and _stirs(connection))):
                self._asked.add(protocol)
                return connection
            connection.close()
            if not kept:
                raise NotConnectedError("the server speaks before it is asked")


def _stirs(connection: Connection) -> bool:
    """Whether something came in on an idle connection that the loop has not read yet."""
    if connection.transport is None:
        return True
    sock = connection.transport.get_extra_info("socket")
    look = select.poll()
    look.register(sock.fileno(), select.POLLIN)
    return bool(look.poll(0))


async def _written_once(
    request: aiohttp.ClientRequest, handler: ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep the session from repeating a GET whose kept-alive connection was dropped.

    It repeats on two kinds of exception and offers no switch; renamed here, they pass it by.
    """
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except aiohttp.ServerDisconnectedError:
        raise httpx.RemoteProtocolError("the server closed without an answer") from None
    except OSError as fault:
        if isinstance(fault, TimeoutError):
            raise
        raise _lost(fault) from None


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    """Read a body of at most MAX_ANSWER bytes."""
    chunks = []
    size = 0
    async for chunk in answer.content.iter_any():
        size += len(chunk)
        if size > MAX_ANSWER:
            answer.close()
            raise httpx.RemoteProtocolError("an answer that is too long")
        chunks.append(chunk)
    return b"".join(chunks)


@contextmanager
def _told() -> Iterator[None]:
    """Turn aiohttp's faults into httpx's; only those of the dial say that nothing was sent."""
    try:
        yield
    except aiohttp.ClientConnectorError as fault:
        raise NotConnectedError(_dial_words(fault)) from None
    except aiohttp.ConnectionTimeoutError:
        raise httpx.ConnectTimeout("no connection in time") from None
    except TimeoutError:
        raise httpx.ReadTimeout("no answer in time") from None
    except OSError as fault:
        raise _lost(fault) from None
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
        # To be put right, not to be retried; the whole address may hold a secret.
        raise BadInputError("base_url: expected an address that HTTP can call") from None
    except aiohttp.ClientError:
        raise httpx.RemoteProtocolError("an answer that is not HTTP, or half of one") from None


@lru_cache(maxsize=64)
def _url(address: str) -> URL:
    """The address of a send is the same for millions; of a query it is seldom asked twice."""
    return URL(address, encoded=True)


def _lost(fault: OSError) -> httpx.NetworkError:
    if fault.errno == errno.EPIPE:
        return httpx.WriteError("connection lost while writing")
    return httpx.ReadError("connection lost")


def _dial_words(fault: aiohttp.ClientConnectorError) -> str:
    """Say why a dial failed, without the address that aiohttp puts into its text."""
    if isinstance(fault, aiohttp.ClientConnectorDNSError):
        return "name not found"
    if isinstance(fault, aiohttp.ClientConnectorCertificateError):
        return "certificate not trusted"
    if isinstance(fault, aiohttp.ClientSSLError):
        return "TLS handshake failed"
    return errno.errorcode.get(fault.os_error.errno or 0, "no connection")
