"""A file read here and one read by a process of its own give the same, and faults come across."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from outreach.campaigns import feed
from outreach.campaigns.feed import Piece
from outreach.domain.errors import BadInputError
from outreach.domain.network import PrefixTable
from outreach.files import Reading, Reject, Row, open_file
from tests.campaigns.conftest import ROOT
from tests.campaigns.imports import HEADER, messy


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("\n".join([HEADER, *messy(50_000)]), encoding="utf-8")
    return path


def children() -> set[str]:
    """The processes that this one started."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def portions(path: Path, prefixes: PrefixTable, small: int, after: int = 0) -> list[list[Piece]]:
    with feed.opened(path, prefixes, Reading(), small) as source:
        return [list(portion) for portion in source.portions(after)]


@pytest.mark.parametrize("after", [0, 20_000, 49_999, 50_000])
def test_near_and_far_are_the_same(path: Path, prefixes: PrefixTable, after: int) -> None:
    near, far = (portions(path, prefixes, small, after) for small in (10**9, 0))
    assert near == far
    pieces = [piece for portion in far for piece in portion]
    with open_file(path, prefixes) as file:
        lines = [line for batch in file.batches(20_000, after) for line in batch.lines]
    assert len(lines) == 50_000 - after
    rejects = [tuple(line) for line in lines if isinstance(line, Reject)]
    assert [reject for piece in pieces for reject in piece.rejects] == rejects
    stored = [
        (line.line, int(line.msisdn), line.network, line.declared, line.district, line.params)
        for line in lines
        if isinstance(line, Row)
    ]
    found = [(*row[:5], orjson.loads(row[5])) for piece in pieces for row in piece.found]
    assert found == stored


def test_a_bad_file_is_told_from_afar(tmp_path: Path, prefixes: PrefixTable) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"")
    with (
        pytest.raises(BadInputError, match="empty") as caught,
        feed.opened(path, prefixes, Reading(), 0),
    ):
        pass
    assert "feed_child" in caught.value.__notes__[0], "where it happened there, for --debug"


def test_who_stops_early_leaves_no_process(path: Path, prefixes: PrefixTable) -> None:
    before = children()
    with feed.opened(path, prefixes, Reading(), 0) as source:
        next(source.portions(0))
        assert len(children() - before) == 1
    assert children() == before


def test_a_reader_that_is_killed(path: Path, prefixes: PrefixTable) -> None:
    before = children()
    with feed.opened(path, prefixes, Reading(), 0) as source:
        [child] = children() - before
        os.kill(int(child), signal.SIGKILL)
        with pytest.raises(ChildProcessError, match="ended from outside"):
            list(source.portions(0))


IMPORTER = """
import os, sys, time
from pathlib import Path
from outreach.campaigns import feed
from outreach.files import Reading
from outreach.settings import prefixes
with feed.opened(Path(sys.argv[1]), prefixes(Path(sys.argv[2])), Reading(), 0) as source:
    next(source.portions(0))
    print(Path(f"/proc/self/task/{os.getpid()}/children").read_text(), flush=True)
    time.sleep(60)
"""


def test_a_reader_goes_when_its_importer_is_killed(path: Path) -> None:
    command = [sys.executable, "-c", IMPORTER, str(path), str(ROOT / "config" / "networks.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as importer:
        assert importer.stdout
        assert importer.stderr
        reader = int(importer.stdout.readline())
        importer.kill()
        assert importer.stderr.read() == b"", "the reader, which shares it, says nothing either"
    while is_alive(reader):
        time.sleep(0.05)


def is_alive(process: int) -> bool:
    """Whether a process that is nobody's child of ours has not ended."""
    try:
        return "(zombie)" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False
