"""One HTTP/1.1 connection: a request is written once, and what is not its answer ends it.

So of every fault it is certain whether the request may have left, which a general client hides.
"""

import asyncio
import errno
import select
from typing import cast

import httptools
import httpx

MAX_ANSWER = 1 << 20
"""Bytes of an answer's body; a longer one is no answer of a carrier's."""
_MOST_BESIDE = 1 << 16
"""Bytes of an answer beside its body: its head, the marks of its chunks."""


class Said:
    """An answer as it comes in; whole once `whole` says so, and not to be touched before."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.whole = False
        self.lasts = True
        """Whether the connection may be used again behind it."""
        self.ends_with_connection = False
        """Whether it has no length of its own."""
        self._pieces: list[bytes] = []
        self._size = self._beside = 0
        self._parser = httptools.HttpResponseParser(self)

    @property
    def body(self) -> bytes:
        """All of its body."""
        return b"".join(self._pieces)

    def feed(self, data: bytes) -> None:
        """Read on; raises httpx.RemoteProtocolError where this can be no answer."""
        self._beside += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.lasts = False  # behind a whole answer it is a surplus; the answer is good
            if not self.whole:
                words = "an answer that is not HTTP"
                raise httpx.RemoteProtocolError(words) from None
        if self._beside > _MOST_BESIDE or self._size > MAX_ANSWER:
            raise httpx.RemoteProtocolError("an answer that is too long")

    def on_message_begin(self) -> None:
        """Heed that another answer begins behind this one: nobody has asked for it."""
        self.lasts = not self.whole

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a line of the head."""
        if not self.whole:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Know how it will end."""
        if self.whole:
            return
        self.status = self._parser.get_status_code()
        named = {name.lower(): value.lower() for name, value in self.headers}
        chunked = b"chunked" in named.get(b"transfer-encoding", b"")
        self.ends_with_connection = not chunked and b"content-length" not in named

    def on_body(self, piece: bytes) -> None:
        """Take a piece of the body, as long as it is not too much."""
        if self.whole:
            return
        self._beside -= len(piece)
        self._size += len(piece)
        if self._size <= MAX_ANSWER:
            self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """Be whole, unless this only told that the answer is on its way."""
        if self.whole:
            return
        if self.status < 200:
            self.headers = []
            return
        self.whole = True
        self.lasts = self.lasts and self._parser.should_keep_alive()


class Connection(asyncio.Protocol):
    """Open once it is dialled; good for one exchange after the other until somebody hangs up."""

    def __init__(self) -> None:
        self.idle_since = 0.0
        """When its last exchange ended, on the loop's clock."""
        self._transport: asyncio.Transport | None = None
        self._look = select.poll()
        self._said = Said()
        self._heard: asyncio.Future[Said] | None = None

    @property
    def open(self) -> bool:
        """Whether nobody has hung up, as far as the loop knows."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def good(self) -> bool:
        """Whether a request may be written: it is open, and the server has said nothing unasked."""
        # The machine may know of words, or of an end, that the loop has not looked at yet.
        return self.open and not self._look.poll(0)

    async def exchange(self, request: bytes, until: float) -> Said:
        """Write a request, and read its whole answer by a moment on the loop's clock.

        Raises httpx.TransportError where that did not come; the request may have arrived.
        """
        assert self._transport is not None, "not dialled"
        loop = asyncio.get_running_loop()
        self._said, self._heard = Said(), loop.create_future()
        timer = loop.call_at(until, self._fail, httpx.ReadTimeout("no answer in time"))
        try:
            self._transport.write(request)
            return await self._heard
        except BaseException:
            self.close()  # its answer would become the next one's
            raise
        finally:
            timer.cancel()
            self._heard = None
            self.idle_since = loop.time()

    def close(self) -> None:
        """Hang up; whoever waits for an answer hears that there will be none."""
        self._fail(httpx.ReadError("connection closed"))
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be open."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self._look.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        """Read on in the answer; what nobody asked for ends the connection."""
        if self._heard is None:
            self.close()
            return
        said = self._said
        try:
            said.feed(data)
        except httpx.TransportError as fault:
            self._fail(fault)
        else:
            if said.whole:
                self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        """Be closed; an answer without a length ends so, however that came."""
        self._transport = None
        if self._said.ends_with_connection:
            self._finish()
        elif exc is None:
            self._fail(httpx.RemoteProtocolError("the server closed without a whole answer"))
        elif isinstance(exc, OSError) and exc.errno == errno.EPIPE:
            self._fail(httpx.WriteError("connection lost while writing"))
        else:
            self._fail(httpx.ReadError("connection lost"))

    def _finish(self) -> None:
        if self._heard is not None and not self._heard.done():
            self._heard.set_result(self._said)
        if not self._said.lasts and self._transport is not None:
            self._transport.close()

    def _fail(self, fault: httpx.TransportError) -> None:
        """Tell whoever waits, if anybody does."""
        if self._heard is not None and not self._heard.done():
            self._heard.set_exception(fault)
