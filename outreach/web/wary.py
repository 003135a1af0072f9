"""Connections as a stranger may use them: so many, each request short in time, its head in bytes.

What uvicorn leaves to a proxy in front. The engine may be in this process: whoever fills its memory
or takes all its files keeps it from sending.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_CONNECTIONS = 500
"""At once; a process may have 1,024 files as a rule, and the engine needs some of them."""
PATIENCE_S = 30.0
"""In which a whole request has to come, from a connection's begin or a request's first byte."""
MOST_BESIDE = 1 << 16
"""Bytes of a request beside its body: address, headers, the marks of chunks."""


class WaryProtocol(HttpToolsProtocol):
    """A connection that is closed where it is one too many, too slow, or has too long a head."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*arguments, **named)
        self._beside = 0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as there
        """Take a connection, if there is room for it."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless it has been too much."""
        self._beside += len(data)
        super().data_received(data)
        if self._beside > MOST_BESIDE:
            self.transport.close()

    def on_message_begin(self) -> None:
        """Give a request its time."""
        super().on_message_begin()
        self._expect()

    def on_body(self, body: bytes) -> None:
        """Leave the body to those who read it: each knows how much it takes."""
        self._beside -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request's time; what comes next is another's."""
        self._beside = 0
        self._expect_nothing()
        super().on_message_complete()

    def _expect(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(PATIENCE_S, self.transport.close)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
