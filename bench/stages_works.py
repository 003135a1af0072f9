"""An installation in either mode, on simulated carriers: its processes, and what each costs."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import machine
from bench.cluster import Service
from bench.postgres import DURABLE, cpu_s, postgres
from bench.redis import Redis
from bench.scene import CONFIG, Scene, scene
from outreach.cli.town import rehearsal_config

EMBEDDED, CLUSTER = "embedded", "cluster"
DATABASE = {EMBEDDED: "sqlite", CLUSTER: "postgresql"}
Figures = dict[str, Any]

_SENDING = ("send", "smpp", "poll", "sweep", "reports")
"""The queues of the first worker; the second one has the receipts to itself."""
_STANDSTILL = 30.0
"""Seconds without any progress after which what is left is not waited for."""


@dataclass(frozen=True, slots=True)
class Works:
    """An installation whose services are not started, and its servers, which are."""

    stage: Scene
    services: Mapping[str, Service]
    url: str
    redis: int | None

    def start(self, *names: str) -> None:
        """Start services, and wait until a door among them answers."""
        for name in names:
            self.services[name].start()
        for door in (name for name in names if name.endswith("door")):
            self.services[door].wait_until_it_answers(self.stage.port)

    def stop(self) -> None:
        """End what runs, in good order."""
        for service in self.services.values():
            service.stop()

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far, by process; the servers' too."""
        found = {name: machine.cpu_s(pid) for name, pid in self._pids().items()}
        if self.url:
            found["postgresql"] = cpu_s(self.url)
        return found

    def peaks(self) -> dict[str, int]:
        """The most memory (MB) that each process had."""
        return {name: machine.peak_rss_mb(pid) for name, pid in self._pids().items()}

    def _pids(self) -> dict[str, int]:
        found = {name: each.pid for name, each in self.services.items() if each.runs}
        if self.redis is not None:
            found["redis"] = self.redis
        return {**found, "simulator": self.stage.town.process.pid}


@dataclass(frozen=True, slots=True)
class Way:
    """Who does what in one mode, by names of services."""

    everybody: Sequence[str]
    senders: Sequence[str]
    settlers: Sequence[str]


WAYS = {
    EMBEDDED: Way(("door", "engine"), ("engine",), ("door",)),
    CLUSTER: Way(
        ("door", "worker-1", "worker-2", "beat"), ("worker-1", "beat"), ("worker-2", "beat")
    ),
}


@contextlib.contextmanager
def works(
    folder: Path, mode: str, change: Callable[[Path], None], simulator: Sequence[str] = ()
) -> Iterator[Works]:
    """Set up an installation with a changed copy of the configuration; it is gone afterwards."""
    config = rehearsal_config(CONFIG, folder / "config")
    change(config)
    with contextlib.ExitStack() as stack:
        url, redis = "", None
        if mode == CLUSTER:
            url, redis = stack.enter_context(postgres(DURABLE)), stack.enter_context(Redis())
        told = ["--time-scale", "0.2", *simulator]
        stage = stack.enter_context(scene(folder, told, config, url or None))
        stage.environ.update(OUTREACH_CONFIG=str(config))
        if redis is not None:
            stage.environ.update(OUTREACH_REDIS_URL=redis.url)
        services = _services(stage, mode)
        made = Works(stage, services, url, redis.processes()[0] if redis else None)
        stack.callback(made.stop)
        yield made


def _services(stage: Scene, mode: str) -> dict[str, Service]:
    outreach = ("outreach.cli", "--config", stage.environ["CONFIG"])
    door = (*outreach, "serve", "--port", str(stage.port))
    commands: dict[str, Sequence[str]] = {"silent door": (*door, "--no-settle")}
    if mode == EMBEDDED:
        commands |= {
            "door": door,
            "engine": (*outreach, "run", "--web", "none"),
        }
    else:
        commands |= {
            "door": commands["silent door"],
            "worker-1": ("workers", "run", *_SENDING),
            "worker-2": ("workers", "run", "receipts"),
            "beat": ("workers", "beat"),
        }
    return {name: Service(name.replace(" ", "-"), each, stage) for name, each in commands.items()}


class Meter:
    """What a stage takes, from now on."""

    def __init__(self, made: Works) -> None:
        self._works = made
        self._cpu = made.cpu()
        self._idle = machine.idle_s()
        self.began = time.monotonic()

    def read(self, messages: int, ended: float) -> Figures:
        """Figures of so many messages that were through at a moment (monotonic s)."""
        seconds, cpu = max(ended - self.began, 0.001), self._works.cpu()
        watched = max(time.monotonic() - self.began, 0.001)
        return {
            "per_s": round(messages / seconds),
            "seconds": round(seconds, 2),
            "cpu_us": {
                name: round((spent - self._cpu.get(name, 0.0)) * 1e6 / max(messages, 1), 1)
                for name, spent in cpu.items()
            },
            "peak_rss_mb": self._works.peaks(),
            "idle_cores": round((machine.idle_s() - self._idle) / watched, 2),
        }


def until(count: Callable[[], int], wanted: int, every: float = 0.25) -> tuple[int, float]:
    """Wait until so many are counted or nothing moves; how many there were, and since when."""
    seen, moved = -1, time.monotonic()
    while seen < wanted and time.monotonic() - moved < _STANDSTILL:
        if (now := count()) != seen:
            seen, moved = now, time.monotonic()
        else:
            time.sleep(every)  # each look costs the cores some milliseconds
    return seen, moved
