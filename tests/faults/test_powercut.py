"""What the played power cut may leave of a file, and what it may not touch."""

import random

from hypothesis import given
from hypothesis import strategies as st

from bench.powercut import DATABASE, SECTOR, SYNC, TRUNCATE, WAL, WRITE, Record, rebuilt

_BEFORE = {DATABASE: b"d" * 2_000, WAL: b""}


def _journal(*entries: tuple[int, int, bytes, int]) -> list[Record]:
    """Records of op, offset, content and covered records, all of the log, one byte of journal."""
    return [
        Record(op, WAL, offset, content, covers, end)
        for end, (op, offset, content, covers) in enumerate(entries, 1)
    ]


@given(st.integers(0, 2**32), st.integers(1, 3 * SECTOR))
def test_what_was_synced_is_there_and_the_rest_in_whole_sectors(seed: int, size: int) -> None:
    journal = _journal(
        (WRITE, 0, b"a" * size, 0), (SYNC, 0, b"", 1), (WRITE, size, b"b" * 4 * SECTOR, 0)
    )
    after = rebuilt(_BEFORE, journal, random.Random(seed), 0)
    assert after[DATABASE] == _BEFORE[DATABASE]
    assert after[WAL][:size] == b"a" * size
    rest = bytes(after[WAL][size:])
    sectors = {rest[at : at + SECTOR] for at in range(0, len(rest), SECTOR)}
    assert sectors <= {b"b" * SECTOR, bytes(SECTOR)}


def test_without_a_sync_anything_from_nothing_to_all_may_be_there() -> None:
    journal = _journal((WRITE, 0, b"a" * 8 * SECTOR, 0))
    sizes = {
        sum(byte == ord("a") for byte in rebuilt(_BEFORE, journal, random.Random(n), 0)[WAL])
        for n in range(100)
    }
    assert {0, 8 * SECTOR} < sizes


def test_what_was_written_while_a_sync_ran_is_not_covered_by_it() -> None:
    journal = _journal((WRITE, 0, b"a" * SECTOR, 0), (SYNC, 0, b"", 0))
    found = {len(rebuilt(_BEFORE, journal, random.Random(n), 0)[WAL]) for n in range(50)}
    assert found == {0, SECTOR}


def test_a_file_cut_short_and_synced_stays_so() -> None:
    journal = _journal((WRITE, 0, b"a" * SECTOR, 0), (TRUNCATE, 10, b"", 0), (SYNC, 0, b"", 2))
    assert rebuilt(_BEFORE, journal, random.Random(1), 0)[WAL] == b"a" * 10


def test_a_disk_that_lied_keeps_all_up_to_an_earlier_sync_and_nothing_after() -> None:
    journal = _journal(
        (WRITE, 0, b"a" * 10, 0), (SYNC, 0, b"", 1), (WRITE, 10, b"b" * 10, 0), (SYNC, 0, b"", 3)
    )
    assert rebuilt(_BEFORE, journal, random.Random(1), 1)[WAL] == b"a" * 10
    assert rebuilt(_BEFORE, journal, random.Random(1), 5)[WAL] == b""
