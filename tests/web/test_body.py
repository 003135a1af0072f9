"""Bodies as they come over the wire: in pieces, too long, or broken off."""

from collections.abc import Iterator

import pytest
from starlette.requests import Request
from starlette.types import Message

from outreach.web.api.body import read_body

MOST = 6


def _piece(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


GONE: Message = {"type": "http.disconnect"}


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ([_piece(b"abc"), _piece(b"def", more=False)], b"abcdef"),
        ([_piece(b"abc"), _piece(b"defg")], None),
        ([_piece(b"", more=False)], b""),
        ([_piece(b"abc"), GONE], b""),
        ([GONE], b""),
    ],
)
async def test_what_is_read(said: list[Message], read: bytes | None) -> None:
    coming: Iterator[Message] = iter(said)

    async def receive() -> Message:
        return next(coming)

    assert await read_body(Request({"type": "http", "headers": []}, receive), MOST) == read
