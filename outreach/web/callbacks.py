"""Carriers' callbacks: stored before they are answered.

Spoken directly in ASGI: millions of them come, and a framework's route costs more than the call.
"""

import logging
from collections.abc import Iterable

from starlette.types import Receive, Scope, Send

from outreach.carriers.base import Callback
from outreach.delivery.door import Door
from outreach.store.room import FullError

log = logging.getLogger(__name__)

PREFIX = "/callbacks/"
MAX_BODY = 1 << 20
"""The largest call that is taken, in bytes."""

_KEPT = frozenset(
    {b"content-type", b"x-zevent-signature", b"x-zevent-server", b"num_retry", b"authorization"}
)
_STORED = 200
_BAD_METHOD = 405
_NO_SUCH_ADDRESS = 404
_TOO_LARGE = 413
_NOT_STORED = 503
"""Not stored, so not acknowledged: the carrier tries again."""


class Callbacks:
    """The door of `/callbacks/<account>/<token>`."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call by its status alone."""
        status = await self._take(scope, receive)
        if status is None:
            return  # the caller went away before it had said everything
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _take(self, scope: Scope, receive: Receive) -> int | None:
        account, _, token = scope["path"].removeprefix(PREFIX).partition("/")
        if not self._door.knows(account, token):
            return _NO_SUCH_ADDRESS
        if scope["method"] not in {"GET", "POST"}:
            return _BAD_METHOD
        body = await _body(receive)
        if body is None:
            return None
        if len(body) > MAX_BODY:
            return _TOO_LARGE
        query = scope["query_string"].decode("latin-1")
        return await self._store(account, Callback(query, _headers(scope["headers"]), body))

    async def _store(self, account: str, call: Callback) -> int:
        """Store a call; whatever keeps it from being stored, the carrier has to come again."""
        try:
            await self._door.take(account, call)
        except FullError:
            return _NOT_STORED  # the writer says so, once for all calls
        except Exception:
            log.exception("a call for account %s could not be stored", account)
            return _NOT_STORED
        return _STORED


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Those that a seal or a format depends on; the rest is nobody's business."""
    return {name.decode("ascii"): value.decode("latin-1") for name, value in raw if name in _KEPT}


async def _body(receive: Receive) -> bytes | None:
    """The whole body, cut off where it is too large; None if the caller went away."""
    body = b""
    more = True
    while more and len(body) <= MAX_BODY:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        body += event.get("body", b"")
        more = event.get("more_body", False)
    return body
