"""The peers as processes: installed into a folder, started, killed, and what they had taken."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from outreach.simulator.smpp import texts
from outreach.simulator.smpp.pdu import Submit

_HERE = Path(__file__).parent
_PATIENCE = 300  # seconds for an installation


class CannotInstallError(Exception):
    """A peer's package, or what installs it, is not to be had; the text says which."""


class Part(NamedTuple):
    """One submit as a peer took it and read it."""

    reference: str
    msisdn: str
    text: str
    number: int
    total: int


@dataclass(slots=True)
class Peer:
    """A server on somebody else's library."""

    name: str
    command: Sequence[str]
    folder: Path
    checks_passwords: bool
    process: subprocess.Popen[str] | None = None

    @property
    def journal(self) -> Path:
        """One line of JSON for each submit that was taken or throttled, and each receipt told."""
        return self.folder / "journal.jsonl"

    def start(self, port: int) -> None:
        """Start it and wait until it listens."""
        command = [*self.command, str(port), str(self.journal)]
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError(f"the peer {self.name} did not start; its words are above")

    def kill(self) -> None:
        """End it without a word, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def taken(self) -> Iterator[Part]:
        """What it took, in order."""
        return (_part(entry) for entry in self._entries() if "took" in entry)

    def throttled(self) -> int:
        """How many submits it did not take for now."""
        return sum("threw" in entry for entry in self._entries())

    def _entries(self) -> Iterator[dict[str, object]]:
        for line in self.journal.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def node(folder: Path) -> Peer:
    """The npm package smpp."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        raise CannotInstallError("node and npm are needed for this peer and are not installed")
    _install([npm, "install", "--no-audit", "--no-fund", "--silent", "smpp@0.5.1"], folder)
    shutil.copy(_HERE / "node.js", folder)
    return Peer("npm smpp 0.5.1", [program, "node.js"], folder, checks_passwords=True)


def rust(folder: Path) -> Peer:
    """The Python package smpp34, whose work is done in Rust."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", "."]
    _install([*pip, "--disable-pip-version-check", "smpp34==1.5.0"], folder)
    shutil.copy(_HERE / "rust.py", folder)
    return Peer("smpp34 1.5.0", [sys.executable, "rust.py"], folder, checks_passwords=False)


def _install(command: Sequence[str], folder: Path) -> None:
    folder.mkdir(parents=True)
    try:
        done = subprocess.run(
            command, cwd=folder, timeout=_PATIENCE, capture_output=True, text=True, check=False
        )
    except subprocess.TimeoutExpired:
        raise CannotInstallError(f"{command[-1]} was not installed in {_PATIENCE} s") from None
    if done.returncode:
        raise CannotInstallError(f"{command[-1]} cannot be installed: {done.stderr[-500:]}")


def _part(entry: dict[str, object]) -> Part:
    reference, msisdn = str(entry["took"]), str(entry["to"])
    if "text" in entry:
        place = entry["place"]
        assert isinstance(place, list)
        total, number = map(int, place)
        return Part(reference, msisdn, str(entry["text"]), number, total)
    octets, coding = bytes.fromhex(str(entry["octets"])), int(str(entry["coding"]))
    flags = int(str(entry["esm_class"]))
    read = texts.read(
        Submit(5, "", 1, 1, msisdn, flags, "", "", 1, coding, octets, {}), alphabet="gsm"
    )
    if isinstance(read, int):
        return Part(reference, msisdn, f"unreadable: 0x{read:02X}", 1, 1)
    return Part(reference, msisdn, read.text, read.number, read.total)
