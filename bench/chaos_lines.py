"""What lies between the parts of a cluster: a proxy in every line, a clock for every service."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.cluster import Cluster, Service
from bench.proxy import Proxy
from bench.stepped import VARIABLE, step


@dataclass(frozen=True, slots=True)
class Lines:
    """The proxies between the parts of a cluster."""

    carriers: Proxy
    callbacks: Proxy
    database: dict[str, Proxy] = field(default_factory=dict)
    """By service."""
    board: dict[str, Proxy] = field(default_factory=dict)
    """To Redis, by service."""
    clocks: dict[str, Path] = field(default_factory=dict)
    """The files that step the services' clocks."""

    def heal(self) -> None:
        """Everything passes again."""
        for proxy in (*self.database.values(), *self.board.values(), self.carriers, self.callbacks):
            proxy.heal()


@contextmanager
def lines_of(found: Cluster) -> Iterator[Lines]:
    """Have the services, which do not run yet, go by proxies, and by clocks that can be stepped."""
    stage = found.stage
    with ExitStack() as stack:

        def proxy(target: int, port: int = 0) -> Proxy:
            return stack.enter_context(Proxy(target, port))

        carriers = _port(stage.town.url)
        lines = Lines(proxy(carriers), proxy(found.port, stage.port))
        for service in found.services:
            name, environ = service.name, service.environ
            there, here = f":{carriers}", f":{lines.carriers.port}"
            environ.update({key: value.replace(there, here) for key, value in environ.items()})
            if name != "beat":
                lines.database[name] = proxy(found.postgres.port)
                environ["OUTREACH_DATABASE_URL"] = found.postgres.url.replace(
                    f":{found.postgres.port}", f":{lines.database[name].port}"
                )
                lines.clocks[name] = _clock(service, stage.folder)
            if name != "web":
                lines.board[name] = proxy(found.redis.port)
                environ["OUTREACH_REDIS_URL"] = f"redis://127.0.0.1:{lines.board[name].port}/0"
        stack.callback(found.close)  # before the proxies
        yield lines


def _clock(service: Service, folder: Path) -> Path:
    """Give a service a clock of its own; returns the file that steps it."""
    clock = folder / f"{service.name}.clock"
    step(clock, 0.0)
    service.environ[VARIABLE] = str(clock)
    module = ["bench.stepped"] if service.name == "web" else ["bench.stepped", "workers"]
    service.command[2:3] = module
    return clock


def _port(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])
