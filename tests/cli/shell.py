"""Commands as a person or a script gives them, and everything they printed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

ENVIRON = {
    "OUTREACH_CONFIG": str(ROOT / "config"),
    "OUTREACH_KEY_SECRET": "sim-key-secret-for-tests",
    "OUTREACH_CALLBACK_TOKEN": "sim-callback-token-for-tests",
    "OUTREACH_ESMS_API_KEY": "sim-esms-api-key",
    "OUTREACH_ESMS_SECRET_KEY": "sim-esms-secret-key",
    "OUTREACH_VIETTEL_USER": "sim-viettel-user",
    "OUTREACH_VIETTEL_PASSWORD": "sim-viettel-password",
    "OUTREACH_VIETTEL_CP_CODE": "sim-viettel-cp-code",
    "OUTREACH_ZALO_APP_ID": "sim-zalo-app-id",
    "OUTREACH_ZALO_APP_SECRET": "sim-zalo-app-secret",
    "OUTREACH_ZALO_OA_SECRET": "sim-zalo-oa-secret",
    "OUTREACH_ZALO_REFRESH_TOKEN": "sim-zalo-refresh-token",
}
SECRETS = [value for value in ENVIRON.values() if value.startswith("sim-")]

NUMBERS = ["0325550101", "0915550102", "0935550103", "0865550104"]
"""Invented people, one row each in PEOPLE, and the first of them twice."""

PEOPLE = (
    "\ufeffSố điện thoại;Họ và tên;Quận/Huyện\r\n"
    '0325550101;"Nguyễn Thị Minh Khai";Quận 1\r\n'
    "+84 915 550 102;Lê An;Quận 3\r\n"
    "0123;Trần Bình;Quận 3\r\n"
    "\r\n"
    "0325550101;Nguyễn Thị Minh Khai;Quận 1\r\n"
    "(093) 555-0103;;\r\n"
    "028 3555 0100;Phạm Cường;Quận 5\r\n"
    "0865550104;Đỗ Dung;Thủ Đức\r\n"
)
"""Seven rows: four people, a repetition, a number too short and a landline."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """What it told of its failure with --json."""
        return json.loads(self.err)["error"]


@dataclass(slots=True)
class Shell:
    """Runs commands and keeps all that was printed."""

    run: Callable[[tuple[str, ...], bytes, str | None], Done]
    folder: Path
    printed: list[str] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, by: str | None = None, stdin: bytes = b"") -> Done:
        """Run a command as a user known to `people`, or as nobody."""
        done = self.run(arguments, stdin, by and self.users.get(by, by))
        if arguments[:2] != ("user", "add"):
            self.printed += [done.out, done.err]
        return done

    def ok(self, *arguments: str, by: str | None = None) -> Any:
        """Run a command that must end well; returns its JSON."""
        done = self(*arguments, "--json", by=by)
        assert done.code == 0, done.err
        return done.json

    def people(self) -> None:
        """Make the database and three users: quan (admin), an (operator), binh (approver)."""
        self.ok("db", "upgrade")
        for name, role in (("quan", "admin"), ("an", "operator"), ("binh", "approver")):
            added = self.ok("user", "add", name, "--role", role, by="quan" if self.users else None)
            self.users[name] = added["credential"]

    def audience(self, name: str = "quan-1") -> Any:
        """Import PEOPLE."""
        path = self.folder / "people.csv"
        path.write_text(PEOPLE, encoding="utf-8", newline="")
        return self.ok("audience", "import", str(path), "--name", name, by="an")

    def running(self, name: str = "nov-1") -> None:
        """Bring a campaign on the audience `quan-1` to its start."""
        self.ok(
            "campaign",
            "create",
            name,
            "--audience",
            "quan-1",
            "--purpose",
            "install-guide",
            by="an",
        )
        self.ok("campaign", "submit", name, by="an")
        self.ok("campaign", "approve", name, by="binh")
        self.ok("campaign", "start", name, by="an")


def process(*arguments: str, data: Path | None = None, **more: str) -> subprocess.Popen[bytes]:
    """Start a command as a process of its own, all three streams piped."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith("OUTREACH_")}
    environ = {**kept, **ENVIRON, **({"OUTREACH_DATA": str(data)} if data else {}), **more}
    program = "from outreach.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ,
    )
