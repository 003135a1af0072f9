"""What callers send."""

from starlette.requests import Request


async def read_body(request: Request, most: int) -> bytes | None:
    """The whole body; None where it has more bytes."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            return None
    return body
