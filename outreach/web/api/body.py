"""What callers send."""

from starlette.requests import ClientDisconnect, Request


async def read_body(request: Request, most: int) -> bytes | None:
    """The whole body; None where it has more bytes, nothing where the caller went away."""
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > most:
                return None
    except ClientDisconnect:
        return b""  # nobody hears the answer: that is no fault of ours
    return body
