"""A cluster on loopback: PostgreSQL, Redis, beat, workers and web, each in processes of its own.

They are started, stopped and killed as an administrator, or a fault, would do it.
"""

import contextlib
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.postgres import KILLABLE, Postgres
from bench.redis import Redis
from bench.scene import Scene, scene

_PATIENCE = 60.0


class Service:
    """One process of ours; it says what it has to say into a log of its own."""

    def __init__(self, name: str, command: Sequence[str], stage: Scene) -> None:
        self.name = name
        self.environ = dict(stage.environ)
        self.log = stage.folder / f"{name}.log"
        self.command = [sys.executable, "-m", *command]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its number while it runs."""
        assert self._process is not None, f"{self.name} does not run"
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; it is ready when it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.command, env=self.environ, stdout=log, stderr=log)

    def wait_until_it_answers(self, port: int) -> None:
        """Wait until it serves on a port; RuntimeError, with its log, if it does not."""
        until = time.monotonic() + _PATIENCE
        while not _answers(f"http://127.0.0.1:{port}/health"):
            if time.monotonic() > until or not self.runs:
                raise RuntimeError(f"{self.name} does not answer: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)  # it tells nobody when it is ready

    def stop(self) -> None:
        """Ask for a quiet end and wait for it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a fault would."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise RuntimeError(f"{self.name} did not end in {_PATIENCE:.0f} s") from None
        finally:
            self._process = None


class Cluster:
    """Servers and services by name: web, beat, worker-1 …, all of them running."""

    def __init__(
        self, stage: Scene, postgres: Postgres, redis: Redis, workers: int, port: int
    ) -> None:
        """The web serves on `port`."""
        self.stage = stage
        self.port = port
        self.postgres = postgres
        self.redis = redis
        config = ("outreach.cli", "--config", stage.environ["CONFIG"])
        web = (*config, "serve", "--port", str(port), "--no-settle")
        self.web = Service("web", web, stage)
        self.beat = Service("beat", ("workers", "beat"), stage)
        self.workers = [
            Service(f"worker-{n + 1}", ("workers", "run"), stage) for n in range(workers)
        ]

    @property
    def services(self) -> list[Service]:
        """Every process of ours."""
        return [self.web, self.beat, *self.workers]

    def start(self) -> None:
        """Start whatever does not run, and wait for the web to answer."""
        for service in self.services:
            if not service.runs:
                service.start()
        self.web.wait_until_it_answers(self.port)

    def close(self) -> None:
        """End whatever runs."""
        for service in self.services:
            with contextlib.suppress(RuntimeError):
                service.stop()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextlib.contextmanager
def cluster(
    folder: Path,
    simulator: Sequence[str],
    config: Path,
    workers: int = 2,
    settings: Mapping[str, str] = KILLABLE,
    port: int | None = None,
) -> Iterator[Cluster]:
    """Set up a cluster whose services are not started; servers and simulator end with it.

    The web serves where carriers call, unless it is told another `port`.
    """
    with (
        Postgres(settings) as postgres,
        Redis() as redis,
        scene(folder, simulator, config, postgres.url) as stage,
    ):
        stage.environ.update(OUTREACH_REDIS_URL=redis.url, OUTREACH_CONFIG=str(config))
        found = Cluster(stage, postgres, redis, workers, port or stage.port)
        try:
            yield found
        finally:
            found.close()
