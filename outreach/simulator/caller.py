"""A kept-alive HTTP/1.1 connection for callbacks: a third of a general client's cost a call.

The simulator shares two cores with what it tests, so what it spends is taken from the test.
"""

import asyncio
from collections.abc import Mapping

from yarl import URL

_MAX_HEAD = 16_384


class BrokenError(Exception):
    """No connection, or an answer that is not HTTP or not whole."""


class Caller:
    """One connection at a time, to whichever server was called last."""

    def __init__(self) -> None:
        self._to: tuple[str, int] | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def call(self, url: URL, body: bytes | None, headers: Mapping[str, str]) -> int:
        """POST a body, or GET without one; returns the status, BrokenError if there is none."""
        try:
            fresh = await self._connect(url)
            try:
                return await self._exchange(_request(url, body, headers))
            except (OSError, asyncio.IncompleteReadError):
                if fresh:
                    raise
                # The server had closed the idle connection: once more on a new one.
                self.close()
                await self._connect(url)
                return await self._exchange(_request(url, body, headers))
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            self.close()
            raise BrokenError(f"callback to {url.host} failed") from None
        except asyncio.CancelledError:
            self.close()  # its answer would become the next one's
            raise

    def close(self) -> None:
        """Let the connection go."""
        if self._writer is not None:
            self._writer.close()
        self._to = self._reader = self._writer = None

    async def _connect(self, url: URL) -> bool:
        """Be connected to the URL's server; True if the connection is new."""
        to = (url.host or "", url.port or 80)
        if self._to == to:
            return False
        self.close()
        self._reader, self._writer = await asyncio.open_connection(*to, limit=_MAX_HEAD)
        self._to = to
        return True

    async def _exchange(self, request: bytes) -> int:
        assert self._reader is not None
        assert self._writer is not None
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        length, keep = 0, True
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            name = name.lower()
            if name == b"content-length":
                length = int(value)
            elif name == b"connection":
                keep = value.strip().lower() != b"close"
            elif name == b"transfer-encoding":
                keep = False  # the status is all we want
        if length:
            await self._reader.readexactly(length)
        if not keep:
            self.close()
        return int(lines[0].split(b" ", 2)[1])


def _request(url: URL, body: bytes | None, headers: Mapping[str, str]) -> bytes:
    method = "GET" if body is None else "POST"
    lines = [f"{method} {url.raw_path_qs} HTTP/1.1", f"host: {url.host}:{url.port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"content-length: {len(body or b'')}\r\n\r\n")
    return "\r\n".join(lines).encode("latin-1") + (body or b"")
