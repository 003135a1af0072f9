"""A carrier's call as bytes: what the door writes, and what settling reads."""

import orjson

from outreach.carriers.base import Callback


def pack(call: Callback) -> bytes:
    """One JSON object; the body byte for byte as Latin-1, because seals are over exact bytes."""
    return orjson.dumps(
        {"q": call.query, "h": dict(call.headers), "b": call.body.decode("latin-1")}
    )


def unpack(data: bytes) -> Callback:
    """The call again."""
    stored = orjson.loads(data)
    return Callback(stored["q"], stored["h"], stored["b"].encode("latin-1"))
