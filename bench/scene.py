"""A whole installation on loopback for benchmarks and fault tests: simulator, database, campaign.

The engine runs as its users run it, in processes of its own (`outreach run`, `outreach serve`).
"""

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from outreach import settings as configuration
from outreach.bootstrap import House, open_house
from outreach.campaigns.control import Desk, Wish
from outreach.cli.town import Town, environment, shift_to, town
from outreach.domain.campaign import Role
from outreach.domain.network import Channel, Network
from outreach.domain.window import LEGAL
from outreach.store import audiences, schema, tally
from outreach.store.audiences import Audience
from outreach.store.database import Database, Row
from outreach.store.users import User

CONFIG = Path(__file__).parent.parent / "config"
OPERATOR, APPROVER = User("an", Role.OPERATOR), User("binh", Role.APPROVER)

_NETWORKS = [
    *[(Network.VIETTEL, 86)] * 5,
    *[(Network.MOBIFONE, 90)] * 3,
    *[(Network.VINAPHONE, 91)] * 2,
]


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

    def people(self, size: int) -> None:
        """Store an audience of invented people: half Viettel, the rest on two other networks."""
        rows: list[Row] = []
        for n in range(size):
            network, prefix = _NETWORKS[n % len(_NETWORKS)]
            msisdn = 84_000_000_000 + prefix * 10_000_000 + n
            params = json.dumps({"full_name": "Nguyễn Thị Minh Khai"})
            rows.append((msisdn, int(network), None, None, params))
        with self.house.database.write() as conn:
            audience = audiences.create(conn, Audience(0, "people", "-", "-", "", 0, 0, 0, 0, "an"))
            audiences.add_recipients(conn, audience, 1, rows)
            audiences.progress(conn, audience, size, size, audiences.READY)

    def campaign(self, name: str, channels: Sequence[Channel]) -> None:
        """Take a campaign all the way to running."""
        desk = Desk(self.house.settings, self.house.database, self.house.numbers)
        desk.create(OPERATOR, Wish(name, "people", "install-guide", channels, LEGAL))
        desk.submit(OPERATOR, name)
        desk.approve(APPROVER, name)
        desk.start(OPERATOR, name)

    def outreach(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the command line as a process of its own."""
        command = [sys.executable, "-m", "outreach.cli", "--config", self.environ["CONFIG"]]
        return subprocess.Popen([*command, *arguments], env=self.environ, text=True)

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
        *("--ledger", str(folder / "ledger.db")),
        *("--callback-zalo", f"{door}/callbacks/zalo/{secrets[1]}"),
        *simulator,
    ]
    with town(arguments) as carriers:
        environ = {
            **environment(carriers.url, folder, door, secrets),
            "OUTREACH_REHEARSAL_SHIFT": str(shift_to(12)),
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


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
