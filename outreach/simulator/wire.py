"""What every dialect on HTTP reads and answers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

import orjson


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, its whole body read; `arrived` is epoch seconds when its bytes came."""

    arrived: float
    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: bytes) -> str:
        """Return a header by its lower-case name, or an empty string."""
        for key, value in self.headers:
            if key == name:
                return value.decode("latin-1")
        return ""

    def fields(self) -> dict[str, str]:
        """Read the query string."""
        return dict(parse_qsl(self.query.decode("latin-1"), keep_blank_values=True))

    def form(self) -> dict[str, str]:
        """Read an urlencoded body; nothing where its type says that it is something else."""
        if not self.is_a("application/x-www-form-urlencoded"):
            return {}
        return dict(parse_qsl(self.body.decode("latin-1"), keep_blank_values=True))

    def parameters(self) -> dict[str, str]:
        """Read what a page takes either way: a form by POST, a query by GET."""
        return self.form() if self.method == "POST" else self.fields()

    def is_a(self, kind: str) -> bool:
        """Say whether the body is declared to be of a type, whatever its charset."""
        return self.header(b"content-type").partition(";")[0].strip().lower() == kind

    def json(self) -> dict[str, object] | None:
        """Read a JSON object, or None where the body is, or is declared to be, anything else."""
        if not self.is_a("application/json"):
            return None
        try:
            value = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return value if isinstance(value, dict) else None


def strings(body: Mapping[str, object]) -> dict[str, str]:
    """Keep the fields that are strings: to a carrier that wants these, others are not there."""
    return {name: value for name, value in body.items() if isinstance(value, str)}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and how badly it travels: late, after a long silence, or never."""

    body: bytes
    status: int = 200
    content_type: bytes = b"application/json; charset=utf-8"
    latency_s: float = 0.0
    silence_s: float = 0.0  # infinite: never answered; the connection stays open
    dropped: bool = False
    headers: tuple[tuple[bytes, bytes], ...] = ()  # beyond type and length


def json_reply(value: Mapping[str, object], status: int = 200) -> Reply:
    """Answer with a JSON object."""
    return Reply(orjson.dumps(value), status)


Handler = Callable[[Request], Awaitable[Reply]]
Routes = Mapping[tuple[str, str], Handler]  # (method, path) → handler
