"""A kept-alive HTTP/1.1 connection for callbacks: a third of a general client's cost a call.

The simulator shares two cores with what it tests, so what it spends is taken from the test.
"""

import asyncio
from collections.abc import Mapping
from typing import cast

import httptools
from yarl import URL


class BrokenError(Exception):
    """No connection, or an answer that is not HTTP or not whole."""


class Caller:
    """One connection at a time, to whichever server was called last."""

    def __init__(self) -> None:
        self._to: tuple[str, int] | None = None
        self._line: _Line | None = None

    async def call(self, url: URL, body: bytes | None, headers: Mapping[str, str]) -> int:
        """POST a body, or GET without one; returns the status, BrokenError if there is none."""
        request = _request(url, body, headers)
        try:
            line = self._kept(url)
            if line is not None:
                try:
                    return await line.exchange(request)
                except OSError:
                    pass  # the server had closed the idle connection: once more on a new one
            return await (await self._dialled(url)).exchange(request)
        except OSError:
            self.close()
            raise BrokenError(f"callback to {url.host} failed") from None
        except asyncio.CancelledError:
            self.close()  # its answer would become the next one's
            raise

    def close(self) -> None:
        """Let the connection go."""
        if self._line is not None:
            self._line.close()
        self._to = self._line = None

    def _kept(self, url: URL) -> "_Line | None":
        same = self._line is not None and self._line.kept and self._to == _place(url)
        return self._line if same else None

    async def _dialled(self, url: URL) -> "_Line":
        self.close()
        loop = asyncio.get_running_loop()
        _, self._line = await loop.create_connection(_Line, *_place(url))
        self._to = _place(url)
        return self._line


class _Line(asyncio.Protocol):
    """Writes a request and reads the status; a fault of the wire or of HTTP is an OSError."""

    def __init__(self) -> None:
        self.kept = True
        self._parser = httptools.HttpResponseParser(self)
        self._status: asyncio.Future[int] | None = None

    async def exchange(self, request: bytes) -> int:
        self._status = asyncio.get_running_loop().create_future()
        if not self.kept:
            raise ConnectionResetError
        self._transport.write(request)
        return await self._status

    def close(self) -> None:
        self.kept = False
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class

    def connection_lost(self, exc: Exception | None) -> None:
        self.kept = False
        self._fail(exc or ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(ConnectionAbortedError("not HTTP"))
            self.close()

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            return
        self.kept = self.kept and self._parser.should_keep_alive()
        if self._status is not None and not self._status.done():
            self._status.set_result(status)

    def _fail(self, fault: Exception) -> None:
        if self._status is not None and not self._status.done():
            self._status.set_exception(fault)


def _place(url: URL) -> tuple[str, int]:
    return url.host or "", url.port or 80


def _request(url: URL, body: bytes | None, headers: Mapping[str, str]) -> bytes:
    method = "GET" if body is None else "POST"
    lines = [f"{method} {url.raw_path_qs} HTTP/1.1", f"host: {url.host}:{url.port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"content-length: {len(body or b'')}\r\n\r\n")
    return "\r\n".join(lines).encode("latin-1") + (body or b"")
