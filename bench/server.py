"""A real server for a benchmark or test, on a port of its own; killed and brought back at will."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Self, TypedDict

_TRIES = 40
"""How often a start is tried: a port was taken meanwhile, or what a kill left is not gone yet."""
_BETWEEN = 0.1
_PATIENCE = 120.0
"""Seconds in which a server that lives has to answer; it may have a log to read again."""


class RunAs(TypedDict, total=False):
    """Whom a process belongs to; empty: whoever starts it."""

    user: int
    group: int
    extra_groups: list[int]


class Server(ABC):
    """A server process and the folder in which it keeps its files; both are gone at the end.

    It listens on one free port of this machine from its first start on, and comes back on it.
    """

    quiet_end = signal.SIGTERM
    """What makes it end in good order."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="ob-"))
        self.port = 0
        self.run_as: RunAs = {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients find it."""

    @abstractmethod
    def command(self) -> list[str]:
        """How it is started on its port."""

    @abstractmethod
    def answers(self, process: int) -> bool:
        """Whether this very process serves on the port: another may have been faster."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What it is told beside its command."""
        return {**os.environ, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.home)}

    def start(self) -> None:
        """Start it and wait until it answers; RuntimeError, with its log, if it does not."""
        is_new = not self.port
        for _ in range(_TRIES):
            if is_new:
                self.port = free_port()
            if self._started():
                return
            time.sleep(_BETWEEN)  # no server tells when what it left behind is gone
        raise RuntimeError(f"{type(self).__name__} did not start: {self._log.read_text()}")

    def stop(self) -> None:
        """End it in good order; nothing if it does not run."""
        self._end(self.quiet_end)

    def kill(self) -> None:
        """End it as a fault would, with SIGKILL."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._clear()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._clear()

    def processes(self) -> list[int]:
        """The numbers of its processes, its own first; none while it does not run."""
        if self._process is None or self._process.poll() is not None:
            return []
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self._process.pid)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return [self._process.pid, *map(int, listed.stdout.split())]

    @property
    def _log(self) -> Path:
        return self.home / "log"

    def _clear(self) -> None:
        try:
            self.stop()
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    def _started(self) -> bool:
        """Start it; False where it ended before it answered."""
        with self._log.open("wb") as log:
            process = self._process = subprocess.Popen(
                self.command(),
                env=self.environment,
                cwd=self.home,
                stdout=log,
                stderr=subprocess.STDOUT,
                **self.run_as,
            )
        until = time.monotonic() + _PATIENCE
        while process.poll() is None and time.monotonic() < until:
            if self.answers(process.pid):
                return True
            time.sleep(0.02)  # a server tells nobody that it has become ready
        self.kill()
        return False

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(_PATIENCE)
            self._process = None


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
