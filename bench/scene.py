"""A whole installation on loopback for benchmarks and fault tests: simulator, database, campaign.

The engine runs as its users run it, in processes of its own (`outreach run`, `outreach serve`).
"""

import contextlib
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

from bench.server import free_port
from outreach import settings as configuration
from outreach.bootstrap import House, open_house
from outreach.campaigns.control import Desk, Wish
from outreach.cli.town import Town, environment, shift_to, town
from outreach.domain.campaign import Role
from outreach.domain.network import Channel, Network
from outreach.domain.window import LEGAL
from outreach.store import audiences, schema, tally
from outreach.store.audiences import Audience
from outreach.store.bulk import Row
from outreach.store.database import Database
from outreach.store.users import User

CONFIG = Path(__file__).parent.parent / "config"
OPERATOR, APPROVER = User("an", Role.OPERATOR), User("binh", Role.APPROVER)

_NETWORKS = [
    *[(Network.VIETTEL, 86)] * 5,
    *[(Network.MOBIFONE, 90)] * 3,
    *[(Network.VINAPHONE, 91)] * 2,
]


DISTRICTS = [f"Quận {n}" for n in range(1, 23)]
_AT_ONCE = 50_000
"""Rows stored together."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Simulated carriers, an empty installation that sends to them, and where it all lies."""

    folder: Path
    town: Town
    environ: dict[str, str]
    house: House
    port: int

    @property
    def ledger(self) -> Path:
        """The simulator's own record of every request."""
        return self.folder / "ledger.db"

    def people(
        self,
        size: int,
        name: str = "people",
        networks: Sequence[tuple[Network, int]] = _NETWORKS,
        first: int = 0,
    ) -> None:
        """Store an audience of invented people: half Viettel, the rest on two other networks.

        All districts have as many of them, one here, one there, as files that are not sorted do.
        `networks` shares them out otherwise, each with a prefix of its numbers; who is not to be
        in two audiences begins at another `first`.
        """
        params = json.dumps({"full_name": "Nguyễn Thị Minh Khai"})

        def row(n: int) -> Row:
            network, prefix = networks[n % len(networks)]
            msisdn = 84_000_000_000 + prefix * 10_000_000 + n
            district = DISTRICTS[n // len(networks) % len(DISTRICTS)]
            return msisdn, int(network), None, district, params

        people = map(row, range(first, first + size))
        with self.house.database.write() as conn:
            audience = audiences.create(conn, Audience(0, name, "-", "-", "", 0, 0, 0, 0, "an"))
            stored = 0
            while some := list(islice(people, _AT_ONCE)):
                audiences.add_recipients(conn, audience, stored + 1, some)
                stored += len(some)
            audiences.progress(conn, audience, size, size, audiences.READY)

    def campaign(self, name: str, channels: Sequence[Channel]) -> None:
        """Take a campaign all the way to running."""
        self.launch(Wish(name, "people", "install-guide", channels, LEGAL))

    def launch(self, wish: Wish) -> None:
        """Take a campaign that is wished for all the way to running."""
        desk = Desk(self.house.settings, self.house.database, self.house.numbers)
        desk.create(OPERATOR, wish)
        desk.submit(OPERATOR, wish.name)
        desk.approve(APPROVER, wish.name)
        desk.start(OPERATOR, wish.name)

    @property
    def log(self) -> Path:
        """What the engines said."""
        return self.folder / "engine.log"

    def outreach(self, *arguments: str, log: IO[str] | None = None) -> subprocess.Popen[str]:
        """Start the command line as a process of its own, all that it says into `log`, if given."""
        command = self._command("outreach.cli", *arguments)
        return subprocess.Popen(command, env=self.environ, text=True, stdout=log, stderr=log)

    def ask(self, *arguments: str, credential: str = "") -> Any:  # noqa: ANN401 - of any shape
        """Run a command to its end; returns its JSON."""
        done = subprocess.run(
            self._command("outreach.cli", *arguments, "--json"),
            env={**self.environ, "OUTREACH_CREDENTIAL": credential},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"outreach {' '.join(arguments[:2])}: {done.stderr[-500:]}")
        return json.loads(done.stdout)

    @contextlib.contextmanager
    def at_work(self, log: IO[str] | None = None) -> Iterator[dict[str, int]]:
        """Keep a door that settles and an engine at work; the numbers of all processes, by name."""
        door = self.outreach("serve", "--port", str(self.port), log=log)
        engine = self.outreach("run", "--web", "none", log=log)
        try:
            yield {"engine": engine.pid, "door": door.pid, "simulator": self.town.process.pid}
        finally:
            for process in (engine, door):
                process.terminate()
                process.wait(60)

    def engine(self, module: str = "outreach.cli", **more: str) -> subprocess.Popen[str]:
        """Start `outreach run` and wait until it is ready; `more` is added to its environment."""
        command = self._command(module, "run", "--port", str(self.port), "--json")
        told = self.folder / "engine.out"
        with self.log.open("a") as log, told.open("w") as out:
            engine = subprocess.Popen(
                command, env={**self.environ, **more}, stdout=out, stderr=log, text=True
            )
        while '"ready"' not in told.read_text():
            if engine.poll() is not None:
                raise RuntimeError(f"the engine did not start: {self.log_end()}")
            time.sleep(0.02)  # a process of its own: it writes, and calls nobody
        return engine

    def _command(self, module: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", module, "--config", self.environ["CONFIG"], *arguments]

    def log_end(self) -> str:
        """The last words of the engines."""
        return self.log.read_text()[-2_000:]

    def states(self) -> dict[str, int]:
        """How many recipients have each result."""
        found: dict[str, int] = {}
        with self.house.database.read() as conn:
            for figure in tally.figures(conn):
                if figure.group.result:
                    label = figure.group.state.label
                    found[label] = found.get(label, 0) + figure.messages
        return {label: count for label, count in found.items() if count}

    def campaign_state(self) -> str:
        """Where the campaign is."""
        with self.house.database.read() as conn:
            return str(conn.exec_driver_sql("SELECT state FROM campaign").scalar_one())

    def campaign_states(self) -> set[str]:
        """Where the campaigns are, if there are several."""
        with self.house.database.read() as conn:
            return {row[0] for row in conn.exec_driver_sql("SELECT state FROM campaign")}

    def waiting(self) -> int:
        """Callbacks not settled yet."""
        with self.house.database.read() as conn:
            return int(conn.exec_driver_sql("SELECT COUNT(*) FROM inbox").scalar_one())


@contextlib.contextmanager
def scene(
    folder: Path, simulator: Sequence[str], config: Path = CONFIG, url: str | None = None
) -> Iterator[Scene]:
    """Set up a scene in a folder; the simulator ends with it. `url` names another database."""
    port = free_port()
    secrets = ("a key secret for rehearsals", "a-callback-token-for-rehearsals")
    door = f"http://127.0.0.1:{port}"
    arguments = [
        *("--accounts", str(config / "accounts")),
        *("--ledger", str(folder / "ledger.db")),
        *("--callbacks", f"{door}/callbacks/{{account}}/{secrets[1]}"),
        *simulator,
    ]
    with town(arguments) as carriers:
        environ = {
            **environment(carriers.url, folder, door, secrets, config, carriers.lines),
            "OUTREACH_REHEARSAL_SHIFT": str(
                shift_to(12, configuration.read_holidays(config / "holidays.toml"))
            ),
            "CONFIG": str(config),
            **({"OUTREACH_DATABASE_URL": url} if url else {}),
        }
        settings = configuration.load(config, environ)
        database = Database(settings.database_url)
        schema.upgrade(database)
        database.close()
        house = open_house(settings)
        try:
            yield Scene(folder, carriers, environ, house, port)
        finally:
            house.close()


def set_limits(config: Path, per_second: int, in_flight: int | None = None) -> None:
    """Give every account of a copied configuration one limit a second, and another window."""
    for path in (config / "accounts").glob("*.toml"):
        zalo = '\nadapter = "zalo"' in path.read_text(encoding="utf-8")
        set_limit(path, f'unit = "{"requests" if zalo else "parts"}", amount = {per_second}')
        if in_flight is not None:
            set_in_flight(path, in_flight)


def set_limit(path: Path, limit: str) -> None:
    """Give an account one limit a second, as a file has it: `unit = "parts", amount = 100`."""
    _change(path, _LIMITS, f'limits = [{{ {limit}, per = "second" }}]')


def set_in_flight(path: Path, messages: int) -> None:
    """Give an account another window."""
    _change(path, _IN_FLIGHT, f"in_flight = {messages}")


def _change(path: Path, what: re.Pattern[str], to: str) -> None:
    block, found = what.subn(to, path.read_text(encoding="utf-8"))
    assert found == 1, f"{path}: {found} places for {to}"
    path.write_text(block, encoding="utf-8")


_LIMITS = re.compile(r"^limits = \[.*?\] *(?:#[^\n]*)?$", re.DOTALL | re.MULTILINE)
_IN_FLIGHT = re.compile(r"^in_flight = [0-9]+", re.MULTILINE)


def let_work(chance: random.Random, least: float, most: float) -> None:
    """Let some seconds pass: harm has to meet the engine at a moment that nobody chose."""
    time.sleep(chance.uniform(least, most))
